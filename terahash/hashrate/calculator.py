"""What 1 TH/s owes over block-days: the contract's own integers, to the last digit.

Formula: net = max(0, earned (1 - fee) - cost x seconds / 86,400), rounded down for each block-day
on its own: what one day loses is not set off against another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from terahash.chain import Chain
from terahash.errors import IndexRangeError
from terahash.hashprice import BlockDay
from terahash.hashprice_index import HashpriceIndex, Reading
from terahash.hashrate.models import Terms, Window
from terahash.headers import Exact
from terahash.units import DAY, WAD

MAX_READINGS = 64
"""Readings that the index gives in one call."""


class DayOwed(NamedTuple):
    """What a block-day owes a token.

    Attributes:
        number: of the block-day.
        seconds: its length.
        gross: what 1 TH/s earned in it, satoshi times 10^18.
        net: what it owes, likewise; zero for a day that earned less than its cost.
    """

    number: int
    seconds: int
    gross: Exact
    net: Exact


class Owed(NamedTuple):
    """What block-days in a row owe a token: each of them, and their sum, satoshi times 10^18."""

    days: list[DayOwed]
    net: Exact

    @property
    def unprofitable(self) -> list[int]:
        """The block-days that owe nothing."""
        return [day.number for day in self.days if not day.net]


def net_earned(earned: int, seconds: int, fee: int, cost: int) -> int:
    """Say what one block-day owes a token, satoshi times 10^18.

    Args:
        earned: by 1 TH/s, satoshi times 10^18.
        seconds: its length.
        fee: share of the gross, times 10^18.
        cost: sats per TH/s per 86,400 s, times 10^18.
    """
    gross = earned * (WAD - fee) * DAY
    return max(0, gross - cost * seconds * WAD) // (WAD * DAY)


def net_hashprice(hashprice: int, fee: int, cost: int) -> int:
    """Say what a day of 86,400 seconds at a hashprice owes a token, as tokens are valued by."""
    return max(hashprice * (WAD - fee) // WAD - cost, 0)


def window(chain: Chain, index: str) -> Window:
    """Read what an index says of its newest closed block-day."""
    return Window(*chain.call("HashpriceIndex", index, "window"))


def from_readings(first: int, readings: Sequence[Reading], terms: Terms) -> Owed:
    """Say what block-days owe, from an index's running totals.

    Args:
        first: the first block-day that counts.
        readings: of the block-day before it, and of all that count.
        terms: of the issuance; its term is not asked for.
    """
    return _owed(
        DayOwed(
            number=number,
            seconds=after.end - before.end,
            gross=after.earned - before.earned,
            net=net_earned(
                after.earned - before.earned, after.end - before.end, terms.fee, terms.cost
            ),
        )
        for number, (before, after) in enumerate(pairwise(readings), first)
    )


def from_block_days(days: Sequence[BlockDay], first: int, last: int, terms: Terms) -> Owed:
    """Say what the block-days [first, last) owe, from headers and coinbases alone.

    Args:
        days: of the index, from its first on (`terahash.hashprice.block_days`).
        first: the first block-day that counts.
        last: the one after the last that counts.
        terms: of the issuance; its term is not asked for.

    Raises:
        IndexRangeError: for block-days that are not among them.
    """
    if not (days and days[0].number <= first <= last <= days[-1].number + 1):
        covered = f"{days[0].number} to {days[-1].number}" if days else "none"
        raise IndexRangeError(
            f"block-days {first} to {last - 1} are not all in the index, which covers {covered}"
        )
    start = first - days[0].number
    before = Reading(days[start].start, 0, 0) if start < len(days) else Reading(0, 0, 0)
    if start:
        before = Reading(days[start - 1].end, days[start - 1].earned, 0)
    chosen = days[start : last - days[0].number]
    readings = [Reading(day.end, day.earned, day.floor_earned) for day in chosen]
    return from_readings(first, [before, *readings], terms)


def from_index(index: HashpriceIndex, first: int, last: int, terms: Terms) -> Owed:
    """Say what the block-days [first, last) owe, from a deployed index.

    Raises:
        IndexRangeError: where one of them is not closed, or the last is before the first.
        ChainError: with the index's reason where the day before them is not.
    """
    if first > last:
        raise IndexRangeError(f"no block-days run from {first} to before {last}: swap the two")
    readings = list(_readings(index, first - 1, last - first + 1))
    if len(readings) <= last - first:  # an index gives those that are closed
        raise IndexRangeError(
            f"block-days {first} to {last - 1} are not all closed: the newest is "
            f"{first + len(readings) - 2}"
        )
    return from_readings(first, readings, terms)


def _readings(index: HashpriceIndex, first: int, count: int) -> Iterator[Reading]:
    for start in range(first, first + count, MAX_READINGS):
        yield from index.readings(start, min(MAX_READINGS, first + count - start))


def _owed(days: Iterable[DayOwed]) -> Owed:
    listed = list(days)
    return Owed(listed, sum(day.net for day in listed))
