"""Orders that are dead, or die in the middle: a sweep passes over them and takes the others.

Whoever could stop a sweep with one order of its own would decide who may trade.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from terahash.chain import ChainError
from tests.support.chosen_nonce import ORDER
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.support.trading import (
    ATTACKER,
    FOREVER,
    FUND,
    LOT,
    MINER,
    NOBODY,
    OTHER,
    SERIES,
    START,
    STRANGER,
    Market,
    Order,
)

Fill = tuple[Any, ...]
PRICE = 4_000


@pytest.fixture
def market() -> Market:
    """A market whose attacker has paid for longs that it may sell."""
    market = Market()
    market.send(STRANGER.address, "mint_pair", SERIES.id, LOT, ATTACKER.address, STRANGER.address)
    return market


def _order(**changes: Any) -> Order:
    return replace(Order(ATTACKER.address, SERIES, False, LOT, PRICE), **changes)


def _with_signature(signature: Callable[[bytes], bytes]) -> Callable[[Market], Fill]:
    def fill(market: Market) -> Fill:
        terms, signed, amount = market.fill(ATTACKER, _order())
        return terms, signature(signed), amount

    return fill


def _high_s(signed: bytes) -> bytes:
    """Anyone makes it of the other one, and the curve takes it as well."""
    s, v = ORDER - int.from_bytes(signed[32:64], "big"), 27 + 28 - signed[64]
    return signed[:32] + s.to_bytes(32, "big") + bytes([v])


def _cancelled(market: Market) -> Fill:
    market.send(ATTACKER.address, "cancel", _order().terms)
    return market.fill(ATTACKER, _order())


def _all_cancelled(market: Market) -> Fill:
    market.send(ATTACKER.address, "cancel_all")
    return market.fill(ATTACKER, _order())


def _filled(market: Market) -> Fill:
    market.send(STRANGER.address, "fill", SERIES.terms, market.fill(ATTACKER, _order()))
    return market.fill(ATTACKER, _order())


def _of(**changes: Any) -> Callable[[Market], Fill]:
    return lambda market: market.fill(ATTACKER, _order(**changes), LOT)


def _unfunded(market: Market) -> Fill:
    poor = _order(maker=OTHER.address)
    with market.chain.acting_as(OTHER.address):
        everything = market.sats(OTHER.address)
        market.chain.send("BitcoinDouble", market.btc, "transfer", STRANGER.address, everything)
    return market.fill(OTHER, poor)


def _not_allowed(market: Market) -> Fill:
    with market.chain.acting_as(OTHER.address):
        market.chain.send("BitcoinDouble", market.btc, "approve", market.address, 6_000 - 1)
    return market.fill(OTHER, _order(maker=OTHER.address))


DEAD: dict[str, Callable[[Market], Fill]] = {
    "high s": _with_signature(_high_s),
    "no signature": _with_signature(lambda _: b""),
    "zeros": _with_signature(lambda _: bytes(65)),
    "ones": _with_signature(lambda _: b"\xff" * 65),
    "too long": _with_signature(lambda signed: signed + b"\0"),
    "1,024 bytes": _with_signature(lambda _: b"\1" * 1_024),
    "of nobody": lambda market: (_order(maker=NOBODY).terms, bytes(65), LOT),
    "of nobody, for nothing": lambda market: (
        _order(maker=NOBODY, price=10_000).terms,
        b"\5" * 65,
        LOT,
    ),
    "expired": _of(deadline=START - 1),
    "of another series": _of(series=replace(SERIES, cap=201)),
    "for another": _of(taker=STRANGER.address),
    "not in lots": _of(amount=LOT + 1),
    "larger than all": _of(amount=2**255 // LOT * LOT),
    "price of more than all": _of(price=FOREVER),
    "of another counter": _of(counter=FOREVER),
    "cancelled": _cancelled,
    "all cancelled": _all_cancelled,
    "filled": _filled,
    "unfunded": _unfunded,
    "not allowed": _not_allowed,
    "of the taker": lambda market: market.fill(FUND, _order(maker=FUND.address)),
    "for less than a lot": lambda market: market.fill(ATTACKER, _order(), LOT - 1),
}


def _sweep(market: Market, fills: list[Fill], limit: int = 10_000) -> None:
    market.send(FUND.address, "sweep", SERIES.terms, True, fills, 9 * LOT, limit, 2 * LOT)


@pytest.mark.parametrize("dead", DEAD.values(), ids=DEAD)
def test_poisoned_sweep__one_dead_order__is_passed_over(
    market: Market, dead: Callable[[Market], Fill]
) -> None:
    poison = dead(market)
    good = [market.fill(MINER, _order(maker=MINER.address, salt=salt)) for salt in range(2)]
    claims = market.claims(ATTACKER.address)
    sats = market.sats(FUND.address)
    with market.chain.undone(), pytest.raises(ChainError):
        market.send(FUND.address, "fill", SERIES.terms, poison)
    _sweep(market, [poison, good[0], poison, good[1]])
    assert market.claims(FUND.address) == (2 * LOT, 0)
    assert market.claims(MINER.address) == (0, 2 * LOT)
    assert market.claims(ATTACKER.address) == claims
    assert sats - market.sats(FUND.address) == 2 * PRICE


@pytest.mark.parametrize("behaviour", [1, 2, 3, 4])
def test_poisoned_sweep__account_whose_code_misbehaves__is_passed_over(
    market: Market, behaviour: int
) -> None:
    wallet = market.chain.deploy("SignerDouble")
    market.chain.send("SignerDouble", wallet, "set_behaviour", behaviour)
    order = _order(maker=wallet)
    poison = order.terms, market.sign(ATTACKER, order), LOT
    good = [market.fill(MINER, _order(maker=MINER.address, salt=salt)) for salt in range(2)]
    market.chain.gas = 2_000_000
    _sweep(market, [poison, *good])
    assert market.claims(FUND.address) == (2 * LOT, 0)
    assert market.claims(wallet) == (0, 0)


@pytest.mark.parametrize("contract", ["BitcoinDouble", "Forwarder", "InstrumentDouble"])
def test_poisoned_sweep__maker_whose_code_signs_nothing__is_passed_over(
    market: Market, contract: str
) -> None:
    maker = market.chain.deploy(contract)
    poison = (_order(maker=maker, price=10_000).terms, b"", LOT)  # it would pay nothing
    good = [market.fill(MINER, _order(maker=MINER.address, salt=salt)) for salt in range(2)]
    _sweep(market, [poison, *good])
    assert market.claims(maker) == (0, 0)
    assert market.claims(FUND.address) == (2 * LOT, 0)


def test_poisoned_sweep__maker_who_cannot_be_paid__is_passed_over() -> None:
    """Its bitcoin cannot come in: it is blocked, or has so much that the sum overflows."""
    chain = RevmChain(START)
    market = Market(chain, chain.deploy("OddToken", 8))
    market.send(STRANGER.address, "mint_pair", SERIES.id, LOT, ATTACKER.address, STRANGER.address)
    chain.send(
        "OddToken", market.btc, "mint", ATTACKER.address, FOREVER - market.sats(ATTACKER.address)
    )
    poison = market.fill(ATTACKER, _order())
    good = [market.fill(MINER, _order(maker=MINER.address, salt=salt)) for salt in range(2)]
    with chain.undone(), pytest.raises(ChainError):
        market.send(FUND.address, "fill", SERIES.terms, poison)
    _sweep(market, [poison, *good])
    assert market.claims(FUND.address) == (2 * LOT, 0)
    assert market.claims(ATTACKER.address) == (LOT, 0)
    assert market.sats(market.address) == 3 * LOT


def test_poisoned_sweep__order_that_is_named_twice__is_taken_once(market: Market) -> None:
    once = market.fill(MINER, _order(maker=MINER.address))
    other = market.fill(OTHER, _order(maker=OTHER.address))
    _sweep(market, [once, once, once, other])
    assert market.claims(MINER.address) == (0, LOT)
    assert market.claims(FUND.address) == (2 * LOT, 0)


def test_poisoned_sweep__everything_dead__nothing_is_paid(market: Market) -> None:
    fills = [market.fill(ATTACKER, _order(salt=salt, deadline=0)) for salt in range(16)]
    before = market.sats(FUND.address)
    with refused("market: too little taken"):
        _sweep(market, fills)
    call = ("sweep", SERIES.terms, True, fills, 9 * LOT, 10_000, 0)
    assert market.send(FUND.address, *call).logs == ()
    assert market.sats(FUND.address) == before
