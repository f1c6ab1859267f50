"""What becomes of a loan, against what becomes of it on a chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from terahash.lending.forecast import (
    HIGHEST,
    STEP,
    Borrowed,
    Course,
    Outlook,
    break_even_hashprice,
    course,
    fall,
    lasting_hashprice,
    liquidation_hashprice,
    outlook,
)
from terahash.lending.models import FIXED
from terahash.lending.show import outlook_rows
from terahash.lending.vault import Vault
from terahash.lending.worth import read_collateral
from tests.support.issuing import HASHPRICE, ISSUER, ONE, STRANGER, TERM
from tests.support.lending import BORROWER
from tests.support.lending_desk import LendingDesk

NET = HASHPRICE * 49 // 50 - 5 * ONE
TOKENS = 1_000
DAILY = TOKENS * NET // ONE
"""Satoshi that the tokens earn in a day."""


def borrowed(vault: Vault) -> Borrowed:
    state, position = vault.state(), vault.position(BORROWER)
    tokens, debt = position.loan.collateral, position.debt
    return Borrowed(tokens, debt, state.terms.lltv, state.borrow_rate)


def loan(amount: int, rate: int = 0, lltv: int = 9 * ONE // 10) -> Borrowed:
    return Borrowed(TOKENS * ONE, amount * FIXED, lltv, rate)


@pytest.mark.parametrize("field", range(4))
def test_borrowed__anything_negative__refused(field: int) -> None:
    with pytest.raises(ValueError, match="nothing of a loan is negative"):
        Borrowed(*(-1 if number == field else 1 for number in range(4)))


def test_course__rewards_are_slow__liquidatable_although_they_come(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(desk.covered)
    little = (5 * ONE + ONE) * 50 // 49 + 1  # a sat a day after fee and cost
    slow = course(loan(80_000), collateral.at(little))
    assert slow.repaid_in is None
    assert slow.liquidatable_in == 3
    assert slow.outcome == (TERM * TOKENS - 80_000) * FIXED
    fast = course(loan(80_000), collateral.at(HASHPRICE))
    assert (fast.repaid_in, fast.liquidatable_in) == (3, None)
    assert fast.outcome == (TERM * DAILY - 80_000) * FIXED


def test_course__interest__is_added_day_by_day(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(desk.covered).at(0)
    debt = 80_000 * FIXED
    for _ in range(TERM + 1):  # the last day is paid a day after it
        debt += -(-debt * 2 // (10 * 365))
    assert course(loan(80_000, ONE // 5), collateral).outcome == -debt


def test_course__term_begins_later__nothing_is_earned_until_then(tmp_path: Path) -> None:
    desk = LendingDesk(tmp_path, first=110, last=110 + TERM)
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(desk.covered)
    found = course(loan(80_000), collateral)
    assert collateral.window.day == 101
    assert found == Course(8 + 3, None, (TERM * DAILY - 80_000) * FIXED)


def test_course__no_debt__all_is_credit(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    found = course(loan(0, ONE), read_collateral(desk.covered))
    assert found == Course(0, None, TERM * DAILY * FIXED)


def test_course__owed_and_streaming__count_on_the_first_day(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    desk.pass_day()
    desk.act(STRANGER, desk.token.accrue())
    collateral = read_collateral(desk.covered)
    owed = course(loan(DAILY - 10), collateral)
    assert owed.repaid_in == 1
    assert course(loan(DAILY + 10), collateral).repaid_in == 2
    assert course(loan(DAILY - 10), collateral, is_paid=False).repaid_in is None
    desk.act(ISSUER, desk.token.deliver())
    streaming = read_collateral(desk.covered)
    assert course(loan(DAILY - 10), streaming, is_paid=False).repaid_in == 1


def test_liquidation_hashprice__delivery__is_where_the_chain_would_liquidate(
    desk: LendingDesk,
) -> None:
    """Two weeks of days at that hashprice, before the term begins, and at a little more."""
    desk.owe(desk.delivery, TOKENS, 400_000)
    vault = desk.delivery
    loan, collateral = borrowed(vault), read_collateral(vault)
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


def test_break_even_hashprice__own_cash_would_come_back__but_the_loan_is_liquidated(
    desk: LendingDesk,
) -> None:
    """Where a little would do for the cash, the loan must last all the same."""
    desk.buy(BORROWER, TOKENS)
    collateral, owes = read_collateral(desk.delivery), loan(400_000)
    price = break_even_hashprice(owes, collateral, 100_000)
    assert price == lasting_hashprice(owes, collateral)
    for one in (price, price + STEP, 2 * price, HASHPRICE):
        found = course(owes, collateral.at(one))
        assert found.liquidatable_in is None and found.outcome > 100_000 * FIXED
    below = course(owes, collateral.at(price - STEP))
    assert below.liquidatable_in is not None and below.outcome > 100_000 * FIXED


@pytest.mark.parametrize("kind", ["covered", "delivery"])
def test_break_even_hashprice__beyond_help__no_hashprice_is(desk: LendingDesk, kind: str) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(getattr(desk, kind))
    assert break_even_hashprice(loan(10**9), collateral, 0) == HIGHEST


def test_outlook__covered__no_hashprice_and_no_day(desk: LendingDesk) -> None:
    desk.owe(desk.covered, TOKENS, 60_000)
    found = outlook(borrowed(desk.covered), read_collateral(desk.covered))
    assert found == Outlook(HASHPRICE, None, 3, None, None, None, None)


def test_outlook__delivery__says_from_which_day_if_nobody_pays(desk: LendingDesk) -> None:
    desk.owe(desk.delivery, TOKENS, 400_000)
    found = outlook(borrowed(desk.delivery), read_collateral(desk.delivery))
    assert found.liquidation is not None
    assert (found.repaid_in, found.paid_liquidatable_in) == (11, None)
    assert (found.liquidatable_in, found.liquidatable_day) == (4, 106)


def test_outlook__rewards_are_slow__liquidatable_and_not_repaid_by_itself(
    desk: LendingDesk,
) -> None:
    desk.owe(desk.covered, TOKENS, 80_000)
    collateral = read_collateral(desk.covered).at(7 * ONE)
    found = outlook(borrowed(desk.covered), collateral)
    assert found.repaid_in is None
    assert (found.paid_liquidatable_in, found.paid_liquidatable_day) == (8, 110)


def test_outlook__unhealthy_before_it_would_be_repaid__not_repaid_by_itself(
    desk: LendingDesk,
) -> None:
    """All would be repaid within the term, if nobody liquidated it."""
    desk.buy(BORROWER, TOKENS)
    collateral, owes = read_collateral(desk.delivery), loan(1_300_000)
    assert owes.is_unhealthy(collateral)
    assert course(owes, collateral).outcome > 0
    found = outlook(owes, collateral)
    assert (found.repaid_in, found.paid_liquidatable_in, found.liquidatable_in) == (None, 0, 0)


def test_outlook__no_debt__nothing_to_fear(desk: LendingDesk) -> None:
    desk.buy(BORROWER, TOKENS)
    found = outlook(loan(0), read_collateral(desk.delivery))
    assert found[1:] == (None, 0, None, None, None, None)


@pytest.mark.parametrize(
    ("kind", "debt", "price", "unpaid", "paid"),
    [
        (
            "covered",
            60_000,
            HASHPRICE,
            "not liquidatable in the term",
            "in 3 days, at today's hashprice",
        ),
        (
            "delivery",
            400_000,
            HASHPRICE,
            "liquidatable from block-day 106, about 2023-11-19",
            "in 11 days, at today's hashprice",
        ),
        (
            "covered",
            80_000,
            7 * ONE,
            "liquidatable from block-day 108, about 2023-11-21",
            "no: liquidatable from block-day 110, about 2023-11-23, although the issuer pays",
        ),
        (
            "covered",
            85_000,
            HASHPRICE,
            "liquidatable now, or within a day",
            "no: liquidatable now, or within a day, although the issuer pays",
        ),
    ],
)
def test_outlook_rows__each_course__said_in_words(
    desk: LendingDesk, kind: str, debt: int, price: int, unpaid: str, paid: str
) -> None:
    desk.buy(BORROWER, TOKENS)
    collateral = read_collateral(getattr(desk, kind)).at(price)
    rows = outlook_rows(outlook(loan(debt), collateral), collateral)
    assert (rows["if nobody pays"], rows["repaid by itself"]) == (unpaid, paid)


def test_fall__to_a_lower_hashprice__its_share() -> None:
    assert fall(100, 75) == ONE // 4
    assert fall(100, 100) == 0
    assert fall(100, 0) == ONE
    assert fall(100, 101) is None
    assert fall(100, HIGHEST) is None
    assert fall(0, 0) == 0
    assert fall(0, 1) is None


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (1, -1)])
def test_fall__negative_hashprice__refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not negative"):
        fall(start, end)
