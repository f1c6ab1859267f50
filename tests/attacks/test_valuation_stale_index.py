"""An index that stands still values days that are gone, or by a hashprice of another time: a
cash-covered loan is due all the same, and nobody lends or liquidates by an old price.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import HOLDER, ISSUER, ONE, STRANGER
from tests.support.relay import refused
from tests.support.value_model import Rules
from tests.support.valuing import COVERED, DELIVERY, Valued


@pytest.fixture
def valued() -> Valued:
    """The reserve holds all of a token's value."""
    valued = Valued(rules=Rules(decay=ONE))
    valued.mint(ISSUER, 1_000, HOLDER)
    valued.send(STRANGER, "fund_reserve", 2 * 10**6)
    return valued


def test_stale_index__covered_loan__can_be_liquidated_on_time_all_the_same(
    valued: Valued,
) -> None:
    loan = valued.worth(COVERED).value * 9 // 10
    valued.chain.now += 10 * DAY
    worth = valued.worth(COVERED)
    assert worth.value * 9 // 10 < loan < worth.payout
    # Days below cost close at last, and the issuer takes all it may: it would have been too late.
    for _ in range(10):
        valued.close(ONE)
    valued.send(ISSUER, "withdraw_reserve", valued.withdrawable())
    assert worth.value <= valued.worth(COVERED).payout


def test_stale_index__delivery__days_that_passed_are_not_lent_on(valued: Valued) -> None:
    before = valued.worth(DELIVERY).value
    valued.chain.now += 4 * DAY
    assert valued.worth(DELIVERY).value == before * 38 // 42


def test_stale_index__delivery__answers_by_no_price_older_than_four_days(valued: Valued) -> None:
    valued.chain.now += 4 * DAY + 1
    with refused("value: index stale"):
        valued.worth(DELIVERY)


def test_stale_index__covered__nothing_new_is_lent(valued: Valued) -> None:
    valued.chain.now += 4 * DAY
    assert not valued.worth(COVERED).is_stopped
    valued.chain.now += 1
    assert valued.worth(COVERED).is_stopped


def test_stale_index__after_the_term_or_a_debt_overdue__needs_no_price(valued: Valued) -> None:
    """Else a loan that is open after the end could never be liquidated: no index is dead then."""
    with valued.undone():
        valued.pass_day()
        valued.send(STRANGER, "accrue")
        valued.chain.now += 5 * DAY
        assert valued.worth(DELIVERY).value == valued.worth(COVERED).value
    for _ in range(42):
        valued.pass_day()
        valued.deliver()
    for _ in range(3):
        valued.chain.now += 40 * DAY
        assert valued.worth(DELIVERY).value == 0
