"""Targets, work and difficulty against Bitcoin Core's own test vectors and against fractions."""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest

from terahash.bitcoin.network import MAINNET
from terahash.bitcoin.target import (
    difficulty,
    hashes_per_block,
    retarget,
    to_bits,
    to_target,
    work,
)
from terahash.errors import TargetError
from tests.support.shared_data import shared

ONE = 0xFFFF << 208
"""The target of difficulty 1."""


@pytest.mark.parametrize(
    "bits, target, again",
    [  # Bitcoin Core, arith_uint256_tests.cpp, bignum_SetCompact; the first target; Bitcoin's wiki
        (0x01123456, 0x12, 0x01120000),
        (0x02008000, 0x80, 0x02008000),
        (0x02123456, 0x1234, 0x02123400),
        (0x03123456, 0x123456, 0x03123456),
        (0x04123456, 0x12345600, 0x04123456),
        (0x05009234, 0x92340000, 0x05009234),
        (0x20123456, 0x123456 << 232, 0x20123456),
        (0x1D00FFFF, ONE, 0x1D00FFFF),
        (0x1B0404CB, 0x404CB << 192, 0x1B0404CB),
        (0x2100FFFF, 0xFFFF << 240, 0x2100FFFF),
        (0x220000FF, 0xFF << 248, 0x2100FF00),
        (0x04000012, 0x1200, 0x02120000),
        (0x03000001, 0x01, 0x01010000),
    ],
)
def test_to_target__vectors_of_bitcoin_core__exact_and_compressed_again(
    bits: int, target: int, again: int
) -> None:
    assert to_target(bits) == target
    assert to_bits(target) == again


@pytest.mark.parametrize(
    "bits", [0x01FEDCBA, 0x04923456, 0x05923456, 0x1D80FFFF, 0x03800001, 0x03FFFFFF, 0x20923456]
)
def test_to_target__negative__refused(bits: int) -> None:
    with pytest.raises(TargetError, match=f"{bits:08x} are a negative target"):
        to_target(bits)


@pytest.mark.parametrize(
    "bits",
    [
        *(0, 0x00123456, 0x01003456, 0x02000056, 0x03000000, 0x04000000, 0x1D000000, 0xFF000000),
        *(0x00923456, 0x01803456, 0x02800056, 0x03800000, 0x04800000),  # a sign before zero
    ],
)
def test_to_target__zero__refused(bits: int) -> None:
    with pytest.raises(TargetError, match=f"{bits:08x} are"):
        to_target(bits)


@pytest.mark.parametrize(
    "bits", [0xFF123456, 0x23000001, 0x22000100, 0x21010000, 0x217FFFFF, 0x2200FFFF, 0xFF000001]
)
def test_to_target__overflow__refused(bits: int) -> None:
    with pytest.raises(TargetError, match="above 2\\^256"):
        to_target(bits)


@pytest.mark.parametrize("target", [0, -1, 1 << 256])
def test_to_bits__no_target__refused(target: int) -> None:
    with pytest.raises(TargetError, match="between 1 and 2\\^256 - 1"):
        to_bits(target)


@pytest.mark.parametrize(
    "target, bits",
    [
        (1, 0x01010000),
        (0x7F, 0x017F0000),
        (0x80, 0x02008000),
        (0xFF, 0x0200FF00),
        (0x7FFF, 0x027FFF00),
        (0x8000, 0x03008000),
        (0x7FFFFF, 0x037FFFFF),
        (0x800000, 0x04008000),
        (0x80FFFF, 0x040080FF),
        (0x12345678, 0x04123456),
        ((1 << 224) - 1, 0x1D00FFFF),
        ((1 << 256) - 1, 0x2100FFFF),
        ((1 << 255) - 1, 0x207FFFFF),
    ],
)
def test_to_bits__edges_of_sign_and_size__truncated(target: int, bits: int) -> None:
    assert to_bits(target) == bits


def test_to_bits__limit_of_mainnet__bits_of_genesis() -> None:
    assert to_bits(MAINNET.limit) == 0x1D00FFFF


def test_retarget__every_real_one_at_hand__exact() -> None:
    with shared("retarget_vectors.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 207
    for row in rows:
        old, new = int(row["old_bits"], 16), int(row["new_bits"], 16)
        span = int(row["last_time"]) - int(row["first_time"])
        clamped = sorted((302_400, span, 4_838_400))[1]
        assert (span, clamped) == (int(row["timespan"]), int(row["clamped_timespan"]))
        moved = retarget(to_target(old), span, MAINNET.limit)
        assert to_bits(moved) == new, row["height"]
        exact = Fraction(to_target(old)) * clamped / (14 * 24 * 3_600)
        assert moved == min(exact.__floor__(), (1 << 224) - 1), row["height"]


@pytest.mark.parametrize(
    "first, last, old, new",
    [  # Bitcoin Core, pow_tests.cpp: blocks 32,255; 2,015; 68,543; 46,367
        (1_261_130_161, 1_262_152_739, 0x1D00FFFF, 0x1D00D86A),
        (1_231_006_505, 1_233_061_996, 0x1D00FFFF, 0x1D00FFFF),
        (1_279_008_237, 1_279_297_671, 0x1C05A3F4, 0x1C0168FD),
        (1_263_163_443, 1_269_211_443, 0x1C387F6F, 0x1D00E1FD),
    ],
)
def test_retarget__vectors_of_bitcoin_core__exact(
    first: int, last: int, old: int, new: int
) -> None:
    assert to_bits(retarget(to_target(old), last - first, MAINNET.limit)) == new


@pytest.mark.parametrize(
    "span, moved",
    [
        (1_209_600, 1_000_000),
        (1_209_599, 999_999),  # 999,999.17: rounded down
        (302_401, 250_000),
        (302_400, 250_000),
        (302_399, 250_000),
        (0, 250_000),
        (-1, 250_000),
        (-(1 << 32), 250_000),
        (604_800, 500_000),
        (4_838_399, 3_999_999),
        (4_838_400, 4_000_000),
        (4_838_401, 4_000_000),
        (1 << 32, 4_000_000),
    ],
)
def test_retarget__span__clamped_to_a_quarter_and_four_times(span: int, moved: int) -> None:
    assert retarget(1_000_000, span, 1 << 250) == moved


def test_retarget__above_the_limit__the_limit() -> None:
    assert retarget(1_000_000, 4_838_400, 3_999_999) == 3_999_999
    assert retarget(1_000_000, 4_838_400, 4_000_000) == 4_000_000


@pytest.mark.parametrize(
    "bits, hashes",
    [(0x1D00FFFF, 0x100010001), (0x207FFFFF, 2), (0x2100FFFF, 1), (0x01010000, 1 << 255)],
)
def test_work__known_targets__expected_hashes(bits: int, hashes: int) -> None:
    assert work(to_target(bits)) == hashes


@pytest.mark.parametrize(
    "bits, published",
    [  # as explorers and the Bitcoin wiki print them
        (0x1D00FFFF, "1"),
        (0x1B0404CB, "16307.420938523983"),
        (0x1C05A3F4, "45.38582234"),
        (0x1703D869, "73197634206448.34"),
        (0x1703BA5D, "75502165623893.72"),
        (0x1704005A, "70343519904866.8"),
    ],
)
def test_difficulty__published_ones__agree(bits: int, published: str | None) -> None:
    exact = Fraction(ONE, to_target(bits))
    value = difficulty(to_target(bits))
    assert 0 <= exact - Fraction(value, 10**18) < Fraction(1, 10**18)
    if published:
        digits = len(published.partition(".")[2])
        assert round(Fraction(value, 10**18), digits) == Fraction(published)


@pytest.mark.parametrize("bits", [0x1D00FFFF, 0x1B0404CB, 0x1703D869, 0x170371B1, 0x2100FFFF])
def test_hashes_per_block__real_targets__difficulty_times_two_to_the_32(bits: int) -> None:
    target = to_target(bits)
    assert hashes_per_block(target) == (Fraction(ONE, target) * (1 << 32)).__floor__()
    # Work counts the same hashes by 2^256 / target, which is 1.5 in 100,000 more.
    assert 0 <= work(target) - hashes_per_block(target) <= hashes_per_block(target) // 65_000 + 1


def test_hashes_per_block__difficulty_one__two_to_the_32() -> None:
    assert hashes_per_block(ONE) == 1 << 32
