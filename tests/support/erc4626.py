"""Vaults in the states that lenders meet: lent out, repaid, after gifts, losses, fees; empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWERS,
    FIXED,
    LENDERS,
    LIQUIDATOR,
    ONE,
    PEOPLE,
    Lending,
)

MILLION = 10**6
LARGEST = 10**9
"""Satoshi that all lenders may have together: after two whole losses the shares still fit."""
DEAR = 10**12 * ONE
"""What a token is worth, unless a loss is wanted: nobody is short of collateral."""
MOST_LOSSES = 2


class Step(NamedTuple):
    """Something that happens to a vault."""

    kind: str
    who: int  # of three
    amount: int  # satoshi; or seconds
    part: int  # of a million, of what there is


AMOUNTS = st.one_of(st.integers(1, 20), st.integers(1, MILLION), st.integers(1, LARGEST))
PARTS = st.one_of(st.sampled_from((MILLION, MILLION - 1, 1)), st.integers(1, MILLION))
SPANS = st.one_of(st.integers(1, 60), st.integers(1, 30 * DAY), st.integers(1, 400 * DAY))
EPISODES: tuple[tuple[str, ...], ...] = (
    ("lend",),
    ("leave",),
    ("borrow", "wait"),
    ("borrow", "wait", "repay"),
    ("borrow", "wait", "lose"),
    ("borrow", "lose"),
    ("borrow", "wait", "keep"),
    ("borrow", "keep"),
    ("borrow", "reward", "collect"),
    ("wait", "collect"),
    ("reward",),
    ("give",),
)
_AMOUNTS = {"wait": SPANS, "lend": AMOUNTS | st.integers(MILLION, LARGEST)}
_PARTS = {"borrow": st.just(MILLION) | st.integers(MILLION // 2, MILLION)}


def _steps(kinds: tuple[str, ...]) -> st.SearchStrategy[tuple[Step, ...]]:
    return st.tuples(
        *(
            st.builds(
                Step,
                st.just(kind),
                st.integers(0, 2),
                _AMOUNTS.get(kind, AMOUNTS),
                _PARTS.get(kind, PARTS),
            )
            for kind in kinds
        )
    )


_STORIES = st.tuples(
    st.integers(0, 9).flatmap(lambda n: _steps(("lend",) * min(n, 2))),  # mostly two lenders
    st.lists(st.sampled_from(EPISODES).flatmap(_steps), min_size=1, max_size=5).map(
        lambda all: sum(all, ())
    ),
    st.sampled_from(((), ("borrow", "wait"), ("wait",))).flatmap(_steps),
)
STATES: st.SearchStrategy[tuple[Step, ...]] = _STORIES.map(lambda parts: sum(parts, ()))
"""What has happened; the last interest has perhaps not been stored."""


class States:
    """One vault, to which anything may happen, and then not have happened.

    Attributes:
        lending: the vault, nobody having lent: what may follow is undone.
    """

    def __init__(self) -> None:
        terms = {"supply_cap": LARGEST, "borrow_cap": 2**200, "min_borrow": 0}
        self.lending = lending = Lending("double", **terms)
        for borrower in BORROWERS:
            lending.issuance.mint(borrower, 100)
            lending.send(borrower, "post", 10 * ONE, borrower)
        lending.set_worth(DEAR)

    @contextmanager
    def after(self, steps: Sequence[Step]) -> Iterator[Lending]:
        """Let things happen, as far as a vault allows them; undo everything at the end."""
        losses = 0
        with self.lending.undone():
            for step in steps:
                if step.kind in ("lose", "keep"):
                    losses += 1
                    if losses > MOST_LOSSES:
                        continue
                getattr(self, f"_{step.kind}")(step)
            yield self.lending

    def _lend(self, step: Step) -> None:
        lender = LENDERS[step.who]
        amount = min(step.amount, self.lending.read("maxDeposit", lender))
        if amount != 0:
            self.lending.lend(amount, lender)

    def _leave(self, step: Step) -> None:
        lender = LENDERS[step.who]
        shares = self.lending.read("maxRedeem", lender) * step.part // MILLION
        if shares != 0:
            self.lending.send(lender, "redeem", shares, lender, lender)

    def _borrow(self, step: Step) -> None:
        amount = self.lending.pool().cash // FIXED * step.part // MILLION
        if amount != 0:
            self.lending.borrow(amount, BORROWERS[step.who])

    def _repay(self, step: Step) -> None:
        borrower = BORROWERS[step.who]
        amount = self.lending.debt(borrower) // FIXED * step.part // MILLION + 1
        if self.lending.loan(borrower).scaled != 0:
            self.lending.send(STRANGER, "repay", amount, borrower)

    def _wait(self, step: Step) -> None:
        self.lending.chain.now += step.amount

    def _reward(self, step: Step) -> None:
        self.lending.issuance.send(STRANGER, "deliver", step.amount)
        self.lending.chain.now += DAY
        self.lending.send(STRANGER, "harvest", BORROWERS[step.who])

    def _lose(self, step: Step) -> None:
        """Have a loan liquidated of which the tokens pay only a part."""
        borrower = BORROWERS[step.who]
        debt, loan = self.lending.debt(borrower), self.lending.loan(borrower)
        if debt == 0:
            return
        value = debt * step.part // MILLION * ONE * ONE // FIXED // loan.collateral
        self.lending.set_worth(max(value * 9 // 10, 2))  # of 10^-18 satoshi each: all for one
        arguments = (borrower, 2**255, 0, 0, LIQUIDATOR)
        self.lending.send(LIQUIDATOR, "liquidate", *arguments)
        self._restore(borrower)

    def _keep(self, step: Step) -> None:
        """Have a loan's tokens kept, and all of it written off."""
        borrower = BORROWERS[step.who]
        if self.lending.debt(borrower) == 0:
            return
        self.lending.set_worth(0)
        self.lending.send(LIQUIDATOR, "liquidate_to_reserve", borrower, LIQUIDATOR)
        self._restore(borrower)

    def _restore(self, borrower: str) -> None:
        self.lending.set_worth(DEAR)
        self.lending.send(borrower, "post", ONE, borrower)

    def _collect(self, step: Step) -> None:
        self.lending.send(STRANGER, "collect_fees")

    def _give(self, step: Step) -> None:
        """Send the vault satoshi and tokens, which nobody asked for."""
        lending = self.lending
        with lending.chain.acting_as(BORROWERS[step.who]):
            lending.chain.send(
                "BitcoinDouble", lending.btc, "transfer", lending.address, step.amount
            )
            lending.chain.send("HashrateToken", lending.token, "transfer", lending.address, ONE)


@cache
def states() -> States:
    """The vault that all tests of a process share: none leaves anything changed."""
    return States()


def refuses(lending: Lending, actor: str, function: str, *args: object) -> bool:
    """Say whether a call is refused; if it is not, it has happened."""
    try:
        lending.send(actor, function, *args)
    except ChainError:
        return True
    return False


def holdings(lending: Lending) -> dict[str, tuple[int, int]]:
    """Say how many satoshi and shares everybody has, the vault included."""
    accounts = (*PEOPLE, STRANGER, lending.address)
    return {each: (lending.sats(each), lending.shares(each)) for each in accounts}
