"""Signatures of orders: equal to the wallets' own, and good for one order of one market."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_keys.datatypes import PrivateKey, Signature
from hypothesis import given
from hypothesis import strategies as st

from terahash.orders.order import Domain, Order, SignedOrder
from terahash.orders.preflight import Cause, preflight
from terahash.swaps.series import LOT, MAX_CLAIMS, TICKS
from terahash.typed_data import HALF_ORDER
from tests.support.chosen_nonce import ORDER as CURVE
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.trading import FUND, MINER, NOBODY, OTHER, START
from tests.support.vectors import Vector, fund, made_by, placed, vectors

VECTORS = {one.name: one for one in vectors()}
NEWEST = "0.1.0"
ORDER = Order(MINER.address, NOBODY, DIFFICULTY, False, 3 * LOT, 4_000, START + 100, 0, 1)
DOMAIN = Domain(1, OTHER.address)
SIGNED = DOMAIN.sign(MINER, ORDER)
SERIES_CHANGES: dict[str, Any] = {
    "instrument": 1,
    "kind": 1,
    "region": b"\1" * 32,
    "against": b"\1" * 32,
    "parameter": 1,
    "start": 499,
    "end": 503,
    "floor": DIFFICULTY.floor - 1,
    "cap": DIFFICULTY.cap + 1,
    "fallback_share": 4_001,
}
ORDER_CHANGES: dict[str, Any] = {
    "maker": OTHER.address,
    "taker": FUND.address,
    "long": True,
    "amount": 4 * LOT,
    "price": 3_999,
    "deadline": START + 101,
    "counter": 1,
    "salt": 2,
}


def _fillable(one: Vector) -> bool:
    """Say whether a market could take it, but for its money and signature."""
    order = one.order
    return 0 < order.amount <= MAX_CLAIMS and order.price <= TICKS and order.counter == 0


def test_vectors__kept__of_a_named_package_and_all_kinds() -> None:
    """Bounds below zero, no taker and one, zeros and all that fits, chains and markets."""
    assert made_by() == "@metamask/eth-sig-util 8.2.0"
    orders = [one.order for one in VECTORS.values()]
    assert len(orders) >= 12
    assert {order.long for order in orders} == {True, False}
    assert any(order.series.floor < order.series.cap < 0 for order in orders)
    assert any(order.taker != NOBODY for order in orders)
    assert any(order.salt == order.amount == 2**256 - 1 for order in orders)
    assert len({one.domain.chain_id for one in VECTORS.values()}) >= 4
    assert len({one.domain.address for one in VECTORS.values()}) >= 2


@pytest.mark.parametrize("name", VECTORS)
def test_digest__order_of_a_wallet__the_same_hashes(name: str) -> None:
    one = VECTORS[name]
    assert one.order.series.hash == one.series_hash
    assert one.domain.digest(one.order) == one.digest
    typed = encode_typed_data(full_message=one.domain.typed_data(one.order))
    assert _hash_eip191_message(typed) == one.digest


@pytest.mark.parametrize("name", VECTORS)
def test_sign__order_of_a_wallet__the_same_signature(name: str) -> None:
    one = VECTORS[name]
    assert one.domain.sign(one.key, one.order).signature == one.signature
    assert one.domain.signer(one.signed) == one.order.maker


@pytest.mark.parametrize("name", [one.name for one in vectors() if one.domain.version == NEWEST])
def test_market__order_of_a_wallet__knows_it_by_the_same_hash(name: str) -> None:
    """Cancelled as a maker hands it in, an order is filled under the wallet's hash."""
    one = VECTORS[name]
    chain, market = placed(one.domain), one.domain.address
    assert chain.call("PairMarket", market, "filled", one.digest) == 0
    with chain.acting_as(one.order.maker):
        chain.send("PairMarket", market, "cancel", one.order.calldata)
    assert chain.call("PairMarket", market, "filled", one.digest) == 2**256 - 1


@pytest.mark.parametrize(
    "name", [one.name for one in vectors() if one.domain.version == NEWEST and _fillable(one)]
)
def test_market__signature_of_a_wallet__fillable_by_it_and_by_no_other(name: str) -> None:
    one = VECTORS[name]
    chain, market = placed(one.domain), one.domain.address
    taker = FUND.address if one.order.is_for_anyone else one.order.taker
    chain.send("PairMarket", market, "open", [one.order.series])
    fund(chain, market, one.order.maker)

    def ask(signature: bytes) -> Any:
        whole = (one.order.calldata, signature, LOT)
        return chain.call("PairMarket", market, "fillable", one.order.series, whole, taker)

    amount, reason = ask(one.signature)
    assert reason == ""
    paid_for = TICKS * 10**12 // one.order.price // LOT * LOT if one.order.price else MAX_CLAIMS
    assert amount == min(one.order.amount, paid_for)
    other = one.domain.sign(Account.from_key(b"\7" * 32), one.order)
    assert ask(other.signature) == (0, "market: order not signed")


def test_vectors__for_the_market__all_but_one_of_another_version() -> None:
    others = [one.name for one in vectors() if one.domain.version != NEWEST]
    assert others == ["another version"]
    assert sum(map(_fillable, vectors())) >= 12


@pytest.mark.parametrize(
    "changes", [{"chain_id": 2}, {"address": FUND.address}, {"version": "0.1.1"}]
)
def test_signer__order_for_another_domain__is_somebody_else(changes: dict[str, Any]) -> None:
    other = DOMAIN._replace(**changes)
    assert other.signer(SIGNED) not in (None, MINER.address)
    assert other.signer(other.sign(MINER, ORDER)) == MINER.address


@pytest.mark.parametrize("field", SERIES_CHANGES)
def test_signer__order_of_another_series__is_somebody_else(field: str) -> None:
    series = DIFFICULTY._replace(**{field: SERIES_CHANGES[field]})
    assert DOMAIN.signer(SIGNED._replace(order=ORDER._replace(series=series))) != MINER.address


@pytest.mark.parametrize("field", ORDER_CHANGES)
def test_signer__any_field_changed__is_somebody_else(field: str) -> None:
    changed = ORDER._replace(**{field: ORDER_CHANGES[field]})
    assert DOMAIN.signer(SIGNED._replace(order=changed)) != changed.maker


def _twin(signature: bytes) -> bytes:
    """The other signature of the same key, whose s is high."""
    s = CURVE - int.from_bytes(signature[32:64])
    return signature[:32] + s.to_bytes(32) + bytes([27 + 28 - signature[64]])


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda good: b"",
    "truncated": lambda good: good[:64],
    "a byte more": lambda good: good + b"\0",
    "v of 0 or 1": lambda good: good[:64] + bytes([good[64] - 27]),
    "v of 29": lambda good: good[:64] + b"\x1d",
    "high s": _twin,
    "zeros": lambda good: bytes(64) + b"\x1b",
    "r of zero": lambda good: bytes(32) + good[32:],
    "s of zero": lambda good: good[:32] + bytes(32) + good[64:],
    "r beyond the curve": lambda good: CURVE.to_bytes(32) + good[32:],
}
"""How a good signature becomes nobody's."""


@pytest.mark.parametrize("name", SPOILED)
def test_signer__spoiled_signature__nobody_as_the_market_says(desk: Desk, name: str) -> None:
    good, domain = desk.signed(), desk.market.domain
    assert domain.signer(good) == MINER.address
    assert desk.market.fillable(good, FUND.address).amount == 3 * LOT
    spoiled = good._replace(signature=SPOILED[name](good.signature))
    assert domain.signer(spoiled) is None
    assert desk.market.fillable(spoiled, FUND.address) == (0, "market: order not signed")


def test_signer__high_s__of_the_same_key_where_it_counted() -> None:
    """The twin is a good signature by the curve's own rule: it is refused on purpose."""
    twin = _twin(SIGNED.signature)
    assert int.from_bytes(twin[32:64]) > HALF_ORDER
    recovered = PrivateKey(MINER.key).public_key
    whole = Signature(twin[:64] + bytes([twin[64] - 27]))
    assert whole.recover_public_key_from_msg_hash(DOMAIN.digest(ORDER)) == recovered
    assert DOMAIN.signer(SIGNED._replace(signature=twin)) is None


def test_signer__zero_maker__never_signed(desk: Desk) -> None:
    """A signature of nobody recovers to the zero address on chain, which is no maker."""
    order = desk.order(maker=NOBODY)
    for signature in (b"", bytes(65), bytes(64) + b"\x1b"):
        signed = SignedOrder(order, signature)
        assert desk.market.domain.signer(signed) is None
        assert preflight(desk.market, signed, FUND.address).cause is Cause.SIGNER


@pytest.mark.parametrize("field", ["amount", "price", "deadline", "counter", "salt"])
@pytest.mark.parametrize("value", [-1, 2**256])
def test_signer__number_beyond_its_type__nobody(field: str, value: int) -> None:
    assert DOMAIN.signer(SIGNED._replace(order=ORDER._replace(**{field: value}))) is None


@given(st.binary(max_size=200), st.integers(0, 255))
def test_signer__any_bytes__never_the_maker_and_never_an_error(raw: bytes, v: int) -> None:
    for signature in (raw, raw[:64].ljust(64, b"\1") + bytes([v])):
        assert DOMAIN.signer(SIGNED._replace(signature=signature)) != MINER.address


def test_replay__on_chain__same_series_of_another_market_refused(desk: Desk) -> None:
    """And an order of one series is none of another."""
    order = desk.order()
    elsewhere = desk.market.domain._replace(address=OTHER.address).sign(MINER, order)
    assert desk.market.fillable(elsewhere, FUND.address)[1] == "market: order not signed"
    moved = desk.signed()._replace(order=order._replace(series=JANUARY))
    assert desk.market.fillable(moved, FUND.address)[1] == "market: order not signed"
