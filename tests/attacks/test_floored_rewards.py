"""Rewards floored to satoshi on every touch: a stranger's zero-value transfers, at a distribution
every ten minutes, take 100 % of a 1-TH holder's income in 30 days.

So earnings are kept to 2^-32 satoshi and cut to satoshi only when they are paid: at most one
satoshi is lost per claim, whatever anyone does.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, HOLDER, ONE, RICH, Issuance

INTERVAL = 600
A_DAY = DAY // INTERVAL
DISTRIBUTIONS = 30 * A_DAY
PAID = 312_501
"""Satoshi at a time: about 0.3 for the holder."""


@pytest.mark.parametrize("claimed_every", [A_DAY, DISTRIBUTIONS])
def test_floored_rewards__zero_value_transfers_after_each_distribution__cost_a_satoshi_at_most(
    claimed_every: int,
) -> None:
    issuance = Issuance(capacity=2_000_000 * ONE)
    issuance.mint(BUYER, 10**6)
    issuance.mint(HOLDER, 1)
    before = issuance.sats(HOLDER)
    for number in range(1, DISTRIBUTIONS + 1):
        issuance.send(ATTACKER, "deliver", PAID)
        issuance.send(ATTACKER, "transferFrom", HOLDER, ATTACKER, 0)
        issuance.chain.now += INTERVAL
        issuance.send(ATTACKER, "transfer", HOLDER, 0)
        if number % claimed_every == 0:
            issuance.send(ATTACKER, "claim", HOLDER)
    issuance.chain.now += DAY
    issuance.send(ATTACKER, "claim", HOLDER)

    entitled = Fraction(DISTRIBUTIONS * PAID, 10**6 + 1)
    received = issuance.sats(HOLDER) - before
    assert 1_350 < entitled < 1_351
    assert entitled - 2 < received <= entitled
    assert received >= Fraction(999, 1_000) * entitled


def test_floored_rewards__claimed_by_a_stranger_every_ten_minutes__the_same_income() -> None:
    """A claim that pays nothing yet takes nothing either: only the last one's fraction is left."""
    issuance = Issuance()
    issuance.mint(BUYER, 999)
    issuance.mint(HOLDER, 1)
    before = issuance.sats(HOLDER)
    issuance.pass_day()
    issuance.deliver()
    for _ in range(A_DAY):
        issuance.chain.now += INTERVAL
        issuance.send(ATTACKER, "claim", HOLDER)
        issuance.send(ATTACKER, "transfer", HOLDER, 0)
    assert issuance.read("owed") == 0
    assert issuance.sats(HOLDER) - before == 43  # of 44, less than one is still to come
    assert issuance.sats(ATTACKER) == RICH
