"""The hashprice index from Bitcoin's headers and coinbases alone: what the contract computes.

Every number is an integer and equal to the contract's to the last digit (`HashpriceIndex.vy`).
A block-day is 144 blocks, numbered height // 144; its end is the median-time-past of its last
block. Satoshi are per TH/s and times 10^18.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from pydantic import BaseModel, computed_field

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.bitcoin.target import difficulty, hashes_per_block, to_target
from terahash.errors import IndexRangeError
from terahash.headers import Exact
from terahash.units import DAY, UNIT, WAD, Sats


class Ended(Protocol):
    """A complete block-day as far as prices need it; `Day` is one.

    Attributes:
        end: median-time-past of its last block, unix seconds.
        bits: compact target of its blocks.
    """

    @property
    def end(self) -> int: ...

    @property
    def bits(self) -> int: ...


class BlockDay(BaseModel):
    """A closed block-day of the index.

    Attributes:
        number: its heights divided by 144.
        start: end of the block-day before, unix seconds of Bitcoin's clock.
        end: of it, likewise.
        bits: compact target of its blocks.
        difficulty: of its blocks, times 10^18.
        subsidy: of its 144 blocks, satoshi.
        fees: proven, satoshi; at most the subsidy of each block.
        proven: blocks whose fees are proven.
        hashprice: satoshi per TH/s per day at its pace, times 10^18.
        earned: satoshi that 1 TH/s has earned since the index began, times 10^18.
        floor_earned: the same from the subsidy alone.
    """

    number: int
    start: int
    end: int
    bits: int
    subsidy: int
    fees: int
    proven: int
    hashprice: Exact
    earned: Exact
    floor_earned: Exact

    @property
    def first_height(self) -> int:
        """The height of its first block."""
        return self.number * DAY_BLOCKS

    @property
    def reward(self) -> Sats:
        """Subsidy and proven fees of its 144 blocks."""
        return Sats(self.subsidy + self.fees)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def difficulty(self) -> Exact:
        """The difficulty of its blocks, times 10^18."""
        return difficulty(to_target(self.bits))


def day_subsidy(number: int) -> Sats:
    """Add up what the 144 blocks of a block-day may create; a halving may lie inside."""
    first = number * DAY_BLOCKS
    return Sats(sum(subsidy(height) for height in range(first, first + DAY_BLOCKS)))


def sats_earned(seconds: int, reward: int, bits: int, unit: int = UNIT) -> int:
    """Say what a unit of hashrate earns while 144 blocks pay a reward.

    Formula: unit x 10^18 x seconds x reward // (144 x difficulty x 2^32), the convention of
    published hashprice indices.

    Args:
        seconds: that it mines.
        reward: of 144 blocks, satoshi.
        bits: compact target of those blocks.
        unit: hashes a second.

    Returns:
        satoshi, times 10^18.
    """
    return unit * WAD * seconds * reward // (DAY_BLOCKS * hashes_per_block(to_target(bits)))


def block_days(
    days: Iterable[Ended], first: int, fees: Mapping[int, int] | None = None, unit: int = UNIT
) -> Iterator[BlockDay]:
    """List the block-days of the index; the first one given only sets the clock.

    Args:
        days: complete block-days, one after the other.
        first: the number of the first.
        fees: height to fees that count, of blocks that are proven (`CoinbaseProof.fees`).
        unit: hashes a second that are priced.
    """
    fees = fees or {}
    start = earned = floor_earned = 0
    for number, day in enumerate(days, first):
        if number > first:
            heights = range(number * DAY_BLOCKS, (number + 1) * DAY_BLOCKS)
            proven = [fees[height] for height in heights if height in fees]
            created = day_subsidy(number)
            reward = created + sum(proven)
            earned += sats_earned(day.end - start, reward, day.bits, unit)
            floor_earned += sats_earned(day.end - start, created, day.bits, unit)
            yield BlockDay(
                number=number,
                start=start,
                end=day.end,
                bits=day.bits,
                subsidy=created,
                fees=sum(proven),
                proven=len(proven),
                hashprice=sats_earned(DAY, reward, day.bits, unit),
                earned=earned,
                floor_earned=floor_earned,
            )
        start = day.end


def earned_at(days: Sequence[BlockDay], time: int) -> int:
    """Say what 1 TH/s has earned from the index's beginning to a time, evenly inside a day.

    Args:
        days: from the index's first on.
        time: unix seconds of Bitcoin's clock.

    Returns:
        satoshi per TH/s, times 10^18.

    Raises:
        IndexRangeError: for a time that the days do not cover.
    """
    return _total_at(days, time, lambda day: day.earned)


def floor_earned_at(days: Sequence[BlockDay], time: int) -> int:
    """Say the same from the subsidy alone, which nobody's proofs influence.

    Raises:
        IndexRangeError: for a time that the days do not cover.
    """
    return _total_at(days, time, lambda day: day.floor_earned)


def mean(days: Sequence[BlockDay], start: int, end: int) -> int:
    """Say the mean hashprice between two times, satoshi per TH/s per day, times 10^18.

    Raises:
        IndexRangeError: for times that the days do not cover, or no time between them.
    """
    return _mean(start, end, earned_at(days, start), earned_at(days, end))


def floor_mean(days: Sequence[BlockDay], start: int, end: int) -> int:
    """Say the same from the subsidy alone.

    Raises:
        IndexRangeError: for times that the days do not cover, or no time between them.
    """
    return _mean(start, end, floor_earned_at(days, start), floor_earned_at(days, end))


def to_the_second(time: int) -> str:
    """Write a unix time in UTC to the second, as the edges of an index need it."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _mean(start: int, end: int, before: int, after: int) -> int:
    if start >= end:
        raise IndexRangeError(
            f"no time lies between {to_the_second(start)} and {to_the_second(end)} UTC"
        )
    return (after - before) * DAY // (end - start)


def _total_at(days: Sequence[BlockDay], time: int, total: Callable[[BlockDay], int]) -> int:
    if not days or not days[0].start <= time <= days[-1].end:
        covered = "no time at all"
        if days:
            start, end = days[0].start, days[-1].end
            covered = f"{to_the_second(start)} to {to_the_second(end)} UTC ({start} to {end})"
        raise IndexRangeError(
            f"{to_the_second(time)} UTC lies outside of the index, which covers {covered}"
        )
    at = bisect_left(days, time, key=lambda day: day.end)
    day, before = days[at], total(days[at - 1]) if at else 0
    return before + (total(day) - before) * (time - day.start) // (day.end - day.start)
