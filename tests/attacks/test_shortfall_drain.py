"""The reserve paid out by `cover`, again and again, while nobody can liquidate. Each payment clears
the debt that is overdue, so that a loan valued by what the issuer has yet to deliver is healthy
again, until the reserve is empty.

Neither may an issuer that is late within its grace make the loans of others unhealthy.

Each figure is of one token.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, ONE, STRANGER
from tests.support.value_model import Rules
from tests.support.valuing import DELIVERY, Valued

LLTV = 7 * ONE // 10
MOST = LLTV * 98 // 100


@pytest.fixture
def valued() -> Valued:
    """As much is lent as its value allows; the reserve holds 462 for each token."""
    valued = Valued(rules=Rules(decay=ONE, phi=ONE))
    valued.mint(BUYER, 1_000, HOLDER)
    return valued


def _unpaid_days(valued: Valued, count: int) -> None:
    for _ in range(count):
        valued.pass_day()
        valued.send(STRANGER, "accrue")


def test_shortfall_drain__first_cover__liquidation_opens_while_the_reserve_holds_half(
    valued: Valued,
) -> None:
    worth = valued.worth(DELIVERY)
    loan = worth.value * MOST // ONE
    assert loan < worth.most
    _unpaid_days(valued, 5)
    valued.send(STRANGER, "cover")
    loan -= valued.worth(DELIVERY).streaming
    worth = valued.worth(DELIVERY)
    assert not worth.is_overdue
    assert worth.value * LLTV // ONE < loan
    assert worth.payout > 230 * ONE


def test_shortfall_drain__again_and_again__the_value_falls_with_the_reserve(
    valued: Valued,
) -> None:
    parts = []
    for _ in range(2):
        _unpaid_days(valued, 5)
        valued.send(STRANGER, "cover")
        worth, at = valued.worth(DELIVERY), valued.standing()
        expected = at.days * 342 * ONE // 10 + worth.streaming
        parts.append((worth.value - worth.covered) * 100 // (expected - worth.covered))
    assert parts == [59, 6]


def test_shortfall_drain__nothing_is_lent_or_released_on_what_is_not_covered(
    valued: Valued,
) -> None:
    _unpaid_days(valued, 5)
    valued.send(STRANGER, "cover")
    worth = valued.worth(DELIVERY)
    assert worth.is_stopped
    assert worth.most == worth.covered < worth.value


def test_shortfall_drain__overdue__the_promise_counts_for_nothing(valued: Valued) -> None:
    valued.send(STRANGER, "fund_reserve", 10**7)  # however much is in the reserve
    _unpaid_days(valued, 4)
    with valued.undone():
        valued.chain.now += 1
        worth = valued.worth(DELIVERY)
        assert worth.is_overdue
        assert worth.value == worth.most == worth.covered < 300 * ONE
    assert valued.worth(DELIVERY).value > 1_400 * ONE


@pytest.mark.parametrize("left", [8, 9, 20, 39])
def test_shortfall_drain__issuer_late_within_its_grace__nobody_s_loan_is_unhealthy(
    valued: Valued, left: int
) -> None:
    """Three days unpaid leave nothing of the reserve beyond them, shortly before the end."""
    for _ in range(42 - 3 - left):
        valued.pass_day()
        valued.deliver()
    most = valued.withdrawable()
    if most:
        valued.send(ISSUER, "withdraw_reserve", most)
    valued.chain.now += DAY  # what was delivered has been credited
    paid = valued.worth(DELIVERY)
    loan = paid.value * MOST // ONE
    valued.chain.now -= DAY
    for _ in range(3):
        valued.pass_day()
    late = valued.worth(DELIVERY)
    assert late.is_stopped
    assert not late.is_overdue
    assert loan < late.value * LLTV // ONE
