"""Forwards and strips: exact inside the band, and a miner's income fixed to the satoshi."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.state import Day
from terahash.hashprice import BlockDay, block_days, floor_earned_at, floor_mean
from terahash.headers import SHIPPED_ARCHIVE
from terahash.products.bands import Band
from terahash.products.errors import (
    FarWindowError,
    PastWindowError,
    ProductError,
    QuoteError,
    ShortWindowError,
    SizeError,
    UnalignedError,
)
from terahash.products.exposure import Exposure
from terahash.products.hashprice import forward, strip
from terahash.products.product import Deal, Product, Rounded, Side, claims_of
from terahash.products.quotes import Quote, Rounding, Unit
from terahash.products.windows import Month, Times
from terahash.swaps.series import LOT, MAX_CLAIMS, SHARES, TICKS, HashpriceKind
from terahash.units import DAY, WAD
from tests.unit.products.conftest import MARCH, NOW

Sold = Callable[..., Exposure]
PARSE = Quote.parse
PRICES = st.integers(1, TICKS - 1)
NOTIONALS = st.decimals("0.01", 10**5, places=3)
MOVES = st.integers(-(10**23), 10**23)


def made(
    price: int, notional: Decimal, deal: Deal = Deal.SELL, window: Times | None = None
) -> Product:
    band = Band.between(PARSE("68000sats"), PARSE("102000sats"))
    of = Exposure(window or MARCH, deal, notional, NOW, rounded=Rounded(size=Rounding.UP))
    return forward(of, band, price)


def test_forward__ten_petahash_of_march__what_the_market_takes(band: Band, sold: Sold) -> None:
    product = forward(sold(), band, PARSE("8.5e-4btc"))
    # 34,000 sats/PH/day of width x 10 PH/s x 31 days
    assert product.claims == 34_000 * 10 * 31
    assert (product.side, product.price, product.notional) == (Side.SHORT, 5_000, 10)
    assert product.locks == product.max_loss == product.max_gain == 5_270_000
    assert product.break_even == PARSE("85000sats")
    terms = product.series
    assert (terms.start, terms.end) == (1_709_251_200, 1_711_929_600)
    assert (terms.floor, terms.cap, terms.fallback_share) == (68 * WAD, 102 * WAD, 5_000)
    assert (terms.instrument, terms.kind, terms.parameter) == (1, HashpriceKind.BTC, 0)
    assert product.if_dead == 0
    assert product.legs == (product,)
    assert product.description == (
        "Sells hashprice of 10 PH/s, 2024-03, at 85,000 sats/PH/day: gains what hashprice is below "
        "that and loses what it is above, between 68,000 sats/PH/day and 102,000 sats/PH/day"
    )


def test_forward__two_prices_in_a_band__one_series(band: Band, sold: Sold) -> None:
    first, second = (forward(sold(), band, price) for price in (4_000, 6_000))
    assert first.series == second.series
    assert (first.if_dead, second.if_dead) == (-1_054_000, 1_054_000)


@given(price=PRICES, notional=NOTIONALS, x=MOVES)
def test_payoff__both_sides__the_collateral_less_a_satoshi_at_most(
    price: int, notional: Decimal, x: int
) -> None:
    long = made(price, notional, Deal.BUY)
    short = long.other
    assert long.locks + short.locks == long.claims
    assert long.claims - 1 <= long.worth(x) + short.worth(x) <= long.claims
    for side in (long, short):
        assert -side.max_loss <= side.payoff(x) <= side.max_gain
    assert long.payoff(long.series.cap) == long.max_gain == short.max_loss
    assert short.payoff(long.series.floor) == short.max_gain == long.max_loss


@given(
    price=PRICES,
    notional=NOTIONALS,
    x=st.integers(68 * WAD, 102 * WAD),
    deal=st.sampled_from(list(Deal)),
    seconds=st.integers(DAY, 365 * DAY),
)
def test_payoff__inside_the_band__linear_to_the_satoshi(
    price: int, notional: Decimal, x: int, deal: Deal, seconds: int
) -> None:
    product = made(price, notional, deal, Times(NOW, NOW + seconds))
    sign = 1 if deal is Deal.BUY else -1
    days = Fraction(seconds, DAY)
    exact = sign * product.notional * 1_000 * days * (x - product.break_even.exact) / WAD
    # Settlement counts shares of 10^-12, down, and then satoshi, down.
    assert abs(product.payoff(x) - exact) <= 1 + Fraction(product.claims, SHARES)


@given(price=PRICES, notional=NOTIONALS, x=st.integers(68 * WAD, 102 * WAD))
def test_forward__hedged_miner_at_any_hashprice__earns_the_strike(
    price: int, notional: Decimal, x: int
) -> None:
    product = made(price, notional)
    mined = product.notional * 1_000 * 31
    hedged = mined * x / WAD + product.payoff(x)
    fixed = mined * product.break_even.exact / WAD
    assert abs(hedged - fixed) <= 1 + Fraction(product.claims, SHARES)


@pytest.fixture(scope="module")
def days() -> list[BlockDay]:
    """The real block-days of the shipped headers."""
    contents: list[Day] = []
    for _ in Archive.open(SHIPPED_ARCHIVE).batches(contents):
        pass
    return list(block_days(contents, 5_712))


def test_forward__miner_of_january_2024__subsidy_unchanged_to_the_satoshi(
    days: list[BlockDay],
) -> None:
    start, end = Month(2024, 1).times
    band = Band.between(PARSE("150000sats"), PARSE("250000sats"))
    of = Exposure(Month(2024, 1), Deal.SELL, 50, start - DAY, HashpriceKind.SUBSIDY)
    product = forward(of, band, PARSE("200000sats"))
    mined = 50_000 * (floor_earned_at(days, end) - floor_earned_at(days, start)) // WAD
    x = floor_mean(days, start, end)
    assert mined != 50 * 31 * 200_000
    assert abs(mined + product.payoff(x) - 50 * 31 * 200_000) <= 2
    assert product.series.kind == HashpriceKind.SUBSIDY
    assert "50 PH/s of the subsidy alone" in product.description


class Paced:
    """A block-day of a difficulty, which takes as long as its hashrate needs."""

    def __init__(self, end: int, bits: int) -> None:
        self.end = end
        self.bits = bits


def test_forward__difficulty_up_by_a_fifth_midway__hedged_miner_earns_the_strike() -> None:
    easy, hard = 0x1703D869, 0x17033457  # its target is 5/6
    start, end = MARCH.times
    chain = [Paced(start + day * DAY, easy if day < 16 else hard) for day in range(-1, 32)]
    days = list(block_days(chain, 5_800))
    x = floor_mean(days, start, end)
    before = days[0].hashprice
    assert x < before
    band = Band(before * 4 // 5, before * 6 // 5, before, Unit.SATS_PER_PH_DAY)
    of = Exposure(MARCH, Deal.SELL, 100, NOW, HashpriceKind.SUBSIDY, Rounded(size=Rounding.NEAREST))
    product = forward(of, band, 5_000)
    hashrate = product.notional * 1_000
    mined = hashrate * (floor_earned_at(days, end) - floor_earned_at(days, start)) / WAD
    fixed = hashrate * 31 * product.break_even.exact / WAD
    assert mined < fixed * 95 // 100
    assert abs(mined + product.payoff(x) - fixed) <= 2


def test_claims__between_two_lots__refused_with_both_unless_asked(band: Band, sold: Sold) -> None:
    with pytest.raises(UnalignedError) as caught:
        forward(sold(notional=Decimal("10.0001")), band, 5_000)
    assert "the nearest are 10,540,000 (10 PH/s) and 10,550,000 (about 10.00948767 PH/s)" in str(
        caught.value
    )
    for how, claims in ((Rounding.DOWN, 10_540_000), (Rounding.UP, 10_550_000)):
        of = sold(notional=Decimal("10.0001"), rounded=Rounded(size=how))
        product = forward(of, band, 5_000)
        assert product.claims == claims
        assert product.notional == Fraction(claims, 34_000 * 31)


@given(lots=st.integers(1, 10**9), seconds=st.integers(DAY, 1_000 * DAY))
def test_claims__notional_of_any_lots__back_to_the_same(lots: int, seconds: int) -> None:
    terms = made(1, Decimal(1), window=Times(NOW, NOW + seconds)).series
    product = Product("forward", terms, Side.LONG, lots * LOT, 1)
    assert claims_of(product.notional, terms) == lots * LOT


@pytest.mark.parametrize("notional", [0, -1, Decimal("-0.5"), 10**30])
def test_forward__no_notional_or_too_much__refused(
    band: Band, sold: Sold, notional: Decimal
) -> None:
    with pytest.raises(SizeError):
        forward(sold(notional=notional), band, 5_000)


def test_forward__less_than_a_lot__refused_and_not_rounded_to_nothing(
    band: Band, sold: Sold
) -> None:
    of = sold(notional=Decimal("0.001"), rounded=Rounded(size=Rounding.DOWN))
    with pytest.raises(SizeError, match="would be 0 claims: one lot is 10,000"):
        forward(of, band, 5_000)


def test_claims__most_of_one_trade__taken() -> None:
    terms = made(1, Decimal(1)).series
    most = MAX_CLAIMS // LOT * LOT
    product = Product("forward", terms, Side.LONG, most, 1)
    assert claims_of(product.notional, terms) == most


def test_forward__hashprice_in_a_band_of_difficulty__refused(sold: Sold) -> None:
    with pytest.raises(QuoteError, match="is a difficulty"):
        forward(sold(), Band.between(PARSE("60T"), PARSE("90T")), 5_000)


@pytest.mark.parametrize(
    ("window", "error"),
    [
        (Month(2023, 12), PastWindowError),
        (Month(2027, 2), FarWindowError),
        (Times(NOW, NOW + DAY - 1), ShortWindowError),
    ],
)
def test_forward__window_that_cannot_be_traded__refused(
    band: Band, sold: Sold, window: Month, error: type[ProductError]
) -> None:
    with pytest.raises(error):
        forward(sold(window=window), band, 5_000)


# strip


def test_strip__three_years__every_month_its_own_series(band: Band, sold: Sold) -> None:
    made = strip(sold(window=Month(2024, 2)), 36, band, PARSE("85000sats"))
    assert len({leg.series.id for leg in made.legs}) == 36
    assert [Month.of(leg.series.start) for leg in made.legs[:3]] == [
        Month(2024, 2),
        Month(2024, 3),
        Month(2024, 4),
    ]
    assert made.legs[0].claims == 34_000 * 10 * 29
    assert all(
        before.series.end == after.series.start
        for before, after in zip(made.legs, made.legs[1:], strict=False)
    )
    assert made.locks == sum(leg.locks for leg in made.legs) == made.max_loss
    assert any("these 36 need 3" in warning for warning in made.warnings)


def test_strip__each_month_its_own_x__what_they_earn_in_all(band: Band, sold: Sold) -> None:
    made = strip(sold(), 3, band, 5_000)
    xs = [70 * WAD, 85 * WAD, 200 * WAD]
    assert made.payoff(xs) == sum(leg.payoff(x) for leg, x in zip(made.legs, xs, strict=True))
    assert made.payoff([0, 0, 0]) == made.max_gain
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("first", "count"), [(Month(2024, 2), 0), (Month(2024, 2), 37), (Month(2024, 3), 36)]
)
def test_strip__no_month_or_beyond_the_last__refused(
    band: Band, sold: Sold, first: Month, count: int
) -> None:
    with pytest.raises(FarWindowError):
        strip(sold(window=first), count, band, 5_000)


def test_strip__of_other_windows__refused(band: Band, sold: Sold) -> None:
    with pytest.raises(FarWindowError, match="calendar months"):
        strip(sold(window=MARCH.times), 2, band, 5_000)


def test_strip__begins_this_month__warned_of_it_alone(band: Band, sold: Sold) -> None:
    made = strip(sold(window=Month(2024, 1)), 2, band, 5_000)
    assert made.warnings == ("2024-01: 45 % of the window has passed, and is known",)
