"""Who freezes or forges block-days must not have money paid by them: a disputed window waits.

The relay keeps what was final before the dispute, and the index what it had closed, so that an
instrument has to ask about the dispute itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.indexing import EPOCH, FIRST_DAY, Index, dispute, indexed
from tests.support.instruments import Instrument
from tests.support.trading import Series

AGREED = FIRST_DAY + 27
"""The last day before epoch EPOCH + 2, of which the disputed day is the first."""


@pytest.fixture
def index() -> Iterator[Index]:
    """31 closed days, of which the heaviest chain will contradict three."""
    with indexed().undone() as base:
        index = base.index()
        index.close_up_to(FIRST_DAY + 30)
        yield index


@pytest.mark.parametrize("kind, end", [(0, EPOCH + 3), (1, EPOCH + 2)], ids=["mean", "hashrate"])
def test_disputed_window__epoch_that_was_final__is_not_settled(
    index: Index, kind: int, end: int
) -> None:
    swap = Instrument.of(index.chain, "DifficultySwap", index.address)
    series = Series(kind=kind, start=EPOCH, end=end)
    earlier = Series(kind=kind, start=EPOCH, end=end - 1)
    before = swap.value(earlier)
    assert swap.value(series)[0] and before[0]
    dispute(indexed(), AGREED)
    assert swap.value(series) == (False, 0)
    assert swap.value(earlier) == before


@pytest.mark.parametrize("kind", [0, 1], ids=["btc", "subsidy"])
def test_disputed_window__day_that_was_closed__is_not_settled(index: Index, kind: int) -> None:
    swap = Instrument.of(index.chain, "HashpriceSwap", index.address)
    start, edge = (index.mined[number].day.end for number in (FIRST_DAY + 3, AGREED))
    series = Series(kind=kind, start=start, end=edge + 1)
    earlier = Series(kind=kind, start=start, end=edge)
    before = swap.value(earlier)
    assert swap.value(series)[0] and before[0]
    dispute(indexed(), AGREED)
    assert swap.value(series) == (False, 0)
    assert swap.value(earlier) == before
