"""LendingLens.position and positions: a loan as the vault would treat it now."""

from __future__ import annotations

import pytest

from terahash.lending.models import UNCOUNTED, Position
from terahash.units import DAY
from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    LIQUIDATOR,
    ONE,
    RAY,
    SECOND_BORROWER,
    STRANGER,
)
from tests.support.relay import refused
from tests.unit.lending_lens.conftest import LENT, Lens


def _bound_by(lens: Lens, reason: str, borrower: str = BORROWER) -> int:
    """Check that the most that can be borrowed can be, and not a satoshi more, and say how much."""
    most = lens.position(borrower).max_borrow
    if most:
        with lens.lending.undone():
            lens.lending.borrow(most, borrower)
            assert lens.position(borrower).max_borrow == 0
    with lens.lending.undone(), refused(reason):
        lens.lending.borrow(most + 1, borrower)
    return most


def test_position__of_nobody__empty_and_healthy(lens: Lens) -> None:
    position = lens.position(STRANGER)
    assert position.borrower == STRANGER
    assert position.is_empty and position.is_valued and not position.is_unhealthy
    assert (position.debt, position.value, position.max_borrow) == (0, 0, 0)
    assert position.health == UNCOUNTED


def test_position__loan__debt_value_and_health(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(60_000)
    position = lens.position()
    assert tuple(position.loan) == tuple(lens.lending.loan())
    assert position.debt == lens.lending.debt() == 60_000 * FIXED
    assert (position.owes, position.credit, position.value) == (60_000, 0, 100_000)
    assert position.health == 3 * ONE // 2  # 90 % of the value over the debt


def test_position__interest__is_in_the_debt_and_rounded_up(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(60_000)
    lens.chain.now += DAY
    position = lens.position()
    assert position.debt == lens.lending.debt() > 60_000 * FIXED
    assert position.owes == 60_002  # 4 % / 4 of a year's 365th
    assert position.debt == -(-position.loan.scaled * lens.lending.pool().index // RAY)


def test_health__on_either_side_of_the_threshold__liquidatable_below_one(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(80_000)
    at = 80_000 * ONE // 900  # 90 % of 1,000 such tokens: a little less than the debt
    for value, unhealthy in ((at + 1, False), (at, True)):
        lens.lending.set_worth(value)
        position = lens.position()
        assert position.is_unhealthy is unhealthy
        assert (position.health < ONE) is unhealthy
        if unhealthy:
            with lens.lending.undone():
                lens.lending.send(LIQUIDATOR, "liquidate", BORROWER, 1_000, 0, 0, LIQUIDATOR)
        else:
            with refused("vault: loan is healthy"):
                lens.lending.send(LIQUIDATOR, "liquidate", BORROWER, 1_000, 0, 0, LIQUIDATOR)


def test_position__rewards_that_nobody_credited__repaid_the_debt(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(60_000)
    lens.lending.issuance.pass_day()
    lens.lending.issuance.deliver()
    lens.chain.now += DAY
    before = lens.position()
    assert before.owes < 60_000 - 43_000
    lens.lending.send(STRANGER, "harvest", BORROWER)
    assert lens.position() == before


def test_position__rewards_beyond_the_debt__are_a_credit_that_can_be_taken(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(1_000)
    lens.lending.issuance.pass_day()
    lens.lending.issuance.deliver()
    lens.chain.now += DAY
    position = lens.position()
    assert (position.debt, position.health) == (0, UNCOUNTED)
    assert position.credit == position.loan.credit // FIXED > 42_000
    assert lens.lending.asked(BORROWER, "withdraw_credit", BORROWER, BORROWER) == position.credit


def test_position__valuation_refuses__debt_is_said_and_nothing_else(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(60_000)
    lens.lending.set_standing(is_refused=True)
    position = lens.position()
    assert not position.is_valued and not position.is_unhealthy
    assert position.owes == 60_000
    assert (position.value, position.health, position.price, position.max_borrow) == (0,) * 4


def test_price__liquidators__is_what_liquidate_takes(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(80_000)
    for value in (
        88,
        82,
        80,
        75,
    ):  # the discount whole, less, at a hundredth, and the debt not paid
        lens.lending.set_worth(value * ONE)
        price = lens.position().price
        asked = (LIQUIDATOR, "liquidate", BORROWER, 10_000, 0, 0, LIQUIDATOR)
        assert lens.lending.asked(*asked) == (10_000, 10_000 * 10**36 // price)
    assert price == 75 * ONE * 99 // 100


def test_price__discount__is_whole_where_the_tokens_bring_the_debt_with_it(lens: Lens) -> None:
    incentive = ONE * ONE // (97 * ONE // 100)
    lens.post(1_000, 100 * ONE)
    assert lens.position().price == 100 * ONE * ONE // incentive
    lens.lending.borrow(80_000)
    lens.lending.set_worth(88 * ONE)
    assert lens.position().price == 88 * ONE * ONE // incentive
    lens.lending.set_worth(82 * ONE)
    assert lens.position().price == 80 * ONE  # the debt, shared by all tokens
    lens.lending.set_worth(10 * ONE, 90 * ONE)
    assert lens.position().price == 90 * ONE * ONE // incentive


def test_price__small_lltv__incentive_is_bounded() -> None:
    lens = Lens(lltv=ONE // 10)
    lens.post(1_000, 115 * ONE)
    assert lens.position().price == 100 * ONE


def test_price__no_tokens__none(lens: Lens) -> None:
    lens.lending.set_worth(100 * ONE)
    assert lens.position().price == 0


def test_max_borrow__bound_by_the_value__to_the_satoshi(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE + 1)
    assert _bound_by(lens, "vault: above max ltv") == 88_200


def test_max_borrow__bound_by_what_may_be_lent_at_most__to_the_satoshi(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE, most=50 * ONE)
    assert _bound_by(lens, "vault: above max ltv") == 50_000


def test_max_borrow__bound_by_cash__to_the_satoshi(lens: Lens) -> None:
    lens.post(5_000, 10**6 * ONE)
    lens.lending.post(5_000, SECOND_BORROWER)
    lens.lending.borrow(LENT - 7_777, SECOND_BORROWER)
    assert _bound_by(lens, "vault: not enough cash") == 7_777


def test_max_borrow__bound_by_the_borrow_cap__to_the_satoshi() -> None:
    lens = Lens(borrow_cap=100_000)
    lens.post(5_000, 10**6 * ONE)
    lens.lending.post(5_000, SECOND_BORROWER)
    lens.lending.borrow(50_000, SECOND_BORROWER)
    lens.chain.now += 30 * DAY
    most = _bound_by(lens, "vault: above borrow cap")
    assert 49_900 < most < 50_000


@pytest.mark.parametrize("before", [0, 30_000])
def test_max_borrow__bound_by_the_cap_on_uncovered_debt__to_the_satoshi(before: int) -> None:
    lens = Lens(uncovered_cap=20_000)
    lens.post(1_000, 100 * ONE, payout=25 * ONE)
    lens.lending.post(1_000, SECOND_BORROWER)
    lens.lending.borrow(33_000, SECOND_BORROWER)
    if before:
        lens.lending.borrow(before)
    assert _bound_by(lens, "vault: above uncovered cap") == 37_000 - before


def test_max_borrow__more_is_uncovered_than_the_cap_by_now__what_it_had_is_not_refused() -> None:
    """Another's liquidation is counted without the cap, and takes all the room that there was."""
    lens = Lens(uncovered_cap=20_000)
    lens.post(1_000, 100 * ONE)
    lens.lending.post(1_000, SECOND_BORROWER)
    lens.lending.borrow(80_000, SECOND_BORROWER)
    lens.lending.set_worth(100 * ONE, 25 * ONE)
    lens.lending.borrow(40_000)
    lens.lending.set_worth(85 * ONE, 25 * ONE)
    lens.lending.send(LIQUIDATOR, "liquidate", SECOND_BORROWER, 1_000, 0, 0, LIQUIDATOR)
    assert lens.state().uncovered > 60_000 * FIXED
    assert lens.position().max_borrow == 0
    lens.lending.set_worth(85 * ONE, 30 * ONE)
    assert _bound_by(lens, "vault: above uncovered cap") == 5_000


def test_max_borrow__cash_that_the_issuer_could_take__covers_nothing() -> None:
    """Redemption would pay four times what is certain to stay."""
    lens = Lens(kind="delivery", uncovered_cap=20_000)
    lens.lending.post(1_000)
    worth = lens.state().worth
    assert worth.payout > 4 * worth.covered
    assert _bound_by(lens, "vault: above uncovered cap") == 20_000 + 94_050


def test_max_borrow__with_interest_and_a_debt__to_the_satoshi(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(40_001)
    lens.chain.now += 33 * DAY + 7
    assert 0 < _bound_by(lens, "vault: above max ltv") < 88_200 - 40_001


def test_max_borrow__below_the_least_loan__none_or_the_credit_alone() -> None:
    lens = Lens(min_borrow=100_000)
    lens.post(1_000, 100 * ONE)
    assert lens.position().max_borrow == 0
    with refused("vault: below min borrow"):
        lens.lending.borrow(1)
    lens.lending.issuance.pass_day()
    lens.lending.issuance.deliver()
    lens.chain.now += DAY
    position = lens.position()
    assert position.max_borrow == position.credit > 43_000
    lens.lending.borrow(position.credit)
    assert lens.position().max_borrow == 0


def test_max_borrow__credit__comes_on_top_of_what_is_lent(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.issuance.pass_day()
    lens.lending.issuance.deliver()
    lens.chain.now += DAY
    credit = lens.position().loan.credit
    most = _bound_by(lens, "vault: above max ltv")
    assert most == (credit + 88_200 * FIXED) // FIXED > 88_200 + 43_000


def test_max_borrow__stopped_by_valuation_or_guardian__none(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    assert lens.position().max_borrow > 0
    with lens.lending.undone():
        lens.lending.set_standing(is_stopped=True)
        assert lens.position().max_borrow == 0
        with refused("vault: valuation says stop"):
            lens.lending.borrow(1_000)
    lens.lending.send(GUARDIAN, "stop", False, True)
    assert lens.position().max_borrow == 0
    with refused("vault: loans stopped"):
        lens.lending.borrow(1_000)


def test_max_borrow__above_what_the_value_still_allows__none(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.borrow(80_000)
    lens.lending.set_worth(50 * ONE)
    assert lens.position().max_borrow == 0


def test_positions__several__each_as_alone_and_in_order(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    lens.lending.post(500, SECOND_BORROWER)
    lens.lending.borrow(5_000, SECOND_BORROWER)
    asked = (SECOND_BORROWER, STRANGER, BORROWER, SECOND_BORROWER)
    assert lens.positions(*asked) == [lens.position(one) for one in asked]
    assert lens.positions() == []


def test_positions__64__in_one_call(lens: Lens) -> None:
    lens.post(1_000, 100 * ONE)
    found: list[Position] = lens.positions(*[BORROWER] * 64)
    assert found == [lens.position()] * 64
