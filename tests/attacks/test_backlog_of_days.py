"""A backlog recorded at once would start all fee windows at once, and its fees would be lost to the
index; windows one after another would make it slower than Bitcoin. So at most eight days are open,
each for a whole window, side by side.
"""

from __future__ import annotations

from terahash.bitcoin.state import DAY_BLOCKS
from tests.support.indexing import FEE_WINDOW, FIRST_DAY, indexed
from tests.support.relay import refused

BACKLOG = 30
"""Final days after the first that nobody recorded."""


def test_backlog_of_days__whoever_records__eight_at_a_time_each_for_a_whole_window() -> None:
    with indexed().undone() as base:
        index = base.index()
        index.record(FIRST_DAY)
        opened: dict[int, int] = {}
        closed: dict[int, int] = {}
        start = base.chain.now
        while len(closed) < BACKLOG:
            first, last = index.read("recorded") + 1, FIRST_DAY + BACKLOG
            for number in range(first, last + 1):
                if number > FIRST_DAY + len(closed) + 8:
                    with refused("index: too many open"):
                        index.record(number)
                    break
                index.record(number)
                opened[number] = base.chain.now
            base.chain.now += FEE_WINDOW - 1
            with refused("index: fee window open"):
                index.send("close")
            base.chain.now += 1
            while len(closed) < len(opened):
                number = index.logged("close")["DayClosed"]["day"]
                closed[number] = base.chain.now
        assert all(closed[number] - opened[number] >= FEE_WINDOW for number in closed)
        assert list(closed) == list(range(FIRST_DAY + 1, FIRST_DAY + BACKLOG + 1))
        # Bitcoin takes about a day for each: the index is seven times faster, and catches up.
        assert base.chain.now - start == -(-BACKLOG // 8) * FEE_WINDOW


def test_backlog_of_days__days_that_are_proven__need_no_window() -> None:
    with indexed().undone() as base:
        index = base.index()
        index.record(*range(FIRST_DAY, FIRST_DAY + 8))
        start = base.chain.now
        for number in range(FIRST_DAY + 1, FIRST_DAY + 8):
            index.prove_all(number)
            index.send("close")
            index.record(number + 7)
        assert base.chain.now == start
        assert index.read("latest")[0] == FIRST_DAY + 7


def test_backlog_of_days__all_at_once__refused_and_their_fees_can_still_be_proven() -> None:
    """Days that ended a month ago have the same window as new ones."""
    with indexed().undone() as base:
        index = base.index()
        base.chain.now += 30 * 86_400
        index.record(*range(FIRST_DAY, FIRST_DAY + 8))
        with refused("index: too many open"):
            index.record(FIRST_DAY + 8, FIRST_DAY + 9)
        with refused("index: fee window open"):
            index.send("close")
        index.prove_all(FIRST_DAY + 7)
        found = index.read("block_day", FIRST_DAY + 7)
        assert found[4] == 2**DAY_BLOCKS - 1
