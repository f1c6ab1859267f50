"""Trades after the last reading is determined: whoever reads it first takes the other's collateral.

Every way to take an order asks the instrument, each time. Who has claims may still end or send
them, which needs nobody else's consent to a price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    FUND,
    LOT,
    MINER,
    OTHER,
    SERIES,
    STRANGER,
    Market,
    Order,
)

KNOWN = "market: index is known"
SELLING = Order(MINER.address, SERIES, False, 9 * LOT, 4_000)
BUYING = Order(FUND.address, SERIES, True, 9 * LOT, 6_000)
UNKNOWN = replace(SERIES, instrument=1)


@pytest.fixture
def market() -> Market:
    market = Market()
    market.send(STRANGER.address, "open", [UNKNOWN.terms])
    return market


def _fill(market: Market) -> None:
    market.send(ATTACKER.address, "fill", SERIES.terms, market.fill(MINER, SELLING, LOT))


def _sweep(market: Market) -> None:
    fills = [market.fill(MINER, SELLING, LOT)]
    market.send(ATTACKER.address, "sweep", SERIES.terms, True, fills, LOT, 10_000, 0)


def _match(market: Market) -> None:
    orders = market.fill(FUND, BUYING, LOT), market.fill(MINER, SELLING, LOT)
    market.send(ATTACKER.address, "match_orders", SERIES.terms, *orders)


def _fill_all(market: Market) -> None:
    """One leg of which nothing is known, and one of which all is."""
    other = Order(MINER.address, UNKNOWN, False, LOT, 4_000)
    legs = [
        (series.terms, *market.fill(MINER, order, LOT))
        for series, order in ((UNKNOWN, other), (SERIES, SELLING))
    ]
    market.send(ATTACKER.address, "fill_all", legs, 10**9)


TRADES: list[Callable[[Market], None]] = [_fill, _sweep, _match, _fill_all]


@pytest.mark.parametrize("trade", TRADES)
def test_known_numbers__every_way_to_trade__refused(
    market: Market, trade: Callable[[Market], None]
) -> None:
    with market.chain.undone():
        trade(market)  # while nothing is known
    market.instrument("set_known", True)
    with refused(KNOWN):
        trade(market)
    assert market.claims(ATTACKER.address) == market.claims(FUND.address) == (0, 0)


@pytest.mark.parametrize("trade", TRADES)
def test_known_numbers__settled_series__refused(
    market: Market, trade: Callable[[Market], None]
) -> None:
    market.instrument("set_value", True, 200)
    market.send(STRANGER.address, "settle", SERIES.terms)
    with refused("market: settled already"):
        trade(market)


def test_known_numbers__fillable__says_so(market: Market) -> None:
    signed: tuple[Any, ...] = market.fill(MINER, SELLING)
    market.instrument("set_known", True)
    assert market.read("fillable", SERIES.terms, signed, FUND.address) == (0, KNOWN)


def test_known_numbers__of_another_instrument__trades_on(market: Market) -> None:
    market.instrument("set_known", True)
    order = Order(MINER.address, UNKNOWN, False, LOT, 4_000)
    market.send(FUND.address, "fill", UNKNOWN.terms, market.fill(MINER, order))
    assert market.claims(FUND.address, UNKNOWN) == (LOT, 0)


def test_known_numbers__own_claims__can_still_be_sent_and_ended(market: Market) -> None:
    market.instrument("set_known", True)
    market.send(MINER.address, "mint_pair", SERIES.id, 5, OTHER.address, OTHER.address)
    market.send(OTHER.address, "transfer", FUND.address, SERIES.long, 2)
    market.send(OTHER.address, "burn_pair", SERIES.id, 3, OTHER.address)
    assert market.claims(OTHER.address) == (0, 2)
    assert market.sats(market.address) == 2
