"""Signatures that are not the maker's, and accounts whose code answers for one as it likes.

A signature counts on one chain, at one market, for one maker. Code is asked by a static call with
capped gas, of which one word is read: whatever it does, the taker pays for no more than that.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from eth_account.messages import encode_defunct

from terahash.chain import ChainError
from terahash.orders.order import Domain
from terahash.orders.order import Order as Typed
from tests.support.chosen_nonce import ORDER as CURVE_ORDER
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.support.trading import (
    ATTACKER,
    FOREVER,
    FUND,
    LOT,
    MINER,
    NOBODY,
    ORDER_FIELDS,
    OTHER,
    SERIES,
    START,
    STRANGER,
    Market,
    Order,
)

NOT_SIGNED = "market: order not signed"
ORDER = Order(MINER.address, SERIES, False, 20 * LOT, 4_000)
MAGIC = bytes.fromhex("1626ba7e").ljust(32, b"\0")
Fill = tuple[Any, ...]


@pytest.fixture
def market() -> Market:
    return Market()


def _digest(market: Market, order: Order) -> bytes:
    fields = {field: getattr(order, field) for field in ORDER_FIELDS}
    return Domain(market.chain.chain_id, market.address).digest(Typed(**fields))


def _fill(market: Market, fill: Fill) -> None:
    market.send(FUND.address, "fill", SERIES.terms, fill)


def _fill_all(market: Market, fill: Fill) -> None:
    market.send(FUND.address, "fill_all", [(SERIES.terms, *fill)], 10**9)


def _sweep(market: Market, fill: Fill) -> None:
    market.send(FUND.address, "sweep", SERIES.terms, True, [fill], LOT, 10_000, LOT)


def _match(market: Market, fill: Fill) -> None:
    buying = market.fill(OTHER, Order(OTHER.address, SERIES, True, LOT, 10_000), LOT)
    market.send(STRANGER.address, "match_orders", SERIES.terms, buying, fill)


WAYS: list[Callable[[Market, Fill], None]] = [_fill, _fill_all, _sweep, _match]


def _forged(market: Market) -> dict[str, Fill]:
    """Orders of the miner's that it did not sign, did not sign so, or does not want any more."""
    terms, signed, amount = market.fill(MINER, ORDER, LOT)
    r, s, v = signed[:32], int.from_bytes(signed[32:64], "big"), signed[64]
    twin = r + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([27 + 28 - v])
    compact = r + (s | (v - 27) << 255).to_bytes(32, "big")
    prefixed = MINER.sign_message(encode_defunct(_digest(market, ORDER))).signature
    free = replace(ORDER, maker=NOBODY, price=10_000)
    late, other = replace(ORDER, deadline=START - 1), replace(ORDER, counter=1)
    market.send(MINER.address, "cancel", replace(ORDER, salt=1).terms)
    signatures = {
        "high s": twin,
        "compact": compact,
        "parity as a bit": signed[:64] + bytes([v - 27]),
        "parity of a chain": signed[:64] + bytes([v + 8]),
        "other parity": signed[:64] + bytes([27 + 28 - v]),
        "words of a wallet": bytes(prefixed),
        "one byte more": signed + b"\0",
        "one byte less": signed[:-1],
        "another's": market.sign(ATTACKER, ORDER),
        "none": b"",
        "zeros": bytes(65),
        "r and s of zero": bytes(64) + bytes([v]),
    }
    return {
        **{name: (terms, signature, amount) for name, signature in signatures.items()},
        "nobody's": (free.terms, bytes(64) + b"\x1b", LOT),
        "nobody's, with somebody's": (free.terms, signed, LOT),
        "expired": market.fill(MINER, late, LOT),
        "cancelled": market.fill(MINER, replace(ORDER, salt=1), LOT),
        "another counter's": market.fill(MINER, other, LOT),
    }


@pytest.mark.parametrize("way", WAYS)
def test_market_signatures__forged_late_or_cancelled__taken_by_no_way(
    market: Market, way: Callable[[Market, Fill], None]
) -> None:
    for name, fill in _forged(market).items():
        with pytest.raises(ChainError) as caught:
            way(market, fill)
        expected = {
            "expired": "market: order expired",
            "cancelled": "market: order cancelled",
            "another counter's": "market: order cancelled",
        }.get(name, NOT_SIGNED)
        assert caught.value.reason == ("market: too little taken" if way is _sweep else expected)
    assert market.claims(MINER.address) == (0, 0)
    way(market, market.fill(MINER, ORDER, LOT))
    assert market.claims(MINER.address) == (0, LOT)


def test_market_signatures__at_the_last_second__counts_and_a_second_later_not(
    market: Market,
) -> None:
    signed = market.fill(MINER, replace(ORDER, deadline=START + 60), LOT)
    market.chain.now = START + 60
    _fill(market, signed)
    market.chain.now += 1
    for way in WAYS:
        with pytest.raises(ChainError):
            way(market, signed)
    assert market.claims(MINER.address) == (0, LOT)


# Chains


def _on_chain_two(market: Market) -> Market:
    """The same market when its chain has split: all code is where it was, under another id."""
    other = copy(market)
    other.chain = RevmChain.numbered(2, START)
    for address in (market.address, market.btc, *market.instruments):
        other.chain._evm.insert_account_info(address, market.chain._evm.basic(address))
    for key in (MINER, FUND, OTHER):
        other.fund(key.address)
    other.send(STRANGER.address, "open", [SERIES.terms])
    return other


def test_market_signatures__after_the_chain_split__count_on_one_side_only(market: Market) -> None:
    signed = market.fill(MINER, ORDER, LOT)
    other = _on_chain_two(market)
    for way in WAYS:
        with pytest.raises(ChainError):
            way(other, signed)
    assert other.claims(MINER.address) == (0, 0)
    other.domain = {**market.domain, "chainId": 2}
    _fill(other, other.fill(MINER, ORDER, LOT))
    _fill(market, signed)
    assert market.claims(MINER.address) == other.claims(MINER.address) == (0, LOT)


def test_market_signatures__same_address_on_another_chain__counts_nothing(market: Market) -> None:
    """Deployed by the same account, it has the same address there, and the same series."""
    other = Market(RevmChain.numbered(2, START))
    assert other.address == market.address
    signed = market.fill(MINER, ORDER, LOT)
    with refused(NOT_SIGNED):
        _fill(other, signed)
    _fill(other, other.fill(MINER, ORDER, LOT))
    assert other.claims(MINER.address) == (0, LOT)


# Code that answers


def _push(value: int, size: int = 32) -> bytes:
    return bytes([0x5F + size]) + value.to_bytes(size, "big")


def _answers(word: bytes, size: int = 32, opcode: str = "f3") -> bytes:
    """Code that stores a word, and returns (or reverts with) so many bytes from its start."""
    store = _push(int.from_bytes(word, "big")) + bytes.fromhex("5f52")
    return store + _push(size, 4) + bytes.fromhex("5f" + opcode)


def _wastes(memory: int, then: bytes) -> bytes:
    """Code that pays for so many bytes of memory before it answers."""
    return _push(memory, 4) + bytes.fromhex("5150") + then


WALLETS: dict[str, tuple[bytes, bool]] = {
    "magic": (_answers(MAGIC), True),
    "magic, and a megabyte after it": (_answers(MAGIC, 2**20), False),
    "magic, and two words after it": (_answers(MAGIC, 96), True),
    "magic, four bytes of it": (_answers(MAGIC, 4), False),
    "magic, 31 bytes of it": (_answers(MAGIC, 31), False),
    "magic as a number": (_answers(MAGIC[:4].rjust(32, b"\0")), False),
    "magic with a bit after it": (_answers(MAGIC[:31] + b"\1"), False),
    "magic of older wallets": (_answers(bytes.fromhex("20c13b0b").ljust(32, b"\0")), False),
    "true": (_answers((1).to_bytes(32, "big")), False),
    "all ones": (_answers(b"\xff" * 32), False),
    "nothing": (bytes.fromhex("00"), False),
    "reverts with magic": (_answers(MAGIC, 32, "fd"), False),
    "reverts with a megabyte": (_answers(MAGIC, 2**20, "fd"), False),
    "burns all": (bytes.fromhex("fe"), False),
    "runs for ever": (bytes.fromhex("5b5f56"), False),
    "writes first": (bytes.fromhex("60015f55") + _answers(MAGIC), False),
    "destroys itself": (bytes.fromhex("5fff"), False),
    "takes 50,000 gas": (_wastes(141_312, _answers(MAGIC)), True),
    "takes 150,000 gas": (_wastes(262_144, _answers(MAGIC)), False),
}


def _wallet(market: Market, code: bytes) -> str:
    """Deploy code, and let it pay at the market, without asking it."""
    size = len(code)
    creation = _push(size, 2) + bytes.fromhex("80600b5f395ff3").ljust(8, b"\0") + code
    address = market.chain._deploy("a wallet", creation)
    market.chain.send("BitcoinDouble", market.btc, "mint", address, 10**9)
    return address


def _of(market: Market, name: str) -> tuple[Fill, str]:
    """An order by which the wallet pays nothing: the price is all."""
    wallet = _wallet(market, WALLETS[name][0])
    order = replace(ORDER, maker=wallet, price=10_000)
    return (order.terms, b"\1" * 100, LOT), wallet


@pytest.mark.parametrize("name", WALLETS)
def test_market_signatures__of_code__count_for_the_one_right_answer(
    market: Market, name: str
) -> None:
    fill, wallet = _of(market, name)
    is_signed = WALLETS[name][1]
    market.chain.gas = 600_000
    for way in (_fill, _fill_all, _sweep):
        with market.chain.undone():
            if is_signed:
                way(market, fill)
                assert market.claims(wallet) == (0, LOT)
            else:
                with pytest.raises(ChainError):
                    way(market, fill)
    amount, reason = market.read("fillable", SERIES.terms, fill, FUND.address)
    assert (amount, reason) == ((20 * LOT, "") if is_signed else (0, NOT_SIGNED))


def test_market_signatures__fourteen_wallets_that_burn_all__cost_a_sweep_100_000_gas_each(
    market: Market,
) -> None:
    poison = [_of(market, name)[0] for name in ("burns all", "runs for ever") * 7]
    good = market.fill(MINER, ORDER, LOT)
    market.chain.gas = 400_000 + len(poison) * 130_000
    call = ("sweep", SERIES.terms, True, [*poison, good], LOT, 10_000, LOT)
    market.send(FUND.address, *call)
    assert market.claims(FUND.address) == (LOT, 0)


def test_market_signatures__of_code__are_of_its_own_orders_alone(market: Market) -> None:
    """What one wallet approved says nothing for another, nor for an account without code."""
    chain = market.chain
    one, other = (chain.deploy("SignerDouble") for _ in range(2))
    order = replace(ORDER, maker=one, price=10_000)
    chain.send("SignerDouble", one, "approve_order", _digest(market, order))
    for maker in (other, MINER.address, NOBODY, market.address):
        with refused(NOT_SIGNED):
            _fill(market, (replace(order, maker=maker).terms, b"", LOT))
    with refused(NOT_SIGNED):
        _fill(market, (replace(order, salt=FOREVER).terms, b"", LOT))
    _fill(market, (order.terms, b"", LOT))
    assert market.claims(one) == (0, LOT)
