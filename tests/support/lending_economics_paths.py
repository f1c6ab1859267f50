"""Hashprices for simulations: walks with crashes, days below cost, halvings; and Bitcoin's own."""

from __future__ import annotations

import csv
import math
import random
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.network import HALVING_BLOCKS
from terahash.bitcoin.state import Day
from terahash.hashprice import block_days, day_subsidy, sats_earned
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.lending_economics_issuance import DAY_BLOCKS, NEVER, Chart
from tests.support.token_model import DAY, ONE

START = 1_700_000_000
WARM_UP = 15
"""Block-days before a term, so that every mean is one of closed days."""
EPOCH_DAYS = 14
AFTER = 14
"""Block-days after a term."""
AFTER_JULY_2010 = 34 * EPOCH_DAYS


class Market(Enum):
    """What the hashprice does: drift and deviation of a day, in thousandths, and what happens."""

    CALM = (0, 10, "nothing")
    FALLS = (-10, 20, "nothing")
    RISES = (10, 20, "nothing")
    WILD = (-2, 60, "nothing")
    CRASHES = (0, 20, "falls by half, in a day")
    BELOW_COST = (0, 20, "is a tenth for days")
    HALVES = (0, 10, "the subsidy halves, on schedule")
    REAL = (0, 11, "begins as in the winter of 2023")
    HISTORY = (0, 12, "is that of Bitcoin")


def walk(any_: random.Random, market: Market, term: int) -> Chart:
    """Walk as a market does, from some days before a term until some after it."""
    drift, deviation, _ = market.value
    price = any_.randrange(100, 2_000) * ONE
    event = WARM_UP + any_.randrange(1, term)
    until = event + any_.randrange(1, 20)
    halving, before = NEVER, 0
    if market is Market.HALVES:
        halving, before = event, any_.randrange(DAY_BLOCKS)
    days: list[tuple[int, int]] = []
    if market is Market.REAL:
        days = _from_price(_shipped()[any_.randrange(EPOCH_DAYS) :], price)
    while len(days) < WARM_UP + term + AFTER:
        number = len(days) + 1
        price = _times(price, math.exp(any_.gauss(drift, deviation) / 1_000))
        if market is Market.CRASHES and number == event:
            price //= 2
        hashprice = price
        if market is Market.BELOW_COST and event <= number < until:
            hashprice //= 10
        if number == halving:
            hashprice = hashprice * (DAY_BLOCKS + before) // (2 * DAY_BLOCKS)
        elif number > halving:
            hashprice //= 2
        seconds = int(DAY * any_.uniform(0.85, 1.2))
        days.append((seconds, hashprice * seconds // DAY))
    return Chart(START, days, halving, before)


def history(any_: random.Random, term: int, path: Path) -> Chart:
    """Cut a term out of Bitcoin's history, by a file of its retargets; the level is drawn.

    Block-days of an epoch are equally long. It begins after July 2010, when they were of six hours:
    nobody who takes two days to liquidate could have lent then.
    """
    days = _recorded(path)
    first = any_.randrange(AFTER_JULY_2010, len(days) - WARM_UP - term - AFTER)
    cut = _from_price(
        days[first : first + WARM_UP + term + AFTER], any_.randrange(100, 2_000) * ONE
    )
    # The first block-day of the chart is number `first`; halvings are years apart.
    height = -(-first * DAY_BLOCKS // HALVING_BLOCKS) * HALVING_BLOCKS
    return Chart(START, cut, height // DAY_BLOCKS - first + 1, height % DAY_BLOCKS)


def fell(chart: Chart, valued: int, ended: int, percent: int) -> bool:
    """Say whether the hashprice fell so far below what a loan was valued by; a halving is no fall.

    Args:
        valued: the first block-day that was not closed when it was valued.
        ended: the first that was not when it ended.
    """
    known = valued - 1
    hashprice = min(chart.mean(known, count) for count in (1, 3, 14))
    for day in range(valued, min(ended + 1, len(chart.ends))):
        expected = hashprice // 2 if known < chart.halving <= day else hashprice
        if chart.hashprice(day) * 100 < expected * (100 - percent):
            return True
    return False


def _times(price: int, factor: float) -> int:
    return price * int(factor * 1_000_000) // 1_000_000


def _from_price(days: list[tuple[int, int]], price: int) -> list[tuple[int, int]]:
    """Scale what block-days earn, so that their hashprice begins at a price."""
    seconds, gained = days[0]
    return [(length, earned * price * seconds // (gained * DAY)) for length, earned in days]


@cache
def _shipped() -> list[tuple[int, int]]:
    """List the block-days that the project ships headers of: seconds, and what 1 TH/s earned."""
    archive, ended = Archive.open(SHIPPED_ARCHIVE), list[Day]()
    for _ in archive.batches(ended):
        pass
    first = (archive.checkpoint.height + 1) // DAY_BLOCKS
    return [
        (day.end - day.start, day.hashprice * (day.end - day.start) // DAY)
        for day in block_days(ended, first)
    ]


@cache
def _recorded(path: Path) -> list[tuple[int, int]]:
    """List all block-days of a file of every second retarget: seconds, and what 1 TH/s earned.

    Each line ends one epoch and begins another, which the next line's first block ends.
    """
    with path.open() as file:
        rows = list(csv.DictReader(file))
    epochs: list[tuple[int, int]] = []
    for row, following in pairwise(rows):
        epochs.append((int(row["timespan"]), int(row["old_bits"], 16)))
        until = int(following["first_time"]) - int(row["last_time"])
        epochs.append((until, int(row["new_bits"], 16)))
    days = []
    for epoch, (timespan, bits) in enumerate(epochs):
        for number in range(epoch * EPOCH_DAYS, (epoch + 1) * EPOCH_DAYS):
            seconds = timespan // EPOCH_DAYS
            days.append((seconds, sats_earned(seconds, day_subsidy(number), bits)))
    return days
