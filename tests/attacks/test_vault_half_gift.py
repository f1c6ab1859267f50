"""Tokens that redeem for more than a loan may count them, sold for what it counts: half of them are
a gift to whoever liquidates, at the borrower's cost. Health goes by the value, the price of what is
sold by that or by what redemption pays, whichever is more.
"""

from __future__ import annotations

import pytest

from tests.support.lending import BORROWER, FOREVER, LIQUIDATOR, ONE, Lending

INCENTIVE = ONE * ONE // (ONE - 3 * ONE // 100)


@pytest.mark.parametrize("by_debt", [True, False])
def test_vault_half_gift__value_of_half_of_what_redeems__sells_at_what_redeems(
    by_debt: bool,
) -> None:
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(80_000)
    lending.set_worth(500 * ONE, 1_000 * ONE)
    call = (80_000, 0, 0) if by_debt else (0, 100 * ONE, FOREVER)
    before = lending.sats(LIQUIDATOR)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, *call, LIQUIDATOR)
    assert before - lending.sats(LIQUIDATOR) == 80_000
    price = 1_000 * ONE * ONE // INCENTIVE
    assert lending.tokens(LIQUIDATOR) == 80_000 * 10**36 // price
    assert lending.loan().collateral > 17 * ONE


def test_vault_half_gift__days_below_cost__pay_a_liquidator_its_incentive_and_no_more() -> None:
    """The reserve is whole; only what is certain of it falls by a block-day a day."""
    lending = Lending("covered")
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow_most()
    lending.issuance.pass_days(3, gained=ONE)
    worth = lending.assess()
    assert worth.payout > 4 * worth.value
    before = lending.sats(LIQUIDATOR)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, FOREVER // 2**40, 0, 0, LIQUIDATOR)
    paid = before - lending.sats(LIQUIDATOR)
    assert lending.debt() == 0
    held = lending.sats(LIQUIDATOR)
    lending.issuance.send(LIQUIDATOR, "redeem", lending.tokens(LIQUIDATOR), 0, LIQUIDATOR)
    assert paid < lending.sats(LIQUIDATOR) - held <= paid * INCENTIVE // ONE
    assert lending.loan().collateral > 700 * ONE
