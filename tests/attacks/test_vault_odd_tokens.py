"""Bitcoin that keeps a fee, returns nothing or false: a payment into a vault that did not arrive,
or of which the token says that it failed, is none, and one out of it that failed was not made.

A fee that bitcoin begins to keep of what goes out is the receiver's, and of what the hashrate
token pays to the vault, the vault's: neither can be told beforehand. Nobody is paid another's.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, START, STRANGER, Issuance
from tests.support.lending import (
    BORROWER,
    FIXED,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

TRUE, FALSE, NOTHING = 1, 0, 2
FAILED = "vault: bitcoin transfer failed"
NOT_ARRIVED = "vault: bitcoin did not arrive"
Call = tuple[str, str, tuple[Any, ...]]
PULLS: dict[str, Call] = {
    "deposit": (LENDER, "deposit", (1_000, LENDER)),
    "mint": (LENDER, "mint", (10**9, LENDER)),
    "repay": (STRANGER, "repay", (1_000, BORROWER)),
    "repay_all": (STRANGER, "repay_all", (BORROWER,)),
    "close": (BORROWER, "close", (BORROWER, BORROWER)),
    "liquidate": (LIQUIDATOR, "liquidate", (SECOND_BORROWER, 1_000, 0, 0, LIQUIDATOR)),
}
"""Calls by which satoshi come in."""
PUSHES: dict[str, Call] = {
    "withdraw": (LENDER, "withdraw", (1_000, LENDER, LENDER)),
    "redeem": (LENDER, "redeem", (10**9, LENDER, LENDER)),
    "borrow": (BORROWER, "borrow", (1_000, BORROWER, BORROWER)),
    "withdraw_credit": (STRANGER, "withdraw_credit", (STRANGER, STRANGER)),
}
"""Calls by which they go out."""
REDEEMS: Call = (LIQUIDATOR, "liquidate_to_reserve", (SECOND_BORROWER, LIQUIDATOR))
PEOPLE = (LENDER, SECOND_LENDER, BORROWER, SECOND_BORROWER, THIRD_BORROWER, STRANGER, LIQUIDATOR)


@pytest.fixture
def lending() -> Lending:
    """A vault on bitcoin that does as it is told: loans of which one is too large, and a credit."""
    chain = RevmChain(START)
    lending = Lending("double", Issuance(chain, btc=chain.deploy("OddToken", 8)))
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    for borrower, tokens, owed in ((BORROWER, 100, 50_000), (SECOND_BORROWER, 10, 8_800)):
        lending.post(tokens, borrower)
        lending.borrow(owed, borrower)
    lending.post(100, STRANGER)
    lending.issuance.mint(BUYER, 100, HOLDER)
    lending.issuance.send(STRANGER, "fund_reserve", 4 * 10**5)
    pass_rewarded_day(lending)
    payout = int(lending.issuance.read("preview_redeem", ONE)) * ONE
    lending.set_worth(900 * ONE, payout)
    return lending


def _set_odd(lending: Lending, fee: int, answer: int) -> None:
    lending.chain.send("OddToken", lending.btc, "set_odd", fee, answer)


def _state(lending: Lending) -> tuple[Any, ...]:
    accounts = (*PEOPLE, lending.address, lending.token)
    return (
        lending.pool(),
        *(lending.loan(each) for each in PEOPLE),
        *((lending.sats(each), lending.tokens(each)) for each in accounts),
        *(lending.shares(each) for each in PEOPLE),
        lending.issuance.read("reserve"),
    )


@pytest.mark.parametrize("which", PULLS)
def test_vault_odd_tokens__fee_on_what_comes_in__nothing_stands(
    lending: Lending, which: str
) -> None:
    actor, function, arguments = PULLS[which]
    before = _state(lending)
    for fee in (1, 10, 1_000):
        _set_odd(lending, fee, TRUE)
        with refused(NOT_ARRIVED):
            lending.send(actor, function, *arguments)
    assert _state(lending) == before
    _set_odd(lending, 0, TRUE)
    lending.send(actor, function, *arguments)
    assert _state(lending) != before


@pytest.mark.parametrize("which", PULLS | PUSHES)
def test_vault_odd_tokens__payment_that_says_false__nothing_stands(
    lending: Lending, which: str
) -> None:
    """The token moves the satoshi all the same: they do not stay there."""
    actor, function, arguments = (PULLS | PUSHES)[which]
    before = _state(lending)
    _set_odd(lending, 0, FALSE)
    with refused(FAILED):
        lending.send(actor, function, *arguments)
    assert _state(lending) == before


def test_vault_odd_tokens__false_of_a_claim_or_a_redemption__nothing_stands(
    lending: Lending,
) -> None:
    """Those the hashrate token refuses."""
    lending.send(STRANGER, "harvest", BORROWER)
    before = _state(lending)
    _set_odd(lending, 0, FALSE)
    most = lending.read("maxWithdraw", LENDER)
    assert most > lending.sats(lending.address)
    actor, function, arguments = REDEEMS
    for call in ((LENDER, "withdraw", most, LENDER, LENDER), (actor, function, *arguments)):
        with refused("token: bitcoin transfer failed"):
            lending.send(*call)
    assert _state(lending) == before
    _set_odd(lending, 0, TRUE)
    lending.send(actor, function, *arguments)
    lending.send(LENDER, "withdraw", most, LENDER, LENDER)


@pytest.mark.parametrize("which", (*PULLS, *PUSHES, "liquidate_to_reserve"))
def test_vault_odd_tokens__that_say_nothing__do_the_same(lending: Lending, which: str) -> None:
    """As some old ones do."""
    actor, function, arguments = (PULLS | PUSHES | {"liquidate_to_reserve": REDEEMS})[which]
    states = []
    for answer in (TRUE, NOTHING):
        with lending.undone():
            _set_odd(lending, 0, answer)
            lending.send(actor, function, *arguments)
            states.append(_state(lending))
    assert states[0] == states[1] != _state(lending)


@pytest.mark.parametrize("which", PUSHES)
def test_vault_odd_tokens__fee_on_what_goes_out__is_the_receivers(
    lending: Lending, which: str
) -> None:
    actor, function, arguments = PUSHES[which]
    ends = []
    for fee in (0, 77):
        with lending.undone():
            _set_odd(lending, fee, TRUE)
            lending.send(actor, function, *arguments)
            got = lending.sats(actor)
            ends.append((got, lending.pool(), lending.loan(actor), lending.sats(lending.address)))
    assert ends[1] == (ends[0][0] - 77, *ends[0][1:])


def test_vault_odd_tokens__fee_on_what_the_hashrate_token_pays__the_vault_is_short_of_no_more(
    lending: Lending,
) -> None:
    """Rewards are booked as they are earned, whoever claims them."""
    fee = 1_000
    lending.send(STRANGER, "harvest", BORROWER)
    with lending.undone():
        lending.issuance.send(STRANGER, "claim", lending.address)
        whole = lending.sats(lending.address)
    _set_odd(lending, fee, TRUE)
    lending.issuance.send(STRANGER, "claim", lending.address)
    _set_odd(lending, 0, TRUE)
    assert lending.sats(lending.address) == whole - fee
    for borrower in (BORROWER, SECOND_BORROWER, STRANGER):
        lending.send(borrower, "close", borrower, borrower)
    lending.send(STRANGER, "collect_fees")
    most = lending.read("maxWithdraw", LENDER)
    short = most - lending.sats(lending.address)
    assert fee - 10 < short <= fee
    with pytest.raises(ChainError):
        lending.send(LENDER, "withdraw", most, LENDER, LENDER)
    lending.send(LENDER, "withdraw", most - short, LENDER, LENDER)
    assert lending.sats(lending.address) == 0


def test_vault_odd_tokens__satoshi_that_come_by_themselves__pay_for_nobody(
    lending: Lending,
) -> None:
    """The vault's balance is compared, never taken for somebody's."""
    lending.chain.send("OddToken", lending.btc, "mint", lending.address, 12_345)
    _set_odd(lending, 1, TRUE)
    for actor, function, arguments in PULLS.values():
        with refused(NOT_ARRIVED):
            lending.send(actor, function, *arguments)
    _set_odd(lending, 0, TRUE)
    held = lending.sats(lending.address)
    lending.send(LENDER, "deposit", 1_000, LENDER)
    assert lending.sats(lending.address) == held + 1_000


def test_vault_odd_tokens__a_life_in_bitcoin_that_says_nothing__ends_the_same(
    lending: Lending,
) -> None:
    def live(answer: int) -> tuple[Any, ...]:
        with lending.undone():
            _set_odd(lending, 0, answer)
            for actor, function, arguments in (*PUSHES.values(), REDEEMS, *PULLS.values()):
                if function == "liquidate":
                    continue
                lending.send(actor, function, *arguments)
                lending.chain.now += DAY // 10
            lending.send(STRANGER, "collect_fees")
            most = lending.read("maxWithdraw", LENDER)
            lending.send(LENDER, "withdraw", most, LENDER, LENDER)
            assert lending.pool().cash < 100 * FIXED
            return _state(lending)

    assert live(TRUE) == live(NOTHING)
