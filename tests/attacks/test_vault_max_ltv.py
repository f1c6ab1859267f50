"""Loans that may reach the very LTV at which they are liquidated: a block of interest, or a satoshi
of value, and who borrowed the most is sold with a discount in the next transaction.

So a loan may reach 98 % of that.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.lending import BORROWER, LIQUIDATOR, ONE, Lending
from tests.support.relay import refused

CALLS = (
    ("liquidate", BORROWER, 1_000, 0, 0, LIQUIDATOR),
    ("liquidate", BORROWER, 0, ONE, 10**9, LIQUIDATOR),
    ("liquidate_to_reserve", BORROWER, LIQUIDATOR),
)


def _check_safe(lending: Lending) -> None:
    for call in CALLS:
        with refused("vault: loan is healthy"):
            lending.send(LIQUIDATOR, *call)


@pytest.mark.parametrize("kind", ["covered", "delivery", "double"])
def test_vault_max_ltv__the_most_that_is_lent__is_not_liquidated_a_day_later(kind: str) -> None:
    lending = Lending(kind, values={"phi": ONE})
    if kind == "double":
        lending.set_worth(1_000 * ONE)
    lending.lend(10**7)
    lending.post(1_000)
    lending.borrow_most()
    for call in (
        ("borrow", 2, BORROWER, BORROWER),
        ("withdraw_collateral", ONE // 100, BORROWER, BORROWER),
    ):
        with refused("vault: above max ltv"):
            lending.send(BORROWER, *call)
    _check_safe(lending)
    lending.chain.now += DAY // 2
    _check_safe(lending)


def test_vault_max_ltv__value_that_falls_by_a_fiftieth__leaves_it_healthy() -> None:
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(882_000)
    lending.set_worth(980 * ONE)
    _check_safe(lending)
    lending.set_worth(980 * ONE - ONE // 1_000)
    lending.send(LIQUIDATOR, *CALLS[0])
