"""HashpriceSwap.value: X over calendar windows, exactly, and when it is ready."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from fractions import Fraction
from typing import Protocol

import pytest

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS, Day
from terahash.bitcoin.target import hashes_per_block, to_target
from terahash.chain import ChainError
from terahash.hashprice import block_days, floor_mean, mean
from terahash.units import DAY, WAD
from terahash.units import UNIT as TERAHASH
from tests.support.facades import Bitcoin
from tests.support.indexing import FEE_WINDOW, FIRST_DAY, UNIT, Index, Indexed, dispute
from tests.support.instruments import Instrument
from tests.support.trading import Series

BTC, SUBSIDY = 0, 1
NOT_READY = (False, 0)
ROUNDED = 4
"""How far below the exact fraction or above it the contract may be, satoshi x 10^-18."""


class Rewards(Protocol):
    """What the blocks of a day paid, satoshi."""

    def __call__(self, number: int, /) -> int: ...


def _subsidy(number: int) -> int:
    return sum(subsidy(number * DAY_BLOCKS + i) for i in range(DAY_BLOCKS))


def _exact(days: dict[int, Day], series: Series, unit: int, reward: Rewards = _subsidy) -> Fraction:
    """Say the mean of a window, satoshi x 10^18: each day's price by its seconds in the window."""
    total, seconds = Fraction(0), 0
    for number in list(days)[1:]:
        day = days[number]
        inside = min(series.end, day.end) - max(series.start, days[number - 1].end)
        if inside > 0:
            hashes = DAY_BLOCKS * hashes_per_block(to_target(day.bits))
            total += Fraction(unit * DAY * reward(number), hashes) * inside
            seconds += inside
    assert seconds == series.end - series.start
    return total * WAD / seconds


def _utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "start, end",
    [
        ("2024-01-03", "2024-02-01"),
        ("2024-01-05", "2024-01-06"),
        ("2024-01-20T13:37:01", "2024-02-11T01:02:03"),
    ],
)
def test_value__calendar_windows_of_real_days__as_headers_have_it(
    real: Bitcoin, swap: Instrument, start: str, end: str
) -> None:
    days = real.truth.days
    model = list(block_days(days.values(), real.first))
    for kind, expected in ((BTC, mean), (SUBSIDY, floor_mean)):
        series = Series(kind=kind, start=_utc(start), end=_utc(end))
        assert series.start not in {day.end for day in days.values()}
        ready, x = swap.value(series)
        assert ready
        assert x == expected(model, series.start, series.end)
        assert abs(x - _exact(days, series, TERAHASH)) < ROUNDED
    # 1 TH/s earned about 170 sat a day.
    assert 150 * WAD < x < 210 * WAD


def test_value__random_windows_of_real_days__as_headers_have_it(
    real: Bitcoin, swap: Instrument
) -> None:
    rng = random.Random(2)
    days = real.truth.days
    first, last = days[real.first].end, days[max(days)].end
    ends = [day.end for day in days.values()]
    for _ in range(60):
        start = rng.choice((rng.randrange(first, last - DAY), first, rng.choice(ends[:-3])))
        end = min(last, start + rng.choice((DAY, rng.randrange(DAY, 50 * DAY))))
        series = Series(kind=rng.randrange(2), start=start, end=end)
        ready, x = swap.value(series)
        assert ready
        assert abs(x - _exact(days, series, TERAHASH)) < ROUNDED


def test_value__fees_proven__raise_all_but_the_subsidy(base: Indexed) -> None:
    """Of the window's three days one is proven whole, one in part, one not at all."""
    index = base.index()
    swap = Instrument.of(base.chain, "HashpriceSwap", index.address)
    proven = {FIRST_DAY + 4: range(DAY_BLOCKS), FIRST_DAY + 5: range(12, 40)}
    index.close_up_to(FIRST_DAY + 3)
    for number, indices in proven.items():
        index.record(number)
        for at in range(0, len(indices), 48):
            index.prove(number, indices[at : at + 48])
        base.chain.now += FEE_WINDOW
        index.send("close")
    index.close_up_to(FIRST_DAY + 7)

    days = {number: mined.day for number, mined in index.mined.items()}
    start, end = days[FIRST_DAY + 3].end + 7_001, days[FIRST_DAY + 5].end + 40_003
    btc, floor = (Series(kind=kind, start=start, end=end) for kind in (BTC, SUBSIDY))
    fees = {
        number * DAY_BLOCKS + i: index.mined[number].fees(i)
        for number, indices in proven.items()
        for i in indices
    }

    def reward(number: int) -> int:
        heights = range(number * DAY_BLOCKS, (number + 1) * DAY_BLOCKS)
        return _subsidy(number) + sum(fees.get(height, 0) for height in heights)

    (btc_ready, with_fees), (floor_ready, without) = swap.value(btc), swap.value(floor)
    assert btc_ready and floor_ready
    model = list(block_days([*days.values()][:8], FIRST_DAY, fees, UNIT))
    assert with_fees == mean(model, start, end)
    assert without == floor_mean(model, start, end)
    assert abs(with_fees - _exact(days, btc, UNIT, reward)) < ROUNDED
    assert abs(without - _exact(days, floor, UNIT)) < ROUNDED
    assert without * 11 // 10 < with_fees < 2 * without


def test_value__day_that_holds_the_end__must_be_closed(base: Indexed) -> None:
    index = base.index()
    swap = Instrument.of(base.chain, "HashpriceSwap", index.address)
    index.close_up_to(FIRST_DAY + 6)
    start = index.mined[FIRST_DAY].day.end
    edge = index.mined[FIRST_DAY + 6].day.end
    for kind in (BTC, SUBSIDY):
        assert swap.value(Series(kind=kind, start=start, end=edge))[0]
        assert swap.value(Series(kind=kind, start=start, end=edge + 1)) == NOT_READY
    index.record(FIRST_DAY + 7)
    late = Series(kind=BTC, start=start, end=edge + 1)
    base.chain.now += FEE_WINDOW
    assert swap.value(late) == NOT_READY
    index.send("close")
    assert swap.value(late)[0]


@pytest.mark.parametrize("kind", [BTC, SUBSIDY])
def test_value__days_that_are_disputed__not_ready(base: Indexed, kind: int) -> None:
    """A window that ends with the last day before them, to the second, does not read them."""
    index = base.index()
    swap = Instrument.of(base.chain, "HashpriceSwap", index.address)
    index.close_up_to(FIRST_DAY + 30)
    start, edge = (index.mined[FIRST_DAY + i].day.end for i in (20, 27))
    last = index.mined[FIRST_DAY + 30].day.end
    windows = [Series(kind=kind, start=start + 9, end=end) for end in (edge - 1, edge)]
    false = [
        *(Series(kind=kind, start=start + 9, end=end) for end in (edge + 1, last)),
        Series(kind=kind, start=edge + 1, end=last),
    ]
    before = {series: swap.value(series) for series in windows + false}
    assert all(ready for ready, _ in before.values())
    dispute(base, FIRST_DAY + 27)
    for series in windows:
        assert swap.value(series) == before[series]
    for series in false:
        assert swap.value(series) == NOT_READY


def test_value__dispute_after_the_newest_closed_day__changes_nothing(base: Indexed) -> None:
    index = base.index()
    swap = Instrument.of(base.chain, "HashpriceSwap", index.address)
    index.close_up_to(FIRST_DAY + 27)
    start, end = (index.mined[FIRST_DAY + i].day.end for i in (20, 27))
    series = Series(kind=BTC, start=start, end=end)
    before = swap.value(series)
    dispute(base, FIRST_DAY + 27)
    assert before[0] and swap.value(series) == before


@pytest.mark.parametrize("first_day", [FIRST_DAY + 28, FIRST_DAY + 29])
def test_value__all_that_the_index_has_is_disputed__not_ready(
    base: Indexed, first_day: int
) -> None:
    """Not even the day that set its clock stands."""
    index = base.index(first_day=first_day)
    swap = Instrument.of(base.chain, "HashpriceSwap", index.address)
    index.close_up_to(FIRST_DAY + 30)
    start, end = index.mined[first_day].day.end, index.mined[FIRST_DAY + 30].day.end
    for kind in (BTC, SUBSIDY):
        assert swap.value(Series(kind=kind, start=start, end=end))[0]
    dispute(base, FIRST_DAY + 27)
    for kind in (BTC, SUBSIDY):
        assert swap.value(Series(kind=kind, start=start, end=end)) == NOT_READY


def _accepted(swap: Instrument, index: Index, rng: random.Random) -> Series | None:
    """Draw terms around the index's days, and say whether they are accepted."""
    begins = index.mined[FIRST_DAY].day.end
    start = begins + rng.randrange(-DAY, 25 * DAY) // rng.choice((1, 1, 50))
    end = start + rng.choice((rng.randrange(3 * DAY), rng.randrange(30 * DAY), 6 * 366 * DAY))
    series = Series(kind=rng.randrange(2), start=rng.choice((start, begins)), end=end)
    try:
        return series if swap.check(series) else None
    except ChainError as error:
        assert error.reason
        return None


def test_value__any_terms_that_were_accepted__never_reverts(base: Indexed) -> None:
    """From the index's first day on, as days close: ready with the day of the end, and the same."""
    rng = random.Random(3)
    index = base.index()
    index.record(FIRST_DAY)
    swap = Instrument.of(base.chain, "HashpriceSwap", index.address)
    days = {number: mined.day for number, mined in index.mined.items()}
    later = base.chain.now
    accepted: set[Series] = set()
    ready = 0
    for last in range(FIRST_DAY, FIRST_DAY + 31, 3):
        index.close_up_to(last)
        later, base.chain.now = base.chain.now, days[last].end + 7_200
        accepted |= {series for _ in range(20) if (series := _accepted(swap, index, rng))}
        base.chain.now = later
        for series in accepted:
            is_ready, x = swap.value(series)
            assert is_ready == (series.end <= days[last].end)
            if is_ready:
                assert abs(x - _exact(days, series, UNIT)) < ROUNDED
                ready += 1
    assert ready > 50 and len(accepted) > 50
