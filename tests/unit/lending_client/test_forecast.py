"""What becomes of a loan, against what becomes of it on a chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from terahash.lending.forecast import (
    HIGHEST,
    STEP,
    Borrowed,
    Course,
    break_even_hashprice,
    course,
    fall,
    lasting_hashprice,
    liquidation_hashprice,
    outlook,
)
from terahash.lending.models import FIXED, Position
from terahash.lending.vault import Vault
from terahash.lending.worth import read_collateral
from terahash.units import DAY
from tests.support.issuing import HASHPRICE, ISSUER, ONE, STRANGER, TERM
from tests.support.lending import BORROWER
from tests.support.lending_desk import LendingDesk

NET = HASHPRICE * 49 // 50 - 5 * ONE
TOKENS = 1_000
DAILY = TOKENS * NET // ONE
"""Satoshi that the tokens earn in a day."""


def borrowed(vault: Vault, position: Position) -> Borrowed:
    state = vault.state()
    tokens, debt = position.loan.collateral, position.debt
    return Borrowed(tokens, debt, state.terms.lltv, state.borrow_rate)


def loan(amount: int, rate: int = 0, lltv: int = 9 * ONE // 10) -> Borrowed:
    return Borrowed(TOKENS * ONE, amount * FIXED, lltv, rate)


def live(desk: LendingDesk, gained: int) -> None:
    """Let a day pass that the issuer pays at once, and another in which that streams."""
    desk.pass_day(gained)
    desk.act(STRANGER, desk.token.accrue())
    desk.act(ISSUER, desk.token.deliver())


def test_course__hashprice_stays__repaid_on_the_day_that_the_chain_comes_to(
    desk: LendingDesk,
) -> None:
    desk.owe(desk.delivery, TOKENS, 400_000)
    vault = desk.delivery
    foreseen = course(borrowed(vault, vault.position(BORROWER)), read_collateral(vault))
    days, debt = 0, 1
    while debt:
        live(desk, HASHPRICE)
        days += 1
        with desk.chain.undone():
            desk.chain.now += DAY  # what was delivered has streamed
            debt = vault.position(BORROWER).debt
    assert foreseen.repaid_in == days == 400_000 // DAILY + 1
    assert foreseen.liquidatable_in is None


def test_course__nothing_delivered__liquidatable_on_the_day_that_the_chain_comes_to(
    desk: LendingDesk,
) -> None:
    desk.owe(desk.covered, TOKENS, 60_000)
    vault = desk.covered
    loan, collateral = borrowed(vault, vault.position(BORROWER)), read_collateral(vault)
    foreseen = course(loan, collateral, is_paid=False)
    assert foreseen.repaid_in is None
    for _ in range(TERM):
        desk.pass_day(0)  # a day that owes nothing, so that nothing is overdue
        if vault.position(BORROWER).is_unhealthy:
            break
    position = vault.position(BORROWER)
    days = (desk.chain.now - collateral.now) // DAY
    assert foreseen.liquidatable_in == days
    # One day of what secures it earlier it was healthy.
    assert ONE - 10 * ONE // 250 < position.health < ONE
    assert collateral.day_in(days) == desk.token.backing().day == 114


def test_course__rewards_are_slow__liquidatable_although_they_come(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(desk.covered)
    little = (5 * ONE + ONE) * 50 // 49 + 1  # a sat a day after fee and cost
    slow = course(loan(80_000), collateral.at(little))
    assert slow.repaid_in is None
    assert slow.liquidatable_in == 4
    assert slow.outcome == (TERM * TOKENS - 80_000) * FIXED
    fast = course(loan(80_000), collateral.at(HASHPRICE))
    assert (fast.repaid_in, fast.liquidatable_in) == (2, None)
    assert fast.outcome == (TERM * DAILY - 80_000) * FIXED


def test_course__interest__is_added_day_by_day(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(desk.covered).at(0)
    debt = 80_000 * FIXED
    for _ in range(TERM):
        debt += -(-debt * 2 // (10 * 365))
    assert course(loan(80_000, ONE // 5), collateral).outcome == -debt


def test_course__term_begins_later__nothing_is_earned_until_then(tmp_path: Path) -> None:
    desk = LendingDesk(tmp_path, first=110, last=110 + TERM)
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(desk.covered)
    found = course(loan(80_000), collateral)
    assert collateral.window.day == 101
    assert found == Course(8 + 2, None, (TERM * DAILY - 80_000) * FIXED)


def test_course__no_debt__all_is_credit(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    found = course(loan(0, ONE), read_collateral(desk.covered))
    assert found == Course(0, None, TERM * DAILY * FIXED)


def test_course__owed_and_streaming__count_on_the_first_day(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    desk.pass_day()
    desk.act(STRANGER, desk.token.accrue())
    collateral = read_collateral(desk.covered)
    owed = course(loan(DAILY + 10), collateral)
    assert owed.repaid_in == 1
    assert course(loan(DAILY + 10), collateral, is_paid=False).repaid_in is None
    desk.act(ISSUER, desk.token.deliver())
    streaming = read_collateral(desk.covered)
    assert course(loan(DAILY - 10), streaming, is_paid=False).repaid_in == 1


def test_liquidation_hashprice__delivery__is_where_the_chain_would_liquidate(
    desk: LendingDesk,
) -> None:
    """Two weeks of days at that hashprice, before the term begins, and at a little more."""
    desk.owe(desk.delivery, TOKENS, 400_000)
    vault = desk.delivery
    loan, collateral = borrowed(vault, vault.position(BORROWER)), read_collateral(vault)
    price = liquidation_hashprice(loan, collateral)
    assert price is not None and 0 < price < HASHPRICE
    at, above = collateral.at(price).worth(), collateral.at(price + 1).worth()
    limit = loan.debt * 10**36 // (FIXED * loan.tokens)
    assert at.value * loan.lltv // ONE <= limit <= above.value * loan.lltv // ONE
    assert loan.is_unhealthy(collateral.at(price))
    assert not loan.is_unhealthy(collateral.at(price + 1))


def test_liquidation_hashprice__cash_covers_it__none(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    assert liquidation_hashprice(loan(84_000), read_collateral(desk.covered)) is None
    # In a delivery vault, a loan that cash covers is as safe.
    assert liquidation_hashprice(loan(84_000), read_collateral(desk.delivery)) is None
    assert liquidation_hashprice(loan(85_000), read_collateral(desk.delivery)) is not None


def test_liquidation_hashprice__beyond_help__any(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    assert liquidation_hashprice(loan(85_000), read_collateral(desk.covered)) == HIGHEST


@pytest.mark.parametrize("kind", ["covered", "delivery"])
def test_lasting_hashprice__is_the_lowest_at_which_rewards_are_in_time(
    desk: LendingDesk, kind: str
) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(getattr(desk, kind))
    owes = loan(80_000, ONE // 20)
    price = lasting_hashprice(owes, collateral)
    assert price % STEP == 0
    assert course(owes, collateral.at(price)).liquidatable_in is None
    assert course(owes, collateral.at(price - STEP)).liquidatable_in is not None
    # Cost and fee included: a sat and a half of the debt a day, while what secures it runs off.
    assert 5 * ONE < price < HASHPRICE


def test_lasting_hashprice__beyond_help__no_hashprice_is(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    assert lasting_hashprice(loan(85_000), read_collateral(desk.covered)) == HIGHEST


def test_break_even_hashprice__own_cash_comes_back_and_no_more(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral, owes = read_collateral(desk.delivery), loan(100_000, ONE // 10)
    price = break_even_hashprice(owes, collateral, 500_000)
    at, below = (course(owes, collateral.at(one)).outcome for one in (price, price - STEP))
    assert below < 500_000 * FIXED <= at
    # Without interest, it is what the tokens must earn for debt and cash.
    free = break_even_hashprice(loan(100_000), collateral, 500_000)
    net = -(-600_000 * ONE // (TERM * TOKENS))
    assert abs(free - (net + 5 * ONE) * 50 // 49) <= STEP
    assert free < price


def test_outlook__covered__says_from_which_day_and_no_hashprice(desk: LendingDesk) -> None:
    desk.owe(desk.covered, TOKENS, 60_000)
    vault = desk.covered
    found = outlook(borrowed(vault, vault.position(BORROWER)), read_collateral(vault))
    assert (found.hashprice, found.liquidation) == (HASHPRICE, None)
    assert found.repaid_in == 2
    assert (found.liquidatable_in, found.liquidatable_day) == (12, 114)


def test_outlook__no_debt__nothing_to_fear(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    found = outlook(loan(0), read_collateral(desk.delivery))
    assert (found.liquidation, found.repaid_in, found.liquidatable_in) == (None, 0, None)


def test_fall__to_a_lower_hashprice__its_share() -> None:
    assert fall(100, 75) == ONE // 4
    assert fall(100, 100) == 0
    assert fall(100, 0) == ONE
    assert fall(100, 101) is None
    assert fall(100, HIGHEST) is None
