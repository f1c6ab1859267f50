"""Buying just before a distribution and leaving just after takes the income of those who stay.

So what comes in streams over a day, nothing of it in the same block, and what has not vested when
tokens are redeemed stays with the tokens that stay.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, HOLDER, ONE, RICH, STRANGER, Issuance


@pytest.fixture
def issuance() -> Issuance:
    """A holder and a buyer with 1,000 tokens each; a day of 88,000 satoshi is about to be paid."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000)
    issuance.mint(HOLDER, 1_000)
    issuance.send(STRANGER, "fund_reserve", 1_000_000)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    return issuance


def test_just_in_time__borrowed_for_a_distribution__earn_nothing(issuance: Issuance) -> None:
    issuance.send(BUYER, "transfer", ATTACKER, 1_000 * ONE)
    issuance.deliver()
    issuance.send(ATTACKER, "claim", ATTACKER)
    issuance.send(ATTACKER, "transfer", BUYER, 1_000 * ONE)
    assert issuance.read("earned", ATTACKER) == 0
    issuance.chain.now += DAY
    assert issuance.read("claimable", ATTACKER) == 0
    assert issuance.read("claimable", BUYER) in (43_999, 44_000)
    assert issuance.read("claimable", HOLDER) in (43_999, 44_000)


def test_just_in_time__held_for_a_block__earn_a_block_of_the_day(issuance: Issuance) -> None:
    issuance.send(BUYER, "transfer", ATTACKER, 1_000 * ONE)
    issuance.deliver()
    issuance.chain.now += 12
    issuance.send(ATTACKER, "transfer", BUYER, 1_000 * ONE)
    issuance.chain.now += DAY
    assert issuance.read("claimable", ATTACKER) == 44_000 * 12 // DAY == 6
    assert issuance.read("claimable", HOLDER) in (43_999, 44_000)


def test_just_in_time__minted_delivered_and_redeemed_in_one_block__only_lose(
    issuance: Issuance,
) -> None:
    before = issuance.read("reserve")
    issuance.mint(ATTACKER, 1_000)
    issuance.deliver(actor=ATTACKER)
    issuance.send(ATTACKER, "redeem", 1_000 * ONE, 0, ATTACKER)
    assert issuance.read("earned", ATTACKER) == 0
    assert issuance.sats(ATTACKER) < RICH - 132_000  # at least what it delivered
    assert issuance.read("reserve") >= before
    issuance.chain.now += DAY
    # The stayers have all of the delivery, the attacker's part too.
    assert issuance.read("claimable", HOLDER) in (65_999, 66_000)
    assert issuance.read("claimable", BUYER) in (65_999, 66_000)


def test_just_in_time__redeemed_after_a_distribution__leave_the_stream_to_those_who_stay(
    issuance: Issuance,
) -> None:
    issuance.send(BUYER, "transfer", ATTACKER, 1_000 * ONE)
    issuance.deliver()
    issuance.send(ATTACKER, "redeem", 1_000 * ONE, 0, ATTACKER)
    assert issuance.read("earned", ATTACKER) == 0
    issuance.chain.now += DAY
    assert issuance.read("claimable", ATTACKER) == 0
    assert issuance.read("claimable", HOLDER) in (87_999, 88_000)


def test_just_in_time__redeemed_half_way__keep_what_vested_until_then(issuance: Issuance) -> None:
    issuance.deliver()
    issuance.chain.now += DAY // 2
    issuance.send(BUYER, "redeem", 1_000 * ONE, 0, BUYER)
    assert issuance.read("claimable", BUYER) in (21_999, 22_000)
    issuance.chain.now += DAY // 2
    assert issuance.read("claimable", BUYER) in (21_999, 22_000)
    assert issuance.read("claimable", HOLDER) in (65_999, 66_000)
