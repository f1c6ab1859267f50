"""Windows: months to the second, and each that cannot be traded refused for its own reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.products.errors import (
    EmptyWindowError,
    FarWindowError,
    KnownWindowError,
    PastWindowError,
    ShortWindowError,
    WindowError,
)
from terahash.products.windows import MAX_SECONDS, Epochs, Month, Times
from terahash.swaps.series import DifficultyKind
from terahash.units import DAY
from tests.unit.products.conftest import NOW

MEAN, HASHRATE = DifficultyKind.MEAN, DifficultyKind.HASHRATE


@given(year=st.integers(2009, 2099), month=st.integers(1, 12), later=st.integers(0, 60))
def test_month__any__from_its_first_second_to_the_next_s(year: int, month: int, later: int) -> None:
    one = Month(year, month).plus(later)
    start, end = one.times
    assert datetime.fromtimestamp(start, UTC) == datetime(one.year, one.month, 1, tzinfo=UTC)
    assert Month.of(start) == Month.of(end - 1) == one
    assert Month.of(end) == one.plus(1)
    assert 12 * (one.year - year) + one.month - month == later
    assert Month.parse(str(one)) == one


@pytest.mark.parametrize("text", ["", "2024", "2024-13", "2024-3", "1999-01", "2024-03-01"])
def test_month__no_month__refused(text: str) -> None:
    with pytest.raises(WindowError, match="is no month: write 2024-03"):
        Month.parse(text)


def test_month__thirty_six_ahead__quoted_and_no_more() -> None:
    assert Month(2027, 1).check(NOW) == ()
    with pytest.raises(FarWindowError, match="2027-02 is too far ahead: 2027-01 is the last"):
        Month(2027, 2).check(NOW)


def test_month__this_one__told_how_much_is_known() -> None:
    assert Month(2024, 1).check(NOW) == ("45 % of the window has passed, and is known",)


def test_month__last_one__refused() -> None:
    with pytest.raises(PastWindowError, match="over since 2024-01-01 00:00:00 UTC"):
        Month(2023, 12).check(NOW)


@pytest.mark.parametrize(
    ("start", "end", "error"),
    [
        (NOW + DAY, NOW + DAY, EmptyWindowError),
        (NOW + 3 * DAY, NOW + DAY, EmptyWindowError),
        (NOW, NOW + DAY - 1, ShortWindowError),
        (NOW - DAY, NOW, PastWindowError),
        (NOW, NOW + MAX_SECONDS + 1, FarWindowError),
        (NOW, 1 << 32, FarWindowError),
        (-DAY, NOW, FarWindowError),
    ],
)
def test_times__that_the_market_refuses__each_for_its_reason(
    start: int, end: int, error: type[WindowError]
) -> None:
    with pytest.raises(WindowError) as caught:
        Times(start, end).check(NOW)
    assert type(caught.value) is error


def test_times__at_the_edges__taken() -> None:
    assert Times(NOW, NOW + DAY).check(NOW) == ()
    assert Times(NOW, NOW + MAX_SECONDS).check(NOW) == ()
    assert Times(NOW - DAY + 1, NOW + 1).check(NOW) != ()


@pytest.mark.parametrize(
    ("epochs", "kind", "tip", "error"),
    [
        (Epochs(410, 410), MEAN, 822_528, EmptyWindowError),
        (Epochs(411, 410), MEAN, 822_528, EmptyWindowError),
        (Epochs(410, 619), MEAN, 822_528, FarWindowError),
        (Epochs(600, 617), MEAN, 822_528, FarWindowError),
        (Epochs(409, 411), MEAN, 2_016 * 410 - 1, KnownWindowError),
        (Epochs(409, 411), MEAN, 2_016 * 411, PastWindowError),
        (Epochs(409, 411), HASHRATE, 2_016 * 411, PastWindowError),
    ],
)
def test_epochs__that_the_market_refuses__each_for_its_reason(
    epochs: Epochs, kind: DifficultyKind, tip: int, error: type[WindowError]
) -> None:
    with pytest.raises(WindowError) as caught:
        epochs.check(kind, tip)
    assert type(caught.value) is error


def test_epochs__one_block_before_they_are_known__taken_and_told_what_is() -> None:
    assert Epochs(409, 411).check(MEAN, 2_016 * 409 - 2) == ()
    told = Epochs(409, 411).check(MEAN, 2_016 * 410 - 2)
    assert told == ("1 of the window's 2 epochs are known",)
    assert Epochs(409, 411).check(HASHRATE, 2_016 * 411 - 1) == told
    assert Epochs(409, 411).check(HASHRATE, 2_016 * 410 - 1) == ()
