"""An index thought dead that wakes: while it sleeps redemption pays all of the reserve, surplus
included, and collateral could leave against that. Once it is awake, the issuer withdraws the
surplus, and the loan stands on nothing.

Each figure is of one token.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import HOLDER, ISSUER, ONE
from tests.support.value_model import Rules
from tests.support.valuing import COVERED, DELIVERY, Valued

KINDS = [COVERED, DELIVERY]
ASLEEP = 40


@pytest.fixture
def valued() -> Valued:
    """The issuer holds its own tokens, 100 days, and fills their reserve: 11,100 for each."""
    valued = Valued(rules=Rules(phi=ONE), last=202)
    valued.mint(ISSUER, 1_000, HOLDER)
    valued.send(ISSUER, "fund_reserve", 10**7)
    return valued


def _wake(valued: Valued) -> None:
    """Close the days that have passed, each below cost, and let the issuer take what it may."""
    for _ in range(ASLEEP):
        valued.close(ONE)
    valued.send(ISSUER, "withdraw_reserve", valued.withdrawable())


@pytest.mark.parametrize("kind", KINDS)
def test_dead_index__wakes_and_the_surplus_goes__redemption_still_pays_any_loan(
    valued: Valued, kind: str
) -> None:
    valued.chain.now += ASLEEP * DAY
    worth = valued.worth(kind)
    assert worth.payout == 11_100 * ONE
    assert worth.is_stopped
    released = min(worth.most, worth.value)  # to which collateral may be withdrawn
    _wake(valued)
    after = valued.worth(kind)
    assert released <= after.payout < 200 * ONE
    assert after.covered >= worth.covered


@pytest.mark.parametrize("kind", KINDS)
def test_dead_index__loan_from_before__can_be_liquidated_while_the_reserve_is_full(
    valued: Valued, kind: str
) -> None:
    before = valued.worth(kind)
    loan = min(before.most, before.value) * 9 // 10
    valued.chain.now += ASLEEP * DAY
    worth = valued.worth(kind)
    assert worth.value * 9 // 10 < loan < worth.payout
