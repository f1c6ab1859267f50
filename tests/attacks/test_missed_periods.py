"""A claim that walks missed periods costs more the longer one waits, until it fits no block."""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, STRANGER, Issuance

FURTHER_DAY = 3_500
"""Gas that a further block-day may cost whoever accrues it."""


def test_missed_periods__claim_and_transfer_after_two_thousand__cost_the_same() -> None:
    issuance = Issuance()
    issuance.mint(HOLDER, 1_000)
    issuance.mint(BUYER, 1)
    gas: list[tuple[int, int]] = []
    for periods in (1, 1, 2_000):
        for _ in range(periods):
            issuance.send(ISSUER, "deliver", 1_000_000)
            issuance.chain.now += DAY
        moved = issuance.send(HOLDER, "transfer", BUYER, 1).gas_used
        gas.append((moved, issuance.send(STRANGER, "claim", HOLDER).gas_used))
    assert gas[1] == gas[2]
    assert issuance.read("claimed", HOLDER) > 2_000_000_000 * 999 // 1_001


def test_missed_periods__sixty_block_days__fit_one_transaction() -> None:
    issuance = Issuance(last=200)
    issuance.mint(HOLDER, 1_000)
    issuance.pass_day()
    with issuance.undone():
        one = issuance.send(STRANGER, "accrue").gas_used
    issuance.pass_days(59)
    sixty = issuance.send(STRANGER, "accrue").gas_used
    assert issuance.read("owed") == 60 * 44_000 * 10**36
    assert sixty < one + 59 * FURTHER_DAY < issuance.chain.gas
