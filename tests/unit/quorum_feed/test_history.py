"""QuorumFeed's history: the newest, any that is kept, the first at or after a time, and totals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest

from terahash.chain import ChainError
from terahash.feeds.feed_id import FeedId
from terahash.units import DAY, HOUR
from tests.support.chosen_nonce import QuickFeed
from tests.support.issuing import FOREVER
from tests.support.quorum import FEED_ID, START
from tests.support.relay import refused

DAILY = bytes(FeedId.of("daily", 2, DAY))
TODAY = START // DAY
KEPT = 32
"""Observations of a daily feed: thirty days of them, and two more."""
HINTS = (0, 1, 2, 3, 4, 31, 32, 33, 34, 39, 40, 41, FOREVER)
LARGEST = 2**111 - 1


@cache
def _made() -> QuickFeed:
    return QuickFeed(1)


@pytest.fixture
def alone() -> Iterator[QuickFeed]:
    """One operator, who is a quorum; it is midnight."""
    with _made().chain.undone():
        yield _made()


def _observe(alone: QuickFeed, *seen: tuple[int, int], feed: bytes = FEED_ID) -> None:
    """Observe values, each at its time in seconds after midnight."""
    for value, after in seen:
        alone.chain.now = max(alone.chain.now, START + after)
        alone.observe(value, START + after, feed)


def _observe_days(alone: QuickFeed, count: int) -> None:
    """Observe 100, 101, 102 and so on, a day apart."""
    _observe(alone, *((100 + i, i * DAY) for i in range(count)), feed=DAILY)


def _first(alone: QuickFeed, after: int, feed: bytes = FEED_ID) -> tuple[int, int] | None:
    """Find the first value at or after a time, and its time, by any hint."""
    found = {alone.read("first_at_or_after", feed, START + after, hint) for hint in HINTS}
    assert len(found) == 1, found
    value, at, is_known = found.pop()
    assert is_known or (value, at) == (0, 0)
    return (value, at - START) if is_known else None


def _total(alone: QuickFeed, day: int, feed: bytes = FEED_ID) -> tuple[int, int]:
    """Read the totals at the end of a day, of which today is number zero."""
    value, seconds = alone.read("day_total", feed, TODAY + day)
    return value, seconds


@pytest.mark.parametrize("feed", [FEED_ID, bytes(32), b"\xff" * 32])
def test_latest__nothing_observed__zeros(alone: QuickFeed, feed: bytes) -> None:
    assert alone.read("latest", feed) == (0, 0)
    assert alone.read("latest_round", feed) == (0, 0, 0)


def test_latest__observations__the_newest_and_its_number(alone: QuickFeed) -> None:
    for number, (value, after) in enumerate([(7, 0), (-8, 600), (0, 5_400)], 1):
        _observe(alone, (value, after))
        assert alone.read("latest", FEED_ID) == (value, START + after)
        assert alone.read("latest_round", FEED_ID) == (number, value, START + after)


def test_observation__each_round__is_kept_as_it_was_observed(alone: QuickFeed) -> None:
    seen = [(LARGEST, 0), (-LARGEST, 600), (0, 1_200), (-1, 86_400)]
    _observe(alone, *seen)
    for number, (value, after) in enumerate(seen, 1):
        assert alone.read("observation", FEED_ID, number) == (value, START + after)


def test_observation__no_such_round__refused(alone: QuickFeed) -> None:
    for seen in (0, 1, 2):
        for feed, number in ((FEED_ID, 0), (FEED_ID, seen + 1), (FEED_ID, FOREVER), (DAILY, 1)):
            with refused("feed: no such round"):
                alone.read("observation", feed, number)
        _observe(alone, (5, seen * 600))


def test_observation__round_that_left_the_ring__refused(alone: QuickFeed) -> None:
    _observe_days(alone, KEPT)
    assert alone.read("observation", DAILY, 1) == (100, START)
    for number in range(1, 9):
        _observe(alone, (99 + KEPT + number, (KEPT - 1 + number) * DAY), feed=DAILY)
        for gone in (1, number):
            with refused("feed: round not kept"):
                alone.read("observation", DAILY, gone)
        for kept in (number + 1, number + 2, number + KEPT):
            value, at = alone.read("observation", DAILY, kept)
            assert (value, at) == (99 + kept, START + (kept - 1) * DAY)


@pytest.mark.parametrize(
    ("period", "kept"), [(DAY, 32), (DAY - 1, 32), (78_548, 34), (43_201, 62), (43_200, 62)]
)
def test_observation__of_any_period__thirty_days_are_kept_and_the_one_before(
    alone: QuickFeed, period: int, kept: int
) -> None:
    """As many as come in thirty days and the minute ahead, both ends counted, and one."""
    feed = bytes(FeedId.of("any", 2, period))
    first = START // period * period + period - START
    _observe(alone, *((i, first + i * period) for i in range(kept)), feed=feed)
    assert alone.read("observation", feed, 1) == (0, START + first)
    _observe(alone, (kept, first + kept * period), feed=feed)
    with refused("feed: round not kept"):
        alone.read("observation", feed, 1)
    assert alone.read("observation", feed, 2) == (1, START + first + period)


def test_first_at_or_after__nothing_observed__unknown(alone: QuickFeed) -> None:
    for after in (-START, 0, 1, DAY):
        assert _first(alone, after) is None


def test_first_at_or_after__times_about_three__the_first_of_them(alone: QuickFeed) -> None:
    seen = one, two, three = (5, 0), (-6, 600), (7, 9_000)
    _observe(alone, *seen)
    expected = {
        one: (-START, -600, -1, 0),
        two: (1, 599, 600),
        three: (601, 1_200, 8_399, 8_400, 8_999, 9_000),
        None: (9_001, DAY, FOREVER - START),
    }
    for found, times in expected.items():
        assert {_first(alone, after) for after in times} == {found}


@pytest.mark.parametrize("count", [1, 2, 3, KEPT - 1, KEPT])
def test_first_at_or_after__ring_not_full__each_is_found(alone: QuickFeed, count: int) -> None:
    _observe_days(alone, count)
    assert _first(alone, -START, DAILY) == (100, 0)
    for i in range(count):
        for after in (i * DAY - DAY + 1, i * DAY):
            assert _first(alone, after, DAILY) == (100 + i, i * DAY)


@pytest.mark.parametrize("gone", [1, 2, 7, KEPT, KEPT + 1])
def test_first_at_or_after__one_before_it_left_the_ring__unknown(
    alone: QuickFeed, gone: int
) -> None:
    """The oldest that is kept is the first after the one before it, of which nothing is known."""
    _observe_days(alone, KEPT + gone)
    for after in (-START, 0, (gone - 1) * DAY, gone * DAY - 1, gone * DAY):
        assert _first(alone, after, DAILY) is None
    for i in range(gone + 1, KEPT + gone):
        for after in (i * DAY - DAY + 1, i * DAY):
            assert _first(alone, after, DAILY) == (100 + i, i * DAY)
    assert _first(alone, (KEPT + gone - 1) * DAY + 1, DAILY) is None


def test_first_at_or_after__thirty_days_of_any_feed__are_known(alone: QuickFeed) -> None:
    _observe_days(alone, 50)
    for days in range(31):
        assert _first(alone, (49 - days) * DAY, DAILY) == (149 - days, (49 - days) * DAY)


def test_first_at_or_after__gaps_longer_than_the_ring__found(alone: QuickFeed) -> None:
    seen = [(i, (40 * i + i % 3) * DAY) for i in range(1, 40)]
    _observe(alone, *seen, feed=DAILY)
    for one, two in zip(seen[-KEPT:], seen[-KEPT + 1 :], strict=False):
        assert _first(alone, one[1] + 1, DAILY) == _first(alone, two[1], DAILY) == two
    assert _first(alone, seen[-KEPT][1], DAILY) is None


def test_first_at_or_after__later_observations__do_not_change_it(alone: QuickFeed) -> None:
    _observe(alone, (5, 600), (6, 3_000))
    before = [_first(alone, after) for after in range(0, 3_001, 150)]
    alone.chain.now = START + 5_000
    _observe(alone, (7, 3_600), (8, 4_800))
    assert [_first(alone, after) for after in range(0, 3_001, 150)] == before


def test_day_total__nothing_observed__zeros_once_it_is_over(alone: QuickFeed) -> None:
    assert _total(alone, -2) == (0, 0)
    with refused("feed: day not over"):
        _total(alone, 0)
    alone.chain.now = START + DAY + HOUR
    assert _total(alone, 0) == (0, 0)


def test_day_total__an_observation_may_still_come__refused(alone: QuickFeed) -> None:
    _observe(alone, (5, 0))
    for day in (0, 1, 1_000):
        alone.chain.now = START + (day + 1) * DAY + HOUR - 1
        with refused("feed: day not over"):
            _total(alone, day)
        with alone.chain.undone():
            alone.chain.now += 1
            assert _total(alone, day) == (5 * min(day + 1, 3) * DAY, min(day + 1, 3) * DAY)


def test_day_total__observation_an_hour_late__counts(alone: QuickFeed) -> None:
    _observe(alone, (5, 0))
    alone.chain.now = START + DAY + HOUR - 600
    _observe(alone, (9, DAY - 600))
    alone.chain.now = START + DAY + HOUR
    with refused("feed: observed too long ago"):
        alone.observe(7, START + DAY - 600)
    assert _total(alone, 0) == (5 * (DAY - 600) + 9 * 600, DAY)


@pytest.mark.parametrize("after", [DAY, DAY + 600, 2 * DAY, 3 * DAY, 50 * DAY])
def test_day_total__observation_of_a_later_day__it_is_known_at_once(
    alone: QuickFeed, after: int
) -> None:
    _observe(alone, (5, 1_200), (8, after))
    assert _total(alone, 0) == (5 * (DAY - 1_200), DAY - 1_200)
    assert _total(alone, -1) == _total(alone, -TODAY) == (0, 0)


def test_day_total__values_within_a_day__each_until_the_next(alone: QuickFeed) -> None:
    _observe(alone, (5, 600), (-7, 1_800), (0, 6_000), (11, 86_400 - 600))
    alone.chain.now = START + 2 * DAY
    assert _total(alone, 0) == (5 * 1_200 - 7 * 4_200 + 11 * 600, DAY - 600)


def test_day_total__one_observation__nothing_before_its_day(alone: QuickFeed) -> None:
    _observe(alone, (5, 600))
    assert _total(alone, -1) == _total(alone, -2) == (0, 0)


def test_day_total__several_a_day_at_odd_times__each_day_is_exact(alone: QuickFeed) -> None:
    period = 10_007
    feed = bytes(FeedId.of("odd", 2, period))
    first = START // period * period + 2 * period - START
    seen = [(7 * i - 100, first + i * period) for i in range(80)]
    _observe(alone, *seen, feed=feed)
    for day in range(seen[-1][1] // DAY):
        end, total = (day + 1) * DAY, 0
        for (value, at), (_, following) in pairwise(seen):
            total += value * max(0, min(end, following) - at)
        assert _total(alone, day, feed) == (total, end - first)


@pytest.mark.parametrize("is_ended", [False, True])
@pytest.mark.parametrize("after", [0, 600, DAY // 2, DAY - 600])
def test_day_total__nothing_after_it__counts_for_three_days(
    alone: QuickFeed, after: int, is_ended: bool
) -> None:
    _observe(alone, (-5, after))
    alone.chain.now = START + 20 * DAY
    if is_ended:
        _observe(alone, (9, 20 * DAY))
    for day in range(19):
        covered = min((day + 1) * DAY - after, 3 * DAY)
        assert _total(alone, day) == (-5 * covered, covered)


@pytest.mark.parametrize("gap", range(1, 8))
def test_day_total__days_without_observations__as_before_and_after_the_next(
    alone: QuickFeed, gap: int
) -> None:
    """It is the same while nobody has observed anything again and when somebody has."""
    _observe(alone, (5, 3_000), (6, gap * DAY + 3_000))
    alone.chain.now = START + 30 * DAY
    before = [_total(alone, day) for day in range(-1, 29)]
    _observe(alone, (7, 30 * DAY))
    assert [_total(alone, day) for day in range(-1, 29)] == before
    until_then = min(gap * DAY, 3 * DAY)
    assert before[gap + 6] == (5 * until_then + 6 * 3 * DAY, until_then + 3 * DAY)


def test_day_total__largest_values__are_counted_exactly(alone: QuickFeed) -> None:
    largest = ((LARGEST, 0), (LARGEST, 6 * DAY), (-LARGEST, 9 * DAY), (-LARGEST, 20 * DAY))
    _observe(alone, *largest)
    assert _total(alone, 8) == (LARGEST * 6 * DAY, 6 * DAY)
    assert _total(alone, 9) == (LARGEST * 5 * DAY, 7 * DAY)
    assert _total(alone, 19) == (LARGEST * 3 * DAY, 9 * DAY)
    alone.chain.now = START + 24 * DAY
    assert _total(alone, 22) == (0, 12 * DAY)


def test_day_total__observations_left_the_ring__stays_for_ever(alone: QuickFeed) -> None:
    _observe_days(alone, 2 * KEPT)
    for day in range(2 * KEPT - 1):
        expected = sum((100 + i) * DAY for i in range(day + 1))
        assert _total(alone, day, DAILY) == (expected, (day + 1) * DAY)


@pytest.mark.parametrize("day", [FOREVER, FOREVER // DAY, 2**200])
def test_day_total__days_beyond_time__refused(alone: QuickFeed, day: int) -> None:
    _observe(alone, (5, 0))
    with pytest.raises(ChainError):
        alone.read("day_total", FEED_ID, day)
    assert alone.read("latest", FEED_ID) == (5, START)
