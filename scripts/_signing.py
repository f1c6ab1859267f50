"""Five operators of a quorum feed, who sign prices and hashrate on the replayed Bitcoin's clock.

One of the five lies, always: a quorum of three cannot be moved by it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from scripts._chain import ApeChain
from terahash.chain import Receipt
from terahash.deployment import BTC_USD, Deployment, Quorum
from terahash.feeds.client import QuorumFeed
from terahash.feeds.collection import Collection
from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Report, SignedReport
from terahash.units import DAY

OPERATORS = range(8, 13)
"""Accounts of the chain that hold the operators' cold keys."""
THRESHOLD = 3
LIAR = 4
"""The seat of the one that lies."""
FIRST_CLOSE = 1_703_289_600
"""The end of December 22, 2023, UTC, unix seconds."""
CLOSES = (
    *(43_900, 43_700, 43_000, 43_600, 42_500, 43_400, 42_600, 42_100, 42_200, 42_300),
    *(44_200, 45_000, 42_800, 44_200, 44_200, 44_000, 43_900, 47_000, 46_100, 46_600),
    *(46_400, 42_900, 42_800, 41_800, 42_500, 43_200, 42_700, 41_300, 41_600, 41_700),
    *(41_500, 39_500, 39_800, 40_100, 39_900, 41_800, 42_100, 42_000, 43_300, 42_900),
    *(42_600, 43_100, 43_200, 43_000, 42_600, 42_700, 43_100, 44_300, 45_300, 47_100),
    *(47_800, 48_300, 50_000, 49_700, 51_800, 51_900, 52_200, 51_700, 52_100, 51_800),
)
"""BTC/USD at the ends of UTC days from FIRST_CLOSE on, dollars. Made up for the demonstration: near
where the market stood in those weeks, and quoted from no venue."""


class Observed(NamedTuple):
    """What a quorum observed.

    Attributes:
        values: that the operators signed, in the order of their seats.
        value: that counted.
    """

    feed: FeedId
    at: int
    values: list[int]
    value: int
    receipt: Receipt


def price(time: int) -> int:
    """Say what a bitcoin is worth here at a time, dollars x 10^8, evenly between the closes."""
    days, seconds = divmod(time - FIRST_CLOSE, DAY)
    before, after = list(pairwise(CLOSES))[days]
    return (before * (DAY - seconds) + after * seconds) * 10**8 // DAY


def quorum(chain: ApeChain, owner: str) -> Quorum:
    """Seat the five, whose cold keys are accounts of the chain."""
    return Quorum(owner, tuple(sorted(_accounts(chain), key=lambda cold: int(cold, 16))), THRESHOLD)


class Signing:
    """The operators of a deployment's quorum feed.

    Attributes:
        observed: so far, in order.
    """

    def __init__(self, chain: ApeChain, deployment: Deployment) -> None:
        self.feed = QuorumFeed(chain, deployment.address("QuorumFeed"))
        self.observed: list[Observed] = []
        self._chain = chain
        accounts = _accounts(chain)
        self._keys: list[LocalAccount] = []
        for operator in self.feed.configuration().operators:
            key = Account.from_key(keccak(text=f"hot key of {operator.address}"))
            with chain.acting_as(accounts[operator.address]):
                self.feed.rotate(self.feed.domain.sign_key(key, operator.address)).send(chain)
            self._keys.append(key)

    def observe_price(self, now: int) -> None:
        """Have everybody sign what a bitcoin is worth; `now` is unix seconds."""
        self.observe(BTC_USD, price(now), now)

    def observe(self, feed: FeedId, value: int, now: int) -> None:
        """Have everybody sign what it saw, and submit it once, if the feed's period is over.

        Args:
            feed: to observe.
            value: what is true, in the feed's decimals.
            now: unix seconds.
        """
        at, newest = feed.due(now), self.feed.latest(feed)
        if newest and newest.at == at:
            return
        configuration = self.feed.configuration()
        # Honest operators differ by up to three parts in a thousand, as venues may.
        values = [value + value * (seat - 1) // 1_000 for seat in range(len(self._keys))]
        values[LIAR] = 2 * value
        collection = Collection(self.feed.domain, configuration, feed, at)
        for key, signed_value in zip(self._keys, values, strict=True):
            collection.add(self._signed(key, configuration.config, feed, signed_value, at))
        receipt = collection.submission().send(self._chain)
        (log,) = (log for name, log in receipt.logs if name == "Observed")
        self.observed.append(Observed(feed, at, values, log["value"], receipt))

    def _signed(
        self, key: LocalAccount, config: bytes, feed: FeedId, value: int, at: int
    ) -> SignedReport:
        return self.feed.domain.sign(key, Report(config, bytes(feed), value, at))


def _accounts(chain: ApeChain) -> dict[str, int]:
    """Find the cold keys' accounts by their addresses."""
    found = {}
    for account in OPERATORS:
        with chain.acting_as(account) as address:
            found[address] = account
    return found
