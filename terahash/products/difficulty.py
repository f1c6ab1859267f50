"""Difficulty swaps over whole epochs, and how much of one a miner needs.

A miner's revenue is 1 / difficulty, and a swap is linear in it. When difficulty moves by m, revenue
moves by 1 / (1 + m) - 1: by +20 %, -16.7 %. A swap of equal notional gains 20 %: it over-hedges. At
the ratio 1 / (1 + m) the two cancel out at the move m, and at none; a miner hedged by this chord
keeps a little less than all between the two, and a little more beyond them. A forward on the
hashprice of the subsidy alone (`HashpriceKind.SUBSIDY`) is exact at every move.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.products.bands import Band
from terahash.products.errors import MoveError, QuoteError
from terahash.products.product import (
    EXACT,
    Deal,
    Product,
    Rounded,
    Side,
    claims_of,
    notional_unit,
    say_notional,
)
from terahash.products.quotes import Number, Quote, Unit, number, plain, rounded_decimal
from terahash.products.windows import Epochs
from terahash.report.numbers import bitcoin
from terahash.swaps.series import DifficultyKind, Instrument, Series, series
from terahash.units import Sats

MINERS_MOVE = Fraction(6, 1_000)
"""Of difficulty: by what the miner of an epoch's last block can move the next one's."""


@dataclass(frozen=True)
class Change:
    """Difficulty of whole epochs, or the network's hashrate in them, bought or sold.

    Attributes:
        epochs: the window.
        deal: buy or sell; a miner who fears that difficulty rises buys.
        notional: satoshi for each T of difficulty, or EH/s, that X moves.
        tip: height of Bitcoin's newest block; what it has determined is refused.
        kind: difficulty or hashrate.
        rounded: how prices and sizes are rounded; they are refused where they are not whole.
    """

    epochs: Epochs
    deal: Deal
    notional: Number
    tip: int
    kind: DifficultyKind = DifficultyKind.MEAN
    rounded: Rounded = EXACT


def difficulty_swap(
    of: Change, band: Band, strike: Quote | int, fallback_share: int | None = None
) -> Product:
    """Buy or sell mean difficulty, or hashrate, at a strike: a quote, or ticks.

    Raises:
        ProductError: its subclasses name what is wrong.
    """
    warnings = of.epochs.check(of.kind, of.tip)
    terms = difficulty_series(of.epochs, band, of.kind, fallback_share)
    price = band.strike_ticks(strike, of.rounded.price)
    claims = claims_of(of.notional, terms, of.rounded.size)
    side = Side.of(of.deal)
    made = Product("difficulty swap", terms, side, claims, price, warnings=warnings)
    verb, gains = ("Buys", "above") if side is Side.LONG else ("Sells", "below")
    size = f"{say_notional(made.notional)} {notional_unit(terms)}"
    at = plain(rounded_decimal(made.break_even.exact / made.unit.scale, 4))
    said = (
        f"{verb} {made.unit.of} of {of.epochs}, {size} that it is {gains} {at} {made.unit}, and "
        "pays as much for what it is on the other side"
    )
    return replace(made, description=said, warnings=warnings + one_miner(made))


def difficulty_series(
    epochs: Epochs, band: Band, kind: DifficultyKind, fallback_share: int | None = None
) -> Series:
    """Return the series of a window and a band; whether it can still be traded is not looked at.

    Raises:
        BoundsError, FallbackError: for terms that the market refuses.
        QuoteError: for a band of something else.
    """
    unit = Unit.TRILLIONS if kind is DifficultyKind.MEAN else Unit.EXAHASHES
    checked = band.checked().quoted_in(unit)
    share = checked.fallback_share(fallback_share)
    return series(Instrument.DIFFICULTY, kind, *epochs, checked.floor, checked.cap, share)


def hedge_ratio(move: Number) -> Fraction:
    """Return the notional, of revenue, whose swap keeps revenue when difficulty moves so much.

    Args:
        move: 1 being 100 %; at 20 % the ratio is 5/6.

    Raises:
        MoveError: when nothing is left of difficulty.
    """
    moved = number(move)
    if moved <= -1:
        raise MoveError(f"a move by {say_notional(moved * 100)} % leaves no difficulty")
    return 1 / (1 + moved)


def kept(ratio: Fraction, move: Number) -> Fraction:
    """Return what of its revenue a miner keeps who holds a swap, when difficulty moves.

    Args:
        ratio: of the swap's notional to revenue; 0 for no swap.
        move: 1 being 100 %, inside the band.

    Raises:
        MoveError: when nothing is left of difficulty.
    """
    return hedge_ratio(move) + ratio * number(move)


def hedge_notional(revenue: Sats, today: Quote, move: Number) -> Fraction:
    """Return the notional that keeps a miner's revenue when difficulty moves.

    Args:
        revenue: of the window, at today's difficulty, satoshi.
        today: difficulty, which should be the swap's strike.
        move: to hedge for, 1 being 100 %.

    Returns:
        satoshi per T.

    Raises:
        MoveError: when nothing is left of difficulty.
        QuoteError: for what is no difficulty.
    """
    trillions = today.to(Unit.TRILLIONS).exact / Unit.TRILLIONS.scale
    if trillions <= 0:
        raise QuoteError(f"difficulty is above zero, not {today}")
    return revenue * hedge_ratio(move) / trillions


def beyond_band(product: Product, today: Quote, move: Number) -> tuple[str, ...]:
    """Warn of a hedge whose band ends before the move that it is for."""
    moved = today.exact * (1 + number(move))
    if product.series.floor <= moved <= product.series.cap:
        return ()
    return (f"the band ends before a move by {say_notional(number(move) * 100)} %: draw it wider",)


def worth_moving(product: Product) -> Sats:
    """Return the collateral above which moving a one-epoch series pays more than its subsidy does.

    The miner of the last block before an epoch chooses its time within two hours, 0.6 % of an
    epoch, and moves difficulty by as much: at the strike, against the band's width, that is what
    it moves of the collateral. Satoshi, down.
    """
    last = EPOCH_BLOCKS * product.series.start - 1
    moved = MINERS_MOVE * product.break_even.exact / product.band.width
    return Sats(int(subsidy(max(last, 0)) / moved)) if moved > 0 else Sats(product.claims)


def one_miner(product: Product) -> tuple[str, ...]:
    """Warn of a series of one epoch with more collateral than makes moving it worth a block."""
    if product.series.end - product.series.start != 1:
        return ()
    most = worth_moving(product)
    if product.claims <= most:
        return ()
    share = MINERS_MOVE * product.break_even.exact / product.band.width * 100
    return (
        f"the miner of block {EPOCH_BLOCKS * product.series.start - 1:,} can move this "
        f"{product.unit.of} by 0.6 %, which is {plain(rounded_decimal(share, 2))} % of the "
        f"collateral: above {bitcoin(most)} BTC of it, all traders' together, that is worth more "
        "than the block's subsidy: take several epochs",
    )
