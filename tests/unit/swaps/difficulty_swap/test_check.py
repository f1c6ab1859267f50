"""DifficultySwap.check: which terms make sense, and why others do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.instruments import Instrument
from tests.support.relay import refused
from tests.support.trading import Series

MEAN, HASHRATE = 0, 1
SERIES = Series(kind=MEAN, start=412, end=416)
"""The relay began with epoch 408, and its tip is the first block of 412."""


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"start": 408},
        {"start": 413, "end": 414},
        {"kind": HASHRATE, "start": 412, "end": 413},
        {"start": 408, "end": 616},
        {"start": 412, "end": 620},
        {"kind": HASHRATE, "start": 619, "end": 620},
        {"instrument": 255, "floor": -(2**255), "cap": 2**255 - 1, "fallback_share": 2**16 - 1},
    ],
)
def test_check__terms_that_make_sense__accepted(swap: Instrument, change: dict[str, Any]) -> None:
    """What is the market's alone, the instrument does not judge."""
    series = replace(SERIES, **change)
    assert swap.check(series)
    assert swap.value(series) == (False, 0)


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
                {"kind": HASHRATE, "parameter": 2**256 - 1},
            ],
        ),
        (
            "swap: window is empty",
            [
                {"start": 416},
                {"start": 417},
                {"start": 2**64 - 1, "end": 0},
                {"start": 0, "end": 0},
            ],
        ),
        ("swap: before the relay began", [{"start": 407}, {"start": 0}, {"start": 0, "end": 1}]),
        (
            "swap: window too long",
            [{"start": 408, "end": 617}, {"end": 2**64 - 1}, {"kind": HASHRATE, "end": 621}],
        ),
        (
            "swap: window too far ahead",
            [
                {"start": 500, "end": 621},
                {"start": 620, "end": 621, "kind": HASHRATE},
                {"start": 2**64 - 2, "end": 2**64 - 1},
            ],
        ),
        (
            "swap: window is known",
            [
                {"end": 413},
                {"start": 408, "end": 409},
                {"kind": HASHRATE, "start": 411, "end": 412},
                {"kind": HASHRATE, "start": 408, "end": 409},
            ],
        ),
    ],
)
def test_check__terms_that_make_none__refused(
    swap: Instrument, reason: str, changes: list[dict[str, Any]]
) -> None:
    for change in changes:
        with refused(reason):
            swap.check(replace(SERIES, **change))
