"""The call by which the reserve pays what is overdue may fail, and the liquidation goes on without
it: so an attacker gives it too little gas, and has tokens redeemed that were owed first.

A call gets 63/64 of the gas. Where that is not enough for it, what is left is not for the rest.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.chain import ChainError
from tests.support.lending import ATTACKER, BORROWER, ONE, SECOND_BORROWER, STRANGER, Lending


@pytest.mark.parametrize(
    "call",
    [
        ("liquidate_to_reserve", BORROWER, ATTACKER),
        ("liquidate", BORROWER, 880_000, 0, 0, ATTACKER),
    ],
    ids=["to_reserve", "for_money"],
)
def test_vault_cover_gas__any_amount_of_it__covers_or_does_nothing(call: tuple[Any, ...]) -> None:
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow(880_000)
    lending.issuance.pass_days(5)
    lending.issuance.send(STRANGER, "accrue")
    lending.chain.now += 3 * 86_400 + 1
    lending.set_worth(457 * ONE)
    lending.chain.send("ValueDouble", lending.valuation, "set_overdue", True)
    assert lending.issuance.read("status") == 4
    covered = done = 0
    for gas in range(60_000, 460_000, 1_000):
        with lending.undone():
            lending.chain.gas = gas
            try:
                logs = lending.send(ATTACKER, *call).logs
            except ChainError:
                continue
            finally:
                lending.chain.gas = 16_777_216
            done += 1
            covered += "Covered" in dict(logs)
    assert 0 < done < 400
    assert covered == done
