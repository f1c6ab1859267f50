"""Leverage: tokens bought, posted, and more of them bought with what is lent against them.

Everything is exact integers, and nothing is read: what it costs and what may be lent are arguments.
"""

from __future__ import annotations

from typing import NamedTuple

from terahash.errors import TerahashError
from terahash.hashrate.models import EXACT
from terahash.headers import Exact
from terahash.lending.forecast import (
    Borrowed,
    Course,
    break_even_hashprice,
    course,
    lasting_hashprice,
    liquidation_hashprice,
)
from terahash.lending.models import FIXED, Position, State
from terahash.lending.worth import Collateral
from terahash.units import WAD

MAX_ROUNDS = 64
"""Rounds of a ladder that goes to the limit."""


class LeverageError(TerahashError, ValueError):
    """A ladder that cannot be climbed; the message says why."""


class Limits(NamedTuple):
    """What bounds a debt; values are satoshi per token, times 10^18.

    Attributes:
        each: that a token lets its borrower owe.
        covered: that there is cash for.
        uncovered: satoshi that the loan may owe beyond that; None where that is not counted.
        room: satoshi that it may owe, whatever its tokens: cash and caps of the vault.
        least: satoshi that it must owe, if anything.
    """

    each: Exact
    covered: Exact
    uncovered: int | None
    room: int
    least: int

    @classmethod
    def of(cls, state: State, position: Position | None = None) -> Limits:
        """Take a vault's, as they are for a loan; None for one that is still to begin."""
        terms, pool = state.terms, state.pool
        counted = position.uncovered if position else 0
        left = terms.uncovered_cap - -(-(state.uncovered - counted) // FIXED)
        room = min(pool.cash // FIXED, max(terms.borrow_cap - -(-state.lent // FIXED), 0))
        return cls(
            each=state.limit,
            covered=state.worth.covered,
            # What it was counted with before is not refused.
            uncovered=None if terms.is_covered else max(left, counted // FIXED),
            room=room + (position.owes if position else 0),
            least=terms.min_borrow,
        )

    def debt(self, tokens: int) -> int:
        """Say how many satoshi may be owed against tokens."""
        owed = min(tokens * self.each // EXACT, self.room)
        if self.uncovered is not None:
            owed = min(owed, tokens * self.covered // EXACT + self.uncovered)
        return owed if owed >= self.least else 0


class Round(NamedTuple):
    """One purchase, with what was borrowed for it.

    Attributes:
        borrowed: satoshi, against the tokens of the rounds before.
        spent: satoshi.
        minted: tokens.
        tokens: that are posted then.
        debt: satoshi then.
    """

    borrowed: int
    spent: int
    minted: Exact
    tokens: Exact
    debt: int


class Ladder(NamedTuple):
    """What rounds come to.

    Attributes:
        cash: satoshi of the borrower's own.
        rounds: one after the other.
        left: satoshi that buy nothing any more, beside the tokens.
    """

    cash: int
    rounds: list[Round]
    left: int

    @property
    def tokens(self) -> int:
        """All that are posted."""
        return self.rounds[-1].tokens

    @property
    def debt(self) -> int:
        """All that is owed, satoshi."""
        return self.rounds[-1].debt

    @property
    def leverage(self) -> int:
        """What was spent over the borrower's own cash, times 10^18."""
        return sum(one.spent for one in self.rounds) * WAD // self.cash


class Risk(NamedTuple):
    """What may become of a ladder.

    Attributes:
        health: the debt at which it may be liquidated, over the debt, times 10^18; None without.
        break_even: lowest hashprice of all days to come at which the borrower's own cash comes
            back, and it is never liquidatable.
        lasting: hashprice of all days to come below which it is liquidatable before it has repaid
            itself.
        liquidation: mean hashprice at which it would be liquidatable today; None where cash covers.
        today: its course if hashprice stays.
        unpaid: its course if nothing is delivered any more.
    """

    health: Exact | None
    break_even: Exact
    lasting: Exact
    liquidation: Exact | None
    today: Course
    unpaid: Course


def climb(cash: int, price: int, limits: Limits, rounds: int | None = None) -> Ladder:
    """Mint and post tokens, borrow against them, mint and post again.

    Args:
        cash: whole satoshi of the borrower's own, more than none.
        price: all that a new token costs, satoshi times 10^18.
        limits: of its debt.
        rounds: purchases; None for as many as the limit allows, up to 64.

    Raises:
        LeverageError: when a token costs no more than may be lent against it, for then there is no
            end, and one of the two is wrong; or the cash buys nothing, or is not of whole satoshi.
    """
    if not isinstance(cash, int) or cash < 0:
        raise LeverageError(f"cash is of whole satoshi, and not negative: {cash}")
    if limits.each >= price:
        raise LeverageError(
            "more may be lent against a token than it costs: one of the two is wrong, and whoever "
            "lends here should withdraw"
        )
    made: list[Round] = []
    tokens, debt, purse = 0, 0, cash
    for number in range(MAX_ROUNDS if rounds is None else rounds):
        borrowed = max(limits.debt(tokens) - debt, 0) if number else 0
        bought = (purse + borrowed) * EXACT // price
        if number and (borrowed == 0 or bought == 0):
            break
        spent = -(-bought * price // EXACT)
        tokens, debt, purse = tokens + bought, debt + borrowed, purse + borrowed - spent
        made.append(Round(borrowed, spent, bought, tokens, debt))
    if not made or tokens == 0:
        raise LeverageError("this cash buys no token: give more, and at least one round")
    return Ladder(cash, made, purse)


def risk(ladder: Ladder, collateral: Collateral, lltv: int, rate: int, hashprice: int) -> Risk:
    """Say what may become of a ladder, by the value of its tokens today.

    Args:
        ladder: to look at.
        collateral: its tokens, as they are now; those it mints are taken to be worth the same.
        lltv: of the vault.
        rate: that its debt grows at, per year, times 10^18.
        hashprice: today's.
    """
    loan = Borrowed(ladder.tokens, ladder.debt * FIXED, lltv, rate)
    value = collateral.worth().value * lltv // WAD
    return Risk(
        health=ladder.tokens * value * WAD // (ladder.debt * EXACT) if ladder.debt else None,
        break_even=break_even_hashprice(loan, collateral, ladder.cash - ladder.left),
        lasting=lasting_hashprice(loan, collateral),
        liquidation=liquidation_hashprice(loan, collateral),
        today=course(loan, collateral.at(hashprice)),
        unpaid=course(loan, collateral, is_paid=False),
    )
