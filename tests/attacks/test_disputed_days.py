"""A day that the heaviest chain contradicts was false: nothing more may be built on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.indexing import FEE_WINDOW, FIRST_DAY, Index, dispute, indexed
from tests.support.relay import refused

AGREED = FIRST_DAY + 3


@pytest.fixture
def index() -> Iterator[Index]:
    """The index with five open days, whose last two are disputed afterwards."""
    with indexed().undone() as base:
        index = base.index()
        index.record(*range(FIRST_DAY, AGREED + 3))
        index.prove_all(AGREED + 1)
        dispute(base, AGREED)
        assert base.relay.disputed_from() == AGREED + 1
        yield index


def test_disputed_days__are_not_recorded(index: Index) -> None:
    with refused("index: disputed"):
        index.record(AGREED + 3)
    late = indexed().index(first_day=AGREED)
    with refused("index: disputed"):
        late.record(AGREED, AGREED + 1)
    late.record(AGREED)
    with refused("index: disputed"):
        late.record(AGREED + 1)
    assert (late.read("recorded"), index.read("recorded")) == (AGREED, AGREED + 2)


def test_disputed_days__prove_no_fees(index: Index) -> None:
    before = index.read("block_day", AGREED + 2)
    with refused("index: disputed"):
        index.prove(AGREED + 2, range(12))
    assert index.read("block_day", AGREED + 2) == before
    index.prove(AGREED, range(12))  # the days before go on
    assert index.read("block_day", AGREED)[4].bit_count() == 12


def test_disputed_days__are_never_closed(index: Index) -> None:
    index.chain.now += FEE_WINDOW
    for number in range(FIRST_DAY + 1, AGREED + 1):
        assert index.logged("close")["DayClosed"]["day"] == number
    for _ in range(3):
        with refused("index: disputed"):  # not even the day whose fees are all proven
            index.send("close")
        index.chain.now += 30 * FEE_WINDOW
    assert index.read("latest")[0] == AGREED
    assert len(index.read("readings", FIRST_DAY, 64)) == 4


def test_disputed_days__closed_before_the_dispute__stay_readable() -> None:
    """Whoever settles on them asks the relay first; the index rewrites nothing."""
    with indexed().undone() as base:
        index = base.index()
        index.close_up_to(AGREED + 2)
        before = index.read("readings", FIRST_DAY, 64), index.read("latest")
        dispute(base, AGREED)
        assert (index.read("readings", FIRST_DAY, 64), index.read("latest")) == before
        with refused("index: nothing to close"):
            index.send("close")
        with refused("index: disputed"):
            index.record(AGREED + 3)
