"""A satoshi that is rounded up a thousand times, or pairs that cost nothing, drain the market.

Pairs are paid for in whole satoshi, trades are whole lots at whole ticks, and only redemption
rounds, down.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from eth_utils.crypto import keccak

from tests.support.relay import refused
from tests.support.trading import (
    FUND,
    LOT,
    MINER,
    OTHER,
    SERIES,
    STRANGER,
    Market,
    Order,
)


@pytest.fixture
def market() -> Market:
    return Market()


def _crowd(size: int) -> list[str]:
    return ["0x" + keccak(text=f"crowd {i}")[:20].hex() for i in range(size)]


@pytest.mark.parametrize("x", [101, 133, 150, 199])
def test_dust_pairs__a_satoshi_each__pay_no_more_than_they_lock(market: Market, x: int) -> None:
    """Two hundred people with a claim each: together they never get more than went in."""
    crowd = _crowd(200)
    for long, short in zip(crowd[::2], crowd[1::2], strict=True):
        market.send(MINER.address, "mint_pair", SERIES.id, 1, long, short)
    market.send(MINER.address, "mint_pair", SERIES.id, 1_000, OTHER.address, FUND.address)
    market.instrument("set_value", True, x)
    market.send(STRANGER.address, "settle", SERIES.terms)
    for owner in crowd:
        market.send(STRANGER.address, "redeem", SERIES.id, owner, owner)
        assert market.sats(owner) == 0  # a part of a satoshi
    before = market.sats(OTHER.address), market.sats(FUND.address)
    for owner in (OTHER.address, FUND.address):
        market.send(STRANGER.address, "redeem", SERIES.id, owner, owner)
    assert market.sats(OTHER.address) - before[0] == 10 * (x - 100)
    assert market.sats(FUND.address) - before[1] == 10 * (200 - x)
    assert market.sats(market.address) == 100


def test_dust_pairs__redeemed_together__lose_less_than_a_satoshi(market: Market) -> None:
    """Whoever has both sides is paid what they lock, whole."""
    for amount in (1, 2, 3, 7):
        market.send(MINER.address, "mint_pair", SERIES.id, amount, FUND.address, FUND.address)
    market.instrument("set_value", True, 133)
    market.send(STRANGER.address, "settle", SERIES.terms)
    before = market.sats(FUND.address)
    market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    assert market.sats(FUND.address) - before == 13
    assert market.sats(market.address) == 0


def test_dust_pairs__share_with_a_remainder__rounded_down_for_each(market: Market) -> None:
    """A third and two thirds of a hundred: 33 and 66, and a satoshi stays."""
    series = replace(SERIES, cap=103)
    market.send(STRANGER.address, "open", [series.terms])
    market.send(MINER.address, "mint_pair", series.id, 100, OTHER.address, FUND.address)
    market.instrument("set_value", True, 101)
    market.send(STRANGER.address, "settle", series.terms)
    for owner, part in ((OTHER.address, Fraction(1, 3)), (FUND.address, Fraction(2, 3))):
        before = market.sats(owner)
        market.send(STRANGER.address, "redeem", series.id, owner, owner)
        assert market.sats(owner) - before == 100 * part // 1
    assert market.sats(market.address) == 1


def test_dust_pairs__for_nothing__cannot_be_made(market: Market) -> None:
    before = market.sats(MINER.address)
    with refused("market: amount out of range"):
        market.send(MINER.address, "mint_pair", SERIES.id, 0, MINER.address, MINER.address)
    market.send(MINER.address, "mint_pair", SERIES.id, 1, MINER.address, MINER.address)
    assert before - market.sats(MINER.address) == 1


@pytest.mark.parametrize("price", [1, 3_333, 9_999])
def test_dust_pairs__order_taken_in_parts__costs_what_it_does_at_once(
    market: Market, price: int
) -> None:
    """Parts below a lot would be rounded, each against somebody."""
    order = Order(MINER.address, SERIES, False, 50 * LOT, price)
    for amount in (1, LOT - 1, LOT + 1):
        with refused("market: amount not in lots"):
            market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, order, amount))
    miner, fund = market.sats(MINER.address), market.sats(FUND.address)
    signed = market.fill(MINER, order, LOT)
    for _ in range(50):
        market.send(FUND.address, "fill", SERIES.terms, signed)
    assert fund - market.sats(FUND.address) == 50 * price
    assert miner - market.sats(MINER.address) == 50 * (10_000 - price)


def test_dust_pairs__sweep_for_less_than_lots__refused_or_rounded_to_lots(market: Market) -> None:
    fill = market.fill(MINER, Order(MINER.address, SERIES, False, 5 * LOT, 1), 2 * LOT - 1)
    with refused("market: amount not in lots"):
        market.send(FUND.address, "sweep", SERIES.terms, True, [fill], LOT - 1, 10_000, 0)
    market.send(FUND.address, "sweep", SERIES.terms, True, [fill], 5 * LOT, 10_000, 0)
    assert market.claims(FUND.address) == (LOT, 0)
