"""The index in Python: real block-days, halvings, and readings at any time."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.network import HALVING_BLOCKS, subsidy
from terahash.bitcoin.proof import SHIPPED_PROOFS, read_proofs
from terahash.bitcoin.state import DAY_BLOCKS, Day
from terahash.bitcoin.target import to_target
from terahash.errors import IndexRangeError
from terahash.hashprice import (
    BlockDay,
    block_days,
    day_subsidy,
    earned_at,
    floor_mean,
    mean,
    sats_earned,
)
from terahash.headers import SHIPPED_ARCHIVE
from terahash.units import DAY, WAD

FIRST = 5_712
DAY_830000 = 830_000 // DAY_BLOCKS


@cache
def contents() -> list[Day]:
    days: list[Day] = []
    for _ in Archive.open(SHIPPED_ARCHIVE).batches(days):
        pass
    return days


@cache
def real(with_fees: bool = True) -> list[BlockDay]:
    fees = {proof.height: proof.fees for proof in read_proofs(SHIPPED_PROOFS)}
    return list(block_days(contents(), FIRST, fees if with_fees else None))


@pytest.mark.parametrize("halving", range(1, 14))
def test_day_subsidy__around_every_halving__the_sum_of_its_blocks(halving: int) -> None:
    day = halving * HALVING_BLOCKS // DAY_BLOCKS
    for number in (day - 1, day, day + 1):
        heights = range(number * DAY_BLOCKS, (number + 1) * DAY_BLOCKS)
        assert day_subsidy(number) == sum(map(subsidy, heights))
    first, last = day * DAY_BLOCKS, (day + 1) * DAY_BLOCKS - 1
    if halving * HALVING_BLOCKS % DAY_BLOCKS:  # it lies inside the block-day
        assert DAY_BLOCKS * subsidy(last) < day_subsidy(day) < DAY_BLOCKS * subsidy(first)


def test_sats_earned__a_day_at_difficulty_72_t__the_field_s_formula() -> None:
    bits, reward = 0x1703E8B3, 90_000_000_000
    difficulty = Fraction(0xFFFF << 208, to_target(bits))
    exact = Fraction(10**12 * DAY, 2**32) / difficulty * reward / DAY_BLOCKS
    assert abs(Fraction(sats_earned(DAY, reward, bits), WAD) / exact - 1) < Fraction(1, 10**20)


def test_block_days__56_real_days__55_that_earned() -> None:
    days = real()
    assert [day.number for day in days] == list(range(FIRST + 1, FIRST + 56))
    assert [day.end for day in days] == [day.end for day in contents()[1:]]
    assert days[0].start == contents()[0].end
    for before, day in pairwise(days):
        assert day.start == before.end
        gained = sats_earned(day.end - day.start, day.reward, day.bits)
        assert day.earned - before.earned == gained


def test_block_days__real_block_830000__raises_its_day_by_its_fees_and_no_other() -> None:
    for day, without in zip(real(), real(with_fees=False), strict=True):
        is_it = day.number == DAY_830000
        assert day.reward - without.reward == (23_268_040 if is_it else 0)
        assert (day.hashprice > without.hashprice) == is_it
        assert (day.earned > without.earned) == (day.number >= DAY_830000)
        assert (day.floor_earned, day.proven) == (without.earned, int(is_it))


def test_block_days__fewer_than_two__none_earned() -> None:
    assert list(block_days([], FIRST)) == []
    assert list(block_days(contents()[:1], FIRST)) == []


def test_block_days__halving_inside__each_block_by_its_own_subsidy() -> None:
    number, before = divmod(2 * HALVING_BLOCKS, DAY_BLOCKS)
    assert before  # some blocks come before it
    days = [contents()[0], contents()[1]]
    (day,) = block_days(days, number - 1, {number * DAY_BLOCKS: 5})
    assert day.subsidy == before * 2_500_000_000 + (DAY_BLOCKS - before) * 1_250_000_000
    assert day.reward == day.subsidy + 5


def test_earned_at__ends_and_middles__on_the_line() -> None:
    days = real()
    assert earned_at(days, days[0].start) == 0
    for before, day in pairwise(days):
        assert earned_at(days, day.end) == day.earned
        middle = (day.start + day.end) // 2
        gained = (day.earned - before.earned) * (middle - day.start) // (day.end - day.start)
        assert earned_at(days, middle) == before.earned + gained


@pytest.mark.parametrize("beyond", [-1, 1])
def test_earned_at__outside__says_what_is_covered(beyond: int) -> None:
    days = real()
    time = days[0].start - 1 if beyond < 0 else days[-1].end + 1
    with pytest.raises(IndexRangeError, match="2023-12-24 04:40:37 to 2024-02-15 13:42:58 UTC"):
        earned_at(days, time)


def test_earned_at__no_days__says_so() -> None:
    with pytest.raises(IndexRangeError, match="covers no time at all"):
        earned_at([], 1_703_400_000)


def test_mean__window_inside_block_days__the_difference_of_its_readings() -> None:
    days = real()
    start, end = 1_704_067_200, 1_706_745_600  # January 2024
    change = earned_at(days, end) - earned_at(days, start)
    assert mean(days, start, end) == change * DAY // (end - start)
    assert floor_mean(days, start, end) <= mean(days, start, end)
    with pytest.raises(IndexRangeError, match="no time lies between"):
        mean(days, end, end)
