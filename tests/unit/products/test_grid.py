"""The standard grid: the same series for everybody, near what the value is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.products.errors import QuoteError
from terahash.products.grid import WIDTHS, grid, reference_time, rung, standard_band
from terahash.products.quotes import Quote, Unit
from terahash.products.windows import Epochs, Month
from terahash.swaps.series import HashpriceKind
from terahash.units import DAY, WAD
from tests.unit.products.conftest import MARCH, NOW

PARSE = Quote.parse
VALUES = st.integers(10**6, 10**40)


@given(x=VALUES)
def test_rung__any_value__within_two_and_a_half_percent(x: int) -> None:
    centre = rung(Quote.at(x, Unit.TRILLIONS))
    assert abs(centre.exact - x) <= Fraction(x, 40)
    assert rung(centre) == centre


@given(x=VALUES, unit=st.sampled_from([Unit.SATS_PER_TH_DAY, Unit.BTC_PER_PH_DAY]))
def test_rung__another_unit_of_the_same_value__the_same(x: int, unit: Unit) -> None:
    assert rung(Quote.at(x, unit)).exact == rung(Quote.at(x, Unit.SATS_PER_PH_DAY)).exact


@given(x=VALUES, more=VALUES)
def test_rung__greater_value__no_lower_rung(x: int, more: int) -> None:
    assert rung(Quote.at(x, Unit.TRILLIONS)).exact <= rung(Quote.at(x + more, Unit.TRILLIONS)).exact


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("83700sats", "82500sats"),
        ("83750sats", "82500sats"),  # of two the lower one
        ("83751sats", "85000sats"),
        ("99.9T", "100T"),
        ("101T", "100T"),
        ("103T", "105T"),
        ("204T", "200T"),
        ("206T", "210T"),
    ],
)
def test_rung__values__those_of_the_ladder(value: str, expected: str) -> None:
    assert rung(PARSE(value)) == PARSE(expected)


@pytest.mark.parametrize("value", ["0sats", "0T"])
def test_rung__nothing__refused(value: str) -> None:
    with pytest.raises(QuoteError, match="above zero"):
        rung(PARSE(value))


@given(x=VALUES)
def test_standard_band__any_value__value_well_inside(x: int) -> None:
    for width, (down, up) in WIDTHS.items():
        band = standard_band(Quote.at(x, Unit.TRILLIONS), width)
        assert band.forward is not None
        assert (band.floor, band.cap) == (band.forward * (1 - down), band.forward * (1 + up))
        assert band.floor + band.width // 5 < x < band.cap - band.width // 5


def test_standard_band__another_width__refused() -> None:
    with pytest.raises(QuoteError, match="no standard width: choose 10%, 20%, wide"):
        standard_band(PARSE("1T"), "15%")


def test_grid__month_of_hashprice__three_series_that_anybody_gets() -> None:
    found = grid(PARSE("8.5e-4btc"), MARCH)
    bounds = [(one.width, one.series.floor, one.series.cap) for one in found]
    assert bounds == [
        ("10%", 76_500 * 10**15, 93_500 * 10**15),
        ("20%", 68 * WAD, 102 * WAD),
        ("wide", 42_500 * 10**15, 170 * WAD),
    ]
    assert [one.series.fallback_share for one in found] == [5_000, 5_000, 3_333]
    assert all((one.series.start, one.series.end) == MARCH.times for one in found)
    # Those who read another value of the same rung, in another unit, get the same.
    assert grid(PARSE("85.9sats/TH/day"), MARCH) == grid(PARSE("84100sats"), MARCH) == found


def test_grid__of_the_subsidy__series_of_their_own() -> None:
    found = grid(PARSE("85000sats"), MARCH, HashpriceKind.SUBSIDY)
    others = grid(PARSE("85000sats"), MARCH)
    assert {one.series.kind for one in found} == {HashpriceKind.SUBSIDY}
    assert not {one.series.id for one in found} & {one.series.id for one in others}


@pytest.mark.parametrize("epoch", [416, 417])
def test_grid__epoch_of_difficulty__alone_and_in_its_pair(epoch: int) -> None:
    found = grid(PARSE("80T"), epoch)
    assert [one.window for one in found] == [Epochs(epoch, epoch + 1)] * 3 + [Epochs(416, 418)] * 3
    assert all((one.series.start, one.series.end) == one.window for one in found)
    assert {one.series.kind for one in found} == {0}
    assert {one.series.kind for one in grid(PARSE("600EH/s"), epoch)} == {1}


def test_grid__value_of_something_else__refused() -> None:
    with pytest.raises(QuoteError, match="give a hashprice"):
        grid(PARSE("80T"), MARCH)
    with pytest.raises(QuoteError, match="give a difficulty"):
        grid(PARSE("85000sats"), 417)


def test_reference_time__any_time_of_a_month__its_beginning() -> None:
    start, end = Month(2024, 1).times
    assert [reference_time(time) for time in (start, NOW, end - 1)] == [start] * 3
    assert reference_time(end) == start + 31 * DAY
