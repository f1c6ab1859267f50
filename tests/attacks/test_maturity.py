"""After the term nothing more falls due, everything that was owed has been paid, and the reserve
is the issuer's, whatever the index does then.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, ONE, RICH, STRANGER, TERM, Issuance
from tests.support.relay import refused

MATURED = 3
INCOME = TERM * 44_000


@pytest.fixture
def issuance() -> Issuance:
    """A holder of 1,000 tokens was paid day by day to the term's end."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    for _ in range(TERM):
        issuance.pass_day()
        issuance.deliver()
    return issuance


def test_maturity__statement__exact_to_the_satoshi(issuance: Issuance) -> None:
    assert issuance.read("status") == MATURED
    assert issuance.read("due") == issuance.read("delivered") == INCOME * ONE
    assert issuance.read("owed") == issuance.read("value") == 0
    issuance.chain.now += DAY
    issuance.send(STRANGER, "claim", HOLDER)
    issuance.send(ISSUER, "withdraw_reserve", 462_000)
    assert issuance.sats(HOLDER) == RICH + INCOME - 1
    assert issuance.sats(ISSUER) == RICH + 2_016_000 - INCOME
    assert issuance.sats(issuance.address) == 1


def test_maturity__further_block_days__owe_nothing(issuance: Issuance) -> None:
    issuance.pass_days(10, gained=500 * ONE)
    issuance.send(STRANGER, "accrue")
    assert issuance.read("status") == MATURED
    assert issuance.read("owed") == 0
    with refused("token: nothing to redeem"):
        issuance.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    with refused("token: term nearly over"):
        issuance.mint(BUYER, 1)


def test_maturity__index_stands_still__neither_locks_the_reserve_nor_gives_it_away(
    issuance: Issuance,
) -> None:
    issuance.chain.now += 60 * DAY
    assert issuance.read("status") == MATURED
    with refused("token: nothing to redeem"):
        issuance.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    issuance.send(ISSUER, "withdraw_reserve", 462_000)
    assert issuance.sats(ISSUER) == RICH + 2_016_000 - INCOME


def test_maturity__last_day_unpaid__the_reserve_still_pays_it() -> None:
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.pass_days(TERM - 1)
    issuance.deliver()
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    with refused("token: reserve needed"):
        issuance.send(ISSUER, "withdraw_reserve", 462_000 - 44_000 + 1)
    issuance.chain.now += 3 * DAY + 1
    issuance.send(STRANGER, "cover")
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) == INCOME - 1
    assert issuance.read("reserve") == 418_000
