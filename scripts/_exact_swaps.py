"""What swaps settle on and pay, in exact fractions: from headers and the terms of a series.

Nothing is read from a contract, nor from the library's index. X is not rounded here; what is paid
is rounded as the market rounds it: the share to 10^-12, and each payment once, both down.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import NamedTuple

from terahash.bitcoin.state import DAY_BLOCKS, Day
from terahash.bitcoin.target import EPOCH_BLOCKS, hashes_per_block, to_target
from terahash.hashprice import day_subsidy
from terahash.swaps.series import Series
from terahash.units import DAY, UNIT, WAD

EPOCH_DAYS = EPOCH_BLOCKS // DAY_BLOCKS
SHARES = 10**12
"""Parts of the collateral, by which the market divides it."""
EASIEST = 0xFFFF << 208
"""The target of difficulty 1."""


class Payouts(NamedTuple):
    """What both sides of a series get, satoshi; what is missing stays in the market."""

    long: int
    short: int


class Headers(NamedTuple):
    """What headers say of complete block-days, one after the other.

    Attributes:
        first: number of the first, which only sets the clock.
        days: their ends, unix seconds, and their targets.
    """

    first: int
    days: Sequence[Day]

    def earned(self, start: int, end: int) -> Fraction:
        """Say what 1 TH/s earned of the subsidy between two unix times, satoshi.

        A block-day's part inside is by time.
        """
        total = Fraction(0)
        for number, (before, day) in enumerate(pairwise(self.days), self.first + 1):
            seconds = min(day.end, end) - max(before.end, start)
            if seconds > 0:
                hashes = DAY_BLOCKS * hashes_per_block(to_target(day.bits))
                total += Fraction(seconds * UNIT * day_subsidy(number), hashes)
        return total

    def hashprice(self, start: int, end: int) -> Fraction:
        """Say the mean hashprice of the subsidy, satoshi per TH/s and day."""
        return self.earned(start, end) * DAY / (end - start)

    def difficulty(self, start: int, end: int) -> Fraction:
        """Say the mean difficulty of epochs, from the first to the one before the end."""
        epochs = range(start, end)
        bits = [self.days[epoch * EPOCH_DAYS - self.first].bits for epoch in epochs]
        return sum((Fraction(EASIEST, to_target(each)) for each in bits), Fraction(0)) / len(epochs)


def long_worth(series: Series, claims: int, x: Fraction) -> Fraction:
    """Say what the longs of a series are worth at X (not times 10^18), satoshi, unrounded."""
    inside = min(max(x * WAD, Fraction(series.floor)), Fraction(series.cap)) - series.floor
    return claims * inside / (series.cap - series.floor)


def payouts(series: Series, claims: int, x: int) -> Payouts:
    """Say what both sides are paid at X, times 10^18."""
    share = Fraction(floor(SHARES * long_worth(series, 1, Fraction(x, WAD))), SHARES)
    return Payouts(floor(claims * share), floor(claims * (1 - share)))
