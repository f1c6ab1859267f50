"""Bands: strikes and ticks both ways, and what is not inside refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.products.bands import Band
from terahash.products.errors import (
    BoundsError,
    FallbackError,
    PremiumError,
    QuoteError,
    StrikeError,
    UnalignedError,
)
from terahash.products.quotes import Quote, Rounding, Unit
from terahash.swaps.series import MAX_BOUND, TICKS

BOUNDS = st.tuples(st.integers(-(10**40), 10**40), st.integers(1, 10**40))
PRICES = st.integers(1, TICKS - 1)
PARSE = Quote.parse


@given(bounds=BOUNDS, price=PRICES, unit=st.sampled_from(list(Unit)))
def test_strike__any_tick__back_to_the_same(
    bounds: tuple[int, int], price: int, unit: Unit
) -> None:
    floor, width = bounds
    band = Band(floor, floor + width, None, unit)
    strike = band.strike(price)
    assert strike.exact == floor + Fraction(price * width, TICKS)
    assert band.strike_ticks(strike) == band.strike_ticks(price) == price
    assert band.premium_ticks(band.width_of(price)) == price


def test_strike_ticks__between_two__refused_with_both_unless_asked(band: Band) -> None:
    with pytest.raises(UnalignedError) as caught:
        band.strike_ticks(PARSE("85001sats"))
    assert (caught.value.below, caught.value.above) == (5_000, 5_001)
    assert "85,000 sats/PH/day (5,000 ticks) and 85,003.4 sats/PH/day (5,001 ticks)" in str(
        caught.value
    )
    ticks = [band.strike_ticks(PARSE("85001sats"), how) for how in Rounding]
    assert ticks == [5_000, 5_001, 5_000]


@pytest.mark.parametrize("text", ["68000sats", "102000sats", "1sat", "1btc"])
def test_strike_ticks__at_a_bound_or_beyond__refused(band: Band, text: str) -> None:
    with pytest.raises(StrikeError, match="is not between 68,000 sats/PH/day and 102,000 sats"):
        band.strike_ticks(PARSE(text))


@pytest.mark.parametrize("ticks", [-1, 0, TICKS, TICKS + 1])
def test_strike_ticks__one_side_has_nothing_to_lose__refused(band: Band, ticks: int) -> None:
    with pytest.raises(StrikeError, match="nothing to lose"):
        band.strike_ticks(ticks)


def test_strike_ticks__rounded_onto_a_bound__refused(band: Band) -> None:
    with pytest.raises(StrikeError, match="nothing to lose"):
        band.strike_ticks(PARSE("68001sats"), Rounding.DOWN)


@pytest.mark.parametrize("text", ["0sats", "34000sats", "1btc"])
def test_premium_ticks__nothing_or_all__refused(band: Band, text: str) -> None:
    with pytest.raises(PremiumError, match="pays at most, 34,000 sats/PH/day or 10,000 ticks"):
        band.premium_ticks(PARSE(text))


@pytest.mark.parametrize("ticks", [-1, 0, TICKS])
def test_premium_ticks__no_ticks_or_all__refused(band: Band, ticks: int) -> None:
    with pytest.raises(PremiumError, match=f"premium of {ticks} ticks is not"):
        band.premium_ticks(ticks)


def test_premium_ticks__rounded_to_nothing__refused(band: Band) -> None:
    with pytest.raises(PremiumError, match="premium of 1 sats/PH/day is not"):
        band.premium_ticks(PARSE("1sats"), Rounding.DOWN)


def test_premium_ticks__between_two__refused_with_both(band: Band) -> None:
    with pytest.raises(UnalignedError, match=r"3.4 sats/PH/day \(1 tick\) and 6.8 sats"):
        band.premium_ticks(PARSE("5sats"))


@pytest.mark.parametrize(
    ("floor", "cap", "says"),
    [
        ("2sats", "1sats", "reversed"),
        ("1sats", "1sats", "no width"),
        ("1T", "1e40T", "too far out"),
    ],
)
def test_between__bounds_that_the_market_refuses__each_for_its_reason(
    floor: str, cap: str, says: str
) -> None:
    with pytest.raises(BoundsError, match=says):
        Band.between(PARSE(floor), PARSE(cap))


def test_between__widest_that_the_market_takes__taken() -> None:
    bounds = [Quote.at(x, Unit.TRILLIONS) for x in (-MAX_BOUND, MAX_BOUND)]
    assert Band.between(*bounds).width == 2 * MAX_BOUND


def test_between__two_kinds_of_x__refused() -> None:
    with pytest.raises(QuoteError, match="is a difficulty: give a hashprice"):
        Band.between(PARSE("1sats"), PARSE("1T"))


@pytest.mark.parametrize(
    ("forward", "share"),
    [
        ("85000sats", 5_000),
        ("76500sats", 2_500),
        ("68001.7sats", 1),
        ("68001.6sats", 0),
        ("1sats", 0),
        ("1btc", TICKS),
    ],
)
def test_fallback_share__none_chosen__that_of_the_forward_price(forward: str, share: int) -> None:
    band = Band.between(PARSE("68000sats"), PARSE("102000sats"), PARSE(forward))
    assert band.fallback_share() == share


def test_fallback_share__chosen__as_chosen_or_refused(band: Band) -> None:
    assert [band.fallback_share(ticks) for ticks in (0, 7, TICKS)] == [0, 7, TICKS]
    for ticks in (-1, TICKS + 1):
        with pytest.raises(FallbackError, match="is not from 0 to 10,000 ticks"):
            band.fallback_share(ticks)
