"""A borrower stops its own liquidation: it repays a satoshi, or takes up its reward, a moment
before, so that amounts no longer fit; or cannot be paid what is left over, and the call fails with
it.

So amounts are at most what is there, whatever was asked for, and what is left over waits as a
credit.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.lending import (
    BORROWER,
    FIXED,
    FOREVER,
    LIQUIDATOR,
    ONE,
    STRANGER,
    Lending,
)

DEBT = 80_000
PRICE = 880 * ONE * ONE // (ONE * ONE // (ONE - 3 * ONE // 100))
"""Of a token, x 10^18: its value less the incentive."""


@pytest.fixture
def lending() -> Lending:
    """A borrower owes 80,000 satoshi, secured by 100 tokens of 880; it may owe 79,200."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(DEBT)
    lending.set_worth(880 * ONE)
    return lending


@pytest.mark.parametrize("repaid", [1, 2, 799])
def test_vault_liquidation_denied__dust_repaid_before__whole_debt_asked_for(
    lending: Lending, repaid: int
) -> None:
    lending.send(BORROWER, "repay", repaid, BORROWER)
    before = lending.sats(LIQUIDATOR)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, DEBT, 0, 0, LIQUIDATOR)
    assert before - lending.sats(LIQUIDATOR) == DEBT - repaid
    assert lending.debt() == 0
    assert lending.tokens(LIQUIDATOR) == (DEBT - repaid) * 10**36 // PRICE


@pytest.mark.parametrize("repaid", [1, 2, 799])
def test_vault_liquidation_denied__dust_repaid_before__tokens_for_the_whole_debt_asked_for(
    lending: Lending, repaid: int
) -> None:
    asked = DEBT * 10**36 // PRICE
    lending.send(BORROWER, "repay", repaid, BORROWER)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, 0, asked, FOREVER, LIQUIDATOR)
    assert lending.debt() == 0
    assert asked - 2 * ONE < lending.tokens(LIQUIDATOR) < asked


def test_vault_liquidation_denied__more_tokens_asked_for_than_there_are__all_there_are(
    lending: Lending,
) -> None:
    """Somebody else has just taken a part."""
    lending.send(STRANGER, "harvest", BORROWER)
    lending.set_worth(700 * ONE)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, 0, 40 * ONE, FOREVER, LIQUIDATOR)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, 0, 100 * ONE, FOREVER, LIQUIDATOR)
    assert lending.tokens(LIQUIDATOR) == 100 * ONE
    assert lending.loan().collateral == 0


def test_vault_liquidation_denied__rewards_credited_before__the_rest_of_the_debt(
    lending: Lending,
) -> None:
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY // 10  # a tenth of 4,400
    lending.send(BORROWER, "harvest", BORROWER)
    before = lending.sats(LIQUIDATOR)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, DEBT, 0, 0, LIQUIDATOR)
    assert before - lending.sats(LIQUIDATOR) == DEBT - 440 + 1
    assert lending.debt() == 0


def test_vault_liquidation_denied__borrower_who_cannot_be_paid__takes_no_part_in_it(
    lending: Lending,
) -> None:
    """What redemption brings beyond the debt, the borrower may come for; nothing is sent to it."""
    lending.set_worth(500 * ONE, 457 * ONE)
    lending.send(BORROWER, "repay", 60_000, BORROWER)
    lending.send(BORROWER, "harvest", BORROWER)
    lending.set_worth(200 * ONE, 100 * ONE)  # the reserve pays 457, more than the valuation knows
    before = lending.sats(BORROWER), lending.tokens(BORROWER)
    redeemed = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)["Redeemed"]
    assert (lending.sats(BORROWER), lending.tokens(BORROWER)) == before
    left_over = redeemed["paid"] - redeemed["reward"] - 20_000
    assert left_over > 20_000
    assert lending.loan().credit == left_over * FIXED
    lending.send(BORROWER, "withdraw_credit", STRANGER, BORROWER)
    assert lending.loan().credit == 0
