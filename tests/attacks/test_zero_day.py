"""One day below cost values every token at zero, and the issuer walks off with the whole reserve.
So what a token-day is valued at looks at two weeks as well, and never falls below `reference`.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import HOLDER, ISSUER, ONE, RICH, Issuance
from tests.support.relay import refused


@pytest.fixture
def issuance() -> Issuance:
    """A holder of 1,000 tokens, for whom the reserve holds 462,000 satoshi."""
    issuance = Issuance()
    issuance.mint(HOLDER, 1_000)
    return issuance


def test_zero_day__two_weeks_of_them__leave_the_holders_what_reference_says(
    issuance: Issuance,
) -> None:
    before = issuance.sats(HOLDER)
    issuance.pass_days(14, gained=0)
    assert issuance.read("value") == 28 * 10 * ONE
    # A quarter of 28 days of 10 satoshi for each token.
    with refused("token: reserve needed"):
        issuance.send(ISSUER, "withdraw_reserve", 392_001)
    issuance.send(ISSUER, "withdraw_reserve", 392_000)
    issuance.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    assert issuance.sats(HOLDER) - before == 69_300  # 70,000 less the exit fee


def test_zero_day__a_single_one__hardly_changes_the_value(issuance: Issuance) -> None:
    for _ in range(13):
        issuance.pass_day()
        issuance.deliver()
    issuance.pass_day(gained=0)
    sats = issuance.sats(ISSUER)
    # 13 days of 50 in 14 net 40.5; a quarter of 28 of those for each token is 283,500.
    assert issuance.read("value") // ONE == 28 * 81 // 2 - 1
    with refused("token: reserve needed"):
        issuance.send(ISSUER, "withdraw_reserve", 178_501)
    issuance.send(ISSUER, "withdraw_reserve", 178_500)
    assert issuance.sats(ISSUER) - sats == 178_500
    assert issuance.sats(issuance.address) >= 283_500


def test_zero_day__a_holder_who_leaves_on_it__is_paid_by_the_two_weeks(issuance: Issuance) -> None:
    before = issuance.sats(HOLDER)
    issuance.pass_day(gained=0)
    issuance.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    assert issuance.sats(HOLDER) - before == 457_380  # all of the reserve, less the exit fee
    assert issuance.sats(ISSUER) == RICH + 1_554_000
