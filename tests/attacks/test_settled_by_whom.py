"""A price at whatever time somebody settles is a price that the first caller picks.

So the window is fixed by the series, and X by the relay's and the index's history: when a series is
settled, and by whom, changes nothing of what its claims are worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest

from tests.support.indexing import EPOCH, FIRST_DAY, Index, Indexed
from tests.support.relay import refused
from tests.support.trading import FOREVER, FUND, MINER, STRANGER, Series

MEAN, HASHRATE = BTC, SUBSIDY = 0, 1
DIFFICULTY, HASHPRICE = 0, 1
PAIRS = 10**6
READY = FIRST_DAY + 14
"""The day with which the last of these windows is final and closed."""


class Market(NamedTuple):
    """A market on a relay and an index that grow, and its series."""

    base: Indexed
    index: Index
    address: str
    series: list[Series]

    def send(self, actor: str, function: str, *args: Any) -> dict[str, dict[str, Any]]:
        """Call the market as somebody; return what it logs."""
        with self.base.chain.acting_as(actor):
            return dict(self.base.chain.send("PairMarket", self.address, function, *args).logs)

    def grow(self, last: int) -> None:
        """Make days final and close them, up to this one."""
        self.base.bring(last + 1 - FIRST_DAY - self.base.final)
        self.index.close_up_to(last)

    def settled(self, actor: str) -> list[tuple[Any, ...]]:
        """Settle all series as somebody; return what they say of X, and pay both sides."""
        found = []
        for series in self.series:
            logged = self.send(actor, "settle", series.terms)["Settled"]
            paid = [
                self.send(actor, "redeem", series.id, owner.address, owner.address)["Redeemed"]
                for owner in (MINER, FUND)
            ]
            found.append((logged["x"], logged["share"], *(one["paid"] for one in paid)))
        return found


def _windows(index: Index) -> list[Series]:
    days = {number: mined.day for number, mined in index.mined.items()}
    start, end = days[FIRST_DAY + 2].end + 5_000, days[READY].end - 3_000
    return [
        Series(DIFFICULTY, MEAN, start=EPOCH, end=EPOCH + 2),
        Series(DIFFICULTY, HASHRATE, start=EPOCH, end=EPOCH + 1),
        Series(HASHPRICE, BTC, start=start, end=end),
        Series(HASHPRICE, SUBSIDY, start=start, end=end),
    ]


@cache
def _opened() -> Market:
    """Open the series on the index's first day; the windows are over, but for the last days."""
    base = Indexed(1)
    index, chain = base.index(), base.chain
    index.record(FIRST_DAY)
    swaps = [
        chain.deploy("DifficultySwap", index.address),
        chain.deploy("HashpriceSwap", index.address),
    ]
    btc = chain.deploy("BitcoinDouble")
    market = Market(base, index, chain.deploy("PairMarket", btc, swaps), [])
    chain.send("BitcoinDouble", btc, "mint", MINER.address, 10**9)
    with chain.acting_as(MINER.address):
        chain.send("BitcoinDouble", btc, "approve", market.address, FOREVER)
    # Bands around what X will be, so that the share has digits.
    with base.undone():
        plain = Market(base, index, market.address, _windows(index))
        plain.send(STRANGER.address, "open", [series.terms for series in plain.series])
        plain.grow(READY)
        values = [
            plain.send(STRANGER.address, "settle", series.terms)["Settled"]["x"]
            for series in plain.series
        ]
    for series, x in zip(plain.series, values, strict=True):
        bounds = {"floor": x * 2 // 3, "cap": x * 7 // 4}
        market.series.append(Series(**{**vars(series), **bounds}))
    market.send(STRANGER.address, "open", [series.terms for series in market.series])
    for series in market.series:
        market.send(MINER.address, "mint_pair", series.id, PAIRS, MINER.address, FUND.address)
    market.grow(READY - 1)
    return market


@pytest.fixture
def market() -> Iterator[Market]:
    """The market when one more day makes its windows ready."""
    opened = _opened()
    with opened.base.undone():
        yield opened


def test_settled_by_whom__before_the_window_is_final__by_nobody(market: Market) -> None:
    for actor in (MINER, FUND, STRANGER):
        for series in market.series:
            with refused("market: window not over"):
                market.send(actor.address, "settle", series.terms)


@pytest.mark.parametrize("actor", [MINER, FUND, STRANGER], ids=["long", "short", "stranger"])
def test_settled_by_whom__now_or_days_later__the_same_to_the_satoshi(
    market: Market, actor: Any
) -> None:
    found = []
    for last in (READY, READY + 1, READY + 4, READY + 16):
        with market.base.undone():
            market.grow(last)
            found.append(market.settled(actor.address))
        with market.base.undone():
            market.grow(last)
            market.base.chain.now += 400 * 86_400
            found.append(market.settled(STRANGER.address))
    assert all(one == found[0] for one in found)
    for _, share, long, short in found[0]:
        assert 0 < share < 10**12
        assert PAIRS - 1 <= long + short <= PAIRS


def test_settled_by_whom__once__nobody_again(market: Market) -> None:
    market.grow(READY)
    before = market.settled(MINER.address)
    market.grow(READY + 3)
    for actor in (MINER, FUND, STRANGER):
        for series in market.series:
            with refused("market: settled already"):
                market.send(actor.address, "settle", series.terms)
    assert len(before) == len(market.series)
