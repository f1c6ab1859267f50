"""PairMarket: what each call does, says and refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terahash.chain import ChainError
from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    DAY,
    FOREVER,
    FUND,
    LOT,
    MINER,
    NOBODY,
    OTHER,
    SERIES,
    SHARES,
    START,
    STRANGER,
    Market,
    Order,
)


def _sell(amount: int = 10 * LOT, price: int = 4_000, **changes: object) -> Order:
    """The miner wants shorts."""
    return Order(MINER.address, SERIES, False, amount, price, **changes)  # type: ignore[arg-type]


def _traded(market: Market, amount: int = 10 * LOT) -> None:
    """The fund is long and the miner short."""
    market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, _sell(amount)))


# Constructor and opening


def test_constructor__without_contracts__refused(market: Market) -> None:
    for reason, arguments in (
        ("market: collateral no contract", (STRANGER.address, market.instruments)),
        ("market: no instruments", (market.btc, [])),
        ("market: instrument no contract", (market.btc, [STRANGER.address])),
    ):
        with pytest.raises(ChainError, match=reason):
            market.chain.deploy("PairMarket", *arguments)
    assert market.read("COLLATERAL") == market.btc
    assert [market.read("INSTRUMENTS", i) for i in range(2)] == market.instruments


def test_open__new_and_known__opens_the_new_once(market: Market) -> None:
    new = replace(SERIES, cap=300)
    receipt = market.send(STRANGER.address, "open", [SERIES.terms, new.terms, new.terms])
    assert receipt.logs == (("Opened", {"series": new.id, "terms": new.terms}),)
    assert market.read("opened_at", new.id) == receipt.block_time
    assert market.read("opened_at", replace(SERIES, cap=301).id) == 0
    assert market.read("series", new.id) == (True, False, 0, 0)
    assert new.id[-1] % 2 == 0


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("market: floor not below cap", {"floor": 200}),
        ("market: bounds too large", {"floor": -(2**200) - 1}),
        ("market: bounds too large", {"cap": 2**200 + 1}),
        ("market: fallback above all", {"fallback_share": 10_001}),
        ("market: no such instrument", {"instrument": 2}),
        ("swap: no such kind", {"kind": 9}),
    ],
)
def test_open__senseless_terms__refused(
    market: Market, reason: str, changes: dict[str, int]
) -> None:
    with refused(reason):
        market.send(STRANGER.address, "open", [replace(SERIES, **changes).terms])


def test_describe__by_anyone__names_both_claims(market: Market) -> None:
    assert market.read("name", SERIES.long) == ""
    market.send(STRANGER.address, "describe", SERIES.terms)
    assert market.read("name", SERIES.long) == "X-1-2-abcdef-LONG"
    assert market.read("symbol", SERIES.short) == "X-1-2-abcdef-SHORT"
    assert market.read("decimals", SERIES.long) == 8


# Pairs


def test_mint_pair__satoshi__become_a_long_and_a_short_each(market: Market) -> None:
    before = market.sats(MINER.address)
    market.send(MINER.address, "mint_pair", SERIES.id, 7, FUND.address, OTHER.address)
    assert market.claims(FUND.address) == (7, 0)
    assert market.claims(OTHER.address) == (0, 7)
    assert before - market.sats(MINER.address) == market.sats(market.address) == 7
    assert market.read("series", SERIES.id) == (True, False, 0, 7)


def test_mint_pair__what_cannot_be__refused(market: Market) -> None:
    mint = (MINER.address, "mint_pair")
    to = (MINER.address, MINER.address)
    with refused("market: series not open"):
        market.send(*mint, replace(SERIES, cap=999).id, 1, *to)
    for amount in (0, 2**79 + 1):
        with refused("market: amount out of range"):
            market.send(*mint, SERIES.id, amount, *to)
    for receiver in (NOBODY, market.address):
        with refused("market: receiver cannot receive"):
            market.send(*mint, SERIES.id, 1, receiver, MINER.address)
        with refused("market: receiver cannot receive"):
            market.send(*mint, SERIES.id, 1, MINER.address, receiver)


def test_burn_pair__always__pays_back(market: Market) -> None:
    market.send(MINER.address, "mint_pair", SERIES.id, 9, MINER.address, MINER.address)
    market.instrument("set_known", True)
    before = market.sats(OTHER.address)
    market.send(MINER.address, "burn_pair", SERIES.id, 4, OTHER.address)
    assert market.sats(OTHER.address) - before == 4
    assert market.read("series", SERIES.id)[3] == 5
    market.instrument("set_value", True, 150)
    market.send(STRANGER.address, "settle", SERIES.terms)
    market.send(MINER.address, "burn_pair", SERIES.id, 5, OTHER.address)
    assert market.sats(market.address) == 0


def test_burn_pair__more_than_there_are__refused(market: Market) -> None:
    _traded(market)
    with refused("market: insufficient claims"):
        market.send(FUND.address, "burn_pair", SERIES.id, 1, FUND.address)
    with pytest.raises(ChainError, match="market: amount out of range"):
        market.send(FUND.address, "burn_pair", SERIES.id, 0, FUND.address)


@pytest.mark.parametrize("receiver", ["market", "nobody"])
def test_burn_pair_and_redeem__to_who_cannot_receive__refused(
    market: Market, receiver: str
) -> None:
    """What the market paid itself would be locked for ever."""
    to = market.address if receiver == "market" else NOBODY
    market.send(FUND.address, "mint_pair", SERIES.id, LOT, FUND.address, FUND.address)
    with refused("market: receiver cannot receive"):
        market.send(FUND.address, "burn_pair", SERIES.id, LOT, to)
    market.instrument("set_value", True, 150)
    market.send(STRANGER.address, "settle", SERIES.terms)
    with refused("market: receiver cannot receive"):
        market.send(FUND.address, "redeem", SERIES.id, FUND.address, to)
    before = market.sats(FUND.address)
    market.send(FUND.address, "redeem", SERIES.id, FUND.address, FUND.address)
    assert market.sats(FUND.address) - before == LOT


# Orders


def test_fill__of_an_order__moves_claims_and_cash_at_its_price(market: Market) -> None:
    miner, fund = market.sats(MINER.address), market.sats(FUND.address)
    receipt = market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, _sell(), 6 * LOT))
    traded = dict(receipt.logs)["Traded"]
    assert traded | {"order": b""} == {
        "series": SERIES.id,
        "long": FUND.address,
        "short": MINER.address,
        "order": b"",
        "amount": 6 * LOT,
        "price": 4_000,
    }
    assert market.read("series", SERIES.id)[3] == 6 * LOT
    assert market.read("filled", traded["order"]) == 6 * LOT
    assert market.claims(FUND.address) == (6 * LOT, 0)
    assert market.claims(MINER.address) == (0, 6 * LOT)
    assert fund - market.sats(FUND.address) == 6 * 4_000
    assert miner - market.sats(MINER.address) == 6 * 6_000


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("market: another series", {"series": replace(SERIES, cap=300)}),
        ("market: order not in lots", {"amount": LOT + 1}),
        ("market: price above all", {"price": 10_001}),
        ("market: order expired", {"deadline": START - 1}),
        ("market: order for another", {"taker": OTHER.address}),
        ("market: own order", {"maker": FUND.address}),
    ],
)
def test_fill__dead_order__refused_and_said_by_fillable(
    market: Market, reason: str, changes: dict[str, object]
) -> None:
    order = replace(_sell(), **changes)  # type: ignore[arg-type]
    signed = market.fill(FUND if order.maker == FUND.address else MINER, order, LOT)
    with refused(reason):
        market.send(FUND.address, "fill", SERIES.terms, signed)
    assert market.read("fillable", SERIES.terms, signed, FUND.address) == (0, reason)


def test_fill__amount_or_signature_that_is_none__refused(market: Market) -> None:
    for amount in (0, 1, LOT + 1):
        with refused("market: amount not in lots"):
            market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, _sell(), amount))
    with refused("market: above what is left"):
        market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, _sell(), 11 * LOT))
    with refused("market: order not signed"):
        market.send(FUND.address, "fill", SERIES.terms, market.fill(OTHER, _sell(), LOT))
    _traded(market)
    with refused("market: order filled"):
        _traded(market)


def test_fill__known_index__refused(market: Market) -> None:
    """Whoever knows the number takes the other side's collateral."""
    market.instrument("set_known", True)
    with refused("market: index is known"):
        _traded(market)
    signed = market.fill(MINER, _sell())
    assert market.read("fillable", SERIES.terms, signed, FUND.address)[0] == 0


def test_fillable__by_what_the_maker_can_pay__is_what_a_fill_takes(market: Market) -> None:
    order = _sell(100 * LOT)
    with market.chain.acting_as(MINER.address):
        market.chain.send("BitcoinDouble", market.btc, "approve", market.address, 6_000 * 7 + 1)
    signed = market.fill(MINER, order, 7 * LOT)
    assert market.read("fillable", SERIES.terms, signed, FUND.address) == (7 * LOT, "")
    with pytest.raises(ChainError):
        market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, order, 8 * LOT))
    market.send(FUND.address, "fill", SERIES.terms, signed)
    assert market.read("fillable", SERIES.terms, signed, FUND.address) == (
        0,
        "market: maker cannot pay",
    )


def test_cancel__one_order_or_all__they_are_dead(market: Market) -> None:
    with refused("market: not the maker"):
        market.send(FUND.address, "cancel", _sell().terms)
    (logged,) = market.send(MINER.address, "cancel", _sell().terms).logs
    assert logged[0] == "OrderCancelled"
    assert market.read("filled", logged[1]["order"]) == FOREVER
    signed = market.fill(MINER, _sell())
    assert market.read("fillable", SERIES.terms, signed, FUND.address)[1] == (
        "market: order cancelled"
    )
    other = market.fill(MINER, _sell(salt=1))
    assert market.send(MINER.address, "cancel_all").logs == (
        ("OrdersCancelled", {"maker": MINER.address, "counter": 1}),
    )
    with refused("market: order cancelled"):
        market.send(FUND.address, "fill", SERIES.terms, other)
    market.send(FUND.address, "fill", SERIES.terms, market.fill(MINER, _sell(counter=1)))


def test_fill_all__above_the_payment__nothing_happens(market: Market) -> None:
    legs = [(SERIES.terms, *market.fill(MINER, _sell(salt=salt), LOT)) for salt in range(3)]
    with refused("market: above max payment"):
        market.send(FUND.address, "fill_all", legs, 3 * 4_000 - 1)
    market.send(FUND.address, "fill_all", legs, 3 * 4_000)
    assert market.claims(FUND.address) == (3 * LOT, 0)


def test_sweep__dead_orders_between__are_passed_over(market: Market) -> None:
    dead = [
        market.fill(MINER, _sell(salt=1, deadline=START - 1)),
        market.fill(OTHER, _sell(salt=2)),  # not its signature
        market.fill(MINER, _sell(salt=3, price=4_001)),  # beyond the limit
        market.fill(MINER, Order(MINER.address, SERIES, True, LOT, 4_000)),  # the caller's side
        market.fill(STRANGER, Order(STRANGER.address, SERIES, False, LOT, 4_000)),  # cannot pay
    ]
    with market.chain.acting_as(STRANGER.address):
        market.chain.send("BitcoinDouble", market.btc, "approve", market.address, 0)
    good = market.fill(MINER, _sell(salt=4), 3 * LOT)
    call = ("sweep", SERIES.terms, True, [*dead, good], 9 * LOT, 4_000)
    with refused("market: too little taken"):
        market.send(FUND.address, *call, 4 * LOT)
    market.send(FUND.address, *call, 3 * LOT)
    assert market.claims(FUND.address) == (3 * LOT, 0)
    assert market.claims(STRANGER.address) == (0, 0)


def test_match_orders__that_cross__meet_in_the_middle(market: Market) -> None:
    buying = market.fill(FUND, Order(FUND.address, SERIES, True, LOT, 5_001))
    selling = market.fill(MINER, _sell(LOT, 4_000))
    fund = market.sats(FUND.address)
    market.send(ATTACKER.address, "match_orders", SERIES.terms, buying, selling)
    assert fund - market.sats(FUND.address) == 4_500
    assert market.claims(ATTACKER.address) == (0, 0)


def test_match_orders__that_do_not__refused(market: Market) -> None:
    buying = Order(FUND.address, SERIES, True, LOT, 4_000)
    for reason, long, short in (
        ("market: orders on one side", market.fill(MINER, _sell()), market.fill(MINER, _sell())),
        (
            "market: orders do not cross",
            market.fill(FUND, buying),
            market.fill(MINER, _sell(LOT, 4_001)),
        ),
        ("market: two amounts", market.fill(FUND, buying), market.fill(MINER, _sell(2 * LOT))),
    ):
        with refused(reason):
            market.send(STRANGER.address, "match_orders", SERIES.terms, long, short)


# Settlement


def test_settle__over_and_final__fixes_the_share_once(market: Market) -> None:
    _traded(market)
    with refused("market: window not over"):
        market.send(STRANGER.address, "settle", SERIES.terms)
    with pytest.raises(ChainError, match="market: not settled"):
        market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    market.instrument("set_value", True, 133)
    settled = {"series": SERIES.id, "x": 133, "share": 33 * SHARES // 100, "is_dead": False}
    assert market.send(STRANGER.address, "settle", SERIES.terms).logs == (("Settled", settled),)
    market.instrument("set_value", True, 199)
    for function in ("settle", "settle_dead"):
        with pytest.raises(ChainError, match="market: settled already"):
            market.send(STRANGER.address, function, SERIES.terms)


def test_redeem__by_anyone__pays_the_owner(market: Market) -> None:
    _traded(market)
    market.instrument("set_value", True, 133)
    market.send(STRANGER.address, "settle", SERIES.terms)
    before = market.sats(FUND.address)
    with refused("market: receiver not the owner"):
        market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, STRANGER.address)
    market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    assert market.sats(FUND.address) - before == 33_000
    with refused("market: nothing to redeem"):
        market.send(STRANGER.address, "redeem", SERIES.id, FUND.address, FUND.address)
    market.send(MINER.address, "setOperator", ATTACKER.address, True)
    market.send(ATTACKER.address, "redeem", SERIES.id, MINER.address, OTHER.address)
    assert market.sats(market.address) == 0


def test_redeem__of_a_contract__by_itself_alone(market: Market) -> None:
    """Paid by others, it could not tell whose money came."""
    pool = market.chain.deploy("Forwarder")
    market.send(MINER.address, "mint_pair", SERIES.id, 10, pool, MINER.address)
    market.instrument("set_value", True, 200)
    market.send(STRANGER.address, "settle", SERIES.terms)
    with refused("market: owner redeems itself"):
        market.send(STRANGER.address, "redeem", SERIES.id, pool, pool)
    _, calldata = market.chain._codec.calldata("PairMarket", "redeem", (SERIES.id, pool, pool))
    market.chain.send("Forwarder", pool, "forward", market.address, calldata)
    assert market.sats(pool) == 10


def test_settle_dead__only_when_the_index_is__by_the_series_own_share(market: Market) -> None:
    market.instrument("set_advanced", START)
    market.chain.now = START + 90 * DAY
    with refused("market: index not dead"):
        market.send(STRANGER.address, "settle_dead", SERIES.terms)
    market.chain.now += 1
    market.instrument("set_value", True, 150)
    with refused("market: settle it by its value"):
        market.send(STRANGER.address, "settle_dead", SERIES.terms)
    for trouble in (1, 2):  # a value that reverts, or burns what it is given
        market.instrument("set_trouble", trouble)
        with market.chain.undone():
            market.send(STRANGER.address, "settle_dead", SERIES.terms)
            assert market.read("series", SERIES.id)[:3] == (True, True, SHARES // 2)
    market.chain.gas = 2_100_000
    with refused("market: too little gas"):
        market.send(STRANGER.address, "settle_dead", SERIES.terms)


# Claims


def test_transfer__claims__by_owner_operator_or_allowance(market: Market) -> None:
    _traded(market)
    long, to = SERIES.long, OTHER.address
    market.send(FUND.address, "transfer", to, long, 1)
    with refused("market: insufficient allowance"):
        market.send(ATTACKER.address, "transferFrom", FUND.address, to, long, 1)
    market.send(FUND.address, "approve", ATTACKER.address, long, 5)
    market.send(ATTACKER.address, "transferFrom", FUND.address, to, long, 2)
    assert market.read("allowance", FUND.address, ATTACKER.address, long) == 3
    market.send(FUND.address, "setOperator", STRANGER.address, True)
    market.send(STRANGER.address, "transferFrom", FUND.address, to, long, 3)
    assert market.claims(to) == (6, 0)
    assert market.read("supportsInterface", bytes.fromhex("0f632fb3"))
    assert not market.read("supportsInterface", bytes.fromhex("ffffffff"))
