"""HashpriceSwap.check: which terms make sense, and why others do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from terahash.units import DAY
from tests.support.facades import Bitcoin
from tests.support.instruments import Instrument
from tests.support.relay import refused
from tests.support.trading import Series

BTC, SUBSIDY = 0, 1
NOW = 1_708_000_000
MOST = 5 * 366 * DAY
SERIES = Series(kind=BTC, start=NOW + DAY, end=NOW + 30 * DAY)


@pytest.fixture
def swap(real: Bitcoin, swap: Instrument) -> Instrument:
    """The instrument, in February 2024."""
    real.chain.now = NOW
    return swap


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": SUBSIDY},
        {"start": NOW + 1 - DAY, "end": NOW + 1},
        {"start": NOW - 30 * DAY, "end": NOW + DAY},
        {"end": NOW + MOST},
        {"kind": SUBSIDY, "start": NOW + MOST - DAY, "end": NOW + MOST},
        {"instrument": 255, "floor": -(2**255), "cap": 2**255 - 1, "fallback_share": 2**16 - 1},
    ],
)
def test_check__terms_that_make_sense__accepted(swap: Instrument, change: dict[str, Any]) -> None:
    """What is the market's alone, the instrument does not judge."""
    assert swap.check(replace(SERIES, **change))


@pytest.mark.parametrize(
    "reason, changes",
    [
        ("swap: no such kind", [{"kind": 2}, {"kind": 255}]),
        (
            "swap: unused term not zero",
            [
                {"region": bytes(31) + b"\1"},
                {"against": b"\x80" + bytes(31)},
                {"parameter": 1},
                {"kind": SUBSIDY, "parameter": 2**256 - 1},
            ],
        ),
        (
            "swap: window is empty",
            [{"start": SERIES.end}, {"start": SERIES.end + 1}, {"start": 2**64 - 1, "end": 0}],
        ),
        (
            "swap: window below a day",
            [{"start": SERIES.end - DAY + 1}, {"start": 0, "end": 1}],
        ),
        (
            "swap: window too far ahead",
            [{"end": NOW + MOST + 1}, {"end": 2**64 - 1}, {"start": 0, "end": 2**64 - 1}],
        ),
        (
            "swap: window is known",
            [{"start": NOW - DAY, "end": NOW}, {"start": 0, "end": DAY}],
        ),
        ("swap: before the index began", [{"start": 0}, {"start": 1_700_000_000}]),
    ],
)
def test_check__terms_that_make_none__refused(
    swap: Instrument, reason: str, changes: list[dict[str, Any]]
) -> None:
    for change in changes:
        with refused(reason):
            swap.check(replace(SERIES, **change))


def test_check__beginning_of_the_index__to_the_second(real: Bitcoin, swap: Instrument) -> None:
    first = real.truth.days[real.first].end
    assert swap.check(replace(SERIES, start=first))
    with refused("swap: before the index began"):
        swap.check(replace(SERIES, start=first - 1))


def test_check__index_that_never_moved__refused(real: Bitcoin) -> None:
    """Nobody knows yet when its first day ends."""
    index = real.deploy_index()
    swap = Instrument.of(real.chain, "HashpriceSwap", index)
    real.chain.now = NOW
    with refused("swap: index has not begun"):
        swap.check(SERIES)
    assert swap.value(SERIES) == (False, 0)
    real.close(index, real.first, real.first)
    real.chain.now = NOW
    assert swap.check(SERIES)
    assert swap.value(SERIES) == (False, 0)
