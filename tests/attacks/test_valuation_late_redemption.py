"""A loan that may be liquidated is not liquidated at once, and the reserve behind it may shrink by
a block-day's part every day: four days of the term are counted as gone already.

Each figure is of one token.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import HOLDER, ISSUER, ONE
from tests.support.valuing import COVERED, Valued

LATE = 4
"""Days from when a loan is as large as its token is worth until somebody redeems it."""


@pytest.mark.parametrize("passed", [0, 10, 30])
def test_late_redemption__four_days_at_the_least_hashprice__still_pays_the_whole_value(
    passed: int,
) -> None:
    valued = Valued()
    valued.mint(ISSUER, 1_000, HOLDER)
    for _ in range(passed):
        valued.pass_day(gained=0)
    loan = valued.worth(COVERED).value
    for _ in range(LATE):
        valued.pass_day(gained=0)
        valued.send(ISSUER, "withdraw_reserve", valued.withdrawable())
    assert valued.worth(COVERED).payout >= loan


def test_late_redemption__block_days_a_tenth_shorter_than_days__still_pays() -> None:
    """The index stands still for 30 days, and then closes 33."""
    valued = Valued(last=202)
    valued.mint(ISSUER, 1_000, HOLDER)
    valued.chain.now += 30 * DAY
    loan = valued.worth(COVERED).value
    for _ in range(33):
        valued.close(0, seconds=DAY * 10 // 11)
    valued.send(ISSUER, "withdraw_reserve", valued.withdrawable())
    assert valued.worth(COVERED).payout >= loan > 100 * ONE
