"""Trap: what a call costs grows with how many borrow, until nobody can be liquidated."""

from __future__ import annotations

from eth_utils.address import to_checksum_address

from terahash.units import DAY
from tests.support.lending import BORROWER, LENDER, LIQUIDATOR, ONE, Lending

MANY = 40


def test_calls__forty_borrowers_more__take_the_same_gas() -> None:
    lending = Lending("double", fee=ONE // 10)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**9)
    lending.post(3 * MANY)
    lending.borrow(20_000)
    alone = _gas(lending)
    for number in range(MANY):
        borrower = str(to_checksum_address("0x77" + f"{number:038x}"))
        lending.send(BORROWER, "withdraw_collateral", 2 * ONE, BORROWER, BORROWER)
        lending.send(BORROWER, "post", 2 * ONE, borrower)
        with lending.chain.acting_as(borrower):
            lending.chain.send("LendingVault", lending.address, "borrow", 1_000, borrower, borrower)
    assert lending.pool().lent > alone["lent"]
    assert _gas(lending) | {"lent": 0} == alone | {"lent": 0}


def _gas(lending: Lending) -> dict[str, int]:
    """Say what each call takes a day of rewards later, and how much is lent; nothing stays."""
    found = {"lent": lending.pool().lent}
    with lending.undone():
        lending.issuance.pass_day()
        lending.issuance.deliver()
        lending.chain.now += DAY
        for who, function, *args in (
            (LIQUIDATOR, "harvest", BORROWER),
            (LENDER, "deposit", 1_000, LENDER),
            (LENDER, "withdraw", 1_000, LENDER, LENDER),
            (LENDER, "repay", 1_000, BORROWER),
        ):
            found[function] = lending.send(who, function, *args).gas_used
        lending.set_worth(ONE)
        found["liquidate"] = lending.send(
            LIQUIDATOR, "liquidate", BORROWER, 10, 0, 0, LIQUIDATOR
        ).gas_used
    return found
