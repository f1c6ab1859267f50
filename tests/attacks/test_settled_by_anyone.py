"""When and by whom a series is settled: it changes nothing, once, and nobody can keep it from it.

If the holder alone settled, nobody would settle the losing side; if the first caller after the end
picked the moment, that caller would pick the price.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    DAY,
    FUND,
    MINER,
    SERIES,
    SHARES,
    STRANGER,
    Market,
)


@pytest.fixture
def market() -> Market:
    market = Market()
    market.send(MINER.address, "mint_pair", SERIES.id, 100, FUND.address, MINER.address)
    return market


def test_settled_by_anyone__whenever__the_share_is_that_of_the_window(market: Market) -> None:
    market.instrument("set_value", True, 130)
    shares = set()
    for actor in (MINER, FUND, ATTACKER):
        for later in (0, 1, DAY, 4_000 * DAY):
            with market.chain.undone():
                market.chain.now += later
                market.send(actor.address, "settle", SERIES.terms)
                shares.add(market.read("series", SERIES.id)[2])
    assert shares == {3 * SHARES // 10}


def test_settled_by_anyone__again_at_another_value__refused(market: Market) -> None:
    market.instrument("set_value", True, 130)
    market.send(ATTACKER.address, "settle", SERIES.terms)
    market.instrument("set_value", True, 199)
    for function in ("settle", "settle_dead"):
        with refused("market: settled already"):
            market.send(FUND.address, function, SERIES.terms)
    market.send(STRANGER.address, "open", [SERIES.terms])  # opens nothing anew
    assert market.read("series", SERIES.id)[:3] == (True, True, 3 * SHARES // 10)


def test_settled_by_anyone__on_terms_of_ones_own__settles_another_series(market: Market) -> None:
    """Terms come with the call: narrower bounds would be worth more."""
    market.instrument("set_value", True, 130)
    forged = replace(SERIES, cap=130)
    with refused("market: series not open"):
        market.send(ATTACKER.address, "settle", forged.terms)
    market.send(ATTACKER.address, "open", [forged.terms])
    market.send(ATTACKER.address, "settle", forged.terms)
    assert market.read("series", SERIES.id)[:2] == (True, False)


def test_settled_by_anyone__both_sides__paid_by_a_stranger(market: Market) -> None:
    market.instrument("set_value", True, 130)
    market.send(STRANGER.address, "settle", SERIES.terms)
    for owner, paid in ((FUND.address, 30), (MINER.address, 70)):
        before = market.sats(owner)
        market.send(STRANGER.address, "redeem", SERIES.id, owner, owner)
        assert market.sats(owner) - before == paid
    assert market.sats(market.address) == 0


@pytest.mark.parametrize("floor", [2**200 - 1, -(2**200)])
def test_settled_by_anyone__x_of_any_size__never_locks_the_collateral(
    market: Market, floor: int
) -> None:
    """An overflow at settlement would be for ever."""
    wide = replace(SERIES, floor=-(2**200), cap=2**200)
    narrow = replace(SERIES, floor=floor, cap=floor + 1)
    market.send(STRANGER.address, "open", [wide.terms, narrow.terms])
    for x, share in ((-(2**255), 0), (2**255 - 1, SHARES)):
        market.instrument("set_value", True, x)
        for series in (wide, narrow):
            with market.chain.undone():
                market.send(STRANGER.address, "settle", series.terms)
                assert market.read("series", series.id)[:3] == (True, True, share)


def test_settled_by_anyone__bounds_beyond_what_settles__refused(market: Market) -> None:
    for terms in (replace(SERIES, cap=2**200 + 1), replace(SERIES, floor=-(2**255))):
        with refused("market: bounds too large"):
            market.send(ATTACKER.address, "open", [terms.terms])
    assert market.read("series", SERIES.id)[0]
