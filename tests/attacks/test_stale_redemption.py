"""Redeemed against a stale index, or for more than a token's share, tokens take from those who
stay. For coverage up to 1 they are paid their share of the reserve, whatever the index says.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, HOLDER, ONE, Issuance

REVALUED = (0, 20 * ONE, 500 * ONE)


@pytest.fixture
def issuance() -> Issuance:
    """A holder and an attacker with 500 tokens each; the reserve covers a quarter."""
    issuance = Issuance()
    issuance.mint(BUYER, 500, HOLDER)
    issuance.mint(BUYER, 500, ATTACKER)
    return issuance


def _redeem(issuance: Issuance) -> int:
    before = issuance.sats(ATTACKER)
    issuance.send(ATTACKER, "redeem", 500 * ONE, 0, ATTACKER)
    return issuance.sats(ATTACKER) - before


def _share(issuance: Issuance) -> Fraction:
    return Fraction(issuance.read("reserve") * ONE, issuance.read("totalSupply"))


@pytest.mark.parametrize("gained", REVALUED)
def test_stale_redemption__before_or_after_a_day_that_all_know__the_same(
    issuance: Issuance, gained: int
) -> None:
    issuance.chain.now += 20 * DAY
    with issuance.undone():
        before = _redeem(issuance)
    issuance.close(gained, DAY)
    assert _redeem(issuance) == before == 500 * 462 * 99 // 100


def test_stale_redemption__those_who_stay__keep_their_share_and_gain_the_fee(
    issuance: Issuance,
) -> None:
    issuance.pass_day()
    issuance.send(BUYER, "accrue")
    owed = Fraction(issuance.read("owed"), issuance.read("totalSupply"))
    before = _share(issuance)
    assert _redeem(issuance) == 228_690
    assert _share(issuance) == before * Fraction(101, 100)
    assert Fraction(issuance.read("owed"), issuance.read("totalSupply")) == owed


def test_stale_redemption__in_a_thousand_small_parts__pays_no_more(issuance: Issuance) -> None:
    """Each rounds down; the fees that stay are shared with the parts that are left."""
    with issuance.undone():
        whole = _redeem(issuance)
    assert whole == 500 * 462 * 99 // 100
    before = issuance.sats(ATTACKER)
    share = _share(issuance)
    for _ in range(1_000):
        issuance.send(ATTACKER, "redeem", ONE // 2, 0, ATTACKER)
        assert _share(issuance) >= share
        share = _share(issuance)
    assert whole - 1_000 <= issuance.sats(ATTACKER) - before <= whole * 101 // 100
    assert issuance.read("reserve") >= 231_000
