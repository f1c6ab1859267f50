"""HashpriceIndex's views: running totals at any time, and nothing of days that are not closed."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from terahash.bitcoin.state import DAY_BLOCKS, Day
from terahash.bitcoin.target import to_bits
from terahash.deployment import Terms, deploy
from terahash.relay import Relay
from tests.support.index_model import IndexModel, hashes_per_block
from tests.support.indexing import (
    CHALLENGE,
    EPOCH,
    FEE_WINDOW,
    FIRST_DAY,
    ZERO_ADDRESS,
    Index,
    Indexed,
    dispute,
)
from tests.support.miner import TRIVIAL, checkpoint
from tests.support.relay import grow, refused
from tests.support.revm_chain import RevmChain

DAY = FIRST_DAY + 1
PRICE = 60_000 * 10**8
# Seconds between blocks of 70 days: most take seconds, some weeks, so that a guess of a day's
# place by its time is off by dozens.
UNEVEN = tuple((600, 1, 20_000, 5, 1, 1, 1, 3_000, 1, 40_000)[i * i % 10] for i in range(70))
# Of 70 days as Bitcoin has them.
EVEN = tuple((600, 570, 640, 590, 610, 545, 620)[i % 7] for i in range(70))


@pytest.fixture
def index(light: Index) -> Index:
    """The index with three closed days, fees and prices, and one open."""
    for i, price in ((1, PRICE), (2, PRICE + 1), (3, PRICE + 7)):
        light.observe(price, light.mined[FIRST_DAY + i].day.end)
    light.record(*(FIRST_DAY + i for i in range(5)))
    light.prove(DAY, range(48))
    light.prove(DAY + 1, range(5))
    light.chain.now += FEE_WINDOW
    for _ in range(3):
        light.send("close")
    return light


def _end(index: Index, number: int) -> int:
    return index.mined[number].day.end


def test_latest__before_anything_is_recorded__day_before_the_first(light: Index) -> None:
    assert light.read("latest") == (FIRST_DAY - 1, 0, 0, 0, 0)
    for function, args in (
        ("earned", (FIRST_DAY,)),
        ("hashprice", (FIRST_DAY,)),
        ("dollars", (FIRST_DAY,)),
        ("readings", (FIRST_DAY, 1)),
        ("earned_at", (light.chain.now,)),
        ("floor_earned_at", (light.chain.now,)),
        ("dollars_at", (light.chain.now,)),
        ("mean", (0, light.chain.now)),
        ("difficulty_variance", (EPOCH,)),
    ):
        with refused("index: not closed"):
            light.read(function, *args)


def test_block_day__that_is_not_recorded__all_zero(light: Index) -> None:
    light.record(FIRST_DAY)
    for number in (0, FIRST_DAY - 1, FIRST_DAY + 1, 2**256 - 1):
        assert light.read("block_day", number) == (0, 0, 0, 0, 0, 0)


def test_reads__day_before_the_first__refused(index: Index) -> None:
    for number in (0, FIRST_DAY - 1):
        for function, args in (
            ("earned", (number,)),
            ("hashprice", (number,)),
            ("dollars", (number,)),
            ("readings", (number, 1)),
        ):
            with refused("index: before the first day"):
                index.read(function, *args)
    with refused("index: before the first day"):
        index.read("hashprice", FIRST_DAY)
    with refused("index: before the first day"):
        index.read("difficulty_variance", EPOCH - 1)
    for function in ("earned_at", "floor_earned_at", "dollars_at"):
        with refused("index: before the first day"):
            index.read(function, _end(index, FIRST_DAY) - 1)


def test_reads__open_day__refused(index: Index) -> None:
    for number in (DAY + 3, DAY + 4, 2**256 - 1):
        for function, args in (
            ("earned", (number,)),
            ("hashprice", (number,)),
            ("dollars", (number,)),
            ("readings", (number, 1)),
        ):
            with refused("index: not closed"):
                index.read(function, *args)
    for time in (_end(index, DAY + 2) + 1, 2**256 - 1):
        for function in ("earned_at", "floor_earned_at", "dollars_at"):
            with refused("index: not closed"):
                index.read(function, time)


def test_readings__any_number__from_the_first_to_the_newest_closed(index: Index) -> None:
    everything = index.read("readings", FIRST_DAY, 2**256 - 1)
    assert [end for end, _, _ in everything] == [_end(index, FIRST_DAY + i) for i in range(4)]
    assert everything[0][1:] == (0, 0)
    assert [earned for _, earned, _ in everything[1:]] == [
        index.read("earned", DAY + i) for i in range(3)
    ]
    assert index.read("readings", FIRST_DAY, 0) == []
    assert index.read("readings", DAY, 2) == everything[1:3]
    assert index.read("readings", DAY + 2, 64) == everything[3:]


def test_hashprice__of_each_day__its_own_pace(index: Index) -> None:
    for i in range(3):
        subsidy, fees = index.read("block_day", DAY + i)[2:4]
        hashes = hashes_per_block(index.mined[DAY + i].day.bits)
        expected = 10**18 * 86_400 * (subsidy + fees) // (144 * hashes)
        assert index.read("hashprice", DAY + i) == expected
    assert index.read("latest")[2] == expected


def test_earned_at__inside_a_day__on_the_line_between_its_ends(index: Index) -> None:
    readings = index.read("readings", FIRST_DAY, 4)
    for before, after in pairwise(readings):
        length = after[0] - before[0]
        for function, place in (("earned_at", 1), ("floor_earned_at", 2)):
            gained = after[place] - before[place]
            for seconds in (0, 1, length // 3, length - 1, length):
                found = index.read(function, before[0] + seconds)
                assert found == before[place] + gained * seconds // length


def test_dollars_at__inside_a_day__on_the_line_between_its_ends(index: Index) -> None:
    for number in (DAY, DAY + 1, DAY + 2):
        start, end = _end(index, number - 1), _end(index, number)
        before, after = index.read("dollars", number - 1), index.read("dollars", number)
        assert after[0] > before[0]
        for seconds in (0, 1, (end - start) // 3, end - start):
            total = before[0] + (after[0] - before[0]) * seconds // (end - start)
            assert index.read("dollars_at", start + seconds) == (total, before[1] + seconds)


def test_earned_at__only_the_clock_is_set__refused(light: Index) -> None:
    light.record(FIRST_DAY, DAY)
    with refused("index: before the first day"):
        light.read("earned_at", _end(light, FIRST_DAY) - 1)
    for time in (_end(light, FIRST_DAY), _end(light, DAY)):
        for function in ("earned_at", "floor_earned_at", "dollars_at"):
            with refused("index: not closed"):
                light.read(function, time)


def test_mean__over_days_and_over_seconds__as_the_totals_say(index: Index) -> None:
    start, middle, end = (_end(index, FIRST_DAY + i) for i in (0, 2, 3))
    earned = index.read("earned", DAY + 2)
    assert index.read("mean", start, end) == earned * 86_400 // (end - start)
    gained = earned - index.read("earned_at", middle + 5)
    assert index.read("mean", middle + 5, end) == gained * 86_400 // (end - middle - 5)
    one_day = index.read("mean", middle, end)
    assert abs(one_day - index.read("hashprice", DAY + 2)) <= 1


def test_mean__empty_or_reversed_window__refused(index: Index) -> None:
    start, end = _end(index, FIRST_DAY), _end(index, DAY)
    for window in ((start, start), (end, start), (end + 1, end)):
        with refused("index: empty window"):
            index.read("mean", *window)


def test_mean__outside_of_what_is_closed__refused(index: Index) -> None:
    start, end = _end(index, FIRST_DAY), _end(index, DAY + 2)
    with refused("index: before the first day"):
        index.read("mean", start - 1, end)
    with refused("index: not closed"):
        index.read("mean", start, end + 1)


def test_spot__tip_of_another_chain__its_subsidy_and_target(index: Index, base: Indexed) -> None:
    index.send("close")
    hashes = hashes_per_block(base.tip.bits)
    tip_subsidy = 144 * (5 * 10**9 >> 13)
    assert index.read("spot") == 10**18 * 86_400 * tip_subsidy // (144 * hashes)
    dispute(base, FIRST_DAY + 20)
    tip = base.relay.tip()
    assert tip.bits != base.tip.bits
    expected = 10**18 * 86_400 * tip_subsidy // (144 * hashes_per_block(tip.bits))
    assert index.read("spot") == expected


def test_spot__fees_of_the_newest_closed_day__are_in_it(light: Index, base: Indexed) -> None:
    light.record(FIRST_DAY, DAY, DAY + 1)
    light.prove(DAY + 1, range(3))  # open: not yet
    assert light.read("spot") == _spot(base, 0)
    light.prove_all(DAY)
    light.send("close")
    assert light.read("spot") == _spot(base, light.read("block_day", DAY)[3])


def _spot(base: Indexed, fees: int) -> int:
    reward = 144 * (5 * 10**9 >> 13) + fees
    return 10**18 * 86_400 * reward // (144 * hashes_per_block(base.tip.bits))


@cache
def _closed(paces: tuple[int, ...]) -> tuple[RevmChain, str, IndexModel]:
    """Close a day for each pace (seconds between its blocks), without fees."""
    start = checkpoint(EPOCH)._replace(bits=to_bits(TRIVIAL.limit))
    chain = RevmChain(start.time)
    terms = Terms(start, TRIVIAL.limit, 1, CHALLENGE)
    relay = Relay(chain, deploy(chain, terms).address("BitcoinRelay"))
    days, state = list[Day](), start
    for pace in paces:
        state, found = grow(chain, relay, state, DAY_BLOCKS, 0, pace)
        days += found
    grow(chain, relay, state, 1, 0, 600)
    chain.now += CHALLENGE
    for at in range(0, len(days), 16):
        relay.finalize(days[at : at + 16], [day.leaf for day in days[at + 16 :]])
    index = chain.deploy(
        "HashpriceIndex", relay.address, 1, FIRST_DAY, FEE_WINDOW, ZERO_ADDRESS, bytes(32)
    )
    model = IndexModel(FIRST_DAY, 1, FEE_WINDOW, has_feed=False)
    model.final = dict(enumerate(days, FIRST_DAY))
    for day in days:
        chain.send("HashpriceIndex", index, "record", [tuple(day)])
        model.record([day], chain.now)
        if len(model.recorded) > 1:
            chain.now += FEE_WINDOW
            chain.send("HashpriceIndex", index, "close")
            model.close(chain.now)
    return chain, index, model


def test_readings__of_more_than_64_days__come_in_parts() -> None:
    chain, index, model = _closed(UNEVEN)

    def read(*args: int) -> Any:
        return chain.call("HashpriceIndex", index, "readings", *args)

    for count in (64, 65, 2**256 - 1):
        assert read(FIRST_DAY, count) == model.readings(FIRST_DAY, 64)
        assert len(read(FIRST_DAY + 1, count)) == 64
        assert read(FIRST_DAY + 60, count) == model.readings(FIRST_DAY + 60, 10)


def test_earned_at__days_of_very_different_lengths__finds_each() -> None:
    """No guess of a day by its time holds here: the search must still end, at the right day."""
    chain, index, model = _closed(UNEVEN)
    lengths = [
        model.closed[day].end - model.closed[day - 1].end
        for day in range(FIRST_DAY + 1, FIRST_DAY + 70)
    ]
    assert max(lengths) > 1_000 * min(lengths)
    for number in range(FIRST_DAY + 1, FIRST_DAY + 70):
        start, end = model.closed[number - 1].end, model.closed[number].end
        for time in {start, start + 1, (start + end) // 2, end - 1, end}:
            found = chain.call("HashpriceIndex", index, "earned_at", time)
            assert found == model.earned_at(time)


def test_earned_at__days_as_bitcoin_has_them__found_with_a_few_guesses() -> None:
    """Consumers settle by these reads: old days must not cost more than new ones."""
    chain, index, model = _closed(EVEN)

    def gas(time: int) -> int:
        with chain.undone():
            return chain.send("HashpriceIndex", index, "earned_at", time).gas_used

    last = FIRST_DAY + 69
    costs = []
    for number in range(FIRST_DAY + 1, last + 1):
        start, end = model.closed[number - 1].end, model.closed[number].end
        for time in {start, start + 1, (start + end) // 2, end - 1, end}:
            assert chain.call("HashpriceIndex", index, "earned_at", time) == model.earned_at(time)
            costs.append(gas(time))
    newest = gas(model.closed[last].end)
    assert newest <= 24_400
    assert max(costs) - newest <= 1_440
    assert sum(costs) / len(costs) - newest <= 750
