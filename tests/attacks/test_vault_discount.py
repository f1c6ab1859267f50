"""A liquidator's discount at the lenders' cost: tokens that are worth the debt are sold for less,
and the rest is a bad debt. The discount is the borrower's to give: it shrinks where it would cost
lenders.
"""

from __future__ import annotations

import pytest

from tests.support.lending import BORROWER, FIXED, FOREVER, LIQUIDATOR, ONE, Lending

ENOUGH = 10**9
DEBT = 80_000


@pytest.mark.parametrize("by_debt", [True, False])
@pytest.mark.parametrize("value", [888, 824, 815, 809])
def test_vault_discount__tokens_worth_the_debt__bring_all_of_it(value: int, by_debt: bool) -> None:
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(DEBT)
    lending.set_worth(value * ONE)
    call = (ENOUGH, 0, 0) if by_debt else (0, 100 * ONE, FOREVER)
    sold = lending.logged(LIQUIDATOR, "liquidate", BORROWER, *call, LIQUIDATOR)["Liquidated"]
    assert (sold["paid"], sold["bad_debt"]) == (DEBT, 0)
    assert sold["seized"] * value * 970 // 1_000 <= DEBT * ONE
    assert lending.pool().cash == 10**6 * FIXED


def test_vault_discount__tokens_worth_less__go_at_a_hundredth_off() -> None:
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(DEBT)
    lending.set_worth(500 * ONE)
    sold = lending.logged(LIQUIDATOR, "liquidate", BORROWER, ENOUGH, 0, 0, LIQUIDATOR)["Liquidated"]
    assert (sold["paid"], sold["seized"]) == (49_500, 100 * ONE)
    assert sold["bad_debt"] == (DEBT - 49_500) * FIXED
