"""LendingVault.stop: the guardian stops what is new, and nothing else."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import ISSUER, STRANGER
from tests.support.lending import (
    BORROWER,
    FEE_RECEIVER,
    FIXED,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    NOBODY,
    ONE,
    SECOND_LENDER,
    Lending,
)
from tests.support.relay import refused


@pytest.mark.parametrize("deposits", [False, True])
@pytest.mark.parametrize("loans", [False, True])
def test_stop__by_the_guardian__is_shown_and_logged(
    lending: Lending, deposits: bool, loans: bool
) -> None:
    lending.send(GUARDIAN, "stop", not deposits, not loans)
    assert lending.send(GUARDIAN, "stop", deposits, loans).logs == (
        ("Stopped", {"deposits": deposits, "loans": loans}),
    )
    pool = lending.pool()
    assert (pool.deposits_stopped, pool.loans_stopped) == (deposits, loans)
    assert pool.keeps_tokens is False


def test_stop__everything__stops_no_exit(borrowed: Lending) -> None:
    borrowed.send(GUARDIAN, "stop", True, True)
    for actor, function, arguments in (
        (LENDER, "withdraw", (1, LENDER, LENDER)),
        (LENDER, "redeem", (10**6, LENDER, LENDER)),
        (LENDER, "transfer", (SECOND_LENDER, 1)),
        (BORROWER, "withdraw_collateral", (1, BORROWER, BORROWER)),
        (STRANGER, "harvest", (BORROWER,)),
        (STRANGER, "repay", (1, BORROWER)),
        (STRANGER, "collect_fees", ()),
        (BORROWER, "close", (BORROWER, BORROWER)),
    ):
        borrowed.send(actor, function, *arguments)
    assert borrowed.tokens(BORROWER) == 100 * ONE


@pytest.mark.parametrize("function", ["liquidate", "liquidate_to_reserve"])
def test_stop__everything__stops_no_liquidation(borrowed: Lending, function: str) -> None:
    borrowed.send(GUARDIAN, "stop", True, True)
    borrowed.set_worth(457 * ONE)
    arguments = (1, 0, 0, LIQUIDATOR) if function == "liquidate" else (LIQUIDATOR,)
    borrowed.send(LIQUIDATOR, function, BORROWER, *arguments)
    assert borrowed.debt() < 80_000 * FIXED


def test_stop__by_anyone_else__refused(lending: Lending) -> None:
    for actor in (ISSUER, LENDER, STRANGER, FEE_RECEIVER):
        with refused("vault: not the guardian"):
            lending.send(actor, "stop", True, True)
    nobodys = Lending("double", lending.issuance, guardian=NOBODY)
    assert nobodys.pool().deposits_stopped is False


def test_stop__interest__accrues_first(costly: Lending) -> None:
    costly.chain.now += DAY
    pool = costly.pool()
    logs = costly.logged(GUARDIAN, "stop", True, True)
    assert logs["Accrued"] == {"index": pool.index, "rate": pool.rate}
    assert costly.pool() == pool._replace(deposits_stopped=True, loans_stopped=True)
