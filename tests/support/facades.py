"""Facades over real block-days and a quorum's feeds, and what every round of each should say.

What they should say is calculated from headers and observations in exact fractions, and rounded
down once at the end: the contracts round in between, and must not differ by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import Header
from terahash.bitcoin.network import MAINNET, subsidy
from terahash.bitcoin.state import DAY_BLOCKS, Day, State
from terahash.bitcoin.target import hashes_per_block, to_target
from terahash.bitcoin.tree import split
from terahash.chain import Chain, ChainError, Deployer
from terahash.deployment import BTC_USD, FACADES, Number, Terms
from terahash.feeds.feed_id import FeedId
from terahash.headers import SHIPPED_ARCHIVE
from terahash.relay import Relay
from terahash.units import DAY, HOUR, UNIT
from tests.support.quorum import QuorumFeed
from tests.support.revm_chain import RevmChain

EPOCH_DAYS = 14
CHALLENGE = FEE_WINDOW = DAY
PRICE_WINDOW = 6 * HOUR
PRICE_AGE = 3 * HOUR
"""Of the price of a spot in dollars, at most."""
POWER = FeedId.of("ERCOT North, USD/MWh", 2, DAY)
"""A feed whose values may be negative, and of which thirty days are 32 observations."""
POWER_DAYS = 40
UNPRICED = 20
"""The block-day, by its place among the real ones, at whose end the quorum was silent."""
LATEST = ("latestRoundData", "latestAnswer", "latestTimestamp", "latestRound")
HISTORIC = ("getRoundData", "getAnswer", "getTimestamp")


class Kind(NamedTuple):
    """One number that a facade tells, as its constructor takes it."""

    description: str
    number: int
    max_age: int
    in_dollars: bool = False
    per: int = 1
    feed: FeedId | None = None

    @property
    def decimals(self) -> int:
        """What the answer's unit is divided into: dollars, difficulty, TH/s x 10^8; BTC x 10^18."""
        if self.feed:
            return self.feed.decimals
        is_price = self.number in (Number.HASHPRICE, Number.SPOT)
        return 18 if is_price and not self.in_dollars else 8

    @property
    def needs_a_fresh_price(self) -> bool:
        """Whether it is refused at a price older than PRICE_AGE."""
        return self.number == Number.SPOT and self.in_dollars

    def terms(self, source: str) -> tuple[Any, ...]:
        """The constructor's arguments."""
        feed_id = bytes(self.feed) if self.feed else bytes(32)
        return (int(self.number), source, feed_id, self.in_dollars, self.per, self.max_age)


TERMS = Terms(Archive.open(SHIPPED_ARCHIVE).checkpoint, challenge=CHALLENGE, fee_window=FEE_WINDOW)
KINDS = {
    facade.description: Kind(
        facade.description,
        facade.number,
        facade.max_age(TERMS),
        facade.in_dollars,
        facade.per,
        BTC_USD if facade.number is Number.FEED else None,
    )
    for facade in FACADES
}
"""Every number that a deployment offers, by its description."""
POWER_PRICE = Kind(POWER.name, Number.FEED, 2 * DAY, feed=POWER)


class Round(NamedTuple):
    """A round as the older functions tell it."""

    number: int
    answer: int
    at: int

    @property
    def data(self) -> tuple[int, int, int, int, int]:
        """It as `latestRoundData` and `getRoundData` tell it."""
        return (self.number, self.answer, self.at, self.at, self.number)

    def told_by(self, function: str) -> Any:
        """What one of the functions should return for it."""
        told = {"Data": self.data, "Answer": self.answer, "Timestamp": self.at}
        return next((value for end, value in told.items() if function.endswith(end)), self.number)


@dataclass
class Truth:
    """What is known of Bitcoin and of the feeds.

    Attributes:
        days: block-days by number, all of them final and closed; the first one sets the clock.
        tip: State after the newest header.
        observations: of each feed, (value, time), oldest first.
        fees: proven, by block-day.
    """

    days: dict[int, Day]
    tip: State
    observations: dict[FeedId, list[tuple[int, int]]]
    fees: dict[int, int]
    unit: int = UNIT

    def rounds(self, kind: Kind) -> dict[int, Round]:
        """List every round of a number that can be read, oldest first."""
        if kind.feed:
            seen = self.observations[kind.feed]
            return {i: Round(i, value, at) for i, (value, at) in enumerate(seen, 1)}
        find: Callable[[Kind], Iterator[tuple[int, Fraction, int]]] = {
            Number.DIFFICULTY: self._difficulties,
            Number.HASHRATE: self._hashrates,
            Number.HASHPRICE: self._hashprices,
            Number.SPOT: self._spot,
        }[Number(kind.number)]
        scale = 10**kind.decimals
        return {i: Round(i, int(value * scale), at) for i, value, at in find(kind)}

    def newest(self, kind: Kind) -> Round:
        """Return the newest round of a number."""
        return list(self.rounds(kind).values())[-1]

    def price(self, number: int) -> int | None:
        """Return BTC/USD of a block-day: the first observation at its end or up to 6 h after."""
        end = self.days[number].end
        seen = self.observations.get(BTC_USD, [])
        later = (value for value, at in seen if 0 <= at - end <= PRICE_WINDOW)
        return next(later, None)

    def reward(self, number: int) -> int:
        """Return what the blocks of a block-day paid, satoshi."""
        first = number * DAY_BLOCKS
        heights = range(first, first + DAY_BLOCKS)
        return sum(subsidy(height) for height in heights) + self.fees.get(number, 0)

    def hashprice(self, bits: int, reward: int) -> Fraction:
        """Return what a unit of hashrate earns a day, satoshi."""
        hashes = DAY_BLOCKS * hashes_per_block(to_target(bits))
        return Fraction(self.unit * DAY * reward, hashes)

    def _difficulties(self, _: Kind) -> Iterator[tuple[int, Fraction, int]]:
        for number, day in self.days.items():
            if number % EPOCH_DAYS == 0:
                difficulty = Fraction(0xFFFF << 208, to_target(day.bits))
                yield number // EPOCH_DAYS, difficulty, day.epoch_start

    def _hashrates(self, _: Kind) -> Iterator[tuple[int, Fraction, int]]:
        for number, day in self.days.items():
            if number - EPOCH_DAYS in self.days:
                window = [self.days[number - i] for i in range(EPOCH_DAYS)]
                hashes = sum(DAY_BLOCKS * hashes_per_block(to_target(one.bits)) for one in window)
                seconds = day.end - self.days[number - EPOCH_DAYS].end
                yield number, Fraction(hashes, seconds * 10**12), day.end

    def _hashprices(self, kind: Kind) -> Iterator[tuple[int, Fraction, int]]:
        for number in list(self.days)[1:]:
            day, price = self.days[number], self.price(number)
            value = kind.per * self.hashprice(day.bits, self.reward(number)) / 10**8
            if not kind.in_dollars:
                yield number, value, day.end
            elif price is not None:
                yield number, value * price / 10**8, day.end

    def _spot(self, kind: Kind) -> Iterator[tuple[int, Fraction, int]]:
        newest = max(self.days)
        reward = DAY_BLOCKS * subsidy(self.tip.height) + self.fees.get(newest, 0)
        value = kind.per * self.hashprice(self.tip.bits, reward) / 10**8
        at = self.days[newest].end
        if kind.in_dollars:
            price, seen = self.observations[BTC_USD][-1]
            value, at = value * price / 10**8, min(at, seen)
        yield self.tip.height, value, at


class Facade(NamedTuple):
    """A facade on a chain."""

    chain: Chain
    address: str

    @classmethod
    def of(cls, chain: Deployer, kind: Kind, source: str) -> Facade:
        """Deploy one."""
        return cls(chain, chain.deploy("AggregatorFacade", *kind.terms(source)))

    def read(self, function: str, *args: Any) -> Any:
        return self.chain.call("AggregatorFacade", self.address, function, *args)

    def reason(self, function: str, *args: Any) -> str | None:
        """Return why a function refuses; None where it answers."""
        try:
            self.read(function, *args)
        except ChainError as error:
            return error.reason
        return None

    def latest_reasons(self) -> set[str | None]:
        """Return why the functions about the newest round refuse, each of them."""
        return {self.reason(function) for function in LATEST}

    def round_reasons(self, *rounds: int) -> set[str | None]:
        """Return why the functions about a round refuse, each of them for each of these."""
        return {self.reason(function, number) for function in HISTORIC for number in rounds}


def says_why(reasons: set[str | None]) -> bool:
    """Say whether all refused, and none without a word."""
    return bool(reasons) and reasons.isdisjoint({None, ""})


@dataclass
class Bitcoin:
    """The 56 real block-days: final on a relay, closed in an index that a quorum's feed prices.

    Attributes:
        batches: the headers, by block-days, each with the State that they extend.
        first: the first block-day.
    """

    chain: RevmChain
    quorum: QuorumFeed
    relay: Relay
    index: str
    batches: list[tuple[State, bytes]]
    first: int
    truth: Truth

    @contextmanager
    def undone(self) -> Iterator[Bitcoin]:
        """Undo what happens inside, so that the chain is made once a process."""
        with self.chain.undone():
            yield self

    def deploy_relay(self) -> str:
        """Deploy another relay that knows nothing yet."""
        return _relay(self.chain, self.batches[0][0])

    def deploy_index(self, feed: str | None = None, **changes: Any) -> str:
        """Deploy another index over the same relay, with the quorum's feed unless one is given."""
        terms: dict[str, Any] = {
            "relay": self.relay.address,
            "unit": UNIT,
            "first_day": self.first,
            "fee_window": FEE_WINDOW,
            "feed": self.quorum.address if feed is None else feed,
            "feed_id": bytes(BTC_USD),
        }
        return self.chain.deploy("HashpriceIndex", *(terms | changes).values())

    def source(self, kind: Kind) -> str:
        """Say who knows a number."""
        sources = {Number.FEED: self.quorum.address, Number.DIFFICULTY: self.relay.address}
        return sources.get(Number(kind.number), self.index)

    def facade(self, kind: Kind, source: str | None = None) -> Facade:
        """Deploy a facade of a number."""
        return Facade.of(self.chain, kind, source or self.source(kind))

    def fresh(self, kind: Kind) -> Facade:
        """Deploy a facade of a number, and set the clock to its newest round's time."""
        self.chain.now = self.truth.newest(kind).at
        return self.facade(kind)

    def young(self, kind: Kind) -> Facade:
        """Deploy a facade of a number that nobody has said yet."""
        if kind.feed:
            return self.facade(kind._replace(feed=kind.feed._replace(name="Nobody's")))
        is_difficulty = kind.number == Number.DIFFICULTY
        return self.facade(kind, self.deploy_relay() if is_difficulty else self.deploy_index())

    def close(self, index: str, first: int, last: int) -> None:
        """Record and close block-days in an index, with nothing proven."""
        for start in range(first, last + 1, 8):
            numbers = range(start, min(start + 8, last + 1))
            days = [tuple(self.truth.days[number]) for number in numbers]
            self.chain.send("HashpriceIndex", index, "record", days)
            self.chain.now += FEE_WINDOW
            for number in numbers:
                if number > self.chain.call("HashpriceIndex", index, "FIRST_DAY"):
                    self.chain.send("HashpriceIndex", index, "close")


@cache
def bitcoin() -> Bitcoin:
    """Build it once a process."""
    archive = Archive.open(SHIPPED_ARCHIVE)
    chain = RevmChain(archive.checkpoint.time)
    quorum = QuorumFeed(1, chain=chain)
    relay = Relay(chain, _relay(chain, archive.checkpoint))
    found: list[Day] = []
    batches: list[tuple[State, bytes]] = []
    prices: list[tuple[int, int]] = []
    tip, first = archive.checkpoint, archive.checkpoint.height // DAY_BLOCKS + 1
    for headers, state in archive.batches(found):
        number = len(found) - 1
        if number == len(batches) and number != UNPRICED:
            _observe(quorum, prices, BTC_USD, _price(number), BTC_USD.due(found[-1].end + 599))
        chain.now = max(chain.now, *(Header.parse(header).time for header in split(headers)))
        relay.submit(tip, headers)
        batches.append((tip, headers))
        tip = state
    chain.now += CHALLENGE
    pending = found
    while (ripe := relay.ripe(pending, chain.now)).days:
        relay.finalize(ripe.days, ripe.rest)
        pending = pending[len(ripe.days) :]
    power: list[tuple[int, int]] = []
    days = dict(enumerate(found, first))
    truth = Truth(days, tip, {BTC_USD: prices, POWER: power}, {})
    built = Bitcoin(chain, quorum, relay, "", batches, first, truth)
    built.index = built.deploy_index()
    built.close(built.index, first, max(days))
    _observe(quorum, prices, BTC_USD, _price(56), BTC_USD.due(chain.now))
    for number in range(POWER_DAYS):
        value = (-1) ** number * 3_141 * number
        _observe(quorum, power, POWER, value, POWER.due(chain.now) + DAY)
    return built


def _relay(chain: RevmChain, checkpoint: State) -> str:
    return chain.deploy("BitcoinRelay", tuple(checkpoint), MAINNET.limit, 1, CHALLENGE)


def _price(number: int) -> int:
    """Make up BTC/USD, dollars x 10^8."""
    return 4_234_512_345_678 + 12_345_678_901 * (number * number % 37)


def _observe(
    quorum: QuorumFeed, seen: list[tuple[int, int]], feed: FeedId, value: int, at: int
) -> None:
    quorum.chain.now = max(quorum.chain.now, at)
    quorum.observe(value, at, bytes(feed))
    seen.append((value, at))
