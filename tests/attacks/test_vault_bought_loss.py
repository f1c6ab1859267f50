"""Shares bought after a loss: they cost next to nothing, and what the vault keeps of it pays off
later. Whoever deposits a thousand satoshi in the next moment owns nearly all of that: an issuer
that then pays what it owes, its own payment. Nobody buys into what others lost.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_LENDER,
    Lending,
)
from tests.support.relay import refused

REWARDS = 44_000


@pytest.fixture
def lending() -> Lending:
    """All is lent, and lost; the vault keeps the tokens."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(600_000, LENDER)
    lending.lend(200_000, SECOND_LENDER)
    lending.post(1_000)
    lending.borrow(800_000)
    lending.set_worth(0)
    lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    assert lending.read("totalAssets") == 0
    return lending


def test_vault_bought_loss__lenders_who_come_after_it__are_refused(lending: Lending) -> None:
    for function, amount in (("deposit", 1_000), ("deposit", 10**9), ("mint", 10**12)):
        with refused("vault: closed by a loss"):
            lending.send(ATTACKER, function, amount, ATTACKER)
    assert lending.read("maxDeposit", ATTACKER) == lending.read("maxMint", ATTACKER) == 0


def test_vault_bought_loss__what_is_kept__pays_those_who_lost(lending: Lending) -> None:
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY
    before = lending.sats(LENDER), lending.sats(SECOND_LENDER)
    for lender in (LENDER, SECOND_LENDER):
        most = lending.read("maxRedeem", lender)
        lending.send(lender, "redeem", most, lender, lender)
    assert lending.sats(LENDER) - before[0] in (REWARDS * 3 // 4 - 1, REWARDS * 3 // 4)
    assert lending.sats(SECOND_LENDER) - before[1] in (REWARDS // 4 - 1, REWARDS // 4)


def test_vault_bought_loss__before_the_tokens_are_kept__costs_what_is_lost(
    lending: Lending,
) -> None:
    """What the vault still counts on, a lender pays for in full, and loses with the others."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(800_000)
    lending.post(1_000)
    lending.borrow(800_000)
    lending.set_worth(0)
    lending.send(ATTACKER, "deposit", 800_000, ATTACKER)
    lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    assert lending.read("convertToAssets", lending.shares(ATTACKER)) in (399_999, 400_000)


def test_vault_bought_loss__loss_of_dust__closes_nothing() -> None:
    """A loan of a part of a satoshi on a part of a token: it costs nothing to have, and to lose."""
    lending = Lending("covered")
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(5_000)
    lending.post(100, ATTACKER)
    lending.borrow(1_000, ATTACKER)
    lending.chain.now += 600
    lending.send(ATTACKER, "repay", 1_000, ATTACKER)
    debt = lending.debt(ATTACKER)
    assert 0 < debt < FIXED
    each = lending.assess().value * 882 // 1_000
    left = -(-debt * 10**36 // (each * FIXED)) + 10**6
    lending.send(ATTACKER, "withdraw_collateral", 100 * ONE - left, ATTACKER, ATTACKER)
    lending.issuance.pass_days(2, gained=ONE)
    call = ("liquidate_to_reserve", ATTACKER, ATTACKER)
    redeemed = lending.logged(ATTACKER, *call)["Redeemed"]
    assert (redeemed["paid"], redeemed["seized"]) == (0, left)
    assert 0 < redeemed["bad_debt"] < FIXED
    assert not lending.pool().keeps_tokens
    lending.lend(10**6, SECOND_LENDER)


def test_vault_bought_loss__nobody_left_who_lost__others_may_come(lending: Lending) -> None:
    """Or what the vault keeps would be nobody's."""
    for lender in (LENDER, SECOND_LENDER):
        lending.send(lender, "redeem", lending.shares(lender), lender, lender)
    assert lending.pool().shares == 0
    lending.send(ATTACKER, "deposit", 10**6, ATTACKER)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY
    worth = lending.read("convertToAssets", lending.shares(ATTACKER))
    assert 10**6 + REWARDS - 2 <= worth <= 10**6 + REWARDS
