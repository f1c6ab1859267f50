"""DifficultySwap on 56 real block-days: what X is, when it is known, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from terahash.bitcoin.target import to_target
from tests.support.facades import Bitcoin, bitcoin
from tests.support.relay import refused
from tests.support.trading import Series

MEAN, HASHRATE = 0, 1
EPOCH_DAYS, EPOCH_BLOCKS, UNIT, WAD = 14, 2_016, 10**12, 10**18
FIRST = 408
"""The first epoch of the real block-days; 411 is the last whole one, 412 has begun by a block."""


class Swap:
    """The instrument over the real relay and index."""

    def __init__(self, real: Bitcoin) -> None:
        self.real = real
        self.address = real.chain.deploy("DifficultySwap", real.index)

    def read(self, function: str, *args: Any) -> Any:
        """Read a view."""
        return self.real.chain.call("DifficultySwap", self.address, function, *args)

    def first_day(self, epoch: int) -> Any:
        """Return an epoch's first block-day."""
        return self.real.truth.days[epoch * EPOCH_DAYS]


@pytest.fixture
def swap() -> Iterator[Swap]:
    """The instrument; what happens is undone."""
    with bitcoin().undone() as real:
        yield Swap(real)


def _series(start: int, end: int, **changes: Any) -> tuple[Any, ...]:
    return Series(start=start, end=end, **changes).terms


@pytest.mark.parametrize(("start", "end"), [(409, 412), (408, 412), (411, 412), (409, 410)])
def test_value__mean__of_real_epochs_to_the_last_unit(swap: Swap, start: int, end: int) -> None:
    each = [
        (0xFFFF << 208) * WAD // to_target(swap.first_day(epoch).bits)
        for epoch in range(start, end)
    ]
    assert swap.read("value", _series(start, end)) == (True, sum(each) // len(each))


@pytest.mark.parametrize(("start", "end"), [(409, 411), (408, 411), (410, 411)])
def test_value__hashrate__hashes_over_time(swap: Swap, start: int, end: int) -> None:
    hashes = sum(
        EPOCH_BLOCKS * Fraction(0xFFFF << 240, to_target(swap.first_day(epoch).bits))
        for epoch in range(start, end)
    )
    seconds = swap.first_day(end).epoch_start - swap.first_day(start).epoch_start
    exact = hashes * WAD / (UNIT * seconds)
    ready, x = swap.read("value", _series(start, end, kind=HASHRATE))
    assert ready
    # Difficulty is cut at 18 decimals for each epoch, and X once.
    assert abs(x - exact) <= Fraction((end - start) * EPOCH_BLOCKS * 2**32, UNIT * seconds) + 1


def test_value__epoch_that_is_not_final__not_ready(swap: Swap) -> None:
    assert swap.read("value", _series(411, 413)) == (False, 0)
    assert swap.read("value", _series(410, 412, kind=HASHRATE)) == (False, 0)
    assert swap.read("value", _series(411, 412))[0]


def test_known__by_the_tip__to_the_block(swap: Swap) -> None:
    """The tip is the first block of epoch 412: the difficulty of 412 is known, of 413 not."""
    assert swap.real.relay.tip().height == 412 * EPOCH_BLOCKS
    assert swap.read("known", _series(411, 413))
    assert not swap.read("known", _series(411, 414))
    assert swap.read("known", _series(410, 412, kind=HASHRATE))
    assert not swap.read("known", _series(410, 413, kind=HASHRATE))


def test_check__window_ahead__accepted(swap: Swap) -> None:
    assert swap.read("check", _series(FIRST, 414))
    assert swap.read("check", _series(412, 413, kind=HASHRATE))
    assert swap.read("check", _series(412, 412 + 208))


@pytest.mark.parametrize(
    ("reason", "start", "end", "changes"),
    [
        ("swap: no such kind", 412, 414, {"kind": 2}),
        ("swap: unused term not zero", 412, 414, {"region": b"\1" * 32}),
        ("swap: unused term not zero", 412, 414, {"against": b"\1" * 32}),
        ("swap: unused term not zero", 412, 414, {"parameter": 1}),
        ("swap: window is empty", 414, 414, {}),
        ("swap: window is empty", 415, 414, {}),
        ("swap: before the relay began", FIRST - 1, 414, {}),
        ("swap: window too long", 412, 412 + 209, {}),
        ("swap: window too far ahead", 600, 621, {}),
        ("swap: window is known", 411, 413, {}),
        ("swap: window is known", 410, 412, {"kind": HASHRATE}),
    ],
)
def test_check__what_makes_no_sense__refused(
    swap: Swap, reason: str, start: int, end: int, changes: dict[str, Any]
) -> None:
    with refused(reason):
        swap.read("check", _series(start, end, **changes))


def test_label__window_and_kind__are_in_it(swap: Swap) -> None:
    mean, hashrate = Series(start=412, end=414), Series(kind=HASHRATE, start=412, end=414)
    for series, name in ((mean, "DIFF"), (hashrate, "HASH")):
        label = f"{name}-412-414-{series.id.hex()[:6]}"
        assert swap.read("label", series.terms, series.id) == label


def test_last_advance__newest_closed_day__its_end(swap: Swap) -> None:
    newest = max(swap.real.truth.days)
    assert swap.read("last_advance", _series(1, 2)) == swap.real.truth.days[newest].end
