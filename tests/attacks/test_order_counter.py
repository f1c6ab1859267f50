"""The counter by which a maker cancels all its orders: plus one, by itself alone.

A floor that somebody may set to any number is set to its maximum once, and the account has traded
for the last time. And what was cancelled stays so.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    FOREVER,
    FUND,
    LOT,
    MINER,
    SERIES,
    STRANGER,
    Market,
    Order,
)

CANCELLED = "market: order cancelled"
ORDER = Order(MINER.address, SERIES, False, 2 * LOT, 4_000)


@pytest.fixture
def market() -> Market:
    return Market()


def _fill(market: Market, order: Order) -> None:
    market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, order, LOT))


def test_order_counter__after_every_cancellation__the_next_is_one_more(market: Market) -> None:
    for counter in range(1, 40):
        market.send(MINER.address, "cancel_all")
        assert market.read("counter", MINER.address) == counter
        _fill(market, replace(ORDER, counter=counter))
    assert market.claims(FUND.address) == (39 * LOT, 0)


def test_order_counter__of_another__stands_still(market: Market) -> None:
    market.send(ATTACKER.address, "cancel_all")
    market.send(MINER.address, "setOperator", ATTACKER.address, True)
    market.send(ATTACKER.address, "cancel_all")
    assert market.read("counter", MINER.address) == 0
    _fill(market, ORDER)
    assert market.claims(FUND.address) == (LOT, 0)


def test_order_counter__orders_of_another_number__are_dead(market: Market) -> None:
    """Of an earlier one for ever; of a later one until then, and nobody knows whether it comes."""
    market.send(MINER.address, "cancel_all")
    for counter in (0, 2, FOREVER):
        order = replace(ORDER, counter=counter)
        with refused(CANCELLED):
            _fill(market, order)
        signed = market.fill(MINER, order)
        assert market.read("fillable", SERIES.terms, signed, FUND.address) == (0, CANCELLED)


def test_order_counter__order_of_somebody_else__cannot_be_cancelled(market: Market) -> None:
    market.send(MINER.address, "setOperator", STRANGER.address, True)
    for actor in (ATTACKER, FUND, STRANGER):
        with refused("market: not the maker"):
            market.send(actor.address, "cancel", ORDER.terms)
    _fill(market, ORDER)
    assert market.claims(FUND.address) == (LOT, 0)


@pytest.mark.parametrize("filled", [0, 1, 2])
def test_order_counter__one_order_cancelled__never_lives_again(market: Market, filled: int) -> None:
    for _ in range(filled):
        _fill(market, ORDER)
    for _ in range(2):
        market.send(MINER.address, "cancel", ORDER.terms)
        with refused(CANCELLED):
            _fill(market, ORDER)
    _fill(market, replace(ORDER, salt=1))
    assert market.claims(FUND.address) == ((filled + 1) * LOT, 0)
