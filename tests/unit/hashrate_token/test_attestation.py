"""HashrateToken.mint where hashrate is attested: not a token more, and by a fresh attestation."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, FOREVER, HOLDER, ONE, START, STRANGER, Issuance
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

FEED_ID = b"hashrate".ljust(32, b"\0")


@pytest.fixture
def attested() -> Issuance:
    """1,000 tokens and a half are attested at the time that it is."""
    chain = RevmChain(START)
    feed = chain.deploy("FeedDouble")
    issuance = Issuance(chain=chain, feed=feed, feed_id=FEED_ID)
    _attest(issuance, 1_000 * ONE + ONE // 2)
    return issuance


def _attest(issuance: Issuance, tokens: int) -> None:
    feed, now = issuance.terms["feed"], issuance.chain.now
    issuance.chain.send("FeedDouble", feed, "observe", FEED_ID, tokens, now)


def test_mint__attested__up_to_the_last_unit(attested: Issuance) -> None:
    with refused("token: above attested"):
        attested.send(BUYER, "mint", 1_000 * ONE + ONE // 2 + 1, FOREVER, HOLDER)
    attested.send(BUYER, "mint", 1_000 * ONE, FOREVER, HOLDER)
    with refused("token: above attested"):
        attested.send(BUYER, "mint", ONE // 2 + 1, FOREVER, HOLDER)
    attested.send(BUYER, "mint", ONE // 2, FOREVER, HOLDER)
    assert attested.read("totalSupply") == 1_000 * ONE + ONE // 2


def test_mint__more_or_less_is_attested__the_newest_counts(attested: Issuance) -> None:
    attested.mint(BUYER, 1_000, HOLDER)
    attested.chain.now += 1
    _attest(attested, 900 * ONE)
    with refused("token: above attested"):
        attested.mint(BUYER, 1)
    assert attested.read("balanceOf", HOLDER) == 1_000 * ONE
    attested.chain.now += 1
    _attest(attested, 1_001 * ONE)
    attested.mint(BUYER, 1)
    assert attested.read("totalSupply") == 1_001 * ONE


def test_mint__attestation_of_seven_days__counts_and_a_second_later_not(
    attested: Issuance,
) -> None:
    attested.pass_days(7)
    with attested.undone():
        attested.mint(BUYER, 1)
        assert attested.read("balanceOf", BUYER) == ONE
    attested.chain.now += 1
    with refused("token: attestation stale"):
        attested.mint(BUYER, 1)
    with refused("token: attestation stale"):
        attested.read("preview_mint", ONE)


@pytest.mark.parametrize("tokens", [0, -1, -(2**255)])
def test_mint__nothing_or_less_is_attested__refused(attested: Issuance, tokens: int) -> None:
    attested.chain.now += 1
    _attest(attested, tokens)
    with refused("token: above attested"):
        attested.send(BUYER, "mint", 1, FOREVER, BUYER)


def test_mint__nobody_ever_attested__refused() -> None:
    chain = RevmChain(START)
    issuance = Issuance(chain=chain, feed=chain.deploy("FeedDouble"), feed_id=FEED_ID)
    with refused("token: attestation stale"):
        issuance.mint(BUYER, 1)


def test_redeem__attestation_stale__pays(attested: Issuance) -> None:
    attested.mint(BUYER, 100, HOLDER)
    attested.chain.now += 20 * DAY
    assert attested.logged(HOLDER, "redeem", 100 * ONE, 0, STRANGER)["Redeemed"]["paid"] == 45_738
