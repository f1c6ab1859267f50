"""HashpriceIndex.window and closed: the newest closed day, and the means up to its end."""

from __future__ import annotations

import pytest

from tests.support.indexing import FEE_WINDOW, FIRST_DAY, Index


def _mean(index: Index, last: int, days: int) -> int:
    """The mean hashprice of some days, from the totals at their ends."""
    start, before, _ = index.read("readings", last - days, 1)[0]
    end, after, _ = index.read("readings", last, 1)[0]
    mean: int = (after - before) * 86_400 // (end - start)
    return mean


def test_window__nothing_recorded__day_before_the_first_and_no_means(light: Index) -> None:
    assert light.read("window") == (FIRST_DAY - 1, 0, 0, 0, 0)
    assert light.read("closed") == FIRST_DAY - 1


def test_window__clock_set__no_means(light: Index) -> None:
    light.record(FIRST_DAY)
    end = light.mined[FIRST_DAY].day.end
    assert light.read("window") == (FIRST_DAY, end, 0, 0, 0)
    assert light.read("closed") == FIRST_DAY


def test_window__open_days__do_not_count(light: Index) -> None:
    light.record(FIRST_DAY, FIRST_DAY + 1)
    assert light.read("window") == (FIRST_DAY, light.mined[FIRST_DAY].day.end, 0, 0, 0)
    assert light.read("closed") == FIRST_DAY


@pytest.mark.parametrize("days", [1, 2, 3, 4, 13, 14, 15, 20])
def test_window__days_closed__means_are_of_as_many_as_there_are(light: Index, days: int) -> None:
    last = FIRST_DAY + days
    light.close_up_to(last)
    assert light.read("window") == (
        last,
        light.mined[last].day.end,
        _mean(light, last, 1),
        _mean(light, last, min(days, 3)),
        _mean(light, last, min(days, 14)),
    )
    assert light.read("closed") == last
    # The total was rounded down once more.
    assert 0 <= light.read("hashprice", last) - light.read("window")[2] <= 1


def test_window__fees_proven__are_in_the_means(light: Index) -> None:
    light.record(FIRST_DAY, FIRST_DAY + 1, FIRST_DAY + 2)
    light.chain.now += FEE_WINDOW
    with light.chain.undone():
        light.send("close")
        light.send("close")
        floor = light.read("window")
    light.chain.now -= FEE_WINDOW
    light.prove(FIRST_DAY + 2, range(48))
    light.chain.now += FEE_WINDOW
    light.send("close")
    light.send("close")
    day, _, last, mean3, mean14 = light.read("window")
    assert day == FIRST_DAY + 2
    assert floor[2] < last == _mean(light, day, 1)
    assert floor[3] < mean3 == mean14 == _mean(light, day, 2)
