"""What bounds strangers: rates, places, and a memory that does not grow with them."""

from __future__ import annotations

import asyncio

import pytest

from terahash.orders.relay.guard import lines_of
from terahash.orders.relay.limits import Buckets, Rate, Slots, network
from terahash.orders.relay.stream import AT_ONCE, Events


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_buckets__emptied__filled_at_the_rate_and_no_further() -> None:
    clock = Clock()
    buckets = Buckets(Rate(2, 3), 10, clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0
    clock.now += 0.5
    assert (buckets.take("a"), buckets.take("a")) == (0, 0.5)
    clock.now += 1_000
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_buckets__fined__waits_longer_but_not_without_end() -> None:
    clock = Clock()
    buckets = Buckets(Rate(1, 10), 10, clock)
    buckets.charge("a", 10**9)
    assert buckets.take("a") == 11  # ten that are owed, and one
    clock.now += 11
    assert buckets.take("a") == 0


def test_buckets__endless_names__few_are_remembered_and_the_busy_one_stays() -> None:
    buckets = Buckets(Rate(0.001, 2), 100, Clock())
    for number in range(10_000):
        buckets.take(str(number))
        buckets.take("busy")
    assert len(buckets) == 100
    assert buckets.take("busy") > 0


def test_slots__all_and_own__refused_for_the_right_one_and_given_back() -> None:
    slots = Slots(3, 2)
    assert [slots.take(name) for name in "aab"] == [True, True, True]
    assert (slots.refusal("a"), slots.refusal("b")) == ("own", "all")
    slots.leave("a")
    assert slots.take("b")
    assert (slots.take("a"), slots.count) == (False, 3)
    for name in "abb":
        slots.leave(name)
    assert (slots.count, slots.refusal("a")) == (0, None)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("10.0.0.1", "10.0.0.2", False),
    ],
)
def test_network__addresses_of_one_person__are_one(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) is same


def test_network__nonsense_of_any_length__short() -> None:
    assert len(network("x" * 10**6)) <= 64


def test_lines_of__blanks_and_line_ends__lines_alone() -> None:
    assert lines_of(b"\r\n{1}\r\n\n  \n{2}", 2) == [b"{1}", b"{2}"]


# Events


def text_after(events: Events, seen: int) -> list[str]:
    found = events.after(seen)
    assert found is not None
    return [line[6:] for line in found.split("\n") if line.startswith("data: ")]


def test_events__place_of_each_id__goes_on_right_after_it() -> None:
    events = Events(10)
    ids = [events.last_id]
    for number in range(5):
        events.tell("order", str(number))
        ids.append(events.last_id)
    for seen, one in enumerate(ids):
        assert events.place(one) == seen
        assert text_after(events, seen) == [str(number) for number in range(seen, 5)]


@pytest.mark.parametrize("number", ["6", "-1", "", "1.0", " 1", "\u0663", "9" * 5_000])
def test_events__id_that_was_never_given__no_place(number: str) -> None:
    events = Events(10)
    for _ in range(5):
        events.tell("order", "x")
    assert events.place(f"{events.last_id.partition('-')[0]}-{number}") is None


def test_events__older_than_kept__no_place_and_nothing_after() -> None:
    events = Events(3)
    first = events.last_id
    for number in range(4):
        events.tell("order", str(number))
    assert events.place(first) is None
    assert events.after(0) is None
    assert text_after(events, 1) == ["1", "2", "3"]


def test_events__many_at_once__bounded_writes_that_join() -> None:
    events = Events(10 * AT_ONCE)
    for number in range(2 * AT_ONCE + 3):
        events.tell("order", str(number))
    seen, sizes = 0, []
    while found := text_after(events, seen):
        assert found[0] == str(seen)
        sizes.append(len(found))
        seen += len(found)
    assert sizes == [AT_ONCE, AT_ONCE, 3]


def test_events__told_between_look_and_wait__waiting_ends_at_once() -> None:
    async def whole() -> None:
        events = Events(3)
        waiting = asyncio.create_task(events.wait(0))
        await asyncio.sleep(0)
        events.tell("order", "x")
        await asyncio.wait_for(waiting, 1)
        await asyncio.wait_for(events.wait(0), 1)

    asyncio.run(whole())
