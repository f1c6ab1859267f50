"""A loan seized because its issuer is a minute late: until somebody calls `cover`, nothing of what
is to be delivered counts, and a stranger takes the tokens for a third of what they are worth as
soon as the reserve, which holds enough, has paid.

So a liquidation covers first what is overdue, and looks at the loan then.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import Issuance
from tests.support.lending import (
    BORROWER,
    FIXED,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

ENOUGH = 10**9
SEIZE = ("liquidate", BORROWER, ENOUGH, 0, 0, LIQUIDATOR)


def _late(issuance: Issuance, days: int) -> Lending:
    """Half of an issuance is posted for as much as may be lent; some days later it is overdue."""
    lending = Lending("delivery", issuance, rate=0, speed=0)
    lending.lend(10**6)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow_most()
    for _ in range(days):
        lending.issuance.pass_day()
        lending.issuance.send(STRANGER, "accrue")
    lending.chain.now += 60
    assert lending.issuance.read("status") == 4
    return lending


@pytest.mark.parametrize("percent", [15, 25, 50])
def test_vault_uncovered_liquidation__reserve_pays_what_is_overdue__loan_is_healthy(
    percent: int,
) -> None:
    lending = _late(Issuance(ratio=percent * ONE // 100), 4)
    debt, worth = lending.debt(), lending.assess()
    limit = lending.loan().collateral * worth.value * lending.terms["lltv"] // ONE**2
    assert debt > limit * FIXED // ONE, "uncovered it would be seized"
    with refused("vault: loan is healthy"):
        lending.send(LIQUIDATOR, *SEIZE)
    lending.issuance.send(STRANGER, "cover")
    assert lending.assess().value > 2 * worth.value
    with refused("vault: loan is healthy"):
        lending.send(LIQUIDATOR, *SEIZE)


def test_vault_uncovered_liquidation__reserve_is_empty__goes_on_without() -> None:
    lending = _late(Issuance(ratio=ONE // 100, reference=ONE), 16)
    lending.issuance.send(STRANGER, "cover")
    for _ in range(3):
        lending.issuance.pass_day()
        lending.issuance.send(STRANGER, "accrue")
    assert lending.issuance.read("reserve") == 0
    assert lending.issuance.read("status") == 5
    lending.send(LIQUIDATOR, *SEIZE)
    assert lending.debt() < FIXED
