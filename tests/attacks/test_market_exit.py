"""Collateral that cannot be had back: an index that dies, breaks, is disputed or never settles.

Whoever has both sides of a pair gets what they lock, at any time and whatever the index says; and
nobody needs the losing side, or the maker of a series, to be paid.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    DAY,
    FUND,
    MINER,
    NOBODY,
    OTHER,
    SERIES,
    STRANGER,
    Market,
)

PAIRS = 100
REVERTS, BURNS = 1, 2


def _known(market: Market) -> None:
    market.instrument("set_known", True)


def _broken(market: Market) -> None:
    market.instrument("set_trouble", REVERTS)


def _burning(market: Market) -> None:
    market.instrument("set_trouble", BURNS)


def _dead(market: Market) -> None:
    market.chain.now += 10_000 * DAY


def _settled(x: int) -> Callable[[Market], None]:
    def settle(market: Market) -> None:
        market.instrument("set_value", True, x)
        market.send(STRANGER.address, "settle", SERIES.terms)

    return settle


def _settled_dead(market: Market) -> None:
    market.chain.now += 91 * DAY
    market.send(ATTACKER.address, "settle_dead", SERIES.terms)


STATES: dict[str, Callable[[Market], None]] = {
    "known": _known,
    "broken": _broken,
    "burning": _burning,
    "dead": _dead,
    "settled at the floor": _settled(0),
    "settled between": _settled(133),
    "settled at the cap": _settled(999),
    "settled dead": _settled_dead,
}


@pytest.fixture
def market() -> Market:
    """A market in which the fund has pairs, and the miner and another one side each."""
    market = Market()
    market.instrument("set_advanced", market.chain.now)
    for long, short in ((FUND, FUND), (MINER, OTHER)):
        call = ("mint_pair", SERIES.id, PAIRS, long.address, short.address)
        market.send(STRANGER.address, *call)
    return market


@pytest.mark.parametrize("name", STATES)
def test_market_exit__both_sides__are_always_their_collateral(market: Market, name: str) -> None:
    STATES[name](market)
    before = market.sats(OTHER.address)
    market.send(FUND.address, "burn_pair", SERIES.id, PAIRS, OTHER.address)
    assert market.sats(OTHER.address) - before == PAIRS
    assert market.claims(FUND.address) == (0, 0)
    assert market.sats(market.address) == PAIRS


@pytest.mark.parametrize("name", STATES)
def test_market_exit__one_side__ends_no_pair(market: Market, name: str) -> None:
    """What the other side is worth is the other's."""
    STATES[name](market)
    for owner in (MINER, OTHER):
        with refused("market: insufficient claims"):
            market.send(owner.address, "burn_pair", SERIES.id, 1, owner.address)
    with refused("market: insufficient claims"):
        market.send(FUND.address, "burn_pair", SERIES.id, PAIRS + 1, FUND.address)
    assert market.sats(market.address) == 2 * PAIRS


@pytest.mark.parametrize("nobody", ["zero", "market"])
def test_market_exit__to_whom_nothing_comes_back_from__refused(market: Market, nobody: str) -> None:
    """What the market paid itself would be nobody's."""
    receiver = NOBODY if nobody == "zero" else market.address
    fund, reason = FUND.address, "market: receiver cannot receive"
    with refused(reason):
        market.send(fund, "burn_pair", SERIES.id, PAIRS, receiver)
    market.instrument("set_value", True, 150)
    market.send(STRANGER.address, "settle", SERIES.terms)
    with refused(reason):
        market.send(fund, "redeem", SERIES.id, fund, receiver)
    before = market.sats(fund)
    market.send(fund, "redeem", SERIES.id, fund, fund)
    assert market.sats(fund) - before == PAIRS


@pytest.mark.parametrize("x", [0, 100, 133, 200, 999])
def test_market_exit__losing_side_does_nothing__others_settle_and_are_paid(
    market: Market, x: int
) -> None:
    """By strangers without a claim, in any order; the losing side is ended for nothing."""
    market.instrument("set_value", True, x)
    market.send(ATTACKER.address, "settle", SERIES.terms)
    part = min(max(x, 100), 200) - 100
    for owner, paid in ((OTHER, PAIRS - part), (MINER, part)):
        before = market.sats(owner.address)
        market.send(ATTACKER.address, "redeem", SERIES.id, owner.address, owner.address)
        assert market.sats(owner.address) - before == paid
        assert market.claims(owner.address) == (0, 0)
    assert market.sats(market.address) == PAIRS


def test_market_exit__index_that_never_answers__ends_by_the_series_own_share(
    market: Market,
) -> None:
    for trouble in (0, REVERTS, BURNS):
        with market.chain.undone():
            market.instrument("set_trouble", trouble)
            market.chain.now += 90 * DAY + 1
            market.send(ATTACKER.address, "settle_dead", SERIES.terms)
            for owner in (MINER, OTHER):
                before = market.sats(owner.address)
                market.send(STRANGER.address, "redeem", SERIES.id, owner.address, owner.address)
                assert market.sats(owner.address) - before == PAIRS // 2
