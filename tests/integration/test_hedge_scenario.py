"""Difficulty rises by 20 % within a month: what a hedged miner earns, on the real contracts.

The relay follows a chain of two epochs, the first of which is mined a fifth too fast; the index
closes its block-days; a miner and a fund trade on the market that the deployment plan deploys.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import pytest

from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.bitcoin.target import EPOCH_BLOCKS, difficulty, to_target
from terahash.deployment import Deployment, Terms, deploy
from terahash.hashprice import BlockDay, block_days, floor_earned_at
from terahash.orders.order import Domain, Order
from terahash.products.difficulty import hedge_ratio, kept
from terahash.relay import Relay
from terahash.swaps.series import LOT, TICKS, HashpriceKind, Instrument, Series, series
from terahash.units import WAD
from tests.support.indexing import CHALLENGE, EPOCH, FEE_WINDOW, FIRST_DAY, LIGHT, START, UNIT
from tests.support.miner import next_header, seal
from tests.support.revm_chain import RevmChain
from tests.support.trading import FOREVER, FUND, MINER, NOBODY, RICH, STRANGER

EPOCH_DAYS = 14
FAST, ORDINARY = 500, 600
"""Seconds between blocks of the first epoch, and of the second."""
DAYS = 2 * EPOCH_DAYS
QUIET = 4
"""Days before the window: a halving is among them."""
CLAIMS = 3_000 * LOT
MIDDLE = TICKS // 2


class Mined(NamedTuple):
    """Headers of a block-day, and the State before them."""

    anchor: State
    headers: bytes
    latest: int


def _mine() -> tuple[list[Mined], list[Day]]:
    """Mine two epochs and two days, the last to bury the others."""
    state, days, mined = START, list[Day](), list[Mined]()
    time = START.time
    for _ in range(DAYS + 2):
        anchor, headers = state, []
        for _ in range(DAY_BLOCKS):
            time += FAST if state.height + 1 < (EPOCH + 1) * EPOCH_BLOCKS else ORDINARY
            header = seal(next_header(state, time, network=LIGHT))
            state = extend(state, header, LIGHT, days=days)
            headers.append(header)
        mined.append(Mined(anchor, b"".join(headers), time))
    return mined, days


class World:
    """A deployment on a chain that has not been told of the month yet.

    Attributes:
        days: what the index should say, from headers.
        easy, hard: difficulty of the two epochs, times 10^18.
    """

    def __init__(self) -> None:
        self.mined, self.contents = _mine()
        self.chain = RevmChain(START.time)
        self.btc = self.chain.deploy("BitcoinDouble")
        terms = Terms(START, LIGHT.limit, 1, CHALLENGE, UNIT, FEE_WINDOW, collateral=self.btc)
        self.deployment: Deployment = deploy(self.chain, terms)
        self.market = self.deployment.address("PairMarket")
        self.relay = Relay(self.chain, self.deployment.address("BitcoinRelay"))
        self.days: list[BlockDay] = list(block_days(self.contents, FIRST_DAY, unit=UNIT))
        self.easy, self.hard = (
            difficulty(to_target(self.contents[number].bits)) for number in (0, EPOCH_DAYS)
        )
        for trader in (MINER, FUND):
            self.chain.send("BitcoinDouble", self.btc, "mint", trader.address, RICH)
            with self.chain.acting_as(trader.address):
                self.chain.send("BitcoinDouble", self.btc, "approve", self.market, FOREVER)
        self._told = 0
        self.tell(QUIET)

    def tell(self, days: int) -> None:
        """Have so many more block-days become final, and closed in the index."""
        index = self.deployment.address("HashpriceIndex")
        for number in range(self._told, self._told + days):
            one = self.mined[number]
            rest = HEADER_SIZE if number else 0  # that buried the day before
            anchor = extend(one.anchor, one.headers[:rest], LIGHT) if rest else one.anchor
            self.chain.now = max(self.chain.now, self.mined[number + 1].latest)
            self.relay.submit(anchor, one.headers[rest:])
            after = self.mined[number + 1]
            self.relay.submit(after.anchor, after.headers[:HEADER_SIZE])
            self.chain.now += CHALLENGE
            self.relay.finalize([self.contents[number]])
            self.chain.send("HashpriceIndex", index, "record", [tuple(self.contents[number])])
            self.chain.now += FEE_WINDOW
            if number:  # the first only sets the clock
                self.chain.send("HashpriceIndex", index, "close")
        self._told += days

    def trade(self, one: Series, *, miner_is_long: bool) -> None:
        """Have the miner sign an order in the middle of the band, and the fund take it."""
        self.chain.send("PairMarket", self.market, "open", [one])
        order = Order(
            MINER.address, NOBODY, one, miner_is_long, CLAIMS, MIDDLE, self.chain.now, 0, 0
        )
        signed = Domain(self.chain.chain_id, self.market).sign(MINER, order)
        with self.chain.acting_as(FUND.address):
            self.chain.send("PairMarket", self.market, "fill", one, signed.fill(CLAIMS))

    def settle(self, one: Series) -> int:
        """Settle and redeem as a stranger; return what the miner gained, satoshi."""
        before = self._sats(MINER.address)
        with self.chain.acting_as(STRANGER.address):
            self.chain.send("PairMarket", self.market, "settle", one)
            for owner in (MINER.address, FUND.address):
                self.chain.send("PairMarket", self.market, "redeem", one.id, owner, owner)
        assert self._sats(self.market) <= 1
        return self._sats(MINER.address) - before - CLAIMS // 2

    def _sats(self, account: str) -> int:
        return int(self.chain.call("BitcoinDouble", self.btc, "balanceOf", account))


@pytest.fixture
def world() -> World:
    return World()


def test_scenario__difficulty_up_by_a_fifth__subsidy_hedge_keeps_revenue_to_the_satoshi(
    world: World,
) -> None:
    start, end = world.days[QUIET].end, world.days[DAYS - 2].end
    today = world.days[QUIET].hashprice
    assert abs(Fraction(world.hard, world.easy) - Fraction(6, 5)) < Fraction(1, 100)
    terms = (Instrument.HASHPRICE, HashpriceKind.SUBSIDY, start, end)
    one = series(*terms, today * 3 // 4, today * 5 // 4, MIDDLE)
    world.trade(one, miner_is_long=False)
    world.tell(DAYS - QUIET)
    # So much hashrate that it earns what claims of the band lose: claims / (days x width).
    days = Fraction(end - start, 86_400)
    hashrate = CLAIMS / (days * Fraction(one.cap - one.floor, WAD))
    earned = floor_earned_at(world.days, end) - floor_earned_at(world.days, start)
    revenue = hashrate * Fraction(earned, WAD)
    fixed = hashrate * days * Fraction(one.floor + one.cap, 2 * WAD)
    gained = world.settle(one)
    assert revenue < fixed * Fraction(94, 100)  # unhedged, a miner would have lost this much
    # Redemption rounds down once, and the share is cut at 10^-12 of the claims.
    assert abs(revenue + gained - fixed) < 1 + Fraction(CLAIMS, 10**12)


def test_scenario__difficulty_up_by_a_fifth__swap_of_five_sixths_keeps_revenue(
    world: World,
) -> None:
    one = series(
        Instrument.DIFFICULTY, 0, EPOCH + 1, EPOCH + 2, world.easy // 2, world.easy * 3 // 2, MIDDLE
    )
    world.trade(one, miner_is_long=True)
    world.tell(DAYS - QUIET)
    gained = world.settle(one)
    # The band is as wide as difficulty is high, so that claims are the notional.
    move = Fraction(world.hard, world.easy) - 1
    revenue = CLAIMS / hedge_ratio(move)  # at the old difficulty
    at_new = revenue / (1 + move)
    assert abs(gained - CLAIMS * move) < 2
    assert abs(at_new + gained - revenue * kept(hedge_ratio(move), move)) < 2
    assert abs(at_new + gained - revenue) < 2
    # One of equal notional would pay a fifth more than revenue lost.
    assert revenue * move - (revenue - at_new) > revenue * Fraction(3, 100)
