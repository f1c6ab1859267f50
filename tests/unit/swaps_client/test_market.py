"""The reading client: what it says of series, accounts and orders is what the market holds."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from terahash.swaps.models import (
    CANCELLED,
    DEAD_AFTER,
    FOREVER,
    Claims,
    Fillable,
    Settlement,
    Stage,
    State,
    Trade,
)
from terahash.swaps.series import Series, series
from terahash.swaps.trading import Take
from terahash.units import DAY, WAD
from tests.support.desk import DIFFICULTY, JANUARY, Desk, T
from tests.support.market import USER
from tests.support.trading import FUND, MINER, OTHER, RICH, SERIES, START, STRANGER

FIRST = Series(*SERIES.terms)
"""Opened before the two others."""
UNOPENED = series(0, 0, 600, 601, 70 * T, 90 * T, 5_000)


def test_opened__three_series__whole_and_oldest_first(desk: Desk) -> None:
    assert desk.market.opened() == [FIRST, DIFFICULTY, JANUARY]


def test_state__pairs_and_settlement__as_the_market_keeps_them(desk: Desk) -> None:
    assert desk.market.state(UNOPENED) == State(False, False, 0, 0)
    desk.mint(DIFFICULTY, 7_000)
    assert desk.market.state(DIFFICULTY) == State(True, False, 0, 7_000)
    desk.finish(75 * T)
    desk.act(USER, desk.trader.settle(DIFFICULTY))
    assert desk.market.state(DIFFICULTY) == State(True, True, 10**12 // 4, 7_000)


def test_collateral_and_instruments__of_the_market__read_once(desk: Desk) -> None:
    assert desk.market.collateral == desk.doubles.btc
    assert [desk.market.instrument(number) for number in (0, 1)] == desk.doubles.instruments
    with pytest.raises(ChainError):
        desk.market.instrument(2)


def test_standing__as_the_window_ends__from_trading_to_settled(desk: Desk) -> None:
    def stage() -> Stage:
        return desk.market.standing(DIFFICULTY).stage

    assert stage() is Stage.TRADING
    desk.doubles.instrument("set_known", True)
    assert stage() is Stage.KNOWN
    assert desk.market.standing(DIFFICULTY).share is None
    desk.finish(85 * T)
    ready = desk.market.standing(DIFFICULTY)
    assert ready == (DIFFICULTY, Stage.READY, 0, 85 * T, 75 * 10**10)
    desk.act(USER, desk.trader.settle(DIFFICULTY))
    # What its instrument says afterwards changes nothing.
    desk.finish(71 * T)
    assert desk.market.standing(DIFFICULTY) == ready._replace(stage=Stage.SETTLED)


def test_standing__index_stands_still__dead_after_ninety_days_and_not_before(desk: Desk) -> None:
    desk.chain.now = START + DEAD_AFTER
    assert desk.market.standing(DIFFICULTY).stage is Stage.TRADING
    desk.chain.now += 1
    dead = desk.market.standing(DIFFICULTY)
    assert dead == (DIFFICULTY, Stage.DEAD, 0, None, 4 * 10**11)
    desk.act(USER, desk.trader.settle_dead(DIFFICULTY))
    # Zero is no X: nobody measured it.
    assert desk.market.standing(DIFFICULTY) == dead._replace(stage=Stage.SETTLED)


def test_standing__never_opened__refused(desk: Desk) -> None:
    with pytest.raises(LookupError, match=f"0x{UNOPENED.id.hex()}"):
        desk.market.standing(UNOPENED)


def test_positions__several_series__those_that_are_held_and_their_worth(desk: Desk) -> None:
    assert desk.market.positions(USER) == []
    desk.mint(DIFFICULTY, 1_001)
    desk.mint(JANUARY, 500, MINER.address, USER)
    desk.mint(JANUARY, 200)
    desk.finish(75 * T)
    difficulty, january = desk.market.positions(USER)
    assert difficulty.claims == (1_001, 0)
    assert difficulty.worth == 250
    assert january.claims == (200, 500)
    assert (january.claims.least, january.claims.most) == (200, 500)
    assert january.worth is None
    assert desk.market.positions(USER, [JANUARY]) == [january]


@pytest.mark.parametrize("longs, shorts", [(1_001, 0), (0, 1_001), (333, 98_765), (70_001, 3)])
def test_position__settled__worth_is_what_a_redemption_pays(
    desk: Desk, longs: int, shorts: int
) -> None:
    for amount, who in ((longs, (USER, OTHER.address)), (shorts, (OTHER.address, USER))):
        if amount:
            desk.mint(DIFFICULTY, amount, *who)
    desk.finish(73 * T + 1)
    desk.act(USER, desk.trader.settle(DIFFICULTY))
    (position,) = desk.market.positions(USER)
    before = desk.doubles.sats(USER)
    desk.act(STRANGER.address, desk.trader.redeem(DIFFICULTY, USER))
    assert desk.doubles.sats(USER) - before == position.worth
    assert desk.market.positions(USER) == []


def test_orders__filled_and_cancelled__counted(desk: Desk) -> None:
    signed = desk.signed()
    assert desk.market.fillable(signed, USER) == Fillable(30_000, "")
    desk.act(USER, desk.trader.fill(Take(signed, 10_000)))
    assert desk.market.filled(signed.order) == 10_000
    assert desk.market.fillable(signed, USER) == Fillable(20_000, "")
    desk.act(MINER.address, desk.trader.cancel(signed.order))
    assert desk.market.filled(signed.order) == CANCELLED
    assert desk.market.fillable(signed, USER) == Fillable(0, "market: order cancelled")
    assert desk.market.counter(MINER.address) == 0
    desk.act(MINER.address, desk.trader.cancel_all())
    assert desk.market.counter(MINER.address) == 1


def test_fillable__another_taker_or_a_spoiled_signature__says_why(desk: Desk) -> None:
    signed = desk.signed(taker=FUND.address)
    assert desk.market.fillable(signed, USER).reason == "market: order for another"
    spoiled = signed._replace(signature=signed.signature[:-1] + b"\0")
    assert desk.market.fillable(spoiled, FUND.address).reason == "market: order not signed"


def test_trades_and_settlements__newest_first__as_they_happened(desk: Desk) -> None:
    first, second = desk.signed(), desk.signed(JANUARY, price=2_500)
    for signed in (first, second):
        desk.act(USER, desk.trader.fill(Take(signed, 20_000)))
    assert list(desk.market.trades()) == [
        Trade(one.order.series.id, USER, MINER.address, digest, 20_000, one.order.price)
        for one, digest in ((one, desk.market.domain.digest(one.order)) for one in (second, first))
    ]
    desk.finish(75 * T)
    desk.act(USER, desk.trader.settle(DIFFICULTY))
    desk.chain.now += 90 * DAY + 1
    desk.act(USER, desk.trader.settle_dead(JANUARY))
    assert list(desk.market.settlements()) == [
        Settlement(JANUARY.id, 0, 5 * 10**11, True),
        Settlement(DIFFICULTY.id, 75 * T, 25 * 10**10, False),
    ]


def test_accounts__bitcoin_claims_and_who_may_move_them__read(desk: Desk) -> None:
    assert desk.market.bitcoin_of(USER) == (RICH, FOREVER)
    desk.mint(DIFFICULTY, 5_000)
    assert desk.market.claims(USER, DIFFICULTY) == Claims(5_000, 0)
    assert desk.market.claims(MINER.address, DIFFICULTY) == Claims(0, 5_000)
    desk.act(USER, desk.trader.approve(FUND.address, DIFFICULTY.long, 77))
    assert desk.market.allowance(USER, FUND.address, DIFFICULTY.long) == 77
    assert desk.market.allowance(USER, FUND.address, DIFFICULTY.short) == 0
    assert not desk.market.is_operator(USER, FUND.address)
    desk.act(USER, desk.trader.set_operator(FUND.address, True))
    assert desk.market.is_operator(USER, FUND.address)


def test_name__before_and_after_it_is_described__as_the_instrument_says(desk: Desk) -> None:
    assert desk.market.name(DIFFICULTY.long) == ""
    desk.act(USER, desk.trader.describe(DIFFICULTY))
    label = desk.market.label(DIFFICULTY)
    assert desk.market.name(DIFFICULTY.long) == f"{label}-LONG"
    assert desk.market.name(DIFFICULTY.short) == f"{label}-SHORT"


def test_check__terms_that_the_instrument_refuses__its_reason(desk: Desk) -> None:
    desk.market.check(DIFFICULTY)
    with pytest.raises(ChainError) as caught:
        desk.market.check(DIFFICULTY._replace(kind=9))
    assert caught.value.reason == "swap: no such kind"


def test_value_and_known__of_the_instrument__that_the_series_names(desk: Desk) -> None:
    desk.finish(80 * WAD, number=1)
    assert desk.market.value(JANUARY) == (True, 80 * WAD)
    assert desk.market.value(DIFFICULTY) == (False, 0)
    assert (desk.market.is_known(JANUARY), desk.market.is_known(DIFFICULTY)) == (True, False)
    desk.advance(START + 5)
    assert desk.market.last_advance(JANUARY) == START + 5
