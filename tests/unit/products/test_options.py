"""Capped calls, put spreads and collars: who gains where, and a collar that is its legs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.products.bands import Band
from terahash.products.errors import FallbackError, ProductError, StrikeError
from terahash.products.exposure import Exposure
from terahash.products.hashprice import capped_call, collar, forward, put_spread
from terahash.products.product import Deal, Rounded, Side
from terahash.products.quotes import Quote, Rounding
from terahash.swaps.series import SHARES, TICKS
from terahash.units import WAD
from tests.unit.products.conftest import MARCH, NOW

Sold = Callable[..., Exposure]
PARSE = Quote.parse
TICK = st.integers(1, TICKS - 1)


def between(low: int, high: int, forward: str | None = "85000sats") -> Band:
    return Band.between(
        PARSE(f"{low}sats"), PARSE(f"{high}sats"), PARSE(forward) if forward else None
    )


PUT, CALL = between(60_000, 80_000), between(90_000, 110_000)


def test_capped_call__bought__gains_above_the_strike_for_its_premium(sold: Sold) -> None:
    call = capped_call(sold(deal=Deal.BUY), CALL, PARSE("1000sats"))
    assert (call.side, call.price) == (Side.LONG, 500)
    assert call.max_loss == 10 * 31 * 1_000
    assert call.max_gain == 10 * 31 * 19_000
    assert call.break_even == PARSE("91000sats")
    for x in (0, 85 * WAD, 90 * WAD):
        assert call.payoff(x) == -call.max_loss
    assert call.payoff(100 * WAD) == 10 * 31 * 9_000
    for x in (110 * WAD, 1_000 * WAD):
        assert call.payoff(x) == call.max_gain
    assert "above 90,000 sats/PH/day, as far as 110,000" in call.description


def test_put_spread__bought__gains_below_the_strike_for_its_premium(sold: Sold) -> None:
    put = put_spread(sold(deal=Deal.BUY), PUT, PARSE("1000sats"))
    assert (put.side, put.price) == (Side.SHORT, TICKS - 500)
    assert put.max_loss == 10 * 31 * 1_000
    assert put.max_gain == 10 * 31 * 19_000
    assert put.break_even == PARSE("79000sats")
    for x in (80 * WAD, 1_000 * WAD):
        assert put.payoff(x) == -put.max_loss
    assert put.payoff(70 * WAD) == 10 * 31 * 9_000
    for x in (60 * WAD, 0):
        assert put.payoff(x) == put.max_gain
    assert "below 80,000 sats/PH/day, as far as 60,000" in put.description


@pytest.mark.parametrize(("build", "band"), [(capped_call, CALL), (put_spread, PUT)])
def test_option__sold__the_other_side_of_the_same(
    sold: Sold, build: Callable[..., object], band: Band
) -> None:
    bought, written = (
        build(sold(deal=deal), band, PARSE("1000sats")) for deal in (Deal.BUY, Deal.SELL)
    )
    assert bought.series == written.series
    assert written.side is bought.side.other
    assert written.price == bought.price
    for x in (0, 70 * WAD, 85 * WAD, 100 * WAD):
        assert written.payoff(x) == -bought.payoff(x)


@pytest.mark.parametrize("build", [capped_call, put_spread])
def test_option__nobody_says_the_forward_price__needs_a_fallback_share(
    sold: Sold, build: Callable[..., object]
) -> None:
    band = between(60_000, 80_000, None)
    with pytest.raises(FallbackError, match="an option needs the forward price"):
        build(sold(), band, 500)
    assert build(sold(), band, 500, 300).series.fallback_share == 300


def test_option__forward_price_outside_of_its_band__buyer_is_warned(sold: Sold) -> None:
    call = capped_call(sold(deal=Deal.BUY), CALL, 500)
    assert (call.series.fallback_share, call.if_dead) == (0, -call.max_loss)
    assert "a fallback share of 500 ticks would return what both have paid" in call.warnings[0]
    put = put_spread(sold(deal=Deal.BUY), PUT, 500)
    assert (put.series.fallback_share, put.if_dead) == (TICKS, -put.max_loss)
    assert "a fallback share of 9,500 ticks" in put.warnings[0]
    fair = put_spread(sold(deal=Deal.BUY), PUT, 500, 9_500)
    assert (fair.warnings, fair.if_dead) == ((), 0)


def test_option__forward_price_inside_of_its_band__its_share_there(sold: Sold) -> None:
    call = capped_call(sold(), between(80_000, 100_000), 3_000)
    assert (call.series.fallback_share, call.warnings) == (2_500, ())


# collar


def test_collar__bought_by_a_miner__put_below_bought_and_call_above_sold(sold: Sold) -> None:
    made = collar(sold(deal=Deal.BUY), (PUT, PARSE("1000sats")), (CALL, PARSE("600sats")))
    put, call = made.legs
    assert (put.name, call.name) == ("put spread", "capped call")
    assert put.side is call.side is made.side is Side.SHORT
    assert made.locks == 10 * 31 * (1_000 + 20_000 - 600)
    assert made.payoff(0) == made.max_gain == 10 * 31 * (19_000 + 600)
    assert made.payoff(WAD * WAD) == -made.max_loss
    assert made.payoff(85 * WAD) == -10 * 31 * 400
    # 400 sats/PH/day were paid, and are earned back so much below the put's strike.
    assert made.break_even == (79_600 * 10**15, 79_600 * 10**15)
    assert made.description.startswith("Buys a put spread on 10 PH/s, 2024-03: ")
    assert "Sells a capped call on 10 PH/s" in made.description


def test_collar__sold__the_reverse(sold: Sold) -> None:
    bought = collar(sold(deal=Deal.BUY), (PUT, 500), (CALL, 300))
    written = collar(sold(), (PUT, 500), (CALL, 300))
    assert written.side is Side.LONG
    for x in (0, 70 * WAD, 85 * WAD, 100 * WAD):
        assert written.payoff(x) == -bought.payoff(x)
    assert written.max_loss == bought.max_gain


def test_collar__premiums_cancel_out__even_from_strike_to_strike(sold: Sold) -> None:
    made = collar(sold(deal=Deal.BUY), (PUT, 500), (CALL, 500))
    assert made.break_even == (80 * WAD, 90 * WAD)
    assert made.payoff(80 * WAD) == made.payoff(90 * WAD) == 0


@given(premiums=st.tuples(TICK, TICK), x=st.integers(0, 200 * WAD))
def test_collar__any_x__the_sum_of_its_legs(premiums: tuple[int, int], x: int) -> None:
    of = Exposure(MARCH, Deal.BUY, Decimal(7), NOW, rounded=Rounded(size=Rounding.UP))
    made = collar(of, (PUT, premiums[0]), (CALL, premiums[1]))
    bought = put_spread(of, PUT, premiums[0])
    written = capped_call(
        Exposure(MARCH, Deal.SELL, Decimal(7), NOW, rounded=of.rounded), CALL, premiums[1]
    )
    assert made.payoff(x) == bought.payoff(x) + written.payoff(x)
    assert -made.max_loss <= made.payoff(x) <= made.max_gain
    low, high = made.break_even
    for even in (low, high):
        assert abs(made.payoff(int(even))) <= 2 + Fraction(made.legs[0].claims, SHARES) * 2
    assert made.payoff(int(low) - WAD) > 0 > made.payoff(int(high) + WAD)


def test_collar__strikes_meet__a_forward_over_both_bands(sold: Sold) -> None:
    of = sold(deal=Deal.BUY)
    made = collar(of, (between(68_000, 85_000), 400), (between(85_000, 102_000), 400))
    whole = forward(sold(), between(68_000, 102_000), PARSE("85000sats"))
    for x in range(60 * WAD, 110 * WAD, WAD):
        assert abs(made.payoff(x) - whole.payoff(x)) <= 2


def test_collar__call_below_the_put__refused(sold: Sold) -> None:
    with pytest.raises(StrikeError, match="call's strike of 70,000 sats/PH/day is below the put's"):
        collar(sold(), (PUT, 500), (between(70_000, 90_000), 500))


@pytest.mark.parametrize("notional", [0, Decimal("0.333")])
def test_collar__leg_that_cannot_be__refused_whole(sold: Sold, notional: Decimal) -> None:
    with pytest.raises(ProductError):
        collar(sold(notional=notional), (PUT, 500), (CALL, 500))
