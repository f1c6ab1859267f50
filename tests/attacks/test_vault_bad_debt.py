"""A loss that is known and not yet counted: whoever leaves first leaves it to the others. A
liquidation that takes the last token writes off what is left in the same call, so that nobody
leaves between.

What remains: a lender who sees a loan that its tokens do not cover may leave before anybody
liquidates it, as far as there is cash; of what is lent nobody can.
"""

from __future__ import annotations

import pytest

from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    FOREVER,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_LENDER,
    Lending,
)
from tests.support.relay import refused

WAYS = {
    "by debt": ("liquidate", BORROWER, 10**6, 0, 0, LIQUIDATOR),
    "by collateral": ("liquidate", BORROWER, 0, 1_000 * ONE, FOREVER, LIQUIDATOR),
    "to the reserve": ("liquidate_to_reserve", BORROWER, LIQUIDATOR),
}


@pytest.fixture
def lending() -> Lending:
    """Two lenders have half a million each; 800,000 are lent, on tokens that are worth 457,000."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(500_000, LENDER)
    lending.lend(500_000, SECOND_LENDER)
    lending.post(1_000)
    lending.borrow(800_000)
    lending.set_worth(457 * ONE)
    return lending


def _of(lending: Lending, lender: str) -> int:
    return int(lending.read("convertToAssets", lending.shares(lender)))


@pytest.mark.parametrize("way", WAYS)
def test_vault_bad_debt__of_a_liquidation__is_shared_in_the_same_call(
    lending: Lending, way: str
) -> None:
    before = lending.sats(lending.address)
    lending.send(LIQUIDATOR, *WAYS[way])
    recovered = lending.sats(lending.address) - before
    assert 440_000 < recovered < 457_000
    assert lending.debt() == 0
    assert lending.pool().scaled == 0
    half = (200_000 + recovered) // 2
    assert abs(_of(lending, LENDER) - half) <= 1
    # First and second to leave get the same.
    for lender in (LENDER, SECOND_LENDER):
        had = lending.sats(lender)
        most = lending.read("maxWithdraw", lender)
        lending.send(lender, "withdraw", most, lender, lender)
        assert abs(lending.sats(lender) - had - half) <= 2


@pytest.mark.parametrize("way", WAYS)
def test_vault_bad_debt__lenders_who_come_for_it__share_none_of_it_and_gain_nothing(
    lending: Lending, way: str
) -> None:
    """In one transaction with it: before it at the old price, or after it at the new."""
    with lending.undone():
        lending.send(ATTACKER, "deposit", 10**6, ATTACKER)
        lending.send(LIQUIDATOR, *WAYS[way])
        assert _of(lending, ATTACKER) < 850_000
    lending.send(LIQUIDATOR, *WAYS[way])
    others = _of(lending, LENDER)
    lending.send(ATTACKER, "deposit", 10**6, ATTACKER)
    assert 10**6 - 1 <= _of(lending, ATTACKER) <= 10**6
    assert _of(lending, LENDER) - others in (0, 1)


def test_vault_bad_debt__lender_who_leaves_before__takes_no_more_than_the_cash(
    lending: Lending,
) -> None:
    """What is unavoidable: the cash, of which the first comer has more than its part."""
    with refused("vault: not enough cash"):
        lending.send(LENDER, "redeem", lending.shares(LENDER), LENDER, LENDER)
    assert lending.read("maxWithdraw", LENDER) == 200_000
    lending.send(LENDER, "withdraw", 200_000, LENDER, LENDER)
    lending.send(LIQUIDATOR, *WAYS["by collateral"])
    # The loss is shared by what each still has in it.
    left = _of(lending, LENDER), _of(lending, SECOND_LENDER)
    assert abs(left[0] * 500_000 - left[1] * 300_000) < 10**6


def test_vault_bad_debt__small_loans__one_after_another__each_counted_when_it_is_lost(
    lending: Lending,
) -> None:
    before = lending.pool().assets
    sold = lending.logged(LIQUIDATOR, *WAYS["by collateral"])["Liquidated"]
    assert sold["bad_debt"] == before - lending.pool().assets
    assert sold["bad_debt"] // FIXED == 800_000 - sold["paid"]
