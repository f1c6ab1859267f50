"""A halving inside the term that nobody counts on, though all know when it comes: tokens are valued
at up to twice what they are going to earn.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import HOLDER, ISSUER, ONE
from tests.support.value_model import Rules
from tests.support.valuing import DELIVERY, Valued

HALVING = 1_458
"""The block-day of block 210,000, its 48th."""
OWN_DAY = 50 * ONE * (144 + 48) // 288
"""What that day earns where one before it earns 50, and one after it 25."""


def _issuance(before: int, days: int = 42) -> Valued:
    """Sell a term that begins so many days before the halving; stress takes nothing off."""
    rules = Rules(stress=ONE, decay=ONE)
    terms = {"last": HALVING - before + days, "reference": ONE // 1_000, "exit_fee": 0}
    valued = Valued(HALVING - before - 2, rules, price=50 * ONE, **terms)
    valued.mint(ISSUER, 1_000, HOLDER)
    return valued


def _pass_day(valued: Valued) -> None:
    day = valued.standing().closed + 1
    gained = OWN_DAY if day == HALVING else 50 * ONE if day < HALVING else 25 * ONE
    valued.pass_day(gained=gained)


def _still_earned(valued: Valued) -> int:
    """Say what a token earns in the block-days that are left of the term."""
    total = 0
    with valued.undone():
        while valued.standing().left:
            before = valued.standing().owed_each
            _pass_day(valued)
            total += valued.standing().owed_each - before
    return total


def _expected(valued: Valued) -> int:
    """Say what the days to come are worth, where nothing is owed yet."""
    return valued.worth(DELIVERY).value


@pytest.mark.parametrize("before", [1, 5, 20, 41])
def test_scheduled_halving__inside_the_term__tokens_earn_what_they_are_valued_at(
    before: int,
) -> None:
    valued = _issuance(before)
    own_day = 44 * ONE - 19 * ONE  # counted like those after it, though a third of it is before
    assert _expected(valued) <= _still_earned(valued) <= _expected(valued) + own_day


def test_scheduled_halving__five_days_ahead__is_seven_tenths_of_the_unscheduled_value() -> None:
    valued = _issuance(5)
    unscheduled = 42 * 44 * ONE
    assert unscheduled * 100 // _expected(valued) > 170


@pytest.mark.parametrize("days", [0, 1, 2, 3, 13])
def test_scheduled_halving__just_passed__its_means_do_not_count_days_before_it(days: int) -> None:
    """Means of 3 and 14 days remember it for as long, its own day's hashprice until the next."""
    valued = _issuance(5)
    valued.send(ISSUER, "fund_reserve", 10**7)
    for _ in range(6 + days):
        _pass_day(valued)
        valued.deliver()
    worth = valued.worth(DELIVERY)
    still = valued.standing().days
    assert worth.value <= still * (19 * ONE + ONE // 2) + worth.streaming


def test_scheduled_halving__passed_but_not_closed__counts() -> None:
    """The index lags: days before the halving are the newest, and none is to come."""
    valued = _issuance(3)
    valued.chain.now += 3 * DAY
    assert _expected(valued) == 39 * 19 * ONE + 39 * ONE // 2
