"""What feeds, and the numbers behind AggregatorV3, should say: from headers and what was signed.

Nothing is read from a contract, and nothing is rounded but the answer, down, at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS, Day, State
from terahash.bitcoin.target import EPOCH_BLOCKS, hashes_per_block, to_target
from terahash.deployment import Facade, Number, Terms
from terahash.feeds.models import Answer, DayTotal, Reading
from terahash.hashprice import block_days, day_subsidy
from terahash.units import DAY, HOUR, SATS_PER_BTC, UNIT

EPOCH_DAYS = EPOCH_BLOCKS // DAY_BLOCKS
CARRY = 3 * DAY
"""Seconds for which an observation counts, until the next."""
PRICE_WINDOW = 6 * HOUR
"""Seconds after its end in which a block-day's price must be observed."""
PRICE_AGE = 3 * HOUR
"""Of the price of a spot in dollars, at most."""
PRICE_DECIMALS = 8
PRICE_SCALE = 10**PRICE_DECIMALS
NO_ROUND, NO_ANSWER, NO_PRICE = (
    "facade: no such round",
    "facade: no answer yet",
    "facade: day without a price",
)
STALE = "facade: stale"
"""Why there is no answer, in the contract's words."""


class Refused(Exception):
    """There is no answer; the message is why."""


class Round(NamedTuple):
    """A round before it is rounded: in dollars, bitcoin, TH/s, or as difficulty is counted."""

    number: int
    value: Fraction
    at: int


class PricedDay(NamedTuple):
    """A block-day in dollars.

    Attributes:
        number: of the block-day.
        observed: its price, dollars x 10^8, and when that was observed; None without one.
        total: what 1 TH/s has earned in the days that have one, dollars x 10^18.
        seconds: that these days took.
        price: of the newest of them, dollars x 10^8; zero before the first.
    """

    number: int
    observed: Reading | None
    total: int
    seconds: int
    price: int


def median(values: Sequence[int]) -> int:
    """Return the middle value; of an even count, the upper of two."""
    return sorted(values)[len(values) // 2]


def totals(readings: Sequence[Reading], end: int) -> DayTotal:
    """Add up value x seconds until a time: each counts until the next, and not for ever.

    Args:
        readings: all that were observed, in the order of their times.
        end: unix seconds.
    """
    total = seconds = 0
    after = [at for _, at in readings[1:]]
    for (value, at), until in zip(readings, [*after, end], strict=True):
        covered = max(min(until, end, at + CARRY) - at, 0)
        total += value * covered
        seconds += covered
    return DayTotal(total, seconds)


@dataclass(frozen=True)
class Truth:
    """What is known of Bitcoin and of its price.

    Attributes:
        days: final and closed block-days by number; the first sets the index's clock.
        tip: State after the newest header.
        fees: that count, of proven blocks, satoshi by height.
        prices: of a bitcoin, dollars x 10^8, in the order of their times.
        now: the chain's time.
        terms: of the deployment.
    """

    days: Mapping[int, Day]
    tip: State
    fees: Mapping[int, int]
    prices: Sequence[Reading]
    now: int
    terms: Terms

    def answer(self, facade: Facade) -> Answer | str:
        """Say what a facade's newest answer is, or why there is none, in the contract's words."""
        find: dict[Number, Callable[[Facade], Round]] = {
            Number.FEED: self._feed,
            Number.DIFFICULTY: self._difficulty,
            Number.HASHRATE: self._hashrate,
            Number.HASHPRICE: lambda facade: self.hashprice(facade, max(self.days)),
            Number.SPOT: self._spot,
        }
        try:
            number, value, at = find[facade.number](facade)
        except Refused as why:
            return str(why)
        if self.now - at > facade.max_age(self.terms):
            return STALE
        return Answer(number, int(value * 10 ** decimals(facade)), at)

    def hashprice(self, facade: Facade, number: int) -> Round:
        """Say the hashprice of a closed block-day.

        Raises:
            Refused: when it earned nothing, or has no price.
        """
        if number == min(self.days):
            raise Refused(NO_ROUND)
        day, observed = self.days[number], self.price(number)
        value = self._bitcoin(facade.per, day.bits, day_subsidy(number) + self._fees(number))
        if facade.in_dollars:
            if observed is None:
                raise Refused(NO_PRICE)
            value *= Fraction(observed.value, PRICE_SCALE)
        return Round(number, value, day.end)

    def price(self, number: int) -> Reading | None:
        """Find a block-day's price: the first at or after its end; None where none was in time."""
        end = self.days[number].end
        first = next((reading for reading in self.prices if reading.at >= end), None)
        return first if first and first.at <= end + PRICE_WINDOW else None

    def priced(self) -> list[PricedDay]:
        """List the block-days in dollars, as the index adds them up."""
        total = seconds = price = earned = 0
        found = []
        for day in block_days(self.days.values(), min(self.days), self.fees):
            observed = self.price(day.number)
            if observed:
                price = observed.value
                total += (day.earned - earned) * price // (PRICE_SCALE * SATS_PER_BTC)
                seconds += day.end - day.start
            earned = day.earned
            found.append(PricedDay(day.number, observed, total, seconds, price))
        return found

    def _feed(self, _: Facade) -> Round:
        if not self.prices:
            raise Refused(NO_ANSWER)
        value, at = self.prices[-1]
        return Round(len(self.prices), Fraction(value, PRICE_SCALE), min(at, self.now))

    def _difficulty(self, _: Facade) -> Round:
        """The newest epoch with a final block-day."""
        epoch = max(self.days) // EPOCH_DAYS
        day = self.days[epoch * EPOCH_DAYS]
        return Round(epoch, Fraction(to_target(0x1D00FFFF), to_target(day.bits)), day.epoch_start)

    def _hashrate(self, _: Facade) -> Round:
        """The hashes of 14 block-days over the time they took."""
        newest = max(self.days)
        numbers = range(newest - EPOCH_DAYS, newest + 1)
        if numbers[0] not in self.days:
            raise Refused(NO_ROUND)
        hashes = seconds = 0
        for before, day in pairwise(self.days[number] for number in numbers):
            hashes += DAY_BLOCKS * hashes_per_block(to_target(day.bits))
            seconds += day.end - before.end
        return Round(newest, Fraction(hashes, seconds * UNIT), self.days[newest].end)

    def _spot(self, facade: Facade) -> Round:
        """At the tip's target and subsidy, with the newest closed block-day's fees."""
        newest = max(self.days)
        reward = DAY_BLOCKS * subsidy(self.tip.height) + self._fees(newest)
        value, at = self._bitcoin(facade.per, self.tip.bits, reward), self.days[newest].end
        if facade.in_dollars:
            if not self.prices:
                raise Refused("facade: no price yet")
            price, observed_at = self.prices[-1]
            if self.now - observed_at > PRICE_AGE:
                raise Refused("facade: price stale")
            value, at = value * Fraction(price, PRICE_SCALE), min(at, observed_at)
        return Round(self.tip.height, value, at)

    def _fees(self, number: int) -> int:
        return sum(paid for height, paid in self.fees.items() if height // DAY_BLOCKS == number)

    @staticmethod
    def _bitcoin(terahashes: int, bits: int, reward: int) -> Fraction:
        """Say what so many TH/s earn in a day where 144 blocks pay a reward, bitcoin."""
        hashes = DAY_BLOCKS * hashes_per_block(to_target(bits))
        return Fraction(terahashes * UNIT * DAY * reward, hashes * SATS_PER_BTC)


def decimals(facade: Facade) -> int:
    """Say with how many decimals a facade should answer: bitcoin has 18, all else 8."""
    is_price = facade.number in (Number.HASHPRICE, Number.SPOT)
    return 18 if is_price and not facade.in_dollars else PRICE_DECIMALS
