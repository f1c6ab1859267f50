"""PairMarket's trades: which claims and satoshi change hands, for any mixture of what two have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from terahash.chain import ChainError
from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
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

OTHER_SERIES = replace(SERIES, floor=-7, cap=5, instrument=1)
PRICE = 3_000
OWNED = [0, 1, LOT - 1, LOT, 2 * LOT, 3 * LOT]


def _give(market: Market, owner: str, is_long: bool, amount: int) -> None:
    """Give somebody claims, for nothing."""
    if amount:
        to = (owner, STRANGER.address) if is_long else (STRANGER.address, owner)
        market.send(STRANGER.address, "mint_pair", SERIES.id, amount, *to)


def _sats(market: Market, *accounts: Any) -> list[int]:
    return [market.sats(key.address) for key in accounts]


def _trade(market: Market, way: str) -> None:
    """Two lots at the price: the fund wants longs of the miner."""
    buying = market.fill(FUND, Order(FUND.address, SERIES, True, 2 * LOT, PRICE))
    selling = market.fill(MINER, Order(MINER.address, SERIES, False, 2 * LOT, PRICE))
    if way == "fill":
        market.send(FUND.address, "fill", SERIES.terms, selling)
    elif way == "fill short":
        market.send(MINER.address, "fill", SERIES.terms, buying)
    elif way == "fill_all":
        market.send(FUND.address, "fill_all", [(SERIES.terms, *selling)], 2 * PRICE)
    elif way == "sweep":
        market.send(FUND.address, "sweep", SERIES.terms, True, [selling], 2 * LOT, PRICE, 2 * LOT)
    elif way == "sweep short":
        market.send(MINER.address, "sweep", SERIES.terms, False, [buying], 2 * LOT, PRICE, 2 * LOT)
    else:
        market.send(ATTACKER.address, "match_orders", SERIES.terms, buying, selling)


@pytest.mark.parametrize(
    "way", ["fill", "fill short", "fill_all", "sweep", "sweep short", "match_orders"]
)
def test_trade__whatever_the_two_have__is_transfer_mint_or_burn(market: Market, way: str) -> None:
    """The buyer's shorts and the seller's longs are given up first, a satoshi each."""
    for shorts in OWNED:
        for longs in OWNED:
            with market.chain.undone():
                _give(market, FUND.address, False, shorts)
                _give(market, MINER.address, True, longs)
                before, pairs = _sats(market, FUND, MINER), market.read("series", SERIES.id)[3]
                held = market.sats(market.address)
                _trade(market, way)
                a, b = min(shorts, 2 * LOT), min(longs, 2 * LOT)
                assert market.claims(FUND.address) == (2 * LOT - a, shorts - a)
                assert market.claims(MINER.address) == (longs - b, 2 * LOT - b)
                fund, miner = _sats(market, FUND, MINER)
                assert before[0] - fund == 2 * PRICE - a
                assert before[1] - miner == 2 * (10_000 - PRICE) - b
                change = 2 * LOT - a - b
                assert market.read("series", SERIES.id)[3] - pairs == change
                assert market.sats(market.address) - held == change


@pytest.mark.parametrize("price", [0, 10_000])
def test_fill__at_the_ends_of_the_ticks__one_side_pays_all(market: Market, price: int) -> None:
    order = Order(MINER.address, SERIES, False, LOT, price)
    before = _sats(market, FUND, MINER)
    market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, order))
    fund, miner = _sats(market, FUND, MINER)
    assert (before[0] - fund, before[1] - miner) == (price, 10_000 - price)


def test_fill__by_an_account_with_code__asks_its_code(market: Market) -> None:
    """A multisig, or an account with a passkey: a signature may have up to 1,024 bytes."""
    wallet = market.chain.deploy("SignerDouble")
    market.chain.send("BitcoinDouble", market.btc, "mint", wallet, LOT)
    _, calldata = market.chain._codec.calldata("BitcoinDouble", "approve", (market.address, LOT))
    market.chain.send("SignerDouble", wallet, "forward", market.btc, calldata)
    order = Order(wallet, SERIES, False, LOT, PRICE)
    fill = (order.terms, b"\1" * 1_024, LOT)
    with refused("market: order not signed"):
        market.send(FUND.address, "fill", SERIES.terms, fill)
    digest = _digest(market, order)
    market.chain.send("SignerDouble", wallet, "approve_order", digest)
    market.send(FUND.address, "fill", SERIES.terms, fill)
    assert market.claims(wallet) == (0, LOT)
    assert market.read("filled", digest) == LOT


def _digest(market: Market, order: Order) -> bytes:
    """Say an order's hash: its maker, a contract, cancels it, and that is undone."""
    _, calldata = market.chain._codec.calldata("PairMarket", "cancel", (order.terms,))
    with market.chain.undone():
        receipt = market.chain.send(
            "SignerDouble", order.maker, "forward", market.address, calldata
        )
        return bytes(dict(receipt.logs)["OrderCancelled"]["order"])


def test_fill__for_one_taker__by_it_alone(market: Market) -> None:
    order = Order(MINER.address, SERIES, False, LOT, PRICE, taker=FUND.address)
    signed = market.fill(MINER, order)
    with refused("market: order for another"):
        market.send(OTHER.address, "fill", SERIES.terms, signed)
    market.send(FUND.address, "fill", SERIES.terms, signed)
    assert market.claims(FUND.address) == (LOT, 0)


def test_fill_all__collar_of_two_series__has_one_payment(market: Market) -> None:
    """Long of one and short of another: what one leg brings pays for the other."""
    market.send(STRANGER.address, "open", [OTHER_SERIES.terms])
    market.send(STRANGER.address, "mint_pair", OTHER_SERIES.id, LOT, FUND.address, OTHER.address)
    buying = Order(OTHER.address, OTHER_SERIES, True, LOT, 9_000)
    selling = Order(MINER.address, SERIES, False, LOT, PRICE)
    legs = [
        (OTHER_SERIES.terms, *market.fill(OTHER, buying)),
        (SERIES.terms, *market.fill(MINER, selling)),
    ]
    before = _sats(market, FUND)[0]
    with refused("market: above max payment"):
        market.send(FUND.address, "fill_all", legs, PRICE - 9_000 - 1)
    market.send(FUND.address, "fill_all", legs, PRICE - 9_000)
    assert _sats(market, FUND)[0] - before == 9_000 - PRICE
    assert market.claims(FUND.address) == (LOT, 0)
    assert market.claims(FUND.address, OTHER_SERIES) == (0, 0)
    assert market.claims(OTHER.address, OTHER_SERIES) == (0, 0)


def test_fill_all__one_leg_dead__nothing_happens(market: Market) -> None:
    good = market.fill(MINER, Order(MINER.address, SERIES, False, LOT, PRICE))
    dead = market.fill(MINER, Order(MINER.address, SERIES, False, LOT, PRICE, deadline=0))
    with refused("market: order expired"):
        market.send(FUND.address, "fill_all", [(SERIES.terms, *good), (SERIES.terms, *dead)], 10**9)
    assert market.claims(FUND.address) == (0, 0)
    assert market.send(FUND.address, "fill_all", [], 0).logs == ()


def test_sweep__worst_price__is_a_limit_on_either_side(market: Market) -> None:
    for long, prices, limit in ((True, (10, 20, 21), 20), (False, (21, 20, 19), 20)):
        fills = [
            market.fill(OTHER, Order(OTHER.address, SERIES, not long, LOT, price))
            for price in prices
        ]
        with market.chain.undone():
            call = ("sweep", SERIES.terms, long, fills, 9 * LOT, limit, 2 * LOT)
            market.send(FUND.address, *call)
            assert sum(market.claims(FUND.address)) == 2 * LOT
            assert market.claims(FUND.address)[0] == (2 * LOT if long else 0)


def test_sweep__enough__stops_in_the_middle_of_an_order(market: Market) -> None:
    fills = [
        market.fill(OTHER, Order(OTHER.address, SERIES, False, 3 * LOT, price)) for price in (1, 2)
    ]
    receipt = market.send(FUND.address, "sweep", SERIES.terms, True, fills, 4 * LOT, 2, 0)
    taken = [(log["amount"], log["price"]) for name, log in receipt.logs if name == "Traded"]
    assert taken == [(3 * LOT, 1), (LOT, 2)]


def test_match_orders__own_two__refused(market: Market) -> None:
    buying = market.fill(MINER, Order(MINER.address, SERIES, True, LOT, PRICE))
    selling = market.fill(MINER, Order(MINER.address, SERIES, False, LOT, PRICE))
    with refused("market: own order"):
        market.send(STRANGER.address, "match_orders", SERIES.terms, buying, selling)


def test_match_orders__of_different_sizes__fills_the_part(market: Market) -> None:
    buying = market.fill(FUND, Order(FUND.address, SERIES, True, 5 * LOT, PRICE + 1), 2 * LOT)
    selling = market.fill(MINER, Order(MINER.address, SERIES, False, 2 * LOT, PRICE))
    receipt = market.send(ATTACKER.address, "match_orders", SERIES.terms, buying, selling)
    traded = dict(receipt.logs)["Traded"]
    assert (traded["price"], traded["amount"]) == (PRICE, 2 * LOT)
    assert market.read("series", SERIES.id)[3] == 2 * LOT
    assert market.read("fillable", SERIES.terms, buying, OTHER.address) == (3 * LOT, "")
    assert market.read("fillable", SERIES.terms, selling, OTHER.address) == (
        0,
        "market: order filled",
    )


def test_fillable__claims_of_the_other_side__pay_like_satoshi(market: Market) -> None:
    """Whoever gives up longs needs no bitcoin."""
    _give(market, MINER.address, True, 2 * LOT)
    with market.chain.acting_as(MINER.address):
        market.chain.send("BitcoinDouble", market.btc, "approve", market.address, 0)
    order = Order(MINER.address, SERIES, False, 9 * LOT, PRICE)
    amount, reason = market.read("fillable", SERIES.terms, market.fill(MINER, order), FUND.address)
    assert (amount, reason) == (2 * LOT, "")
    with market.chain.undone():
        market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, order, amount))
    with pytest.raises(ChainError):
        market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, order, amount + LOT))


def test_series__not_open__refused_everywhere(market: Market) -> None:
    other = replace(SERIES, cap=999)
    signed = market.fill(MINER, Order(MINER.address, other, False, LOT, PRICE))
    reason = "market: series not open"
    for function, *arguments in (
        ("describe", other.terms),
        ("settle", other.terms),
        ("settle_dead", other.terms),
        ("fill", other.terms, signed),
        ("fill_all", [(other.terms, *signed)], 10**9),
        ("sweep", other.terms, True, [signed], LOT, 10_000, 0),
        ("match_orders", other.terms, signed, signed),
    ):
        with refused(reason):
            market.send(FUND.address, function, *arguments)
    assert market.read("fillable", other.terms, signed, FUND.address) == (0, reason)
    assert market.read("series", other.id) == (False, False, 0, 0)


def test_fillable__settled__says_so(market: Market) -> None:
    market.instrument("set_value", True, 0)
    market.send(NOBODY, "settle", SERIES.terms)
    signed = market.fill(MINER, Order(MINER.address, SERIES, False, LOT, PRICE))
    assert market.read("fillable", SERIES.terms, signed, FUND.address) == (
        0,
        "market: settled already",
    )


def test_open__instrument_that_says_no__refused(market: Market) -> None:
    with refused("market: instrument refused"):
        market.send(STRANGER.address, "open", [replace(SERIES, kind=8).terms])


def test_mint_pair__more_pairs_than_are_counted__refused(market: Market) -> None:
    market.fund(MINER.address, 2**81)
    mint = (MINER.address, "mint_pair", SERIES.id)
    market.send(*mint, 2**79, FUND.address, FUND.address)
    with refused("market: too many pairs"):
        market.send(*mint, 2**79, FUND.address, FUND.address)
    market.send(*mint, 2**79 - 1, FUND.address, FUND.address)
    assert market.read("series", SERIES.id) == (True, False, 0, 2**80 - 1)


def test_lists__as_long_as_they_may_be__and_no_longer(market: Market) -> None:
    eight = [market.instruments[0]] * 8
    assert market.chain.deploy("PairMarket", market.btc, eight)
    months = [replace(SERIES, start=100 + month).terms for month in range(37)]
    orders = [Order(MINER.address, SERIES, False, LOT, PRICE, salt=salt) for salt in range(17)]
    fills = [market.fill(MINER, order) for order in orders]
    legs = [(SERIES.terms, *fill) for fill in fills]
    sweep = (SERIES.terms, True, fills, 20 * LOT, PRICE, LOT)
    with pytest.raises(ChainError):
        market.chain.deploy("PairMarket", market.btc, [*eight, eight[0]])
    for function, *arguments in (
        ("open", months),
        ("fill_all", legs, 10**9),
        ("sweep", *sweep),
    ):
        with pytest.raises(ChainError):
            market.send(FUND.address, function, *arguments)
    market.send(FUND.address, "open", months[:36])
    assert market.read("series", replace(SERIES, start=135).id)[0]
    with market.chain.undone():
        market.send(FUND.address, "fill_all", legs[:16], 10**9)
        assert market.claims(FUND.address) == (16 * LOT, 0)
    market.send(FUND.address, "sweep", *sweep[:2], fills[:16], *sweep[3:])
    assert market.claims(FUND.address) == (16 * LOT, 0)


def test_burn_pair__of_as_many_pairs_as_are_counted__counts_them_down(market: Market) -> None:
    """Every bit of the number is cleared, and none beside it."""
    market.fund(FUND.address, 2**81)
    opened = market.read("opened_at", SERIES.id)
    for amount in (2**79, 2**79 - 1):
        call = ("mint_pair", SERIES.id, amount, FUND.address, FUND.address)
        market.send(FUND.address, *call)
    left = 2**80 - 1
    for amount in (2**78, 2**79, 1, 0xAAAA, 2**78 - 0xAAAA - 2):
        left -= amount
        market.send(FUND.address, "burn_pair", SERIES.id, amount, FUND.address)
        assert market.read("series", SERIES.id) == (True, False, 0, left)
        assert market.read("opened_at", SERIES.id) == opened > 0
        assert market.sats(market.address) == left


def test_redeem__event__has_what_was_redeemed_and_paid(market: Market) -> None:
    market.send(MINER.address, "mint_pair", SERIES.id, 10, FUND.address, OTHER.address)
    market.send(OTHER.address, "transfer", FUND.address, SERIES.short, 4)
    market.instrument("set_value", True, 130)
    market.send(STRANGER.address, "settle", SERIES.terms)
    receipt = market.send(FUND.address, "redeem", SERIES.id, FUND.address, STRANGER.address)
    assert dict(receipt.logs)["Redeemed"] == {
        "series": SERIES.id,
        "owner": FUND.address,
        "receiver": STRANGER.address,
        "longs": 10,
        "shorts": 4,
        "paid": 5,  # 3 and 2.8
    }
    assert market.read("series", SERIES.id) == (True, True, 3 * 10**11, 10)


def test_redeem__of_the_losing_side__ends_claims_for_nothing(market: Market) -> None:
    market.send(MINER.address, "mint_pair", SERIES.id, 10, FUND.address, OTHER.address)
    market.instrument("set_value", True, 100)
    market.send(STRANGER.address, "settle", SERIES.terms)
    before = market.sats(FUND.address)
    market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    assert (market.sats(FUND.address), market.claims(FUND.address)) == (before, (0, 0))
