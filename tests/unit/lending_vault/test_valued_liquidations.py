"""Liquidations by what the two valuations say: nothing here is a double's word.

Lenders lose nothing by the market where somebody liquidates in time, and by an issuer's default
what its reserve does not pay; of what it delivers later, they have that of the tokens kept.
"""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, STRANGER, Issuance
from tests.support.lending import (
    BORROWER,
    EXACT,
    FIXED,
    FOREVER,
    LENDER,
    LIQUIDATOR,
    ONE,
    Lending,
)
from tests.support.lending_days import empty_the_reserve
from tests.unit.lending_vault.conftest import FREE

LENT = 10**6


def _opened(kind: str, issuance: Issuance | None = None, **values: int) -> Lending:
    """A lender's million, and 100 tokens of a borrower and of a holder each."""
    lending = Lending(kind, issuance, values=values, **FREE)
    lending.lend(LENT)
    lending.post(100)
    lending.issuance.mint(BUYER, 100, HOLDER)
    return lending


def _is_healthy(lending: Lending) -> bool:
    worth, loan = lending.assess(), lending.loan()
    limit = loan.collateral * (worth.value * lending.terms["lltv"] // ONE) * FIXED
    return lending.debt() * EXACT <= limit


@pytest.fixture
def worn() -> Lending:
    """A cash-covered loan, and days on which mining does not pay: the term passes, no rewards."""
    lending = _opened("covered")
    lending.borrow_most()
    assert 8_000 < lending.debt() // FIXED < 8_400
    while _is_healthy(lending):
        lending.issuance.pass_day(4 * ONE)
    assert lending.chain.now <= 1_700_000_000 + 4 * DAY
    return lending


@pytest.mark.parametrize("amounts", [(FOREVER, 0, 0), (0, FOREVER, FOREVER)])
def test_covered__bought__pays_the_whole_debt_and_leaves_the_borrower_the_rest(
    worn: Lending, amounts: tuple[int, int, int]
) -> None:
    worth = worn.assess()
    assert worth.value < worth.payout  # it redeems for more, which a buyer pays
    debt = worn.debt()
    arguments = (BORROWER, *amounts, LIQUIDATOR)
    event = worn.logged(LIQUIDATOR, "liquidate", *arguments)["Liquidated"]
    assert event["paid"] == -(-debt // FIXED)
    assert event["bad_debt"] == 0
    assert 18 * ONE < event["seized"] < 23 * ONE
    assert worn.read("totalAssets") == LENT
    worn.send(BORROWER, "close", BORROWER, BORROWER)
    assert worn.tokens(BORROWER) == 100 * ONE - event["seized"]


def test_covered__to_the_reserve__pays_the_whole_debt(worn: Lending) -> None:
    event = worn.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)["Redeemed"]
    assert event["bad_debt"] == 0
    assert event["reward"] == event["paid"] // 100
    assert worn.loan().scaled == 0
    assert worn.loan().credit < 2 * FIXED
    assert worn.read("totalAssets") == LENT
    worn.send(LENDER, "redeem", worn.shares(LENDER), LENDER, LENDER)


@pytest.mark.parametrize(("days", "is_lost"), [(30, False), (38, True)])
def test_covered__nobody_liquidates_for_weeks__pays_until_the_term_is_nearly_over(
    days: int, is_lost: bool
) -> None:
    """Redemption pays 10 satoshi a day that is left, the reference, and 83 were lent."""
    lending = _opened("covered")
    lending.borrow_most()
    for _ in range(days):
        lending.issuance.pass_day(4 * ONE)
    logs = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    assert (logs["Redeemed"]["bad_debt"] > 0) is is_lost


def test_delivery__hashprice_falls_by_more_than_half__the_reserve_pays_the_debt() -> None:
    lending = _opened("delivery")
    lending.borrow_most()
    assert 40_000 < lending.debt() // FIXED < 43_000
    lending.issuance.pass_day(20 * ONE)
    assert not _is_healthy(lending)
    event = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)["Redeemed"]
    assert event["bad_debt"] == 0
    assert 85 * ONE < event["seized"] < 100 * ONE
    assert lending.read("totalAssets") == LENT


def _defaulting(grace: int) -> Lending:
    """An issuer that delivers nothing, and a loan of all that is expected: twice what it holds."""
    lending = _opened("delivery", Issuance(grace=grace), phi=ONE)
    lending.borrow_most()
    assert 90_000 < lending.debt() // FIXED < 100_000
    return lending


def test_delivery__default__the_reserve_pays_all_it_has_and_the_tokens_are_kept() -> None:
    """Each debt that becomes overdue it pays first; while it can, tokens are worth more."""
    lending = _defaulting(3 * DAY)
    issuance, debt = lending.issuance, lending.debt()
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    assert _is_healthy(lending)
    issuance.chain.now += 3 * DAY + 1
    assert not _is_healthy(lending)
    assert lending.assess().is_overdue
    with pytest.raises(ChainError, match="worth more than redeemed"):
        lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    empty_the_reserve(issuance)
    issuance.chain.now += DAY
    assert lending.assess().is_overdue
    logs = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    event, credited = logs["Redeemed"], logs["Credited"]["amount"]
    assert (event["paid"], event["seized"]) == (0, 100 * ONE)
    assert 46_199 * FIXED < credited <= 46_200 * FIXED  # 462 a token
    assert event["bad_debt"] == debt - credited
    assert lending.pool().assets == LENT * FIXED - event["bad_debt"]
    assert lending.pool().keeps_tokens


def test_delivery__within_a_long_grace__waits_and_then_keeps_the_tokens() -> None:
    lending = _defaulting(30 * DAY)
    issuance = lending.issuance
    for _ in range(11):
        issuance.pass_day()
    issuance.pass_day(12 * ONE)
    issuance.send(STRANGER, "accrue")
    # 490.76 a token are owed, and 462 are there.
    worth = lending.assess()
    assert (worth.is_pending, worth.is_overdue, worth.is_stopped) == (True, False, True)
    assert not _is_healthy(lending)
    with pytest.raises(ChainError, match="worth more than redeemed"):
        lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    issuance.pass_day(4 * ONE, 31 * DAY)
    with pytest.raises(ChainError, match="rewards still to come"):
        lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    issuance.send(STRANGER, "cover")
    assert issuance.read("reserve") == 0
    issuance.chain.now += DAY
    event = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)["Redeemed"]
    assert (event["paid"], event["seized"]) == (0, 100 * ONE)
    lost = event["bad_debt"]
    assert 44_000 * FIXED < lost < 52_000 * FIXED
    pool = lending.pool()
    assert pool.keeps_tokens
    assert pool.assets == LENT * FIXED - lost
    # What the issuer still owed, it delivers after all: 28.76 a token.
    issuance.deliver()
    issuance.chain.now += DAY
    gained = lending.pool().assets - pool.assets
    assert 2_870 * FIXED < gained < 2_880 * FIXED
    most = lending.read("maxWithdraw", LENDER)
    assert most == lending.pool().assets // FIXED
    lending.send(LENDER, "withdraw", most, LENDER, LENDER)


def test_delivery__within_the_grace__buyers_pay_for_what_is_owed() -> None:
    """Not the little that redemption would pay then."""
    lending = _defaulting(30 * DAY)
    for _ in range(11):
        lending.issuance.pass_day()
    lending.issuance.pass_day(12 * ONE)
    lending.issuance.send(STRANGER, "accrue")
    worth = lending.assess()
    assert worth.payout < 458 * ONE < 490 * ONE < worth.price
    arguments = (BORROWER, FOREVER, 0, 0, LIQUIDATOR)
    event = lending.logged(LIQUIDATOR, "liquidate", *arguments)["Liquidated"]
    assert event["paid"] >= 100 * 49_076 * 99 // 10_000
