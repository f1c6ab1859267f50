"""Spoiled calldata of trades: refused, or exactly what its arguments mean; nothing else moves.

Offsets that point elsewhere or at each other, arrays that overlap, lengths beyond what is there,
bits above what a type holds. What the arguments mean is read from the same bytes by another
decoder, and done to the exact model.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings

from terahash.chain import ChainError
from tests.support.calldata import WAYS, Calldata, Kind, Spoiled
from tests.support.market_model import MarketModel, Refused, State, Wish, require
from tests.support.trading import (
    FUND,
    LOT,
    MINER,
    NOBODY,
    ORDER_FIELDS,
    OTHER,
    RICH,
    SERIES,
    SERIES_FIELDS,
    START,
    STRANGER,
    TRADERS,
    Market,
    Order,
)

MAX_LEGS, MAX_SIGNATURE = 16, 1_024
TAKER = FUND
SERIES_KIND = tuple(SERIES_FIELDS.values())
ORDER_KIND = tuple("bytes32" if kind == "Series" else kind for kind in ORDER_FIELDS.values())
FILL: Kind = (ORDER_KIND, "bytes", "uint256")
KINDS: dict[str, tuple[Kind, ...]] = {
    "fill": (SERIES_KIND, FILL),
    "match_orders": (SERIES_KIND, FILL, FILL),
    "sweep": (SERIES_KIND, "bool", [FILL], "uint256", "uint256", "uint256"),
    "fill_all": ([(SERIES_KIND, *FILL)], "int256"),
}
ALL_SERIES = {"one": SERIES, "other": replace(SERIES, cap=300)}


class Book:
    """A market of two series with a book of signed orders, its model, and calls of it."""

    def __init__(self) -> None:
        self.market = market = Market()
        market.send(STRANGER.address, "open", [one.terms for one in ALL_SERIES.values()])
        self.names = {one.terms: name for name, one in ALL_SERIES.items()}
        self.model = MarketModel({key.address: RICH for key in TRADERS}, now=START)
        self.model.closed = {NOBODY, market.address}
        for name, one in ALL_SERIES.items():
            self.model.series[name] = State(0, one.floor, one.cap, one.fallback_share)
            self._give(name, MINER.address, OTHER.address)
        self.model.open(list(ALL_SERIES))
        self.orders: dict[tuple[Any, ...], tuple[Order, bytes]] = {}
        for salt, one in enumerate(2 * tuple(ALL_SERIES.values())):
            for maker in (MINER, OTHER):
                for long, price in ((True, 6_000 - salt), (False, 4_000 + salt)):
                    order = Order(maker.address, one, long, 5 * LOT, price, salt=salt)
                    self.orders[_plain(order.terms)] = order, market.sign(maker, order)

    def _give(self, name: str, long: str, short: str) -> None:
        """Let two have claims, so that trades are transfers too."""
        self.market.send(long, "mint_pair", ALL_SERIES[name].id, 2 * LOT, long, short)
        self.model.series[name].is_open = True
        self.model.mint_pair(name, 2 * LOT, long, long, short)

    def call(self, dice: random.Random) -> tuple[str, bytes]:
        """A sound call as the taker's, and its arguments."""
        function = dice.choice(list(KINDS))
        series = dice.choice(list(ALL_SERIES.values()))
        mine = [one for one in self.orders.values() if one[0].series == series]
        amount = LOT * dice.randrange(1, 4)
        buying, selling = (
            [self._fill(one, amount) for one in mine if one[0].long is long]
            for long in (True, False)
        )
        arguments: tuple[Any, ...] = (series.terms, dice.choice(buying + selling))
        if function == "match_orders":
            arguments = (series.terms, buying[0], selling[-1])
        elif function == "sweep":
            long = dice.random() < 0.5
            fills = dice.sample(selling if long else buying, dice.randrange(1, 4))
            limit = 10_000 if long else 0
            arguments = (series.terms, long, fills, 6 * LOT, limit, dice.choice((0, LOT)))
        elif function == "fill_all":
            legs = dice.sample(list(self.orders.values()), dice.randrange(1, 4))
            arguments = ([(one[0].series.terms, *self._fill(one, amount)) for one in legs], 10**9)
        _, calldata = self.market.chain._codec.calldata("PairMarket", function, arguments)
        return function, calldata

    @staticmethod
    def _fill(one: tuple[Order, bytes], amount: int) -> tuple[Any, ...]:
        return (one[0].terms, one[1], amount)

    def means(self, function: str, raw: bytes) -> MarketModel:
        """Do what the arguments mean to a copy of the model; raise Refused or Spoiled."""
        arguments = Calldata(raw, MAX_LEGS, MAX_SIGNATURE).read(KINDS[function])
        model = deepcopy(self.model)
        wishes: dict[tuple[Any, ...], Wish] = {}

        def wish(order: tuple[Any, ...], signature: bytes) -> Wish:
            """The order if somebody signed just this; else one that nobody signed."""
            known = self.orders.get(order)
            if known is None or known[1] != signature:
                return replace(_wish(order, self.names), is_signed=False)
            return wishes.setdefault(order, _wish(order, self.names))

        def name(terms: tuple[Any, ...]) -> str:
            require(terms in self.names, "market: series not open")
            return self.names[terms]

        if function == "fill":
            series, (order, signature, amount) = arguments
            model.fill(name(series), wish(order, signature), TAKER.address, amount)
        elif function == "match_orders":
            series, (buying, of_long, amount), (selling, of_short, same) = arguments
            require(amount == same, "market: two amounts")
            model.match(name(series), wish(buying, of_long), wish(selling, of_short), amount)
        elif function == "sweep":
            series, long, fills, total, limit, least = arguments
            some = [(wish(order, signature), amount) for order, signature, amount in fills]
            model.sweep(name(series), TAKER.address, long, some, total, limit, least)
        else:
            legs, most = arguments
            model.fill_all(
                TAKER.address,
                [(name(series), wish(order, sig), amount) for series, order, sig, amount in legs],
                most,
            )
        return model

    def state(self) -> dict[str, Any]:
        """Everybody's satoshi and claims, and the pairs."""
        market = self.market
        return {
            "held": market.sats(market.address),
            **{key.address: market.sats(key.address) for key in TRADERS},
            **{
                f"{name} {key.address}": market.claims(key.address, one)
                for key in TRADERS
                for name, one in ALL_SERIES.items()
            },
            **{name: market.read("series", one.id) for name, one in ALL_SERIES.items()},
        }


def _state(model: MarketModel) -> dict[str, Any]:
    return {
        "held": model.held,
        **{key.address: model.cash[key.address] for key in TRADERS},
        **{
            f"{name} {key.address}": tuple(
                model.claims[(name, side), key.address] for side in (True, False)
            )
            for key in TRADERS
            for name in ALL_SERIES
        },
        **{name: (True, False, 0, model.series[name].pairs) for name in ALL_SERIES},
    }


def _plain(order: tuple[Any, ...]) -> tuple[Any, ...]:
    """An order as the decoder returns it: addresses are numbers."""
    return (int(order[0], 16), int(order[1], 16), *order[2:])


def _wish(order: tuple[Any, ...], names: dict[tuple[Any, ...], str]) -> Wish:
    maker, taker, series, long, amount, price, deadline, counter, _ = order
    hashes = {one.hash: name for name, one in ALL_SERIES.items()}
    people = {int(key.address, 16): key.address for key in TRADERS}
    return Wish(
        people.get(maker, hex(maker)),
        people.get(taker, hex(taker)) if taker else "",
        hashes.get(series, "another"),
        long,
        amount,
        price,
        deadline,
        counter,
    )


@pytest.fixture
def book() -> Book:
    return Book()


def _compare(book: Book, function: str, calldata: bytes) -> str:
    """Make a call; say whether it was refused, and see that it did what its arguments mean."""
    market = book.market
    expected = None
    with suppress(Refused, Spoiled):
        expected = book.means(function, calldata[4:])
    chain = market.chain
    with chain.undone():
        try:
            with chain.acting_as(TAKER.address):
                chain._execute("PairMarket", market.address, function, calldata)
        except ChainError:
            return "refused" if expected is None else "refused though it means something"
        assert expected is not None, (function, calldata.hex())
        assert book.state() == _state(expected), (function, calldata.hex())
    return "done"


def test_trades__sound_calldata__does_what_it_means(book: Book) -> None:
    """The decoder and the model are right about calls that nobody spoiled."""
    dice = random.Random(1)
    found = Counter(_compare(book, *book.call(dice)) for _ in range(100))
    assert found == {"done": 100}


def test_trades__spoiled_calldata__is_refused_or_does_what_it_means(book: Book) -> None:
    deep = settings().max_examples >= 1_000
    dice = random.Random(secrets.randbits(64) if deep else 4)
    found: Counter[tuple[str, str]] = Counter()
    for _ in range(100_000 if deep else 4_000):
        function, calldata = book.call(dice)
        raw, way = calldata[4:], ""
        for way in dice.choices(list(WAYS), k=dice.choice((1, 1, 2, 4))):
            raw = WAYS[way](raw, dice)
        if raw != calldata[4:]:
            found[way, _compare(book, function, calldata[:4] + raw)] += 1
    refused = sum(count for (_, what), count in found.items() if what == "refused")
    assert refused > sum(found.values()) // 4
    for way in WAYS:  # each lets some through, and they are compared
        assert found[way, "done"] >= 5, (way, found)
