"""HashpriceSwap on 56 real block-days: what X is, when it is known, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.target import hashes_per_block, to_target
from tests.support.facades import Bitcoin, bitcoin
from tests.support.relay import refused
from tests.support.trading import Series

BTC, SUBSIDY = 0, 1
DAY, UNIT, WAD = 86_400, 10**12, 10**18


def _at(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp())  # type: ignore[arg-type]


JANUARY, FEBRUARY = _at(2024, 1, 1), _at(2024, 2, 1)


class Swap:
    """The instrument over the real index."""

    def __init__(self, real: Bitcoin) -> None:
        self.real = real
        self.address = real.chain.deploy("HashpriceSwap", real.index)

    def read(self, function: str, *args: Any) -> Any:
        """Read a view."""
        return self.real.chain.call("HashpriceSwap", self.address, function, *args)

    def mean(self, start: int, end: int) -> Fraction:
        """Say what 1 TH/s earned of subsidies in a window, for a day: evenly inside block-days."""
        earned = Fraction(0)
        days = self.real.truth.days
        for number, after in pairwise(sorted(days)):
            begins, ends = days[number].end, days[after].end
            inside = min(end, ends) - max(start, begins)
            if inside > 0:
                hashes = hashes_per_block(to_target(days[after].bits))
                earned += Fraction(UNIT * inside * subsidy(after * 144), hashes)
        return earned * DAY * WAD / (end - start)


@pytest.fixture
def swap() -> Iterator[Swap]:
    """The instrument; what happens is undone."""
    with bitcoin().undone() as real:
        yield Swap(real)


def _series(start: int, end: int, **changes: Any) -> tuple[Any, ...]:
    return Series(start=start, end=end, **changes).terms


@pytest.mark.parametrize(
    ("start", "end"),
    [(JANUARY, FEBRUARY), (JANUARY + 1, JANUARY + DAY + 7), (JANUARY + DAY, FEBRUARY + 5 * DAY)],
)
def test_value__window_inside_block_days__is_what_was_earned(
    swap: Swap, start: int, end: int
) -> None:
    exact = swap.mean(start, end)
    for kind in (BTC, SUBSIDY):
        ready, x = swap.read("value", _series(start, end, kind=kind))
        assert ready
        if kind == SUBSIDY or end < _at(2024, 2, 10):  # before the one day whose fees are proven
            # Readings are cut for each block-day; two of them are used.
            assert abs(x - exact) <= Fraction(60 * DAY, end - start) + 1


def test_value__by_the_index_itself__is_its_mean(swap: Swap) -> None:
    found = swap.read("value", _series(JANUARY, FEBRUARY))
    call = swap.real.chain.call
    assert found == (True, call("HashpriceIndex", swap.real.index, "mean", JANUARY, FEBRUARY))


def test_value__end_after_the_newest_closed_day__not_ready(swap: Swap) -> None:
    end = swap.real.truth.days[max(swap.real.truth.days)].end
    assert swap.read("value", _series(JANUARY, end))[0]
    assert swap.read("value", _series(JANUARY, end + 1)) == (False, 0)


def test_known__at_the_windows_end__to_the_second(swap: Swap) -> None:
    swap.real.chain.now = FEBRUARY - 1
    assert not swap.read("known", _series(JANUARY, FEBRUARY))
    swap.real.chain.now += 1
    assert swap.read("known", _series(JANUARY, FEBRUARY))


@pytest.mark.parametrize(
    ("reason", "start", "end", "changes"),
    [
        ("swap: no such kind", JANUARY, FEBRUARY, {"kind": 2}),
        ("swap: unused term not zero", JANUARY, FEBRUARY, {"parameter": 1}),
        ("swap: window is empty", FEBRUARY, JANUARY, {}),
        ("swap: window below a day", JANUARY, JANUARY + DAY - 1, {}),
        ("swap: window too far ahead", JANUARY, JANUARY + 6 * 366 * DAY, {}),
        ("swap: window is known", JANUARY - 2 * DAY, JANUARY, {}),
        ("swap: before the index began", JANUARY - 30 * DAY, FEBRUARY, {}),
    ],
)
def test_check__what_makes_no_sense__refused(
    swap: Swap, reason: str, start: int, end: int, changes: dict[str, Any]
) -> None:
    swap.real.chain.now = JANUARY
    with refused(reason):
        swap.read("check", _series(start, end, **changes))


def test_check__before_the_index_has_closed_anything__refused(swap: Swap) -> None:
    young = swap.real.chain.deploy("HashpriceSwap", swap.real.deploy_index())
    with refused("swap: index has not begun"):
        swap.real.chain.now = JANUARY
        swap.real.chain.call("HashpriceSwap", young, "check", _series(JANUARY, FEBRUARY))


def test_check__next_month_or_one_of_the_next_36__accepted(swap: Swap) -> None:
    swap.real.chain.now = JANUARY - 1
    assert swap.read("check", _series(JANUARY, FEBRUARY))
    assert swap.read("check", _series(_at(2026, 12, 1), _at(2027, 1, 1), kind=SUBSIDY))


def test_last_advance__of_index_and_window__the_later(swap: Swap) -> None:
    newest = swap.real.truth.days[max(swap.real.truth.days)].end
    assert swap.read("last_advance", _series(JANUARY, FEBRUARY)) == newest
    assert swap.read("last_advance", _series(JANUARY, newest + 5)) == newest + 5


@pytest.mark.parametrize(
    "date",
    [(2023, 12, 31), (2024, 1, 1), (2024, 2, 29), (2024, 3, 1), (2028, 2, 29), (2100, 3, 1)],
)
def test_label__date__is_the_calendars(swap: Swap, date: tuple[int, ...]) -> None:
    for kind, name in ((BTC, "HP"), (SUBSIDY, "HS")):
        series = Series(kind=kind, start=_at(*date) + 5, end=_at(*date) + DAY)
        label = "{}-{:04}-{:02}-{:02}-{}".format(name, *date, series.id.hex()[:6])
        assert swap.read("label", series.terms, series.id) == label
