"""An index that stands still locks money for ever, or is a lottery ticket. After thirty days of
the term without a new block-day holders share the reserve, without cap or fee; sale and
withdrawal wait.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, ONE, STRANGER, Issuance
from tests.support.relay import refused


@pytest.fixture
def issuance() -> Issuance:
    """Two holders, 400 and 600 tokens worth 1,848 each, and a reserve that holds 3,000 for each."""
    issuance = Issuance()
    issuance.mint(HOLDER, 400)
    issuance.mint(BUYER, 600)
    issuance.send(STRANGER, "fund_reserve", 3_000_000 - 462_000)
    return issuance


def _redeem(issuance: Issuance, holder: str, tokens: int) -> int:
    before = issuance.sats(holder)
    issuance.send(holder, "redeem", tokens * ONE, 0, holder)
    return issuance.sats(holder) - before


def test_dead_index__holders__share_the_reserve_without_cap_or_fee(issuance: Issuance) -> None:
    issuance.chain.now += 30 * DAY
    with issuance.undone():
        assert _redeem(issuance, HOLDER, 400) == 400 * 1_848 * 99 // 100
    issuance.chain.now += 1
    assert issuance.read("backing")[10]
    assert _redeem(issuance, HOLDER, 400) == 1_200_000
    assert _redeem(issuance, BUYER, 600) == 1_800_000
    assert issuance.sats(issuance.address) == issuance.read("reserve") == 0


def test_dead_index__issuer__neither_sells_nor_withdraws(issuance: Issuance) -> None:
    issuance.chain.now += 31 * DAY
    with refused("token: index stale"):
        issuance.send(ISSUER, "withdraw_reserve", 1)
    with refused("token: index stale"):
        issuance.mint(STRANGER, 1)
    for holder, tokens in ((HOLDER, 400), (BUYER, 600)):
        _redeem(issuance, holder, tokens)
    issuance.send(STRANGER, "fund_reserve", 5)
    issuance.send(ISSUER, "withdraw_reserve", 5)  # nobody's promise any more


def test_dead_index__earnings_and_tokens__are_not_locked(issuance: Issuance) -> None:
    issuance.pass_day()
    issuance.deliver()
    issuance.chain.now += 40 * DAY
    assert issuance.read("claimable", HOLDER) in (17_599, 17_600)
    issuance.send(HOLDER, "claim", HOLDER)
    issuance.send(HOLDER, "transfer", STRANGER, 400 * ONE)
    issuance.send(ISSUER, "deliver", 1)
    assert _redeem(issuance, STRANGER, 400) == 1_200_000


def test_dead_index__that_comes_back__binds_again(issuance: Issuance) -> None:
    issuance.chain.now += 31 * DAY
    assert _redeem(issuance, HOLDER, 100) == 300_000
    issuance.close(seconds=31 * DAY)
    # A day of 31 days earns its 50 satoshi and costs 155.
    assert issuance.read("owed") == 0
    assert not issuance.read("backing")[10]
    assert _redeem(issuance, HOLDER, 100) < 300_000
