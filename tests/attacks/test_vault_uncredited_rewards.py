"""A liquidation that ignores rewards which are earned and not yet credited: a loan that they have
repaid is sold, or too much of it. So every call credits first, and then looks.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.lending import BORROWER, FIXED, LIQUIDATOR, ONE, Lending
from tests.support.relay import refused

HEALTHY = "vault: loan is healthy"


@pytest.fixture
def lending() -> Lending:
    """A borrower owes 80,000 satoshi, of which its 100 tokens have earned 4,400 since the last
    call.
    """
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(80_000)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY
    return lending


def test_vault_uncredited_rewards__bring_a_loan_below_the_threshold__it_is_healthy(
    lending: Lending,
) -> None:
    lending.set_worth(841 * ONE)  # 84,100, of which 90 % are 75,690
    with refused(HEALTHY):
        lending.send(LIQUIDATOR, "liquidate", BORROWER, 80_000, 0, 0, LIQUIDATOR)
    with refused(HEALTHY):
        lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    assert lending.loan().collateral == 100 * ONE


def test_vault_uncredited_rewards__of_a_loan_that_is_sold__repay_before_the_tokens_do(
    lending: Lending,
) -> None:
    lending.set_worth(800 * ONE)
    before = lending.sats(LIQUIDATOR)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, 80_000, 0, 0, LIQUIDATOR)
    assert before - lending.sats(LIQUIDATOR) == 75_600 + 1
    assert lending.debt() == 0
    price = 800 * ONE * ONE // (ONE * ONE // (ONE - 3 * ONE // 100))
    assert lending.tokens(LIQUIDATOR) == 75_601 * 10**36 // price


def test_vault_uncredited_rewards__of_a_loan_that_is_lost__are_no_loss(lending: Lending) -> None:
    """What a liquidation leaves unpaid is written off after what was earned has repaid its part."""
    lending.set_worth(100 * ONE)
    before = lending.pool().assets
    sold = lending.logged(LIQUIDATOR, "liquidate", BORROWER, 0, 100 * ONE, 10**6, LIQUIDATOR)
    loss = 80_000 - 4_400 - 9_900
    assert abs(sold["Liquidated"]["bad_debt"] - loss * FIXED) < FIXED
    assert abs(before - lending.pool().assets - loss * FIXED) < FIXED
