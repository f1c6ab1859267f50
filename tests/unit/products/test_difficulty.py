"""Difficulty swaps: the ratio that keeps a miner's revenue, and the miner who could move one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.products.bands import Band
from terahash.products.difficulty import (
    Change,
    beyond_band,
    difficulty_swap,
    hedge_notional,
    hedge_ratio,
    kept,
    worth_moving,
)
from terahash.products.errors import (
    KnownWindowError,
    MoveError,
    QuoteError,
    SizeError,
    StrikeError,
    UnalignedError,
)
from terahash.products.grid import standard_band
from terahash.products.product import Deal, Product, Rounded, Side
from terahash.products.quotes import Quote, Rounding
from terahash.products.windows import Epochs
from terahash.swaps.series import SHARES, TICKS, DifficultyKind
from terahash.units import SATS_PER_BTC, Sats

PARSE = Quote.parse
TODAY = PARSE("80T")
TIP = 836_000
T = 10**30


def swap(strike: Quote | int = TODAY, width: str = "20%", **changes: Any) -> Product:
    given = {"epochs": Epochs(417, 419), "deal": Deal.BUY, "notional": 10**6, "tip": TIP}
    return difficulty_swap(Change(**(given | changes)), standard_band(TODAY, width), strike)


def test_swap__bought__gains_the_notional_for_each_trillion() -> None:
    made = swap()
    assert (made.side, made.price, made.claims) == (Side.LONG, 5_000, 32 * 10**6)
    assert (made.series.floor, made.series.cap) == (64 * T, 96 * T)
    assert (made.series.start, made.series.end, made.series.kind) == (417, 419, 0)
    assert made.break_even == TODAY
    assert made.notional == 10**6
    assert made.payoff(81 * T) == 10**6
    assert made.payoff(75 * T) == -5 * 10**6
    assert made.payoff(200 * T) == made.max_gain == 16 * 10**6
    assert "1,000,000 sats per T that it is above 80 T" in made.description


@given(
    x=st.integers(64 * T, 96 * T),
    price=st.integers(1, TICKS - 1),
    notional=st.integers(10**4, 10**12),
)
def test_swap__inside_the_band__linear_to_the_satoshi(x: int, price: int, notional: int) -> None:
    made = swap(price, notional=notional, rounded=Rounded(size=Rounding.UP))
    exact = made.notional * (x - made.break_even.exact) / T
    assert abs(made.payoff(x) - exact) <= 1 + Fraction(made.claims, SHARES)
    assert abs(made.payoff(x) + made.other.payoff(x)) <= 1


def test_swap__network_hashrate__in_exahashes() -> None:
    of = Change(Epochs(417, 419), Deal.SELL, 10**6, TIP, DifficultyKind.HASHRATE)
    made = difficulty_swap(of, standard_band(PARSE("600EH/s"), "10%"), PARSE("600EH/s"))
    assert (made.side, made.claims, made.series.kind) == (Side.SHORT, 120 * 10**6, 1)
    assert made.payoff(599 * 10**24) == 10**6


def test_swap__hashrate_priced_in_difficulty__refused() -> None:
    with pytest.raises(QuoteError, match="is a difficulty: give a hashrate, in EH/s"):
        swap(kind=DifficultyKind.HASHRATE)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"strike": PARSE("96T")}, StrikeError),
        ({"strike": PARSE("80.0001T")}, UnalignedError),
        ({"notional": 0}, SizeError),
        ({"notional": 12_345}, UnalignedError),
        ({"tip": 2_016 * 418 - 1}, KnownWindowError),
    ],
)
def test_swap__that_cannot_be__refused_for_its_reason(
    changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        swap(**changes)


def test_swap__first_epoch_known__warned() -> None:
    assert swap(tip=2_016 * 417).warnings == ("1 of the window's 2 epochs are known",)


# hedge


def test_hedge_ratio__a_fifth__five_sixths() -> None:
    assert hedge_ratio(Decimal("0.2")) == Fraction(5, 6)
    assert hedge_ratio(Decimal("-0.2")) == Fraction(5, 4)
    assert hedge_ratio(0) == 1


@pytest.mark.parametrize("move", [-1, Decimal("-1.5")])
def test_hedge_ratio__no_difficulty_left__refused(move: Decimal) -> None:
    with pytest.raises(MoveError, match="leaves no difficulty"):
        hedge_ratio(move)


def test_kept__equal_notional__over_hedges() -> None:
    assert kept(Fraction(0), Decimal("0.2")) == Fraction(5, 6)
    assert kept(Fraction(1), Decimal("0.2")) == Fraction(31, 30)


@given(move=st.fractions(Fraction(-1, 2), 2), other=st.fractions(Fraction(-1, 2), 2))
def test_kept__at_the_move_and_at_none__all_and_less_only_between(
    move: Fraction, other: Fraction
) -> None:
    ratio = hedge_ratio(move)
    assert kept(ratio, move) == kept(ratio, 0) == 1
    is_between = min(move, 0) < other < max(move, 0)
    assert (kept(ratio, other) < 1) is is_between


def test_hedge__difficulty_up_by_a_fifth__revenue_unchanged_to_a_lot() -> None:
    revenue = Sats(1_234_567_890)
    size = hedge_notional(revenue, TODAY, Decimal("0.2"))
    with pytest.raises(UnalignedError):
        swap(notional=size)
    made = swap(notional=size, rounded=Rounded(size=Rounding.NEAREST))
    earned = Fraction(revenue) * 5 / 6
    # Half a lot of claims, of which the cap is half above the strike, and a satoshi.
    assert abs(earned + made.payoff(96 * T) - revenue) <= 5_000 // 2 + 1
    assert beyond_band(made, TODAY, Decimal("0.2")) == ()


def test_beyond_band__move_that_the_band_does_not_reach__warned() -> None:
    assert "ends before a move by 20 %" in beyond_band(swap(width="10%"), TODAY, Decimal("0.2"))[0]
    assert "ends before a move by -21 %" in beyond_band(swap(), TODAY, Decimal("-0.21"))[0]


def test_hedge_notional__no_difficulty__refused() -> None:
    with pytest.raises(QuoteError, match="difficulty is above zero"):
        hedge_notional(Sats(1), PARSE("0T"), 0)
    with pytest.raises(QuoteError, match="give a difficulty"):
        hedge_notional(Sats(1), PARSE("1btc"), 0)


# what a miner could gain


@pytest.mark.parametrize(
    ("width", "first", "satoshi"),
    [
        ("20%", 417, 20_833_333_333),  # 3.125 BTC / 1.5 %
        ("10%", 417, 10_416_666_666),
        ("20%", 416, 41_666_666_666),  # before the halving
    ],
)
def test_worth_moving__one_epoch__subsidy_over_what_can_be_moved(
    width: str, first: int, satoshi: int
) -> None:
    made = swap(width=width, epochs=Epochs(first, first + 1))
    assert worth_moving(made) == satoshi


def test_swap__one_epoch_with_more_collateral_than_that__warned() -> None:
    lots = 20_833_330_000
    size = Fraction(lots, 32)
    assert swap(epochs=Epochs(417, 418), notional=size).warnings == ()
    (warning,) = swap(epochs=Epochs(417, 418), notional=size + Fraction(10_000, 32)).warnings
    assert "the miner of block 840,671 can move this difficulty by 0.6 %" in warning
    assert "1.5 % of the collateral: above 208.33333333 BTC" in warning
    assert swap(notional=300 * SATS_PER_BTC // 32).warnings == ()


def test_swap__band_of_its_own__bounds_as_given() -> None:
    of = Change(Epochs(417, 419), Deal.BUY, 10**4, TIP)
    made = difficulty_swap(of, Band.between(PARSE("60T"), PARSE("110T")), PARSE("85T"), 4_000)
    assert (made.series.floor, made.series.cap) == (60 * T, 110 * T)
    assert made.series.fallback_share == 4_000
