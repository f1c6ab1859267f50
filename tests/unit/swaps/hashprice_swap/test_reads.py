"""What HashpriceSwap tells besides: when a window is known, the fallback's clock, and names."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from terahash.units import DAY
from tests.support.facades import Bitcoin
from tests.support.instruments import Instrument
from tests.support.trading import Series

BTC, SUBSIDY = 0, 1
DATES = (
    "1970-01-01",
    "1999-12-31",
    "2000-02-29",
    "2000-03-01",
    "2023-12-31",
    "2024-01-01",
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
    "2025-02-28",
    "2025-03-01",
    "2099-12-31",
    "2100-02-28",
    "2100-03-01",
    "2400-02-29",
    "9999-12-31",
)


@pytest.mark.parametrize("kind", [BTC, SUBSIDY])
def test_known__window_ends__from_that_second_on(
    real: Bitcoin, swap: Instrument, kind: int
) -> None:
    series = Series(kind=kind, start=1_710_000_000, end=1_720_000_000)
    for now, is_known in ((-DAY, False), (-1, False), (0, True), (1, True), (10 * DAY, True)):
        real.chain.now = series.end + now
        assert swap.known(series) == is_known


def test_last_advance__index_or_end_of_window__the_later(real: Bitcoin) -> None:
    index = real.deploy_index()
    swap = Instrument.of(real.chain, "HashpriceSwap", index)
    ends = {number: day.end for number, day in real.truth.days.items()}
    window = Series(start=ends[real.first], end=ends[real.first + 4] + 5)
    assert swap.last_advance(window) == window.end
    real.chain.now = ends[real.first] - 30 * DAY
    for number in range(real.first, real.first + 8):
        real.close(index, number, number)
        assert swap.last_advance(window) == max(window.end, ends[number])
    recorded_at = real.chain.now = ends[real.first + 8] + 100 * DAY
    real.close(index, real.first + 8, real.first + 8)
    assert swap.last_advance(window) == recorded_at
    real.chain.now += 10**9
    assert swap.last_advance(window) == recorded_at


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("second", [0, 1, DAY - 1])
def test_label__first_and_last_second_of_a_date__that_date(
    swap: Instrument, date: str, second: int
) -> None:
    start = int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()) + second
    series = Series(kind=BTC, start=start, end=start + DAY)
    assert swap.label(series) == f"HP-{date}-{series.id.hex()[:6]}"


def test_label__random_days__as_the_calendar_has_them(swap: Instrument) -> None:
    rng = random.Random(5)
    for _ in range(400):
        start = rng.choice((rng.randrange(2**32), rng.randrange(253_402_300_800)))
        kind, series_id = rng.randrange(2), rng.randbytes(32)
        date = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d").zfill(10)
        series = Series(kind=kind, start=start, end=start + DAY)
        name = f"{('HP', 'HS')[kind]}-{date}-{series_id.hex()[:6]}"
        assert swap.label(series, series_id) == name


def test_constructor__index__and_its_relay(real: Bitcoin, swap: Instrument) -> None:
    assert swap.read("INDEX") == real.index
    assert swap.read("RELAY") == real.relay.address
    assert swap.read("VERSION") == "0.1.0"
