"""`header.vy` and `terahash.bitcoin` say the same, over everything a relay can meet."""

from __future__ import annotations

from functools import cache
from typing import Any

import boa
from hypothesis import given, settings
from hypothesis import strategies as st

from terahash.bitcoin.state import median, pack_times
from terahash.bitcoin.target import difficulty, retarget, to_bits, to_target, work
from tests.support.revm_chain import CONTRACTS

many = settings(max_examples=5 * settings().max_examples)
TIMES = st.integers(0, 2**32 - 1)
WINDOWS = st.sampled_from((0, 2**31 - 3_600, 1_700_000_000, 2**32 - 7_201)).flatmap(
    lambda base: st.lists(st.integers(base, base + 7_200), min_size=11, max_size=11)
)
"""Eleven times within two hours, at the edges of what 32 bits hold and in our days."""
TARGETS = st.integers(0, 253).flatmap(lambda size: st.integers(1 << 16, max(1 << 17, 1 << size)))
"""Positive, below 2^253, of every size from three bytes on."""


@cache
def arithmetic() -> Any:
    return boa.load(str(CONTRACTS / "bitcoin" / "header.vy")).internal


@many
@given(TARGETS)
def test_targets__any__as_in_python(target: int) -> None:
    bits = to_bits(target)
    assert arithmetic().bits_of(target) == bits
    assert arithmetic().target_of(bits) == to_target(bits)
    assert arithmetic().work(target) == work(target)


@many
@given(st.integers(1, 1 << 16))
def test_targets__of_one_or_two_bytes__as_in_python(target: int) -> None:
    assert arithmetic().bits_of(target) == to_bits(target)
    assert arithmetic().target_of(to_bits(target)) == to_target(to_bits(target))


@many
@given(st.integers(1 << 48, (1 << 253) - 1))
def test_difficulty__any_target_that_can_be_mined__as_in_python(target: int) -> None:
    bits = to_bits(target)
    assert arithmetic().difficulty_of(bits) == difficulty(to_target(bits))


@many
@given(TARGETS, TIMES, TIMES, st.integers(1, (1 << 253) - 1))
def test_retarget__any_span__as_in_python(target: int, start: int, end: int, limit: int) -> None:
    expected = retarget(target, end - start, limit)
    assert arithmetic().retarget(target, start, end, limit) == expected


@many
@given(WINDOWS | st.lists(TIMES, min_size=11, max_size=11), st.data())
def test_median__any_window__as_sorted(times: list[int], data: st.DataObject) -> None:
    time = data.draw(st.sampled_from(times) | TIMES)
    packed = pack_times(times)
    assert arithmetic().median_time(*packed) == median(times) == sorted(times)[5]
    assert arithmetic().is_above_median(time, *packed) == (time > sorted(times)[5])


@many
@given(st.lists(st.integers(0, 3), min_size=11, max_size=11), st.integers(0, 3))
def test_median__equal_times__as_sorted(times: list[int], time: int) -> None:
    packed = pack_times(times)
    assert arithmetic().median_time(*packed) == sorted(times)[5]
    assert arithmetic().is_above_median(time, *packed) == (time > sorted(times)[5])


@many
@given(st.binary(min_size=32, max_size=32))
def test_numbers__any_bytes__read_little_endian(raw: bytes) -> None:
    assert arithmetic().number32(raw) == int.from_bytes(raw, "little")
    word = int.from_bytes(raw, "big")
    assert arithmetic().number4(word) == int.from_bytes(raw[28:], "little")
