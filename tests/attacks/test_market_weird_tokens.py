"""Collateral that keeps a fee, returns nothing or false: the market is never short of a satoshi.

Claims are worth what was locked for them. Where the market's balance did not change by exactly
that, nothing stands; a payment that the token says failed is none.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.support.trading import (
    ATTACKER,
    FUND,
    LOT,
    MINER,
    OTHER,
    SERIES,
    START,
    STRANGER,
    TRADERS,
    Market,
    Order,
)

TRUE, FALSE, NOTHING = 1, 0, 2
NOT_ARRIVED = "market: payment did not arrive"
FAILED = "market: payment failed"
SELLING = Order(MINER.address, SERIES, False, LOT, 4_000)
BUYING = Order(OTHER.address, SERIES, True, LOT, 6_000)
Call = tuple[str, str, tuple[Any, ...]]


@pytest.fixture
def market() -> Market:
    """A market on a token that does as it is told. The fund has pairs of its own."""
    chain = RevmChain(START)
    market = Market(chain, chain.deploy("OddToken", 8))
    market.send(FUND.address, "mint_pair", SERIES.id, 5 * LOT, FUND.address, FUND.address)
    return market


def _set_odd(market: Market, fee: int, answer: int) -> None:
    market.chain.send("OddToken", market.btc, "set_odd", fee, answer)


def _pulls(market: Market) -> dict[str, Call]:
    """Calls by which satoshi come into the market."""
    selling, buying = market.fill(MINER, SELLING), market.fill(OTHER, BUYING)
    buyer = ATTACKER.address
    return {
        "mint_pair": (buyer, "mint_pair", (SERIES.id, 7, buyer, buyer)),
        "fill": (buyer, "fill", (SERIES.terms, selling)),
        "fill_all": (buyer, "fill_all", ([(SERIES.terms, *selling)], 10**9)),
        "sweep": (buyer, "sweep", (SERIES.terms, True, [selling], LOT, 10_000, LOT)),
        "match_orders": (buyer, "match_orders", (SERIES.terms, buying, selling)),
    }


def _state(market: Market) -> tuple[Any, ...]:
    accounts = (*(key.address for key in TRADERS), market.address)
    return (
        *(market.sats(account) for account in accounts),
        *(market.claims(account) for account in accounts),
        market.read("series", SERIES.id),
    )


@pytest.mark.parametrize("which", ["mint_pair", "fill", "fill_all", "sweep", "match_orders"])
def test_market_weird_tokens__fee_on_what_comes_in__nothing_stands(
    market: Market, which: str
) -> None:
    actor, function, arguments = _pulls(market)[which]
    before = _state(market)
    for fee in (1, 100, LOT):
        _set_odd(market, fee, TRUE)
        with refused(NOT_ARRIVED):
            market.send(actor, function, *arguments)
    assert _state(market) == before


@pytest.mark.parametrize("which", ["mint_pair", "fill", "fill_all", "match_orders"])
def test_market_weird_tokens__payment_that_says_false__nothing_stands(
    market: Market, which: str
) -> None:
    actor, function, arguments = _pulls(market)[which]
    before = _state(market)
    _set_odd(market, 0, FALSE)
    with refused(FAILED):
        market.send(actor, function, *arguments)
    assert _state(market) == before


def test_market_weird_tokens__false_in_a_sweep__nothing_is_taken(market: Market) -> None:
    """The token says no and moves the satoshi all the same: they do not stay."""
    before = _state(market)
    _set_odd(market, 0, FALSE)
    selling = market.fill(MINER, SELLING)
    for least, reason in ((0, NOT_ARRIVED), (LOT, "market: too little taken")):
        with refused(reason):
            market.send(
                ATTACKER.address,
                "sweep",
                SERIES.terms,
                True,
                [selling],
                LOT,
                10_000,
                least,
            )
    assert _state(market) == before


def test_market_weird_tokens__payout_that_says_false__nothing_stands(market: Market) -> None:
    market.instrument("set_value", True, 150)
    market.send(STRANGER.address, "settle", SERIES.terms)
    before = _state(market)
    _set_odd(market, 0, FALSE)
    with refused(FAILED):
        market.send(FUND.address, "burn_pair", SERIES.id, 7, FUND.address)
    with refused(FAILED):
        market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    assert _state(market) == before


@pytest.mark.parametrize("which", ["mint_pair", "fill", "fill_all", "sweep", "match_orders"])
def test_market_weird_tokens__that_says_nothing__does_the_same(market: Market, which: str) -> None:
    """As some old ones do."""
    actor, function, arguments = _pulls(market)[which]
    states = []
    for answer in (TRUE, NOTHING):
        with market.chain.undone():
            _set_odd(market, 0, answer)
            market.send(actor, function, *arguments)
            market.send(FUND.address, "burn_pair", SERIES.id, LOT, OTHER.address)
            states.append(_state(market))
    assert states[0] == states[1] != _state(market)


def test_market_weird_tokens__between_two_of_whom_one_pays__false_stops_it(market: Market) -> None:
    """The fund sells longs to a buyer: no satoshi passes through the market."""
    order = Order(FUND.address, SERIES, False, LOT, 4_000)
    signed = market.fill(FUND, order)
    before = _state(market)
    _set_odd(market, 0, FALSE)
    with refused(FAILED):
        market.send(ATTACKER.address, "fill", SERIES.terms, signed)
    assert _state(market) == before
    _set_odd(market, 0, NOTHING)
    market.send(ATTACKER.address, "fill", SERIES.terms, signed)
    assert market.claims(ATTACKER.address) == (LOT, 0)
    assert market.sats(market.address) == before[len(TRADERS)]


def test_market_weird_tokens__satoshi_sent_by_themselves__change_nothing(market: Market) -> None:
    """The market's balance is compared, never taken for somebody's."""
    market.chain.send("OddToken", market.btc, "mint", market.address, 12_345)
    for actor, function, arguments in _pulls(market).values():
        with market.chain.undone():
            market.send(actor, function, *arguments)
            pairs = market.read("series", SERIES.id)[3]
            assert market.sats(market.address) == pairs + 12_345
