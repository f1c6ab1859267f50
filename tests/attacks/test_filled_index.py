"""An owner of everything fills the index with its own money, which it gets back as rewards, until a
delivery or `cover` no longer fits. So a gift is at most 0.01 BTC per token.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, HOLDER, ISSUER, ONE, STRANGER, Issuance
from tests.support.relay import refused

LARGEST_GIFT = 10**6
FULL = 18_446_744_073
"""Satoshi per token that fill the index."""


def test_filled_index__by_an_owner_of_everything__refused_and_cover_works() -> None:
    issuance = Issuance()
    issuance.mint(ATTACKER, 1)
    with refused("token: gift too large"):
        issuance.send(ATTACKER, "deliver", FULL)
    with refused("token: gift too large"):
        issuance.send(ATTACKER, "deliver", LARGEST_GIFT + 1)
    issuance.send(ATTACKER, "deliver", LARGEST_GIFT)
    issuance.mint(BUYER, 999, HOLDER)

    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.chain.now += 3 * DAY + 1
    issuance.send(STRANGER, "cover")
    issuance.chain.now += DAY
    paid_in = 999 * LARGEST_GIFT  # by the buyer, for its part of the gift
    assert issuance.read("claimable", HOLDER) - paid_in in (44 * 999 - 1, 44 * 999)


def test_filled_index__without_supply__refused_likewise() -> None:
    issuance = Issuance()
    with refused("token: gift too large"):
        issuance.send(ATTACKER, "deliver", LARGEST_GIFT + 1)
    issuance.send(ATTACKER, "deliver", LARGEST_GIFT)


def test_filled_index__a_debt_however_large__is_no_gift() -> None:
    """A hashprice of 400,000 satoshi a day owes more per token in a week than a gift may be."""
    issuance = Issuance()
    issuance.mint(HOLDER, 1)
    issuance.pass_days(7, gained=400_000 * ONE)
    issuance.send(STRANGER, "accrue")
    owed = issuance.read("owed") // 10**36
    assert owed == 7 * (392_000 - 5)
    with refused("token: gift too large"):
        issuance.send(ISSUER, "deliver", owed + LARGEST_GIFT + 1)
    issuance.send(ISSUER, "deliver", owed + LARGEST_GIFT)
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) in (owed + LARGEST_GIFT - 1, owed + LARGEST_GIFT)
