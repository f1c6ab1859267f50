"""Verification against a naive verifier that keeps whole chains, and the laws of median time.

On the network of these tests nearly every hash meets the limit, so that random headers are free.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.network import Network
from terahash.bitcoin.state import Day, State, extend, pack_times
from terahash.errors import HeaderError
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.shared_data import FIRST, shipped_headers

LIMIT = (1 << 256) - 1
LIMIT_BITS = 0x2100FFFF
FREE = Network("free", LIMIT, versions=((2_020, 4), (2_010, 2)))
BEGIN = 1_600_000_000
WRONG = (None, "version", "link", "bits", "work")


def expand(bits: int) -> int:
    return (bits & 0x7FFFFF) * 256 ** ((bits >> 24) - 3)


def compress(target: int) -> int:
    width = target.bit_length() // 8 + 1
    return width << 24 | int.from_bytes(target.to_bytes(width, "big")[:3], "big")


@dataclass
class Naive:
    """A chain as a list of times and the rules as people say them; heights from `height` on."""

    tip: bytes
    height: int
    bits: int
    epoch_start: int
    times: list[int]
    chainwork: int = 0
    work: list[int] = field(default_factory=list)

    def expected_bits(self) -> int:
        if (self.height + 1) % 2_016:
            return self.bits
        span = sorted((302_400, self.times[-1] - self.epoch_start, 4_838_400))[1]
        return compress(min(expand(self.bits) * span // 1_209_600, LIMIT))

    def judge(self, raw: bytes, now: int | None) -> str | None:
        """Return the first rule that a header breaks; follow it where it breaks none."""
        version, parent, _, time, bits, _ = struct.unpack("<i32s32sIII", raw)
        name = sha256(sha256(raw).digest()).digest()
        height = self.height + 1
        lowest = 4 if height >= 2_020 else 2 if height >= 2_010 else None
        if lowest is not None and version < lowest:
            return "VERSION"
        if parent != self.tip:
            return "LINK"
        if bits != self.expected_bits():
            return "BITS"
        if time <= median(self.times[-11:]):
            return "MEDIAN_TIME"
        if now is not None and time > now + 2 * 60 * 60:
            return "FUTURE_TIME"
        if int.from_bytes(name, "little") > expand(bits):
            return "WORK"
        if height % 2_016 == 0:
            self.epoch_start = time
        self.tip, self.height, self.bits = name, height, bits
        self.times.append(time)
        self.chainwork += (1 << 256) // (expand(bits) + 1)
        return None


def mined(naive: Naive, time: int, wrong: str | None) -> bytes:
    """Serialize the next header of a chain, with one field made wrong on request."""
    bits = naive.expected_bits()
    parent = naive.tip if wrong != "link" else sha256(naive.tip).digest()
    version = 3 if wrong == "version" else 4
    own_bits = bits - 1 if wrong == "bits" else bits
    root = sha256(b"%d %d" % (naive.height, time)).digest()
    for nonce in range(1 << 24):
        raw = struct.pack("<i32s32sIII", version, parent, root, time, own_bits, nonce)
        value = int.from_bytes(sha256(sha256(raw).digest()).digest(), "little")
        if (value <= expand(own_bits)) == (wrong != "work"):
            return raw
    raise AssertionError("no nonce gives such a hash")


def beginning(height: int, bits: int, span: int) -> tuple[State, Naive]:
    t0, t1 = pack_times([BEGIN] * 11)
    state = State(sha256(b"begin").digest(), height, 0, bits, BEGIN - span, t0, t1)
    return state, Naive(state.block_hash, height, bits, BEGIN - span, [BEGIN] * 11)


# Steps of a time from the parent's: mostly near the median, where the rule bites.
STEPS = st.one_of(
    st.integers(-6, 6), st.integers(-3_000, 3_000), st.sampled_from((-7_200, 7_200, 100_000))
)


@given(
    height=st.integers(2_003, 2_019),
    bits=st.sampled_from((LIMIT_BITS, 0x2100FFFE, 0x207FFFFF, 0x200FFFFF, 0x2007FFFF)),
    span=st.sampled_from((-5_000, 0, 302_400, 1_000_000, 1_209_600, 1_300_000, 9_000_000)),
    headers=st.lists(st.tuples(STEPS, st.sampled_from(WRONG[:1] * 12 + WRONG)), max_size=40),
    ahead=st.one_of(st.none(), st.integers(-7_300, 30_000)),
)
@example(2_015, 0x2007FFFF, 9_000_000, [(1, None)] * 3, None)
def test_extend__random_headers__accepted_and_refused_as_by_naive_rules(
    height: int,
    bits: int,
    span: int,
    headers: list[tuple[int, str | None]],
    ahead: int | None,
) -> None:
    state, naive = beginning(height, bits, span)
    first, accepted = state, b""
    now = None if ahead is None else BEGIN + ahead
    for step, wrong in headers:
        raw = mined(naive, naive.times[-1] + step, wrong)
        verdict = naive.judge(raw, now)
        if verdict is None:
            state, accepted = extend(state, raw, FREE, now), accepted + raw
            assert (state.block_hash, state.height) == (naive.tip, naive.height)
            assert (state.bits, state.epoch_start) == (naive.bits, naive.epoch_start)
            assert state.times == naive.times[:-12:-1]
            assert state.median_time == median(naive.times[-11:])
            assert state.chainwork == naive.chainwork
        else:
            for anchor, batch in ((state, raw), (first, accepted + raw)):
                with pytest.raises(HeaderError) as caught:
                    extend(anchor, batch, FREE, now)
                assert (caught.value.rule.name, caught.value.height) == (verdict, naive.height + 1)
    if accepted:
        assert extend(first, accepted, FREE, now) == state


@given(st.lists(STEPS, min_size=1, max_size=150))
def test_median__times_that_bitcoin_accepts__never_above_the_newest(steps: list[int]) -> None:
    """So a time above the parent's is above the median, and needs no sorting."""
    times = [BEGIN] * 11
    for step in steps:
        lowest = int(median(times[-11:])) + 1
        times.append(max(times[-1] + step, lowest))
        assert times[-1] >= median(times[-11:])


@given(st.lists(st.integers(0, 30), min_size=20, max_size=200))
def test_extend__times_close_together__exactly_those_above_the_median(offsets: list[int]) -> None:
    """Few distinct times, so that ties and steps back decide every header."""
    state, naive = beginning(3_000, LIMIT_BITS, 0)
    refused = 0
    for i, offset in enumerate(offsets):
        raw = mined(naive, BEGIN + offset + i // 4, None)
        verdict = naive.judge(raw, None)
        if verdict is None:
            state = extend(state, raw, FREE)
        else:
            assert verdict == "MEDIAN_TIME"
            refused += 1
            with pytest.raises(HeaderError) as caught:
                extend(state, raw, FREE)
            assert caught.value.rule.name == verdict
    assert state.height == 3_000 + len(offsets) - refused
    assert state.block_hash == naive.tip


STRETCH = 824_400 - FIRST, 825_000 - FIRST
"""Real headers around the retarget at 824,544: parts of six block-days."""


@cache
def before_stretch() -> State:
    checkpoint = Archive.open(SHIPPED_ARCHIVE).checkpoint
    return extend(checkpoint, b"".join(shipped_headers()[: STRETCH[0]]))


@given(st.sets(st.integers(1, STRETCH[1] - STRETCH[0] - 1), max_size=40))
def test_extend__real_headers_in_any_batches__one_state_and_the_same_days(cuts: set[int]) -> None:
    headers = shipped_headers()[slice(*STRETCH)]
    whole_days: list[Day] = []
    whole = extend(before_stretch(), b"".join(headers), days=whole_days)
    state, days = before_stretch(), list[Day]()
    edges = [0, *sorted(cuts), len(headers)]
    for first, last in pairwise(edges):
        state = extend(state, b"".join(headers[first:last]), days=days)
    assert state == whole
    assert state.hash == whole.hash
    assert days == whole_days
    assert len(days) == 4


@given(st.integers(0, STRETCH[1] - STRETCH[0] - 1), st.integers(0, 639))
def test_extend__any_bit_of_a_real_header_flipped__refused_at_its_height(at: int, bit: int) -> None:
    headers = list(shipped_headers()[slice(*STRETCH)])
    flipped = int.from_bytes(headers[at], "big") ^ 1 << bit
    headers[at] = flipped.to_bytes(80, "big")
    with pytest.raises(HeaderError) as caught:
        extend(before_stretch(), b"".join(headers))
    assert caught.value.height == FIRST + STRETCH[0] + at
