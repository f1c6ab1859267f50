"""Rewards floored to satoshi whenever a loan is touched: who harvests it each block takes all that
a small borrower's tokens earn. They are credited to 2^-32 satoshi, however often somebody asks.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.lending import ATTACKER, BORROWER, FIXED, ONE, Lending

BLOCK = 12


@pytest.mark.parametrize("debt", [0, 1_500], ids=["credit", "debt"])
def test_vault_floored_rewards__harvested_in_each_block__come_to_the_same(debt: int) -> None:
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(10_000 * ONE)
    lending.lend(10**6)
    lending.post(1)
    if debt:
        lending.borrow(debt)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    for _ in range(DAY // BLOCK // 4):  # a quarter of 44 satoshi
        lending.chain.now += BLOCK
        lending.send(ATTACKER, "harvest", BORROWER)
    repaid = debt * FIXED - lending.debt() + lending.loan().credit
    assert 10.999 * FIXED < repaid <= 11 * FIXED
