"""Terms come with every call, and amounts as any number of 256 bits.

Whoever could change one term of an open series would choose what its claims are worth; a market was
drained where an amount was cast to a narrower type unchecked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from terahash.chain import ChainError
from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    FOREVER,
    FUND,
    LOT,
    MINER,
    SERIES,
    SERIES_FIELDS,
    STRANGER,
    Market,
    Order,
    Series,
)

CHANGES: dict[str, Any] = {
    "instrument": 1,
    "kind": 1,
    "region": b"\1" * 32,
    "against": b"\1" * 32,
    "parameter": 1,
    "start": 0,
    "end": 3,
    "floor": 149,
    "cap": 151,
    "fallback_share": 10_000,
}
"""In each field one that is worth more to somebody, or sounds as if it did not matter."""
PAIRS = 100


@pytest.fixture
def market() -> Market:
    """A market in which the fund is long of a series that has ended half way up."""
    market = Market()
    market.send(MINER.address, "mint_pair", SERIES.id, PAIRS, FUND.address, MINER.address)
    market.instrument("set_value", True, 150)
    return market


def _calls(market: Market, forged: Series) -> list[tuple[Any, ...]]:
    order = Order(MINER.address, forged, False, LOT, 4_000)
    signed = market.fill(MINER, order)
    return [
        ("settle", forged.terms),
        ("settle_dead", forged.terms),
        ("describe", forged.terms),
        ("fill", forged.terms, signed),
        ("sweep", forged.terms, True, [signed], LOT, 10_000, LOT),
        ("fill_all", [(forged.terms, *signed)], 10**9),
    ]


def test_market_forged_terms__of_which_one_is_changed__are_no_open_series(
    market: Market,
) -> None:
    assert set(CHANGES) == set(SERIES_FIELDS)
    for field, value in CHANGES.items():
        forged = replace(SERIES, **{field: value})
        for function, *arguments in _calls(market, forged):
            with refused("market: series not open"):
                market.send(ATTACKER.address, function, *arguments)
    assert market.read("series", SERIES.id) == (True, False, 0, PAIRS)
    market.send(STRANGER.address, "settle", SERIES.terms)
    before = market.sats(FUND.address)
    market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    assert market.sats(FUND.address) - before == PAIRS // 2


@pytest.mark.parametrize("field", ["instrument", "floor", "cap", "fallback_share", "start"])
def test_market_forged_terms__series_of_ones_own__pays_nobody_of_another(
    market: Market, field: str
) -> None:
    """An attacker opens what it likes, and settles it in its favour: its claims alone are paid."""
    forged = replace(SERIES, **{field: CHANGES[field]})
    market.instrument("set_value", True, 10**6, number=1)
    market.send(ATTACKER.address, "open", [forged.terms])
    market.send(ATTACKER.address, "mint_pair", forged.id, 7, ATTACKER.address, ATTACKER.address)
    market.send(ATTACKER.address, "settle", forged.terms)
    with refused("market: not settled"):
        market.send(ATTACKER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    for owner in (FUND.address, MINER.address):
        with refused("market: nothing to redeem"):
            market.send(ATTACKER.address, "redeem", forged.id, owner, owner)
    before = market.sats(ATTACKER.address)
    market.send(ATTACKER.address, "redeem", forged.id, ATTACKER.address, ATTACKER.address)
    assert market.sats(ATTACKER.address) - before == 7
    assert market.sats(market.address) == PAIRS


@pytest.mark.parametrize(
    ("word", "bits"), [(0, 8), (1, 8), (5, 64), (6, 64), (9, 16)], ids=lambda number: str(number)
)
def test_market_forged_terms__numbers_beyond_their_types__are_not_cut(
    market: Market, word: int, bits: int
) -> None:
    """The instrument 256 is not the instrument 0."""
    _, sound = market.chain._codec.calldata("PairMarket", "settle", (SERIES.terms,))
    for bit in (bits, 128, 255):
        raw = bytearray(sound)
        at = 4 + 32 * word + 31 - bit // 8
        raw[at] |= 1 << bit % 8
        with pytest.raises(ChainError):
            market.chain._execute("PairMarket", market.address, "settle", bytes(raw))
    assert not market.read("series", SERIES.id)[1]
    market.chain._execute("PairMarket", market.address, "settle", sound)
    assert market.read("series", SERIES.id)[1]


HUGE = [2**79 + 1, 2**80, 2**128, 2**255, 2**256 - LOT, FOREVER]


@pytest.mark.parametrize(
    "amount", HUGE, ids=lambda amount: f"{amount.bit_length()} bits, {amount % 7}"
)
def test_market_forged_terms__amounts_of_any_size__are_not_cut(market: Market, amount: int) -> None:
    """The pairs of a series have 80 bits of a word, and when it was opened lies above them."""
    attacker = ATTACKER.address
    market.fund(attacker, 2**254)
    whole = max(amount, 2**79 + LOT) // LOT * LOT
    order = Order(MINER.address, SERIES, False, whole, 10_000)
    signed = market.fill(MINER, order)
    small = market.fill(MINER, replace(order, amount=LOT), whole)
    state = market.read("series", SERIES.id), market.read("opened_at", SERIES.id)
    calls: list[tuple[Any, ...]] = [
        ("mint_pair", SERIES.id, amount, attacker, attacker),
        ("burn_pair", SERIES.id, amount, attacker),
        ("transfer", attacker, SERIES.long, amount),
        ("fill", SERIES.terms, signed),
        ("fill", SERIES.terms, small),
        ("fill_all", [(SERIES.terms, *signed)], 2**255 - 1),
        ("sweep", SERIES.terms, True, [signed], whole, 10_000, LOT),
    ]
    for function, *arguments in calls:
        with pytest.raises(ChainError):
            market.send(attacker, function, *arguments)
    assert (market.read("series", SERIES.id), market.read("opened_at", SERIES.id)) == state
    assert market.claims(attacker) == (0, 0)


def _mint(market: Market, amount: int) -> None:
    market.send(ATTACKER.address, "mint_pair", SERIES.id, amount, FUND.address, FUND.address)


def _salt(market: Market) -> int:
    """Another for every state, so that each order is new."""
    return int(market.read("series", SERIES.id)[3])


def _trade(market: Market, amount: int) -> None:
    """Longs for nothing: the maker, who has plenty, pays all."""
    order = Order(MINER.address, SERIES, False, amount, 0, salt=_salt(market))
    market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, order))


def _sweep(market: Market, amount: int) -> None:
    order = Order(MINER.address, SERIES, False, amount, 0, salt=_salt(market))
    call = ("sweep", SERIES.terms, True, [market.fill(MINER, order)], amount, 0, amount)
    market.send(FUND.address, *call)


@pytest.mark.parametrize("more", [_mint, _trade, _sweep])
def test_market_forged_terms__more_pairs_than_fit__refused(
    market: Market, more: Callable[[Market, int], None]
) -> None:
    """Else they ran over into the time of the opening, and the series locked less than it owes."""
    for payer in (ATTACKER.address, MINER.address):
        market.fund(payer, 2**82)
    opened = market.read("opened_at", SERIES.id)
    largest = 2**79 // LOT * LOT
    for _ in range(2):
        more(market, largest)
    with refused("market: too many pairs"):
        more(market, 10 * LOT)
    assert market.read("series", SERIES.id) == (True, False, 0, PAIRS + 2 * largest)
    assert market.read("opened_at", SERIES.id) == opened
