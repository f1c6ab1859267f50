"""Trading a known number: the last block before an epoch says its difficulty, hours before anybody
settles. Whoever sees that block first would take the other side of every order that is left.

Here on real headers: the market asks the instrument, and that the relay, at every trade.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import DAY_BLOCKS, State, extend
from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.relay import Relay
from tests.support.facades import Bitcoin, bitcoin
from tests.support.relay import refused
from tests.support.trading import DAY, FUND, LOT, MINER, STRANGER, Market, Order, Series

MEAN, HASHRATE = 0, 1
KNOWN = "market: index is known"


class Growing(NamedTuple):
    """A market on a relay that has seen nothing but its checkpoint."""

    real: Bitcoin
    relay: Relay
    market: Market

    def grow(self, height: int) -> tuple[State, bytes]:
        """Show the relay all real headers up to one; return what the next extends, and it."""
        days, blocks = divmod(height + 1 - self.real.first * DAY_BLOCKS, DAY_BLOCKS)
        for anchor, headers in self.real.batches[:days]:
            self.relay.submit(anchor, headers)
        anchor, headers = self.real.batches[days]
        size = blocks * HEADER_SIZE
        if blocks:
            self.relay.submit(anchor, headers[:size])
            anchor = extend(anchor, headers[:size])
        assert self.relay.tip().height == height
        return anchor, headers[size : size + HEADER_SIZE]

    def trade(self, series: Series) -> None:
        """The fund buys a lot of the miner."""
        order = Order(MINER.address, series, False, 9 * LOT, 4_000)
        self.market.send(FUND.address, "fill", series.terms, self.market.fill(MINER, order, LOT))


@pytest.fixture
def growing() -> Iterator[Growing]:
    with bitcoin().undone() as real:
        relay = Relay(real.chain, real.deploy_relay())
        index = real.deploy_index(relay=relay.address)
        swap = real.chain.deploy("DifficultySwap", index)
        yield Growing(real, relay, Market(real.chain, instruments=[swap]))


@pytest.mark.parametrize(
    "kind, end, height",
    [
        (MEAN, 410, EPOCH_BLOCKS * 409 - 1),
        (MEAN, 411, EPOCH_BLOCKS * 410 - 1),
        (HASHRATE, 409, EPOCH_BLOCKS * 409),
    ],
)
def test_market_known_readings__block_that_says_the_last_one__ends_the_trade(
    growing: Growing, kind: int, end: int, height: int
) -> None:
    series = Series(kind=kind, start=408, end=end, floor=0, cap=2**110)
    growing.market.send(STRANGER.address, "open", [series.terms])
    anchor, header = growing.grow(height - 1)
    growing.trade(series)
    growing.relay.submit(anchor, header)
    with refused(KNOWN):
        growing.trade(series)
    assert growing.market.claims(FUND.address, series) == (LOT, 0)
    # and nobody knows it by a series of the same window either
    other = Series(kind=kind, start=408, end=end, floor=1, cap=2**110)
    with refused("swap: window is known"):
        growing.market.send(STRANGER.address, "open", [other.terms])


def test_market_known_readings__second_in_which_the_window_ends__ends_the_trade() -> None:
    with bitcoin().undone() as real:
        market = Market(real.chain, instruments=[real.chain.deploy("HashpriceSwap", real.index)])
        now = real.chain.now
        series = Series(start=now, end=now + DAY, floor=0, cap=2**110)
        market.send(STRANGER.address, "open", [series.terms])
        signed = market.fill(MINER, Order(MINER.address, series, False, 9 * LOT, 4_000), LOT)
        real.chain.now = series.end - 1
        market.send(FUND.address, "fill", series.terms, signed)
        for late in (0, 1, 10 * DAY):
            real.chain.now = series.end + late
            with refused(KNOWN):
                market.send(FUND.address, "fill", series.terms, signed)
        assert market.claims(FUND.address, series) == (LOT, 0)
