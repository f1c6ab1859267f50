"""Quotes: exact in every unit and back, and never rounded unless asked."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.products.errors import QuoteError, UnalignedError
from terahash.products.quotes import (
    Quote,
    Rounding,
    Unit,
    decimal,
    number,
    plain,
    rounded_decimal,
    whole,
)
from terahash.swaps.series import MAX_BOUND

UNITS = st.sampled_from(list(Unit))


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("85000sats", 85 * 10**18),
        ("85_000 sats/PH/day", 85 * 10**18),
        ("85 sats/TH/day", 85 * 10**18),
        ("8.5e-4btc", 85 * 10**18),
        ("0.00085 BTC/PH/day", 85 * 10**18),
        ("1sat", 10**15),
        ("72.5T", 725 * 10**29),
        ("550EH/s", 550 * 10**24),
        ("550eh", 550 * 10**24),
    ],
)
def test_parse__field_s_units__that_x(text: str, x: int) -> None:
    assert Quote.parse(text).x() == x


@pytest.mark.parametrize(
    "text", ["", "85000", "sats", "-1sats", "1e99999sats", "85 usd", "nansats", "1..2T", "1e200T"]
)
def test_parse__no_quote__refused(text: str) -> None:
    with pytest.raises(QuoteError):
        Quote.parse(text)


@given(x=st.integers(-MAX_BOUND, MAX_BOUND), unit=UNITS)
def test_at__any_x__back_to_the_last_digit(x: int, unit: Unit) -> None:
    assert Quote.at(x, unit).x() == x


@given(amount=st.decimals(-(10**20), 10**20, places=12), unit=UNITS, data=st.data())
def test_to__another_unit_of_the_same__there_and_back(
    amount: Decimal, unit: Unit, data: st.DataObject
) -> None:
    quote = Quote(amount, unit)
    other = data.draw(st.sampled_from([one for one in Unit if one.of == unit.of]))
    assert quote.to(other).exact == quote.exact
    assert quote.to(other).to(unit).amount == amount


def test_to__sats_and_btc__the_field_s_own_numbers() -> None:
    assert str(Quote.parse("85000sats").to(Unit.BTC_PER_PH_DAY)) == "0.00085 BTC/PH/day"
    assert str(Quote.parse("8.5e-4btc").to(Unit.SATS_PER_TH_DAY)) == "85 sats/TH/day"


def test_to__unit_of_something_else__refused_with_both() -> None:
    with pytest.raises(QuoteError, match=r"72\.5 T is a difficulty: give a hashprice, in sats/PH"):
        Quote.parse("72.5T").to(Unit.SATS_PER_PH_DAY)


def test_whole__between_two_sats__refused_with_both_unless_asked() -> None:
    quote = Quote.parse("0.000850004btc").to(Unit.SATS_PER_PH_DAY)
    with pytest.raises(UnalignedError) as caught:
        quote.whole()
    assert (caught.value.below, caught.value.above) == (85_000, 85_001)
    assert "the nearest are 85,000 sats/PH/day and 85,001 sats/PH/day" in str(caught.value)
    rounded = {how: quote.whole(how).amount for how in Rounding}
    assert rounded == {Rounding.DOWN: 85_000, Rounding.UP: 85_001, Rounding.NEAREST: 85_000}
    assert Quote.parse("85000sats").whole() == Quote.parse("85000sats")


def test_x__finer_than_x_counts__refused_with_both_unless_asked() -> None:
    quote = Quote(Decimal("1.0000000000000005"), Unit.SATS_PER_PH_DAY)
    with pytest.raises(UnalignedError, match="finer than X counts"):
        quote.x()
    assert quote.x(Rounding.DOWN) == 10**15
    assert quote.x(Rounding.NEAREST) == 10**15 + 1


@given(value=st.fractions(), how=st.sampled_from(list(Rounding)))
def test_whole__any_fraction__the_side_that_was_asked_for(value: Fraction, how: Rounding) -> None:
    rounded = whole(value, how, "", str)
    away = rounded - value
    low, high = {
        Rounding.DOWN: (-1, 0),
        Rounding.UP: (0, 1),
        Rounding.NEAREST: (Fraction(-1, 2), Fraction(1, 2)),
    }[how]
    assert low <= away <= high
    assert abs(away) < 1


@pytest.mark.parametrize("value", [0.1, "x", Decimal("NaN"), Decimal("Infinity"), "1e999999999"])
def test_number__float_or_none__refused(value: Any) -> None:
    with pytest.raises(QuoteError):
        number(value)


def test_number__zero_of_any_exponent__zero_at_once() -> None:
    assert number(Decimal("0E-999999")) == 0


def test_decimal__no_end__refused_and_not_rounded() -> None:
    assert decimal(Fraction(1, 8)) == Decimal("0.125")
    with pytest.raises(QuoteError, match="no end"):
        decimal(Fraction(1, 3))


def test_texts__people_read_them__separators_and_no_zeros() -> None:
    assert plain(Decimal("1234567.500")) == "1,234,567.5"
    assert plain(Decimal("8.5E+4")) == "85,000"
    assert rounded_decimal(Fraction(2, 3), 4) == Decimal("0.6667")
