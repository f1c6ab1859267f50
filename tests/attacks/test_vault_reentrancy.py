"""Bitcoin that calls back in the middle of a payment: every function of a vault re-entered from
every other, and every view read while money moves. All are refused, by the lock and not by luck.

What is constant answers. The hashrate token calls nobody, but its bitcoin does: in the middle of
its own payments a vault lends nothing and liquidates nothing, for the token's books are locked,
and what the vault does then ends as it would have before or after. The lists come from the ABI, so
that a function that is new has to be thought about.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import BUYER, FOREVER, HOLDER, ISSUER, RICH, START, STRANGER, Issuance
from tests.support.lending import (
    BORROWER,
    LENDER,
    LIQUIDATOR,
    NOBODY,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.revm_chain import RevmChain

OPEN = {"name", "symbol", "decimals", "asset", "VERSION"}
"""What answers in the middle of a call."""
MOVES_BITCOIN: dict[str, tuple[str, tuple[Any, ...]]] = {
    "deposit": (LENDER, (1_000, LENDER)),
    "mint": (LENDER, (10**9, LENDER)),
    "withdraw": (LENDER, (1_000, LENDER, LENDER)),
    "redeem": (LENDER, (10**9, LENDER, LENDER)),
    "borrow": (BORROWER, (1_000, BORROWER, BORROWER)),
    "repay": (STRANGER, (1_000, BORROWER)),
    "repay_all": (STRANGER, (BORROWER,)),
    "close": (BORROWER, (BORROWER, BORROWER)),
    "withdraw_credit": (STRANGER, (STRANGER, STRANGER)),
    "liquidate": (LIQUIDATOR, (SECOND_BORROWER, 1_000, 0, 0, LIQUIDATOR)),
    "liquidate_to_reserve": (LIQUIDATOR, (SECOND_BORROWER, LIQUIDATOR)),
}
"""The functions in whose middle somebody else runs, who calls them, and how."""
MOVES_NONE: dict[str, tuple[str, tuple[Any, ...]]] = {
    "transfer": (LENDER, (STRANGER, 1)),
    "transferFrom": (LENDER, (LENDER, STRANGER, 1)),
    "approve": (LENDER, (STRANGER, 1)),
    "post": (HOLDER, (ONE, HOLDER)),
    "harvest": (STRANGER, (BORROWER,)),
    "collect_fees": (STRANGER, ()),
    "withdraw_collateral": (BORROWER, (1, BORROWER, BORROWER)),
    "authorize": (STRANGER, (BORROWER, True)),
}
TOKEN_MOVES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "mint": (BUYER, (ONE, FOREVER, BUYER)),
    "deliver": (ISSUER, (1_000,)),
    "claim": (STRANGER, (HOLDER,)),
    "claim_many": (STRANGER, ([HOLDER],)),
    "fund_reserve": (STRANGER, (1_000,)),
    "redeem": (HOLDER, (ONE, 0, HOLDER)),
    "withdraw_reserve": (ISSUER, (1_000,)),
}
ASKS_NO_TOKEN = OPEN | {"transfer", "transferFrom", "approve", "balanceOf", "allowance"}
ASKS_NO_TOKEN |= {"authorize", "authorized", "terms", "TOKEN", "uncovered"}
ASKS_FOR_KEPT = {"deposit", "mint", "withdraw", "redeem", "collect_fees", "stop", "pool"}
ASKS_FOR_KEPT |= {"totalSupply", "totalAssets", "convertToShares", "convertToAssets"}
ASKS_FOR_KEPT |= {"previewDeposit", "previewMint", "previewWithdraw", "previewRedeem"}
ASKS_FOR_KEPT |= {"maxDeposit", "maxMint", "maxWithdraw", "maxRedeem"}
"""What asks the hashrate token only where the vault keeps some."""


class Reentered:
    """A vault on bitcoin that calls back, and all calls that this can make: they succeed at rest.

    The bitcoin token lends, owes, is the guardian, and acts for somebody with a credit.
    """

    def __init__(self) -> None:
        self.chain = chain = RevmChain(START)
        self.btc = btc = chain.deploy("OddToken", 8)
        issuance = Issuance(chain, btc=btc)
        self.lending = lending = Lending("double", issuance, guardian=btc, speed=0)
        chain.send("OddToken", btc, "mint", btc, RICH)
        lending.allow(HOLDER, BUYER)
        self.arguments = self._arguments()
        lending.set_worth(1_000 * ONE)
        lending.lend(10**6)
        lending.send(LENDER, "deposit", 10**5, btc)
        for borrower, tokens, owed in (
            (BORROWER, 100, 50_000),
            (SECOND_BORROWER, 10, 8_800),
            (THIRD_BORROWER, 10, 8_800),
        ):
            lending.post(tokens, borrower)
            lending.borrow(owed, borrower)
        issuance.mint(BUYER, 200, HOLDER)
        issuance.mint(BUYER, 50, btc)
        for borrower in (btc, STRANGER):
            lending.send(HOLDER, "post", 50 * ONE, borrower)
        approval = chain._codec.calldata("HashrateToken", "approve", (lending.address, FOREVER))
        self._call_as_bitcoin(lending.token, approval[1])
        borrowing = self._calldata("borrow", (8_000, STRANGER, btc))
        self._call_as_bitcoin(lending.address, borrowing)
        lending.send(STRANGER, "authorize", btc, True)
        issuance.send(STRANGER, "fund_reserve", 4 * 10**5)
        pass_rewarded_day(lending)
        issuance.close()
        issuance.send(STRANGER, "accrue")
        # Two loans of 8,360 for 10 tokens are above 90 %, the others far below.
        payout = int(issuance.read("preview_redeem", ONE)) * ONE
        lending.set_worth(900 * ONE, payout)

    def _arguments(self) -> dict[str, tuple[Any, ...]]:
        btc, to = self.btc, SECOND_LENDER
        return {
            "balanceOf": (LENDER,),
            "allowance": (LENDER, to),
            "transfer": (to, 1),
            "transferFrom": (LENDER, to, 0),
            "approve": (to, 1),
            "convertToShares": (1,),
            "convertToAssets": (10**6,),
            "deposit": (1, to),
            "mint": (1, to),
            "withdraw": (1, to, btc),
            "redeem": (10**6, to, btc),
            "previewDeposit": (1,),
            "previewMint": (1,),
            "previewWithdraw": (1,),
            "previewRedeem": (10**6,),
            "maxDeposit": (to,),
            "maxMint": (to,),
            "maxWithdraw": (LENDER,),
            "maxRedeem": (LENDER,),
            "uncovered": (BORROWER,),
            "post": (ONE, to),
            "repay": (1, BORROWER),
            "repay_all": (BORROWER,),
            "harvest": (BORROWER,),
            "liquidate": (SECOND_BORROWER, 1, 0, 0, to),
            "liquidate_to_reserve": (THIRD_BORROWER, to),
            "borrow": (1, to, btc),
            "withdraw_collateral": (1, to, btc),
            "withdraw_credit": (to, STRANGER),
            "close": (to, btc),
            "authorize": (to, True),
            "stop": (True, True),
            "loan": (BORROWER,),
            "authorized": (STRANGER, btc),
        }

    def _calldata(self, function: str, arguments: tuple[Any, ...]) -> bytes:
        return self.chain._codec.calldata("LendingVault", function, arguments)[1]

    def _call_as_bitcoin(self, target: str, calldata: bytes) -> None:
        """Have the bitcoin token call somebody, at rest."""
        self.chain.send("OddToken", self.btc, "set_hook", target, calldata)
        self.chain.send("OddToken", self.btc, "transfer", NOBODY, 0)
        assert self.hooked("hook_succeeded"), self.hooked("hook_answer")
        self.chain.send("OddToken", self.btc, "set_hook", NOBODY, b"")

    def hook(self, function: str) -> None:
        """Have the bitcoin token call the vault whenever satoshi move."""
        calldata = self._calldata(function, self.arguments.get(function, ()))
        self.chain.send("OddToken", self.btc, "set_hook", self.lending.address, calldata)

    def at_rest(self, function: str) -> None:
        """Have the bitcoin token call the vault now."""
        self.hook(function)
        self.chain.send("OddToken", self.btc, "transfer", NOBODY, 0)

    def hooked(self, what: str) -> Any:
        """Say what became of the bitcoin token's calls."""
        return self.chain.call("OddToken", self.btc, what)

    def keep_tokens(self) -> None:
        """Have the vault keep the tokens of a loan."""
        before = self.lending.assess()
        self.lending.set_worth(0)
        self.lending.send(LIQUIDATOR, "liquidate_to_reserve", THIRD_BORROWER, LIQUIDATOR)
        self.lending.set_worth(before.value, before.payout)
        self.lending.send(HOLDER, "post", 9 * ONE, THIRD_BORROWER)
        self.lending.borrow(7_000, THIRD_BORROWER)

    def state(self) -> tuple[Any, ...]:
        """Everything that could change."""
        lending = self.lending
        people = (LENDER, SECOND_LENDER, BORROWER, SECOND_BORROWER, THIRD_BORROWER, LIQUIDATOR)
        people += (BUYER, HOLDER, ISSUER, STRANGER, self.btc, lending.address, lending.token)
        views = ("sats", "tokens", "shares")
        return (
            lending.pool(),
            *(lending.loan(each) for each in people),
            *(lending.read("uncovered", each) for each in people),
            *(getattr(lending, view)(each) for view in views for each in people),
            *(lending.issuance.read(view) for view in ("reserve", "owed", "stream", "index")),
            lending.read("allowance", self.btc, SECOND_LENDER),
            lending.read("authorized", self.btc, SECOND_LENDER),
        )


@pytest.fixture
def reentered() -> Reentered:
    """Everything set up for every call to succeed."""
    return Reentered()


@cache
def _functions() -> dict[str, bool]:
    """Name all functions of the vault, and say which are views."""
    members = RevmChain(START)._codec.contract("LendingVault").members("function")
    return {each["name"]: each["stateMutability"] in ("view", "pure") for each in members}


def test_vault_reentrancy__functions_that_move_bitcoin__are_those_and_no_others(
    reentered: Reentered,
) -> None:
    """In the middle of any other, nobody else runs."""
    reentered.hook("VERSION")
    found = set()
    for function, is_view in _functions().items():
        if is_view or function == "stop":
            continue  # it succeeds only for the guardian, and moves nothing
        actor, arguments = (MOVES_BITCOIN | MOVES_NONE)[function]
        with reentered.chain.undone():
            reentered.lending.send(actor, function, *arguments)
            if reentered.hooked("hook_calls"):
                found.add(function)
    assert found == set(MOVES_BITCOIN)


@pytest.mark.parametrize("outer", MOVES_BITCOIN)
def test_vault_reentrancy__every_function_from_every_other__refused(
    reentered: Reentered, outer: str
) -> None:
    actor, arguments = MOVES_BITCOIN[outer]
    with reentered.chain.undone():
        reentered.hook("VERSION")
        reentered.lending.send(actor, outer, *arguments)
        undisturbed = reentered.state()
    entered = set()
    for inner in _functions():
        with reentered.chain.undone():
            reentered.hook(inner)
            reentered.lending.send(actor, outer, *arguments)
            assert reentered.hooked("hook_calls") > 0
            if reentered.hooked("hook_succeeded"):
                entered.add(inner)
            else:  # any reason but the lock's would come with words
                assert reentered.hooked("hook_answer") == b"", inner
            assert reentered.state() == undisturbed, inner
    assert entered == OPEN


def test_vault_reentrancy__from_a_claim_on_the_way_out__refused(reentered: Reentered) -> None:
    """Rewards that wait in the token come in before a lender is paid: two moments for a call."""
    lending = reentered.lending
    lending.send(STRANGER, "harvest", BORROWER)
    lending.borrow(33_000)
    held = lending.sats(lending.address)
    lending.send(LENDER, "withdraw", held, LENDER, LENDER)
    outer = (LENDER, "withdraw", 1_000, LENDER, LENDER)
    with reentered.chain.undone():
        reentered.hook("VERSION")
        lending.send(*outer)
        assert reentered.hooked("hook_calls") == 2
        undisturbed = reentered.state()
    for inner in _functions():
        with reentered.chain.undone():
            reentered.hook(inner)
            lending.send(*outer)
            assert reentered.hooked("hook_succeeded") == (inner in OPEN)
            assert reentered.state() == undisturbed, inner


def test_vault_reentrancy__the_same_calls_at_rest__succeed(reentered: Reentered) -> None:
    """Else the matrix would prove only that they are wrong calls."""
    for inner in _functions():
        with reentered.chain.undone():
            reentered.at_rest(inner)
            assert reentered.hooked("hook_succeeded"), (inner, reentered.hooked("hook_answer"))


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("outer", TOKEN_MOVES)
def test_vault_reentrancy__in_the_middle_of_the_tokens_payments__refused_or_as_at_rest(
    reentered: Reentered, outer: str, keeps: bool
) -> None:
    if keeps:
        reentered.keep_tokens()
    lending, issuance = reentered.lending, reentered.lending.issuance
    actor, arguments = TOKEN_MOVES[outer]
    with reentered.chain.undone():
        reentered.hook("VERSION")
        issuance.send(actor, outer, *arguments)
        moments = reentered.hooked("hook_calls")
    assert moments == (2 if outer == "mint" else 1)
    entered = set()
    for inner in _functions():
        ends = []
        for before in range(moments + 1):
            with reentered.chain.undone():
                for _ in range(before):
                    reentered.at_rest(inner)
                reentered.hook("VERSION")
                issuance.send(actor, outer, *arguments)
                for _ in range(moments - before):
                    reentered.at_rest(inner)
                ends.append(reentered.state())
        with reentered.chain.undone():
            reentered.hook(inner)
            issuance.send(actor, outer, *arguments)
            if reentered.hooked("hook_succeeded"):
                entered.add(inner)
                assert reentered.state() in ends, inner
            else:
                assert reentered.hooked("hook_answer") == b"", inner
    assert entered == ASKS_NO_TOKEN | (set() if keeps else ASKS_FOR_KEPT)
    assert lending.pool().keeps_tokens is keeps


def test_vault_reentrancy__token_that_is_busy__lends_nothing_to_anyone(
    reentered: Reentered,
) -> None:
    """Nor is collateral released or sold at what its books say in the middle of a redemption."""
    for inner in ("borrow", "withdraw_collateral", "liquidate", "liquidate_to_reserve"):
        with reentered.chain.undone():
            reentered.hook(inner)
            reentered.lending.issuance.send(HOLDER, "redeem", 30 * ONE, 0, HOLDER)
            assert not reentered.hooked("hook_succeeded")


def test_vault_reentrancy__days_later__the_same_calls_still_succeed(reentered: Reentered) -> None:
    """The lock is open again."""
    lending = reentered.lending
    reentered.hook("withdraw")
    lending.send(LENDER, "withdraw", 1_000, LENDER, LENDER)
    reentered.hook("VERSION")
    reentered.chain.now += DAY
    lending.send(LENDER, "withdraw", 1_000, LENDER, LENDER)
    with pytest.raises(ChainError):
        lending.send(LENDER, "withdraw", 10**7, LENDER, LENDER)
    lending.send(BORROWER, "close", BORROWER, BORROWER)
