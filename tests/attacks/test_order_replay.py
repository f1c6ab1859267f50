"""An order taken where it was not meant: on another chain, by another market, for another series,
or again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.relay import refused
from tests.support.trading import (
    FUND,
    LOT,
    MINER,
    NOBODY,
    OTHER,
    SERIES,
    STRANGER,
    Market,
    Order,
)

ORDER = Order(MINER.address, SERIES, False, 3 * LOT, 4_000)
SERIES_CHANGES: dict[str, Any] = {
    "instrument": 1,
    "kind": 1,
    "region": b"\1" * 32,
    "against": b"\1" * 32,
    "parameter": 1,
    "start": 0,
    "end": 3,
    "floor": 99,
    "cap": 201,
    "fallback_share": 4_999,
}
ORDER_CHANGES: dict[str, Any] = {
    "maker": OTHER.address,
    "taker": FUND.address,
    "long": True,
    "amount": 4 * LOT,
    "price": 3_999,
    "deadline": 2**64 + 1,
    "salt": 1,
}


@pytest.fixture
def market() -> Market:
    return Market()


def _take(market: Market, series: Any, order: Order, signature: bytes) -> None:
    market.send(FUND.address, "fill", series.terms, (order.terms, signature, LOT))


@pytest.mark.parametrize(
    "change",
    [
        {"chainId": 2},
        {"verifyingContract": NOBODY},
        {"version": "0.1.1"},
        {"name": "Terahash pair market 2"},
    ],
)
def test_order_replay__signed_for_another_domain__refused(
    market: Market, change: dict[str, Any]
) -> None:
    sound = dict(market.domain)
    market.domain.update(change)
    signature = market.sign(MINER, ORDER)
    with refused("market: order not signed"):
        _take(market, SERIES, ORDER, signature)
    market.domain.update(sound)
    _take(market, SERIES, ORDER, market.sign(MINER, ORDER))
    assert market.claims(FUND.address) == (LOT, 0)


def test_order_replay__signed_for_another_market__refused(market: Market) -> None:
    """Of the same collateral, on the same chain."""
    signature = market.sign(MINER, ORDER)
    other = Market(market.chain, market.btc)
    with refused("market: order not signed"):
        _take(other, SERIES, ORDER, signature)
    assert other.claims(FUND.address) == (0, 0)


@pytest.mark.parametrize("field", SERIES_CHANGES)
def test_order_replay__of_another_series__refused(market: Market, field: str) -> None:
    """Whatever it is in which the two differ."""
    other = replace(SERIES, **{field: SERIES_CHANGES[field]})
    market.send(STRANGER.address, "open", [other.terms])
    signature = market.sign(MINER, ORDER)
    with refused("market: another series"):
        _take(market, other, ORDER, signature)
    with refused("market: order not signed"):
        _take(market, other, replace(ORDER, series=other), signature)
    assert market.claims(FUND.address, other) == (0, 0)


@pytest.mark.parametrize("field", ORDER_CHANGES)
def test_order_replay__any_field_changed__is_not_signed(market: Market, field: str) -> None:
    signature = market.sign(MINER, ORDER)
    with refused("market: order not signed"):
        _take(market, SERIES, replace(ORDER, **{field: ORDER_CHANGES[field]}), signature)
    assert market.claims(FUND.address) == (0, 0)


def test_order_replay__again__takes_no_more_than_is_left(market: Market) -> None:
    signature = market.sign(MINER, ORDER)
    for _ in range(3):
        _take(market, SERIES, ORDER, signature)
    with refused("market: order filled"):
        _take(market, SERIES, ORDER, signature)
    assert market.claims(MINER.address) == (0, 3 * LOT)


def test_order_replay__by_every_way_in_turn__takes_no_more_than_is_left(market: Market) -> None:
    signed = market.fill(MINER, ORDER, LOT)
    buying = market.fill(OTHER, Order(OTHER.address, SERIES, True, 9 * LOT, 4_000), LOT)
    leg = (SERIES.terms, *signed)
    market.send(FUND.address, "fill_all", [leg], 10**9)
    market.send(FUND.address, "sweep", SERIES.terms, True, [signed, signed], LOT, 10_000, LOT)
    market.send(STRANGER.address, "match_orders", SERIES.terms, buying, signed)
    for function, *arguments in (
        ("fill", SERIES.terms, signed),
        ("fill_all", [leg], 10**9),
        ("match_orders", SERIES.terms, buying, signed),
    ):
        with refused("market: order filled"):
            market.send(FUND.address, function, *arguments)
    market.send(FUND.address, "sweep", SERIES.terms, True, [signed], LOT, 10_000, 0)
    assert market.claims(MINER.address) == (0, 3 * LOT)
