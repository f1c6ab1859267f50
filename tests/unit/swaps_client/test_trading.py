"""The trading client: unsent transactions, and what each does once it is sent."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError, Transaction
from terahash.hashrate.token import ERC20
from terahash.swaps.models import SwapError
from terahash.swaps.series import Series, series
from terahash.swaps.trading import MAX_LEGS, MAX_SERIES, Take, Trader
from tests.support.desk import DIFFICULTY, JANUARY, Desk, T
from tests.support.market import USER
from tests.support.trading import FUND, MINER, OTHER, RICH, STRANGER


def epochs(start: int) -> Series:
    return series(0, 0, start, start + 1, 70 * T, 90 * T, 5_000)


def test_fill__unsent__names_all_and_changes_nothing(desk: Desk) -> None:
    signed = desk.signed()
    unsent = desk.trader.fill(Take(signed, 10_000))
    arguments = (DIFFICULTY, (signed.order.calldata, signed.signature, 10_000))
    assert unsent == Transaction("PairMarket", desk.market.address, "fill", arguments)
    assert desk.market.claims(USER, DIFFICULTY) == (0, 0)
    assert desk.doubles.sats(USER) == RICH


def test_fill__sent__claims_for_the_price(desk: Desk) -> None:
    desk.act(USER, desk.trader.fill(Take(desk.signed(), 10_000)))
    assert desk.market.claims(USER, DIFFICULTY) == (10_000, 0)
    assert desk.market.claims(MINER.address, DIFFICULTY) == (0, 10_000)
    assert desk.doubles.sats(USER) == RICH - 4_000
    assert desk.doubles.sats(MINER.address) == RICH - 6_000


def test_open__the_most_and_one_more__opened_and_refused(desk: Desk) -> None:
    many = [epochs(600 + number) for number in range(MAX_SERIES + 1)]
    desk.act(USER, desk.trader.open(many[:-1]))
    assert desk.market.opened()[-MAX_SERIES:] == many[:-1]
    for refused in (many, []):
        with pytest.raises(SwapError, match=f"{len(refused)} series: one call takes 1 to 36"):
            desk.trader.open(refused)


def test_pairs__minted_and_burned__cash_is_back(desk: Desk) -> None:
    desk.act(USER, desk.trader.mint_pair(DIFFICULTY, 9_000, USER, OTHER.address))
    assert desk.market.claims(USER, DIFFICULTY) == (9_000, 0)
    assert desk.market.claims(OTHER.address, DIFFICULTY) == (0, 9_000)
    desk.act(OTHER.address, desk.trader.transfer(USER, DIFFICULTY.short, 4_000))
    desk.act(USER, desk.trader.burn_pair(DIFFICULTY, 4_000, FUND.address))
    assert desk.market.claims(USER, DIFFICULTY) == (5_000, 0)
    assert desk.doubles.sats(FUND.address) == RICH + 4_000


def test_fill_all__a_package_of_two_series__one_payment(desk: Desk) -> None:
    legs = [
        Take(desk.signed(), 10_000),
        Take(desk.signed(JANUARY, long=True, price=3_000), 20_000),
    ]
    with pytest.raises(ChainError) as caught:
        desk.act(USER, desk.trader.fill_all(legs, 17_999))
    assert caught.value.reason == "market: above max payment"
    desk.act(USER, desk.trader.fill_all(legs, 18_000))
    assert desk.market.claims(USER, DIFFICULTY) == (10_000, 0)
    assert desk.market.claims(USER, JANUARY) == (0, 20_000)
    assert desk.doubles.sats(USER) == RICH - 4_000 - 14_000


def test_fill_all__more_than_it_takes__refused_before_it_is_sent(desk: Desk) -> None:
    leg = Take(desk.signed(), 10_000)
    with pytest.raises(SwapError, match="17 orders: one call takes 1 to 16"):
        desk.trader.fill_all([leg] * (MAX_LEGS + 1), 0)


def test_sweep__dead_order_among_them__passed_over(desk: Desk) -> None:
    dead, good = desk.signed(salt=1), desk.signed(salt=2, price=4_500)
    desk.act(MINER.address, desk.trader.cancel(dead.order))
    takes = [Take(dead, 30_000), Take(good, 30_000)]
    desk.act(USER, desk.trader.sweep(DIFFICULTY, True, takes, 20_000, 4_500, 20_000))
    assert desk.market.claims(USER, DIFFICULTY) == (20_000, 0)
    assert desk.market.filled(good.order) == 20_000
    with pytest.raises(SwapError, match="another series"):
        desk.trader.sweep(JANUARY, True, takes, 20_000, 4_500, 0)


def test_match_orders__that_cross__at_the_middle(desk: Desk) -> None:
    buying = desk.signed(maker=FUND.address, long=True, price=5_000)
    desk.act(STRANGER.address, desk.trader.match_orders(buying, desk.signed(), 20_000))
    assert desk.market.claims(FUND.address, DIFFICULTY) == (20_000, 0)
    assert desk.doubles.sats(FUND.address) == RICH - 9_000
    assert desk.doubles.sats(MINER.address) == RICH - 11_000


def test_redeem__to_another__only_as_the_owner_says(desk: Desk) -> None:
    desk.mint(DIFFICULTY, 10_000)
    desk.finish(90 * T)
    desk.act(STRANGER.address, desk.trader.settle(DIFFICULTY))
    to_another = desk.trader.redeem(DIFFICULTY, USER, OTHER.address)
    with pytest.raises(ChainError) as caught:
        desk.act(STRANGER.address, to_another)
    assert caught.value.reason == "market: receiver not the owner"
    desk.act(USER, to_another)
    assert desk.doubles.sats(OTHER.address) == RICH + 10_000


def test_operator_and_approval__sent__what_they_allow(desk: Desk) -> None:
    desk.act(USER, desk.trader.approve_bitcoin(123))
    assert desk.market.bitcoin_of(USER).allowed == 123
    assert desk.trader.approve_bitcoin(1) == Transaction(
        ERC20, desk.doubles.btc, "approve", (desk.market.address, 1)
    )
    desk.act(USER, desk.trader.set_operator(FUND.address, True))
    desk.act(USER, desk.trader.set_operator(FUND.address, False))
    assert not desk.market.is_operator(USER, FUND.address)


def test_trader__on_a_market__its_address_and_bitcoin(desk: Desk) -> None:
    assert (desk.trader.address, desk.trader.collateral) == (desk.market.address, desk.doubles.btc)
    alone = Trader(desk.market.address, desk.doubles.btc)
    assert alone.settle(JANUARY) == desk.trader.settle(JANUARY)
