"""A rate of zero out of a division: tokens sold for nothing, satoshi lent for no share, money for
no interest. Each is refused, or rounded against who calls, or has a least.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    FOREVER,
    LIQUIDATOR,
    ONE,
    TERMS,
    Lending,
)
from tests.support.relay import refused

YEAR = 365 * DAY


def _owing(worth: int) -> Lending:
    """A borrower owes 80,000 satoshi, secured by 100 tokens, which come to be worth less."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(80_000)
    lending.set_worth(worth)
    return lending


@pytest.mark.parametrize("call", [(1, 0, 0), (0, 100 * ONE, FOREVER)], ids=["debt", "collateral"])
def test_vault_zero_rate__price_of_tokens__sells_none(call: tuple[int, int, int]) -> None:
    """10^-18 satoshi a token, less what a liquidator gets, is zero in the contract's numbers."""
    lending = _owing(1)
    with refused("vault: collateral worthless"):
        lending.send(ATTACKER, "liquidate", BORROWER, *call, ATTACKER)
    assert lending.tokens(ATTACKER) == 0
    assert lending.loan().collateral == 100 * ONE


def test_vault_zero_rate__parts_of_a_satoshi_s_worth__cost_a_satoshi_each() -> None:
    lending = _owing(800 * ONE)
    part = ONE // 10_000  # worth 0.08
    for _ in range(50):
        paid, seized = lending.asked(
            LIQUIDATOR, "liquidate", BORROWER, 0, part, FOREVER, LIQUIDATOR
        )
        assert (paid, seized) == (1, part)
        lending.send(LIQUIDATOR, "liquidate", BORROWER, 0, part, FOREVER, LIQUIDATOR)
    assert lending.debt() == (80_000 - 50) * FIXED


def test_vault_zero_rate__shares_of_a_satoshi__lends_none() -> None:
    """Eight years at the highest rate, and nobody repaid: a share is worth more than a satoshi."""
    lending = Lending("double", rate=2 * ONE, speed=0)
    lending.set_worth(10**9 * ONE)
    lending.lend(2_000)
    lending.post(1_000)
    lending.borrow(2_000)
    for _ in range(2):
        lending.chain.now += 4 * YEAR
        lending.send(ATTACKER, "harvest", BORROWER)
    assert lending.read("previewMint", 1) > 1
    with refused("vault: nothing to lend"):
        lending.send(ATTACKER, "deposit", 1, ATTACKER)


def test_vault_zero_rate__years_without_a_loan__interest_has_its_least() -> None:
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    for _ in range(8):
        lending.chain.now += YEAR
        lending.send(ATTACKER, "collect_fees")
    assert lending.pool().rate == TERMS["min_rate"]
    lending.borrow(880_000)
    lending.chain.now += DAY
    assert lending.debt() > 880_000 * FIXED + FIXED
