"""HashpriceIndex.record: takes the relay's final days in order, and opens their fee windows."""

from __future__ import annotations

import pytest

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS
from tests.support.indexing import (
    BLOCKS_BEFORE_HALVING,
    FIRST_DAY,
    HALVING_DAY,
    Index,
    Indexed,
)
from tests.support.relay import refused


def test_record__first_day__only_sets_the_clock(light: Index) -> None:
    receipt = light.record(FIRST_DAY)
    day = light.mined[FIRST_DAY].day
    own = sum(subsidy(FIRST_DAY * DAY_BLOCKS + i) for i in range(DAY_BLOCKS))
    logged = {"day": FIRST_DAY, "end": day.end, "bits": day.bits, "subsidy": own}
    assert receipt.logs == (("DayRecorded", logged),)
    assert light.read("latest") == (FIRST_DAY, day.end, 0, 0, 0)
    assert light.read("block_day", FIRST_DAY) == (day.end, day.bits, own, 0, 0, 0)
    assert light.read("readings", FIRST_DAY, 64) == [(day.end, 0, 0)]


def test_record__several_days__are_open_from_the_same_second(light: Index) -> None:
    numbers = range(FIRST_DAY, FIRST_DAY + 8)
    light.chain.now += 12_345
    receipt = light.record(*numbers)
    assert [logged["day"] for _, logged in receipt.logs] == list(numbers)
    assert light.read("recorded") == FIRST_DAY + 7
    assert light.read("latest")[0] == FIRST_DAY
    for number in numbers[1:]:
        found = light.read("block_day", number)
        assert found[3:] == (0, 0, light.chain.now)
        assert found[:2] == (light.mined[number].day.end, light.mined[number].day.bits)


def test_record__halving_inside_the_day__subsidy_of_each_block(light: Index) -> None:
    assert 0 < BLOCKS_BEFORE_HALVING < DAY_BLOCKS
    receipt = light.record(*range(FIRST_DAY, HALVING_DAY + 2))
    before, after = 5 * 10**9 >> 12, 5 * 10**9 >> 13
    assert [logged["subsidy"] for _, logged in receipt.logs] == [
        144 * before,
        144 * before,
        BLOCKS_BEFORE_HALVING * before + (144 - BLOCKS_BEFORE_HALVING) * after,
        144 * after,
    ]


def test_record__day_after_a_gap_or_once_more__refused(light: Index) -> None:
    with refused("index: not the relay's days"):
        light.record(FIRST_DAY + 1)
    light.record(FIRST_DAY, FIRST_DAY + 1)
    for numbers in ((FIRST_DAY,), (FIRST_DAY + 1,), (FIRST_DAY + 3,)):
        with refused("index: not the relay's days"):
            light.record(*numbers)
    with refused("index: not the relay's days"):
        light.record(FIRST_DAY + 3, FIRST_DAY + 2)
    with refused("index: not the relay's days"):
        light.record(FIRST_DAY + 2, FIRST_DAY + 4)
    assert light.read("recorded") == FIRST_DAY + 1


@pytest.mark.parametrize("field", ["block_hash", "end", "bits", "epoch_start", "roots"])
def test_record__any_field_changed__refused(light: Index, field: str) -> None:
    day = light.mined[FIRST_DAY].day
    value = getattr(day, field)
    changed = bytes(32) if isinstance(value, bytes) else value + 1
    with refused("index: not the relay's days"):
        light.send("record", [tuple(day._replace(**{field: changed}))])


def test_record__days_that_are_not_final__refused(base: Indexed) -> None:
    last = FIRST_DAY + base.final - 1
    index = base.index(first_day=last)
    with refused("index: not the relay's days"):
        index.record(last, last + 1)
    index.record(last)
    with refused("index: not the relay's days"):
        index.record(last + 1)
    base.chain.now += 30 * 86_400
    with refused("index: not the relay's days"):
        index.record(last + 1)
    assert index.read("recorded") == last


def test_record__first_day_is_not_final_yet__refused(base: Indexed) -> None:
    index = base.index(first_day=FIRST_DAY + base.final)
    with refused("index: not the relay's days"):
        index.record(FIRST_DAY + base.final)
    with refused("index: not the relay's days"):
        index.record(FIRST_DAY)
    assert index.read("latest") == (FIRST_DAY + base.final - 1, 0, 0, 0, 0)


def test_record__nine_days_in_one_call__refused_in_decoding(light: Index) -> None:
    with refused(""):
        light.record(*range(FIRST_DAY, FIRST_DAY + 9))
    assert light.read("recorded") == FIRST_DAY - 1


def test_record__by_anyone_twice_in_a_block__goes_on_where_the_first_ended(light: Index) -> None:
    light.record(FIRST_DAY, FIRST_DAY + 1)
    light.record(FIRST_DAY + 2, FIRST_DAY + 3)
    assert light.read("recorded") == FIRST_DAY + 3
    stamps = {light.read("block_day", FIRST_DAY + i)[5] for i in (1, 2, 3)}
    assert stamps == {light.chain.now}


def test_record__one_closed__makes_room_for_one(light: Index) -> None:
    light.record(*range(FIRST_DAY, FIRST_DAY + 8))
    light.record(FIRST_DAY + 8)
    light.prove_all(FIRST_DAY + 1)
    light.send("close")
    with refused("index: too many open"):
        light.record(FIRST_DAY + 9, FIRST_DAY + 10)
    light.record(FIRST_DAY + 9)
    with refused("index: too many open"):
        light.record(FIRST_DAY + 10)
    assert light.read("recorded") == FIRST_DAY + 9
