"""Averages weighted by calls: whoever closes days in the right order, or often, moves the mean.

A mean is over time. Block-days last from three hours to two days here, and count for as long as
they last; by how many calls they were closed counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from terahash.bitcoin.header import Header
from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.bitcoin.target import EPOCH_BLOCKS, hashes_per_block, to_target
from terahash.units import DAY, WAD
from tests.support.indexing import EPOCH, FIRST_DAY, UNIT, Index, Indexed, indexed
from tests.support.instruments import Instrument
from tests.support.trading import Series

MEAN, HASHRATE = BTC, SUBSIDY = 0, 1
FIRST, LAST = FIRST_DAY + 1, FIRST_DAY + 15
"""Days in which the window begins and ends: a halving and a retarget lie between."""


@pytest.fixture
def base() -> Iterator[Indexed]:
    with indexed().undone() as built:
        yield built


def _series(index: Index, kind: int) -> Series:
    ends = {number: index.mined[number].day.end for number in range(FIRST_DAY, LAST + 1)}
    return Series(kind=kind, start=ends[FIRST] - 2_000, end=ends[LAST] - 7_000)


def _prices(index: Index, series: Series) -> list[tuple[Fraction, int]]:
    """What each day paid for a hash a second, satoshi a day, and its seconds in the window."""
    found = []
    for number in range(FIRST, LAST + 1):
        before, day = index.mined[number - 1].day, index.mined[number].day
        earned = sum(subsidy(number * DAY_BLOCKS + i) for i in range(DAY_BLOCKS))
        hashes = DAY_BLOCKS * hashes_per_block(to_target(day.bits))
        inside = min(series.end, day.end) - max(series.start, before.end)
        found.append((Fraction(UNIT * DAY * earned, hashes), inside))
    return found


@pytest.mark.parametrize("kind", [BTC, SUBSIDY], ids=["btc", "subsidy"])
def test_market_weighted_by_time__days_of_any_length__count_for_their_seconds(
    base: Indexed, kind: int
) -> None:
    index = base.index()
    index.close_up_to(LAST)
    swap = Instrument.of(base.chain, "HashpriceSwap", index.address)
    series = _series(index, kind)
    prices = _prices(index, series)
    by_time = sum(price * seconds for price, seconds in prices) / (series.end - series.start)
    by_day = sum(price for price, _ in prices) / len(prices)
    ready, x = swap.value(series)
    assert ready
    assert abs(x - by_time * WAD) < 4
    assert abs(by_day / by_time - 1) > Fraction(1, 50)  # the two are told apart


def test_market_weighted_by_time__closed_by_any_calls__is_one_mean(base: Indexed) -> None:
    """Each day as it ends, or all of them on the last day, with others asking all the time."""
    one, other = base.index(), base.index()
    swaps = [Instrument.of(base.chain, "HashpriceSwap", each.address) for each in (one, other)]
    for number in range(FIRST_DAY, LAST + 1):
        one.close_up_to(number)
        for kind in (BTC, SUBSIDY):
            swaps[0].value(_series(one, kind))
    other.close_up_to(LAST)
    for kind in (BTC, SUBSIDY):
        series = _series(one, kind)
        assert swaps[0].value(series) == swaps[1].value(series)
        assert swaps[0].value(series)[0]


def test_market_weighted_by_time__hashrate__is_hashes_over_the_time_they_took(
    base: Indexed,
) -> None:
    swap = Instrument.of(base.chain, "DifficultySwap", base.index().address)
    first, after = (Header.parse(base.mined[day].headers[:80]) for day in (0, 14))
    hashes = EPOCH_BLOCKS * Fraction(0xFFFF << 208, to_target(first.bits)) * 2**32
    exact = hashes / (after.time - first.time) * WAD / 10**12
    ready, x = swap.value(Series(kind=HASHRATE, start=EPOCH, end=EPOCH + 1))
    assert ready
    assert abs(x - exact) <= max(1, exact / 10**9)
    assert abs(after.time - first.time - 14 * DAY) > DAY // 2  # not what it should have taken
