"""HashpriceIndex.close: fixes the oldest open day for ever, in bitcoin and in dollars."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.bitcoin.state import DAY_BLOCKS
from tests.support.index_model import IndexModel, Variance, hashes_per_block
from tests.support.indexing import (
    FEE_WINDOW,
    FIRST_DAY,
    HALVING_DAY,
    UNIT,
    ZERO_ADDRESS,
    Index,
    Indexed,
)
from tests.support.relay import refused

DAY = FIRST_DAY + 1
PRICE = 60_000 * 10**8
HOUR = 3_600
LARGEST_TOTAL = 2**108 - 1


@pytest.fixture
def index(light: Index) -> Index:
    """The index with three open days."""
    light.record(FIRST_DAY, DAY, DAY + 1, DAY + 2)
    return light


@pytest.fixture
def fresh(base: Indexed) -> Index:
    """An index whose only open day ended less than three hours ago; its fees are all proven."""
    index = base.index(first_day=FIRST_DAY + 29)
    index.record(FIRST_DAY + 29, FIRST_DAY + 30)
    index.prove_all(FIRST_DAY + 30)
    assert base.chain.now < _end(index, FIRST_DAY + 30) + 3 * HOUR
    return index


def _end(index: Index, number: int) -> int:
    return index.mined[number].day.end


def _dollars(index: Index, number: int) -> tuple[int, int, int, int]:
    found: tuple[int, int, int, int] = tuple(index.read("dollars", number))  # type: ignore[assignment]
    return found


def test_close__nothing_proven__gives_the_floor(index: Index) -> None:
    index.chain.now += FEE_WINDOW
    logs = index.logged("close")
    before, day = index.mined[FIRST_DAY].day, index.mined[DAY].day
    reward, hashes = 144 * (5 * 10**9 >> 12), hashes_per_block(day.bits)
    earned = 10**18 * (day.end - before.end) * reward // (144 * hashes)
    assert logs["DayClosed"] == {
        "day": DAY,
        "end": day.end,
        "reward": reward,
        "hashprice": 10**18 * 86_400 * reward // (144 * hashes),
        "earned": earned,
        "floor_earned": earned,
    }
    assert logs["DayPriced"] == dict.fromkeys(("observed", "total", "seconds", "variance"), 0) | {
        "day": DAY
    }
    assert index.read("latest") == (DAY, day.end, logs["DayClosed"]["hashprice"], earned, earned)


def test_close__some_proven__gives_what_is_proven_and_no_more(index: Index) -> None:
    index.prove(DAY, range(60, 90))
    index.chain.now += FEE_WINDOW
    reward = index.logged("close")["DayClosed"]["reward"]
    fees = sum(index.mined[DAY].fees(i) for i in range(60, 90))
    assert reward == 144 * (5 * 10**9 >> 12) + fees
    _, earned, floor = index.read("readings", DAY, 1)[0]
    assert 0 < floor < earned


def test_close__143_of_144_proven__waits_for_the_window(index: Index) -> None:
    index.prove(DAY, range(72))
    index.prove(DAY, range(72, 143))
    index.chain.now += FEE_WINDOW - 1
    with refused("index: fee window open"):
        index.send("close")
    with index.chain.undone():
        index.chain.now += 1
        assert index.logged("close")["DayClosed"]["day"] == DAY
    index.prove(DAY, [143])
    assert index.logged("close")["DayClosed"]["day"] == DAY


def test_close__in_the_order_of_days_whichever_was_proven(index: Index) -> None:
    index.prove_all(DAY + 1)
    with refused("index: fee window open"):
        index.send("close")
    index.prove_all(DAY)
    assert [index.logged("close")["DayClosed"]["day"] for _ in range(2)] == [DAY, DAY + 1]
    with refused("index: fee window open"):
        index.send("close")
    index.chain.now += FEE_WINDOW
    index.send("close")
    with refused("index: nothing to close"):
        index.send("close")


def test_close__halving_inside_the_day__counts_each_block_once(light: Index) -> None:
    light.close_up_to(HALVING_DAY)
    day, before = light.mined[HALVING_DAY].day, light.mined[HALVING_DAY - 1].day
    reward = 48 * (5 * 10**9 >> 12) + 96 * (5 * 10**9 >> 13)
    gained = 10**18 * (day.end - before.end) * reward // (144 * hashes_per_block(day.bits))
    readings = light.read("readings", HALVING_DAY - 1, 2)
    assert readings[1][1] - readings[0][1] == gained


def test_close__first_day_of_an_epoch__adds_the_squared_log_change_of_difficulty(
    light: Index,
) -> None:
    retarget = FIRST_DAY + 14
    light.close_up_to(retarget - 1)
    epoch = retarget // 14
    with refused("index: not closed"):
        light.read("difficulty_variance", epoch)
    light.record(retarget)
    light.chain.now += FEE_WINDOW
    logged = light.logged("close")["EpochEntered"]
    new, old = (hashes_per_block(light.mined[n].day.bits) for n in (retarget, retarget - 1))
    assert new != old
    assert logged["epoch"] == epoch
    assert Variance().plus(new, old).agrees(logged["variance"])
    assert light.read("difficulty_variance", epoch) == logged["variance"] > 0
    assert light.read("difficulty_variance", epoch - 1) == 0
    light.close_up_to(FIRST_DAY + 28)
    newest = hashes_per_block(light.mined[FIRST_DAY + 28].day.bits)
    both = Variance().plus(new, old).plus(newest, new)
    assert both.agrees(light.read("difficulty_variance", epoch + 1))


def test_close__any_other_day__enters_no_epoch(index: Index) -> None:
    index.chain.now += FEE_WINDOW
    assert "EpochEntered" not in index.logged("close")


def test_close__window_of_another_length__as_deployed(base: Indexed) -> None:
    index = base.index(fee_window=2 * FEE_WINDOW)
    index.record(FIRST_DAY, DAY)
    index.chain.now += 2 * FEE_WINDOW - 1
    with refused("index: fee window open"):
        index.send("close")
    index.chain.now += 1
    assert index.logged("close")["DayClosed"]["day"] == DAY


def test_close__price_may_still_come__refused_until_seven_hours(fresh: Index) -> None:
    with refused("index: price not decided"):
        fresh.send("close")
    fresh.chain.now = _end(fresh, FIRST_DAY + 30) + 7 * HOUR
    with refused("index: price not decided"):
        fresh.send("close")
    fresh.chain.now += 1
    logs = fresh.logged("close")
    assert (logs["DayClosed"]["day"], logs["DayPriced"]["observed"]) == (FIRST_DAY + 30, 0)


def test_close__feed_has_passed_the_end__need_not_wait(fresh: Index) -> None:
    end = _end(fresh, FIRST_DAY + 30)
    fresh.observe(PRICE - 1, end - 1)
    with refused("index: price not decided"):
        fresh.send("close")
    fresh.observe(PRICE, end)
    fresh.observe(PRICE + 1, end + 1)
    assert fresh.logged("close")["DayPriced"]["observed"] == PRICE


@pytest.mark.parametrize(
    ("late", "observed"), [(0, PRICE), (1, PRICE), (6 * HOUR, PRICE), (6 * HOUR + 1, 0)]
)
def test_close__first_observation_is_so_late(index: Index, late: int, observed: int) -> None:
    index.observe(PRICE - 1, _end(index, DAY) - 1)
    index.observe(PRICE, _end(index, DAY) + late)
    index.chain.now += FEE_WINDOW
    assert index.logged("close")["DayPriced"]["observed"] == observed


@pytest.mark.parametrize(
    ("value", "observed"),
    [
        (1, 1),
        (2**64 - 1, 2**64 - 1),
        (2**64, 0),
        (2**255 - 1, 0),
        (0, 0),
        (-1, 0),
        (-(2**255), 0),
    ],
)
def test_close__price_of_any_size__in_range_or_none(
    index: Index, value: int, observed: int
) -> None:
    index.observe(value, _end(index, DAY))
    index.observe(PRICE, _end(index, DAY) + 1)  # the second never stands in for the first
    index.chain.now += FEE_WINDOW
    logged = index.logged("close")["DayPriced"]
    earned = index.read("earned", DAY)
    elapsed = _end(index, DAY) - _end(index, FIRST_DAY)
    assert logged == {
        "day": DAY,
        "observed": observed,
        "total": earned * observed // 10**16,
        "seconds": elapsed if observed else 0,
        "variance": 0,
    }
    assert _dollars(index, DAY) == (logged["total"], logged["seconds"], 0, observed)


@pytest.mark.parametrize("hint", [0, 1, 2**128, 2**256 - 1])
def test_close__any_hint__same_day(index: Index, hint: int) -> None:
    index.observe(PRICE, _end(index, DAY))
    index.chain.now += FEE_WINDOW
    with index.chain.undone():
        expected = index.logged("close")
    assert index.logged("close", hint) == expected


def test_close__days_without_a_price__the_next_return_spans_them(index: Index) -> None:
    index.observe(PRICE, _end(index, DAY))
    index.observe(0, _end(index, DAY + 1))
    index.observe(2 * PRICE, _end(index, DAY + 2))
    index.chain.now += FEE_WINDOW
    for _ in range(3):
        index.send("close")
    first, gap, last = (_dollars(index, DAY + i) for i in range(3))
    assert gap == first
    lengths = [_end(index, DAY + i) - _end(index, DAY + i - 1) for i in range(3)]
    assert last[1] == lengths[0] + lengths[2]
    hashes = [hashes_per_block(index.mined[DAY + i].day.bits) for i in (0, 2)]
    assert Variance().plus(2 * PRICE * hashes[0], PRICE * hashes[1]).agrees(last[2])
    gained = [index.read("earned", DAY + i) - index.read("earned", DAY + i - 1) for i in (0, 2)]
    assert last[0] == gained[0] * PRICE // 10**16 + gained[1] * 2 * PRICE // 10**16


def test_close__retarget_between_two_prices__variance_is_of_price_over_difficulty(
    light: Index,
) -> None:
    retarget = FIRST_DAY + 14
    for number in (retarget - 1, retarget):
        light.observe(PRICE, _end(light, number))
    light.close_up_to(retarget)
    old, new = (hashes_per_block(light.mined[n].day.bits) for n in (retarget - 1, retarget))
    variance = _dollars(light, retarget)[2]
    assert Variance().plus(old, new).agrees(variance)
    assert variance > 0


def test_close__no_feed__no_dollars(base: Indexed) -> None:
    index = base.index(feed=ZERO_ADDRESS)
    index.record(FIRST_DAY, DAY)
    index.prove_all(DAY)
    assert [name for name, _ in index.send("close").logs] == ["DayClosed"]
    assert _dollars(index, DAY) == (0, 0, 0, 0)


def test_close__no_feed__needs_no_seven_hours(base: Indexed) -> None:
    index = base.index(first_day=FIRST_DAY + 29, feed=ZERO_ADDRESS)
    index.record(FIRST_DAY + 29, FIRST_DAY + 30)
    index.prove_all(FIRST_DAY + 30)
    assert index.logged("close")["DayClosed"]["day"] == FIRST_DAY + 30


def test_close__feed_that_is_none__stops_dollars_alone(base: Indexed) -> None:
    index = base.index(feed=base.relay.address)
    index.record(FIRST_DAY, DAY)
    index.chain.now += FEE_WINDOW
    assert index.logged("close")["DayPriced"]["observed"] == 0
    assert index.read("earned", DAY) > 0


def test_close__feed_recovers__dollars_go_on(index: Index) -> None:
    for i in range(3):
        index.observe(PRICE, _end(index, DAY + i))
    index.chain.now += FEE_WINDOW
    seconds = []
    for is_broken in (False, True, False):
        index.set_feed_broken(is_broken)
        index.send("close")
        seconds.append(_dollars(index, index.read("latest")[0])[1])
    assert 0 < seconds[0] == seconds[1] < seconds[2]


def test_close__totals_that_do_not_fit__refused(base: Indexed) -> None:
    """The reason why easy chains are priced in a smaller unit than 10^12 hashes a second."""
    index = base.index(unit=10**12)
    index.record(FIRST_DAY, DAY)
    index.chain.now += FEE_WINDOW
    with refused("index: total too large"):
        index.send("close")
    assert index.read("latest")[0] == FIRST_DAY


def test_close__dollars_that_do_not_fit__add_nothing_and_stop_nothing(base: Indexed) -> None:
    index = base.index(unit=10**3)
    model = IndexModel(FIRST_DAY, 10**3, FEE_WINDOW)
    model.final = {number: index.mined[number].day for number in (FIRST_DAY, DAY)}
    model.record(list(model.final.values()), index.chain.now)
    index.record(FIRST_DAY, DAY)
    index.chain.now += FEE_WINDOW
    model.close(index.chain.now)
    fits = LARGEST_TOTAL * 10**16 // model.earned(DAY)
    assert fits < 2**64 - 1
    with index.chain.undone():
        index.observe(fits + 1, _end(index, DAY))
        assert index.logged("close")["DayPriced"]["total"] == 0
        assert index.read("dollars", DAY) == (0, 0, 0, 0)
        assert index.read("earned", DAY) == model.earned(DAY)
    index.observe(fits, _end(index, DAY))
    assert LARGEST_TOTAL * 0.999 < index.logged("close")["DayPriced"]["total"] <= LARGEST_TOTAL


def test_close__31_days_with_fees_and_prices__every_number_equals_the_model(light: Index) -> None:
    model = IndexModel(FIRST_DAY, UNIT, FEE_WINDOW)
    days = range(FIRST_DAY, FIRST_DAY + 31)
    model.final = {number: light.mined[number].day for number in days}
    for i, number in enumerate(days):
        if i % 5:
            at, price = _end(light, number) + i * 60, PRICE + i * i % 17 * 10**10
            light.observe(price, at)
            model.observations.append((at, price))
    for number in days:
        light.record(number)
        model.record([model.final[number]], light.chain.now)
        if number == FIRST_DAY:
            continue
        for start in range(0, number % 4 * 48, 48):
            light.prove(number, range(start, start + 48))
        model.recorded[number].fees = {
            i: light.mined[number].fees(i) for i in range(min(number % 4 * 48, DAY_BLOCKS))
        }
        light.chain.now += FEE_WINDOW
        light.send("close")
        model.close(light.chain.now)
        _compare(light, model, number)
    assert model.last_closed == FIRST_DAY + 30


def _compare(index: Index, model: IndexModel, number: int) -> None:
    read: Any = index.read
    assert read("latest") == model.latest()
    assert read("block_day", number) == model.block_day(number)
    assert read("hashprice", number) == model.hashprice(number)
    dollars = model.closed[number].dollars
    total, seconds, variance, price = read("dollars", number)
    newest = dollars.newest[0] if dollars.newest else 0
    assert (total, seconds, price) == (dollars.total, dollars.seconds, newest)
    assert dollars.variance.agrees(variance)
