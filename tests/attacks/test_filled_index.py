"""An owner of everything fills the index with its own money, which it gets back as rewards, until a
delivery or `cover` no longer fits. So the stream has a top speed, at which filling the index takes
136 years; what is above it waits.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, HOLDER, ISSUER, ONE, STRANGER, Issuance

FULL = 18_446_744_073
"""Satoshi per token that fill the index."""
A_DAY = 2**32 * DAY
"""What the index grows in a day at most."""


def test_filled_index__by_an_owner_of_everything__takes_ages_and_cover_works() -> None:
    issuance = Issuance()
    issuance.mint(ATTACKER, 1)
    for days in range(1, 4):
        issuance.send(ATTACKER, "deliver", FULL)
        issuance.pass_day(gained=0)
        assert issuance.read("index") == days * A_DAY
    issuance.mint(BUYER, 999, HOLDER)

    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.chain.now += 3 * DAY + 1
    issuance.send(STRANGER, "cover")
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) >= 44 * 999 - 1
    assert issuance.read("index") < 2**64 // 10_000


def test_filled_index__without_supply__takes_as_long() -> None:
    issuance = Issuance()
    for _ in range(3):
        issuance.send(ATTACKER, "deliver", FULL)
    issuance.mint(HOLDER, 1)
    issuance.send(ATTACKER, "deliver", 1)
    issuance.chain.now += DAY
    assert issuance.read("index") == A_DAY


def test_filled_index__a_debt_however_large__is_paid_in_the_end() -> None:
    """A hashprice of 400,000 satoshi a day owes more per token in a week than a day can pay."""
    issuance = Issuance()
    issuance.mint(HOLDER, 1)
    issuance.pass_days(7, gained=400_000 * ONE)
    issuance.send(STRANGER, "accrue")
    owed = issuance.read("owed") // 10**36
    assert owed == 7 * (392_000 - 5)
    issuance.send(ISSUER, "deliver", owed)
    assert issuance.read("owed") == 0
    for _ in range(8):
        issuance.chain.now += DAY
        issuance.send(STRANGER, "deliver", 1)
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) in (owed + 7, owed + 8)
