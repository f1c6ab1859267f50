"""The index in Python over random chains of block-days, against exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.bitcoin.target import to_bits, to_target
from terahash.hashprice import (
    BlockDay,
    block_days,
    day_subsidy,
    earned_at,
    floor_earned_at,
    floor_mean,
    mean,
    sats_earned,
)
from terahash.units import DAY, UNIT, WAD


@dataclass(frozen=True)
class Ended:
    """A complete block-day: its end, unix seconds, and its compact target."""

    end: int
    bits: int


BITS = st.integers(1, 224).flatmap(
    lambda size: st.integers(1 << size - 1, (1 << size) - 1).map(to_bits)
)
# Around halvings, and where no subsidy is left.
FIRST_DAYS = st.one_of(
    st.integers(0, 60_000),
    st.builds(
        lambda halving, before: halving * 210_000 // DAY_BLOCKS - before,
        st.integers(1, 64),
        st.integers(0, 3),
    ),
)


@dataclass(frozen=True)
class Chain:
    """Block-days, the number of the first, and the fees that count, by height."""

    ended: list[Ended]
    first: int
    fees: dict[int, int]

    def days(self) -> list[BlockDay]:
        return list(block_days(self.ended, self.first, self.fees))


@st.composite
def chains(draw: st.DrawFn, most: int = 6) -> Chain:
    """Draw block-days of any length and difficulty, with the fees of some of their blocks."""
    first = draw(FIRST_DAYS)
    lengths = draw(st.lists(st.integers(1, 40 * DAY), min_size=2, max_size=most + 1))
    end, ended = draw(st.integers(0, 1 << 31)), []
    for length in lengths:
        end += length
        ended.append(Ended(end, draw(BITS)))
    heights = st.integers(first * DAY_BLOCKS, (first + len(ended)) * DAY_BLOCKS - 1)
    fees = {
        height: draw(st.integers(0, subsidy(height)))
        for height in draw(st.lists(heights, max_size=8, unique=True))
    }
    return Chain(ended, first, fees)


def times(days: list[BlockDay]) -> st.SearchStrategy[int]:
    """Draw times that the days cover, their edges often."""
    edges = [days[0].start, *(day.end for day in days)]
    return st.one_of(st.integers(edges[0], edges[-1]), st.sampled_from(edges))


def exact(seconds: int, reward: int, bits: int) -> Fraction:
    """Say what 1 TH/s earns, satoshi, without any rounding after the hashes of a block."""
    hashes = (0xFFFF << 240) // to_target(bits)
    return Fraction(UNIT * seconds * reward, DAY_BLOCKS * hashes)


@given(st.integers(0, 40 * DAY), st.integers(0, 10**13), BITS)
def test_sats_earned__any_pace_and_reward__exact_and_rounded_down(
    seconds: int, reward: int, bits: int
) -> None:
    found = Fraction(sats_earned(seconds, reward, bits), WAD)
    assert 0 <= exact(seconds, reward, bits) - found < Fraction(1, WAD)


@given(chains())
def test_block_days__any_chain__each_day_s_reward_and_total_exact(chain: Chain) -> None:
    days = chain.days()
    assert [day.number for day in days] == list(
        range(chain.first + 1, chain.first + len(chain.ended))
    )
    total = floor = Fraction(0)
    for index, day in enumerate(days, 1):
        heights = range(day.number * DAY_BLOCKS, (day.number + 1) * DAY_BLOCKS)
        created = sum(map(subsidy, heights))
        proven = [chain.fees[height] for height in heights if height in chain.fees]
        assert (day.subsidy, day.fees, day.proven) == (created, sum(proven), len(proven))
        assert (day.subsidy, day.reward) == (day_subsidy(day.number), created + sum(proven))
        assert (day.start, day.end) == (chain.ended[index - 1].end, chain.ended[index].end)
        total += exact(day.end - day.start, day.reward, day.bits)
        floor += exact(day.end - day.start, created, day.bits)
        assert 0 <= total * WAD - day.earned < index
        assert 0 <= floor * WAD - day.floor_earned < index
        assert 0 <= exact(DAY, day.reward, day.bits) * WAD - day.hashprice < 1


@given(chains())
def test_block_days__fees_of_the_day_that_sets_the_clock__count_for_nothing(chain: Chain) -> None:
    first_height = chain.first * DAY_BLOCKS
    counted = {
        height: fees for height, fees in chain.fees.items() if height >= first_height + DAY_BLOCKS
    }
    assert chain.days() == list(block_days(chain.ended, chain.first, counted))


@given(chains(), st.data())
def test_earned_at__two_times__never_falls_and_never_jumps(
    chain: Chain, data: st.DataObject
) -> None:
    days = chain.days()
    start, end = sorted(data.draw(st.tuples(times(days), times(days))))
    gained = earned_at(days, end) - earned_at(days, start)
    assert gained >= 0
    # Continuous: no second adds more than the steepest day's share of it, rounded up.
    steepest = max(exact(1, day.reward, day.bits) for day in days) * WAD
    assert gained <= steepest * (end - start) + len(days)


@given(chains(), st.data())
def test_earned_at__inside_a_day__on_the_line_between_its_ends(
    chain: Chain, data: st.DataObject
) -> None:
    days = chain.days()
    assert earned_at(days, days[0].start) == floor_earned_at(days, days[0].start) == 0
    index = data.draw(st.integers(0, len(days) - 1))
    day, before = days[index], days[index - 1].earned if index else 0
    assert earned_at(days, day.end) == day.earned
    assert floor_earned_at(days, day.end) == day.floor_earned
    time = data.draw(st.integers(day.start, day.end))
    share = Fraction(time - day.start, day.end - day.start)
    line = before + (day.earned - before) * share
    assert 0 <= line - earned_at(days, time) < 1


@given(chains(), st.data())
def test_mean__adjoining_windows__add_up_to_the_whole(chain: Chain, data: st.DataObject) -> None:
    days = chain.days()
    drawn = st.lists(times(days), min_size=3, max_size=3, unique=True).map(sorted)
    assume(days[-1].end - days[0].start > 1)  # a third time lies between the index's ends
    start, middle, end = data.draw(drawn)
    for over in (mean, floor_mean):
        whole = over(days, start, end) * (end - start)
        parts = over(days, start, middle) * (middle - start) + over(days, middle, end) * (
            end - middle
        )
        assert abs(whole - parts) < end - start  # each mean is rounded down by less than one


@given(chains(), st.data())
def test_mean__any_window__between_the_lowest_and_the_highest_day(
    chain: Chain, data: st.DataObject
) -> None:
    days = chain.days()
    start, end = sorted(data.draw(st.lists(times(days), min_size=2, max_size=2, unique=True)))
    touched = [day for day in days if day.start < end and start < day.end]
    # Totals are rounded at both ends of the window, by less than two in each day.
    rounding = 2 * (len(touched) + 1) * DAY // (end - start) + 2
    found = mean(days, start, end)
    assert min(day.hashprice for day in touched) - rounding <= found
    assert found <= max(day.hashprice for day in touched) + rounding


@given(chains(), st.data())
def test_floor__any_time__at_most_what_is_earned_which_is_at_most_twice_it(
    chain: Chain, data: st.DataObject
) -> None:
    days = chain.days()
    time = data.draw(times(days))
    floor, earned = floor_earned_at(days, time), earned_at(days, time)
    assert floor <= earned <= 2 * floor + 2 * len(days)
    for day in days:
        assert day.floor_earned <= day.earned
        assert day.subsidy <= day.reward <= 2 * day.subsidy
