"""A liquidation through a reserve that is empty: redemption pays nothing, and either nobody can end
the loan, or its tokens are burnt for nothing and the issuer is free of what it owes them.

So the vault keeps the tokens, and what they earn later is the lenders'.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

DAYS = 16
"""After so many without a delivery the reserve has paid all it had, and that has been credited."""


@pytest.fixture
def lending() -> Lending:
    """An issuance in default, half of it posted for a loan, which it has repaid by half."""
    lending = Lending("delivery", values={"phi": ONE}, rate=0, speed=0)
    lending.lend(10**6)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow_most()
    for _ in range(DAYS):
        lending.issuance.pass_day()
        with suppress(ChainError):  # where nothing is overdue yet
            lending.issuance.send(STRANGER, "cover")
        lending.issuance.send(STRANGER, "accrue")
    return lending


def test_vault_empty_reserve__unhealthy_loan__ends_and_leaves_the_vault_its_tokens(
    lending: Lending,
) -> None:
    assert lending.issuance.read("reserve") == 0
    debt, assets = lending.debt(), lending.pool().assets
    owed = lending.issuance.read("owed")
    call = ("liquidate_to_reserve", BORROWER, LIQUIDATOR)
    redeemed = lending.logged(LIQUIDATOR, *call)["Redeemed"]
    assert redeemed["paid"] == redeemed["reward"] == 0
    assert redeemed["seized"] == 1_000 * ONE
    assert redeemed["bad_debt"] == debt
    assert abs(assets - debt - lending.pool().assets) <= 4
    assert lending.debt() == lending.loan().collateral == 0
    # They are not burnt, and owed what they were owed.
    assert lending.tokens(lending.address) == 1_000 * ONE
    assert lending.issuance.read("owed") == owed


def test_vault_empty_reserve__issuer_that_pays_after_all__pays_the_lenders(
    lending: Lending,
) -> None:
    lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    before = lending.pool().assets
    owed = int(lending.issuance.read("owed")) // 10**36 // 2
    lending.issuance.deliver()
    lending.chain.now += DAY
    lending.send(STRANGER, "harvest", STRANGER)
    assert abs(lending.pool().assets - before - owed * FIXED) < FIXED
    most = lending.read("maxWithdraw", LENDER)
    lending.send(LENDER, "withdraw", most, LENDER, LENDER)
    assert lending.loan(BORROWER).credit == 0


@pytest.mark.parametrize("calls", [1, 7])
def test_vault_empty_reserve__rewards_of_what_is_kept__are_credited_once(
    lending: Lending, calls: int
) -> None:
    """Not to lenders, and again to a loan of the vault's own at the expense of who else waits."""
    lending.send(SECOND_BORROWER, "post", 1_000 * ONE, SECOND_BORROWER)
    lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    before = lending.pool().assets
    owed = int(lending.issuance.read("owed")) // 10**36 // 2
    lending.issuance.deliver()
    for _ in range(calls):
        lending.chain.now += -(-DAY // calls)
        lending.send(ATTACKER, "harvest", ATTACKER)
        with refused("vault: not a borrower"):
            lending.send(ATTACKER, "harvest", lending.address)
        with refused("vault: not a borrower"):
            lending.send(ATTACKER, "repay", 1, lending.address)
    lending.send(STRANGER, "harvest", SECOND_BORROWER)
    assert abs(lending.loan(SECOND_BORROWER).credit - owed * FIXED) < FIXED
    assert abs(lending.pool().assets - before - owed * FIXED) < FIXED
    paid = lending.loan(SECOND_BORROWER).credit // FIXED
    had = lending.sats(SECOND_BORROWER)
    lending.send(SECOND_BORROWER, "withdraw_credit", SECOND_BORROWER, SECOND_BORROWER)
    assert lending.sats(SECOND_BORROWER) - had == paid


@pytest.mark.parametrize("left", [900, 20_000])
def test_vault_empty_reserve__little_debt_left__costs_the_borrower_little_more(left: int) -> None:
    """The reserve has repaid nearly all of a loan; its tokens are owed 242 each, and get more
    later: by the hashprice, stressed, five times that in all.
    """
    lending = Lending("delivery", values={"phi": ONE}, rate=0, speed=0)
    lending.lend(10**6)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow(462_000 + left)
    for _ in range(DAYS):
        lending.issuance.pass_day()
        with suppress(ChainError):  # where nothing is overdue yet
            lending.issuance.send(STRANGER, "cover")
        lending.issuance.send(STRANGER, "accrue")
    debt = -(-lending.debt() // FIXED)
    assert debt in (left, left + 1)
    price = lending.assess().price
    assert 4 * 242 < price // ONE < 5 * 242
    call = ("liquidate_to_reserve", BORROWER, ATTACKER)
    seized = lending.logged(ATTACKER, *call)["Redeemed"]["seized"]
    assert 4 * debt * ONE <= seized * price // ONE <= 4 * debt * ONE * 102 // 100
    assert lending.loan().collateral == 1_000 * ONE - seized
    assert lending.debt() == 0
    # The issuer pays what it owes after all: of that, the part of what is kept goes to who lost it,
    # or else to nobody.
    part = seized * 242 // ONE
    lending.issuance.deliver()
    lending.chain.now += DAY
    before = lending.sats(BORROWER)
    lending.send(BORROWER, "close", BORROWER, BORROWER)
    assert abs(lending.sats(BORROWER) - before - (242_000 - part)) <= 2 + part // 100
    assert lending.tokens(BORROWER) == 1_000 * ONE - seized
    is_dust = left < 1_000
    gained = lending.read("totalAssets") - (10**6 - debt)
    assert abs(gained - (0 if is_dust else part)) <= part // 100 + 2
    lending.issuance.send(STRANGER, "claim", lending.address)
    nobodys = lending.sats(lending.address) - lending.read("totalAssets")
    assert nobodys <= (part + part // 100 if is_dust else 0) + 2
