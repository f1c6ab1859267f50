"""An account with a delegation (EIP-7702) has code and a key. A market that asks the code alone who
signed would kill the orders of its key; one that asks the key alone would take no code's word.

Here it makes and takes orders by its key and by its code, and it redeems itself, as contracts do.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.orders.order import Domain
from terahash.orders.order import Order as Typed
from tests.support.prague_chain import PragueChain
from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    FUND,
    LOT,
    MINER,
    ORDER_FIELDS,
    OTHER,
    SERIES,
    START,
    STRANGER,
    Market,
    Order,
)

ACCOUNT = MINER
"""Who has delegated."""
PRICE = 4_000
REVERTS, BURNS, SAYS_ONE, SAYS_NOTHING = 1, 2, 3, 4
ORDER = Order(ACCOUNT.address, SERIES, False, 3 * LOT, PRICE)
SELLING_TO = Order(FUND.address, SERIES, True, LOT, PRICE)
NOT_SIGNED = "market: order not signed"


@pytest.fixture
def market() -> Market:
    """A market on a chain where an account's code is a wallet's that approves by digest."""
    chain = PragueChain(START)
    market = Market(chain)
    wallet = chain.deploy("SignerDouble")
    chain.delegate(ACCOUNT.address, wallet)
    assert chain.delegated_to(ACCOUNT.address) == wallet
    return market


def _by_code(market: Market, contract: str, function: str, *args: Any) -> None:
    """Run the account's code, which anyone may with this one: a call of a contract reaches it."""
    chain = market.chain
    _, inner = chain._codec.calldata(contract, function, args)
    entrance = chain.deploy("Forwarder")
    chain.send("Forwarder", entrance, "forward", ACCOUNT.address, inner)


def _market_by_code(market: Market, function: str, *args: Any) -> None:
    _, call = market.chain._codec.calldata("PairMarket", function, args)
    _by_code(market, "SignerDouble", "forward", market.address, call)


def _digest(market: Market, order: Order) -> bytes:
    fields = {field: getattr(order, field) for field in ORDER_FIELDS}
    return Domain(market.chain.chain_id, market.address).digest(Typed(**fields))


def _settled(market: Market) -> None:
    """The account has longs and shorts that are worth 30 and 70."""
    market.send(OTHER.address, "mint_pair", SERIES.id, 100, ACCOUNT.address, ACCOUNT.address)
    market.send(ACCOUNT.address, "transfer", FUND.address, SERIES.short, 100)
    market.instrument("set_value", True, 130)
    market.send(STRANGER.address, "settle", SERIES.terms)


@pytest.mark.parametrize("behaviour", [0, REVERTS, BURNS, SAYS_ONE, SAYS_NOTHING])
def test_market_delegated_accounts__signed_by_key__count_whatever_the_code_says(
    market: Market, behaviour: int
) -> None:
    _by_code(market, "SignerDouble", "set_behaviour", behaviour)
    signed = market.fill(ACCOUNT, ORDER, LOT)
    buying = market.fill(FUND, SELLING_TO)
    market.send(FUND.address, "fill", SERIES.terms, signed)
    market.send(FUND.address, "sweep", SERIES.terms, True, [signed], LOT, PRICE, LOT)
    market.send(STRANGER.address, "match_orders", SERIES.terms, buying, signed)
    assert market.claims(ACCOUNT.address) == (0, 3 * LOT)
    assert market.claims(FUND.address) == (3 * LOT, 0)


def test_market_delegated_accounts__approved_by_code__count_without_a_key(market: Market) -> None:
    unsigned = (ORDER.terms, b"", LOT)
    with refused(NOT_SIGNED):
        market.send(FUND.address, "fill", SERIES.terms, unsigned)
    _by_code(market, "SignerDouble", "approve_order", _digest(market, ORDER))
    for signature in (b"", bytes(65), b"\1" * 1_024):
        fill = (ORDER.terms, signature, LOT)
        market.send(FUND.address, "fill", SERIES.terms, fill)
    assert market.claims(ACCOUNT.address) == (0, 3 * LOT)


@pytest.mark.parametrize("behaviour", [0, REVERTS, BURNS, SAYS_ONE, SAYS_NOTHING])
def test_market_delegated_accounts__signed_by_somebody_else__refused(
    market: Market, behaviour: int
) -> None:
    _by_code(market, "SignerDouble", "set_behaviour", behaviour)
    for key in (ATTACKER, FUND):
        with refused(NOT_SIGNED):
            market.send(FUND.address, "fill", SERIES.terms, market.fill(key, ORDER, LOT))
    assert market.claims(ACCOUNT.address) == (0, 0)


def test_market_delegated_accounts__code_that_knows_no_signatures__leaves_the_key(
    market: Market,
) -> None:
    chain = market.chain
    assert isinstance(chain, PragueChain)
    for code in ("Forwarder", "BitcoinDouble", "InstrumentDouble"):
        chain.delegate(ACCOUNT.address, chain.deploy(code))
        with refused(NOT_SIGNED):
            market.send(FUND.address, "fill", SERIES.terms, market.fill(ATTACKER, ORDER, LOT))
        market.send(FUND.address, "fill", SERIES.terms, market.fill(ACCOUNT, ORDER, LOT))
    assert market.claims(ACCOUNT.address) == (0, 3 * LOT)


def test_market_delegated_accounts__as_takers__by_key_and_by_code(market: Market) -> None:
    order = Order(FUND.address, SERIES, True, 2 * LOT, PRICE)
    signed = market.fill(FUND, order, LOT)
    market.send(ACCOUNT.address, "fill", SERIES.terms, signed)
    _market_by_code(market, "fill", SERIES.terms, signed)
    assert market.claims(ACCOUNT.address) == (0, 2 * LOT)
    _market_by_code(market, "cancel_all")
    assert market.read("counter", ACCOUNT.address) == 1


def test_market_delegated_accounts__redeemed_by_others__refused(market: Market) -> None:
    _settled(market)
    for caller in (ATTACKER.address, FUND.address):
        for receiver in (ACCOUNT.address, caller):
            with refused("market: owner redeems itself"):
                market.send(caller, "redeem", SERIES.id, ACCOUNT.address, receiver)
    assert market.claims(ACCOUNT.address) == (100, 0)


@pytest.mark.parametrize("way", ["key", "code", "operator"])
def test_market_delegated_accounts__redeem_themselves__and_are_paid(
    market: Market, way: str
) -> None:
    _settled(market)
    before, call = market.sats(ACCOUNT.address), (SERIES.id, ACCOUNT.address, ACCOUNT.address)
    if way == "key":
        market.send(ACCOUNT.address, "redeem", *call)
    elif way == "code":
        _market_by_code(market, "redeem", *call)
    else:
        market.send(ACCOUNT.address, "setOperator", OTHER.address, True)
        market.send(OTHER.address, "redeem", *call)
    assert market.sats(ACCOUNT.address) - before == 30
    assert market.claims(ACCOUNT.address) == (0, 0)


def test_market_delegated_accounts__that_stop_delegating__are_redeemed_by_anyone(
    market: Market,
) -> None:
    _settled(market)
    chain = market.chain
    assert isinstance(chain, PragueChain)
    chain.end_delegation(ACCOUNT.address)
    before = market.sats(ACCOUNT.address)
    market.send(STRANGER.address, "redeem", SERIES.id, ACCOUNT.address, ACCOUNT.address)
    assert market.sats(ACCOUNT.address) - before == 30
