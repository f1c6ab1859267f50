"""Compact targets, retargets, work and difficulty over random numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.bitcoin.target import (
    difficulty,
    hashes_per_block,
    retarget,
    to_bits,
    to_target,
    work,
)
from terahash.errors import TargetError

# Of every size alike: uniform numbers are all of 256 bits.
TARGETS = st.integers(1, 256).flatmap(lambda size: st.integers(1 << size - 1, (1 << size) - 1))
COMPACT = st.builds(
    lambda size, mantissa: size << 24 | mantissa,
    st.one_of(st.integers(0, 36), st.integers(0, 255)),
    st.one_of(
        st.integers(0, 0xFFFFFF),
        st.sampled_from((0, 1, 0xFF, 0x100, 0xFFFF, 0x10000, 0x7FFFFF, 0x800000, 0x800001)),
    ),
)


def compressed(target: int) -> int:
    """Compress as OpenSSL's format is defined: big-endian with a sign bit, first three bytes."""
    width = target.bit_length() // 8 + 1
    return width << 24 | int.from_bytes(target.to_bytes(width, "big").ljust(3, b"\0")[:3], "big")


@given(TARGETS)
def test_to_bits__any_target__first_three_bytes_of_a_signed_number(target: int) -> None:
    assert to_bits(target) == compressed(target)


@given(TARGETS)
def test_to_target__any_target_compressed__truncated_by_less_than_one_unit(target: int) -> None:
    bits = to_bits(target)
    truncated = to_target(bits)
    assert truncated <= target
    assert target - truncated < max(1, 256 ** max(0, (bits >> 24) - 3))
    assert Fraction(target - truncated, target) < Fraction(1, 1 << 15)
    assert to_bits(truncated) == bits


@given(COMPACT)
def test_to_target__any_32_bits__as_bitcoin_core_reads_them(bits: int) -> None:
    size, word = bits // (1 << 24), bits % (1 << 23)
    value = Fraction(word) * Fraction(256) ** (size - 3)
    exact = value.__floor__()
    cut = exact if size <= 3 else word  # Core looks for the sign after cutting small numbers
    negative = cut != 0 and bits & 0x800000
    overflow = word != 0 and (
        size > 34 or (word > 0xFF and size > 33) or (word > 0xFFFF and size > 32)
    )
    if exact == 0 or negative or overflow:
        with pytest.raises(TargetError):
            to_target(bits)
    else:
        assert to_target(bits) == exact


@given(TARGETS, st.integers(-(1 << 32), 1 << 32), TARGETS)
def test_retarget__any_span__exact_product_clamped_and_limited(
    target: int, span: int, limit: int
) -> None:
    ratio = min(max(Fraction(span, 1_209_600), Fraction(1, 4)), Fraction(4))
    assert retarget(target, span, limit) == min((target * ratio).__floor__(), limit)


@given(
    st.integers(1, 253).flatmap(lambda size: st.integers(1, (1 << size) - 1)),
    st.integers(302_400, 4_838_400),
)
def test_retarget__as_the_contract_divides__the_same_and_within_256_bits(
    target: int, span: int
) -> None:
    whole, rest = target // 1_209_600 * span, target % 1_209_600 * span // 1_209_600
    assert max(whole, target % 1_209_600 * span, whole + rest) < 1 << 256
    assert retarget(target, span, 1 << 256) == whole + rest


@given(TARGETS)
def test_work__any_target__hashes_expected_until_one_meets_it(target: int) -> None:
    assert work(target) == (1 / Fraction(target + 1, 1 << 256)).__floor__()
    # As Bitcoin Core computes it within 256 bits.
    assert work(target) == ((1 << 256) - 1 - target) // (target + 1) + 1


@given(TARGETS)
def test_difficulty__any_target__its_fraction_cut_at_18_digits(target: int) -> None:
    exact = Fraction(0xFFFF << 208, target)
    assert difficulty(target) == (exact * 10**18).__floor__()
    assert hashes_per_block(target) == (exact * 2**32).__floor__()
