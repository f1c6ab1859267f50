"""A feed's history against a list of observations and sums over it, over random schedules.

Invariants by id are listed in tests/README.md. Feeds of long periods keep few observations, so that
they leave the ring; those of short ones have many in a day.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from terahash.chain import ChainError
from terahash.feeds.feed_id import FeedId
from terahash.units import DAY, HOUR, MINUTE
from tests.support.chosen_nonce import QuickFeed
from tests.support.feed_model import VALUE_LIMIT, HistoryModel, Refused
from tests.support.issuing import FOREVER

PERIODS = (60, 600, 3_600, 7 * HOUR, 50_000, DAY - 1, DAY)
READS = 60
GAS = 1_000_000
"""With so much there is an answer to any hint."""
VALUES = st.sampled_from((0, 1, -1, VALUE_LIMIT - 1, 1 - VALUE_LIMIT)) | st.integers(-999, 999)
GAPS = st.sampled_from((1, 1, 1, 1, 2, 3, 10))
LATE = st.sampled_from((0, 0, -MINUTE, 1, HOUR - 1, HOUR))
"""Seconds after an observation's time at which it is handed in."""
ALL_COMPARED_EVERY = 6
"""Steps; what is newest is compared after each."""
Answer = Any
"""What a view returns, or the reasons of which it may give one."""


@cache
def _alone() -> QuickFeed:
    """One operator, who is a quorum; made once a process."""
    return QuickFeed(1)


class Both:
    """A feed and its model, which must say the same to every call."""

    def __init__(self, quorum: QuickFeed, feed: FeedId) -> None:
        self.quorum, self.feed = quorum, bytes(feed)
        self.model = HistoryModel(feed.period)
        self.config = quorum.read("config")
        self.met: Counter[str] = Counter()

    @property
    def now(self) -> int:
        return self.quorum.chain.now

    def observe(self, value: int, at: int) -> None:
        """Hand an observation in."""
        before = self.quorum.read("latest_round", self.feed)
        signed = [self.quorum.sign(0, value, at, self.feed, self.config)]
        try:
            self.model.append(value, at, self.now)
        except Refused as refused:
            assert self.reason("submit", at, signed) in refused.reasons  # Q11
            assert self.quorum.read("latest_round", self.feed) == before  # Q11
            self.met[min(refused.reasons)] += 1
            return
        receipt = self.quorum.submit(signed, at, self.feed)
        number = len(self.model.seen)
        event = {"feed": self.feed, "round": number, "value": value, "at": at}
        assert receipt.logs == (("Observed", event),)  # Q6
        self.met[""] += 1

    def reason(self, function: str, *args: Any) -> str:
        with pytest.raises(ChainError) as caught:
            self.quorum.send(self.quorum.operators[0], function, self.feed, *args)
        return caught.value.reason

    def read(self, view: str, *args: Any) -> Any:
        """Read a view; what it says, or why it does not."""
        try:
            return self.quorum.read(view, self.feed, *args)
        except ChainError as error:
            return error.reason

    def newest_equal(self) -> None:
        """Q6: the newest observation and its number."""
        number, value, at = self.model.latest_round()
        assert self.read("latest_round") == (number, value, at)  # Q6
        assert self.read("latest") == (value, at)  # Q6

    def rounds_equal(self, numbers: set[int]) -> None:
        """Q6: any round that is kept, and the reason for any other."""
        for number in numbers:
            self._equal(lambda n: tuple(self.model.observation(n)), "observation", number)

    def firsts_equal(self, times: set[int], hints: Callable[[], int]) -> None:
        """Q7: the first observation at or after any time, whatever the hint."""
        chain = self.quorum.chain
        with chain.undone():
            chain.gas = GAS
            for time in sorted(time for time in times if time >= 0):
                expected = self.model.first_at_or_after(time)
                for hint in (hints(), hints(), hints() or FOREVER):
                    found = self.read("first_at_or_after", time, hint)
                    assert found == expected, f"at {time}, by hint {hint}"  # Q7

    def totals_equal(self, days: set[int]) -> None:
        """Q8: the totals at the ends of days, or that they are not known yet."""
        for day in sorted(day for day in days if day >= 0):
            self._equal(lambda day: self.model.day_total(day, self.now), "day_total", day)

    def _equal(self, model: Callable[[int], Any], view: str, number: int) -> None:
        try:
            expected = {model(number)}
        except Refused as refused:
            expected = refused.reasons
        found = self.read(view, number)
        assert found in expected, f"{view} {number}: {found}, not {expected}"  # Q6, Q8

    def thirty_days_are_kept(self) -> None:
        """Q9: what was observed in the last thirty days is kept, and found."""
        since = self.now - 30 * DAY
        kept = [(i, one) for i, one in enumerate(self.model.seen, 1) if one.at >= since]
        for number, one in {*kept[:2], *kept[-2:]}:
            assert self.read("observation", number) == tuple(one)  # Q9
            assert self.read("first_at_or_after", one.at, 0) == (*one, True)  # Q9
        if kept:
            assert self.read("first_at_or_after", since, 0) == (*kept[0][1], True)  # Q9


class HistoryMachine(RuleBasedStateMachine):
    met: ClassVar[Counter[str]] = Counter()

    @initialize(period=st.sampled_from(PERIODS), after=st.integers(0, DAY))
    def start(self, period: int, after: int) -> None:
        quorum = _alone()
        self.undone = quorum.chain.undone()
        self.undone.__enter__()
        quorum.chain.now += after
        self.both = Both(quorum, FeedId.of("history", 2, period))
        self.answered: dict[tuple[str, int], Any] = {}
        self.step = 0

    def teardown(self) -> None:
        if hasattr(self, "undone"):
            self.undone.__exit__(None, None, None)
            type(self).met += self.both.met

    @property
    def _next(self) -> int:
        """The first time at which the feed can be observed and has not been."""
        both, period = self.both, self.both.model.period
        newest = both.model.seen[-1].at if both.model.seen else 0
        return max(newest + period, -(-(both.now - HOUR) // period) * period)

    @rule(values=st.lists(VALUES, min_size=1, max_size=24), gap=GAPS, late=LATE)
    def observe(self, values: list[int], gap: int, late: int) -> None:
        """The quorum observes, at each time or at each tenth, on time or an hour late."""
        both, chain = self.both, self.both.quorum.chain
        for value in values:
            at = self._next + (gap - 1) * both.model.period
            chain.now = max(chain.now, at + late)
            both.observe(value, at)

    @rule(days=st.sampled_from((1, 2, 3, 4, 5, 29, 30, 31, 45)), beside=st.integers(-1, 1))
    def stand_still(self, days: int, beside: int) -> None:
        """Nothing is observed for days, which the last value covers or does not."""
        self.both.quorum.chain.now += days * DAY + beside

    @rule(seconds=st.sampled_from((1, 59, 60, HOUR - 1, HOUR, 5 * HOUR)))
    def wait(self, seconds: int) -> None:
        self.both.quorum.chain.now += seconds

    @rule(back=st.integers(0, 40), value=VALUES)
    def insert(self, back: int, value: int) -> None:
        """Q11: nobody can observe behind the last observation, or at its time."""
        model = self.both.model
        if model.seen:
            at = model.seen[-1].at - back * model.period
            with self.both.quorum.chain.undone():
                self.both.quorum.chain.now = max(at, model.seen[-1].at - MINUTE)
                self.both.observe(value, at)
            assert len(model.seen) == self.both.read("latest_round")[0]

    @rule(
        beside=st.sampled_from((MINUTE, MINUTE + 1, -HOUR, -HOUR - 1)),
        odd=st.sampled_from((0, 0, 0, -1, 1)),
    )
    def observe_at_the_edge(self, beside: int, odd: int) -> None:
        """As far ahead or behind as it may be, or a second more; now and then beside the period."""
        model, at = self.both.model, self._next + odd
        kept = list(model.seen)
        with self.both.quorum.chain.undone():
            self.both.quorum.chain.now = at - beside
            self.both.observe(7, at)
        model.seen = kept

    @rule(value=st.sampled_from((VALUE_LIMIT, -VALUE_LIMIT, 2**255 - 1, -(2**255))))
    def observe_too_large_a_value(self, value: int) -> None:
        chain = self.both.quorum.chain
        with chain.undone():
            chain.now = max(chain.now, self._next)
            self.both.observe(value, self._next)

    @invariant()
    def history_equals_model(self) -> None:
        if not hasattr(self, "both"):
            return
        self.step += 1
        both, seen = self.both, self.both.model.seen
        both.newest_equal()
        if self.step % ALL_COMPARED_EVERY:
            return
        draw = random.Random(f"{self.step} {len(seen)}")
        both.met["wrapped"] += both.model.oldest > 1
        both.thirty_days_are_kept()
        count, oldest = len(seen), both.model.oldest
        edges = {0, 1, oldest - 1, oldest, oldest + 1, count, count + 1, draw.randint(0, count)}
        both.rounds_equal({number for number in edges if number >= 0})
        near = {seen[number - 1].at for number in edges if 0 < number <= count}
        beside = {at + second for at in near for second in (-1, 0, 1)}
        both.firsts_equal(beside | {0, both.now}, lambda: draw.randint(0, count + 2))
        first = seen[0].at if seen else both.now
        days = {(at // DAY) + day for at in near for day in (-1, 0, 1, 2, 3)}
        days |= {draw.randint(first // DAY - 1, both.now // DAY + 1) for _ in range(3)}
        both.totals_equal(days | {0, (both.now - HOUR) // DAY - 1, (both.now - HOUR) // DAY})
        self._answers_stay(draw, first)

    def _answers_stay(self, draw: random.Random, first: int) -> None:
        """Q10: what was answered is answered so for ever, or is not known any more."""
        both = self.both
        for (view, of), answer in self.answered.items():
            found = both.read(view, of, 0) if view == "first_at_or_after" else both.read(view, of)
            if found != (0, 0, False):
                assert found == answer, f"{view} {of}"  # Q10
        time = draw.randint(first - DAY, max(first, both.now))
        if (found := both.read("first_at_or_after", time, 0))[2]:
            self.answered["first_at_or_after", time] = found
        if isinstance(found := both.read("day_total", time // DAY), tuple):
            self.answered["day_total", time // DAY] = found


def test_history__random_schedules__equals_a_list_of_observations() -> None:
    HistoryMachine.met.clear()
    examples = settings().max_examples
    run_state_machine_as_test(HistoryMachine, settings=settings(stateful_step_count=30))
    met = HistoryMachine.met
    assert met[""] >= 10 * examples, f"too few observations: {met}"
    assert met["wrapped"] >= examples // 10, f"too seldom more than a ring holds: {met}"
    assert met.keys() >= {
        "feed: observed in the future",
        "feed: observed too long ago",
        "feed: not on the period",
        "feed: not newer",
        "feed: value out of range",
    }


def test_history__hourly_for_months__equals_a_list_of_observations() -> None:
    """The ring of an hourly feed wraps, with gaps of hours, days and weeks."""
    deep = settings().max_examples >= 1_000
    for seed in [secrets.randbits(64) for _ in range(20)] if deep else [1]:
        with _alone().chain.undone():
            _observe_for_months(random.Random(seed), 1_700 if deep else 1_100)


def _observe_for_months(draw: random.Random, count: int) -> None:
    both = Both(_alone(), FeedId.of("hourly", 2, HOUR))
    at = both.now
    for _ in range(count):
        (gap,) = draw.choices((1, 2, 30, 100, 400), (300, 20, 3, 2, 1))
        at += gap * HOUR
        both.quorum.chain.now = max(both.now, at + draw.choice((-MINUTE, 0, HOUR)))
        both.observe(draw.choice((-1, 1)) * draw.getrandbits(111), at)
    seen, oldest = both.model.seen, both.model.oldest
    picked = {draw.randrange(count) for _ in range(READS)} | {oldest - 2, oldest - 1, oldest}
    times = {seen[i].at + draw.choice((-1, 0, 1)) for i in picked}
    both.firsts_equal(times, lambda: draw.randint(0, count))
    both.rounds_equal({i + 1 for i in picked})
    both.totals_equal({seen[i].at // DAY + draw.choice((0, 1, 2, 3)) for i in picked})
    both.thirty_days_are_kept()
    assert both.met == {"": count}, f"refused: {both.met}"
