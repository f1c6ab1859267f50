"""One claim on one series at a price: what it costs, pays and means, exact to the satoshi."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from terahash.products.bands import Band
from terahash.products.errors import SizeError
from terahash.products.quotes import (
    Number,
    Quote,
    Rounding,
    Unit,
    number,
    plain,
    rounded_decimal,
    whole,
)
from terahash.swaps.series import (
    LOT,
    MAX_CLAIMS,
    SHARES,
    TICKS,
    DifficultyKind,
    Instrument,
    Series,
    payment,
)
from terahash.units import DAY, WAD, Sats

TERAHASHES = 1_000
"""TH/s in 1 PH/s, of which notional is said."""
NOTIONAL_DECIMALS = 8
LINEAR = ("forward", "difficulty swap")
"""Products that both sides agree on at the strike; the others are options."""


class Deal(StrEnum):
    """What is done: who buys a forward, a swap or a call is long; who buys a put is short."""

    BUY = "buy"
    SELL = "sell"


class Side(StrEnum):
    """Which claim is held: longs gain when X rises, shorts when it falls."""

    LONG = "long"
    SHORT = "short"

    @classmethod
    def of(cls, deal: Deal) -> Side:
        """Return who is long by buying."""
        return cls.LONG if deal is Deal.BUY else cls.SHORT

    @property
    def other(self) -> Side:
        """The side that takes the other claim."""
        return Side.SHORT if self is Side.LONG else Side.LONG


class Rounded(NamedTuple):
    """How what is between two ticks, and between two lots, is rounded; None refuses it."""

    price: Rounding | None = None
    size: Rounding | None = None


EXACT = Rounded()


def unit_of(series: Series) -> Unit:
    """Return the unit in which people quote a series."""
    if series.instrument == Instrument.HASHPRICE:
        return Unit.SATS_PER_PH_DAY
    return Unit.TRILLIONS if series.kind == DifficultyKind.MEAN else Unit.EXAHASHES


def notional_unit(series: Series) -> str:
    """Return what a notional of a series counts: PH/s, or satoshi per T or EH/s that X moves."""
    unit = unit_of(series)
    return "PH/s" if unit is Unit.SATS_PER_PH_DAY else f"sats per {unit}"


def collateral_of(series: Series) -> Fraction:
    """Return the satoshi that one unit of notional locks: what it gains from floor to cap."""
    width = series.cap - series.floor
    if series.instrument == Instrument.HASHPRICE:
        return Fraction(TERAHASHES * (series.end - series.start) * width, DAY * WAD)
    return Fraction(width, unit_of(series).scale)


def claims_of(notional: Number, series: Series, rounding: Rounding | None = None) -> int:
    """Return the claims that give an exposure, whole lots.

    Args:
        notional: PH/s for a hashprice, satoshi per T or per EH/s for a difficulty or hashrate.
        rounding: to lots, where it is between two.

    Raises:
        SizeError: when it is not above zero, less than a lot, or more than a trade can be.
        UnalignedError: when it is between two lots, and no rounding is asked for.
    """
    size, unit = number(notional), notional_unit(series)
    if size <= 0:
        raise SizeError(f"notional of {say_notional(size)} {unit} is not above zero")

    def say(lots: int) -> str:
        exposure = Fraction(lots * LOT) / collateral_of(series)
        return f"{lots * LOT:,} ({say_notional(exposure)} {unit})"

    claims = size * collateral_of(series)
    what = f"{say_notional(size)} {unit} is not a whole lot of claims"
    lots = whole(claims / LOT, rounding, what, say)
    if not 0 < lots * LOT <= MAX_CLAIMS:
        raise SizeError(
            f"{say_notional(size)} {unit} would be {lots * LOT:,} claims: one lot is "
            f"{LOT:,}, and {MAX_CLAIMS:,} are the most"
        )
    return lots * LOT


def say_notional(size: Fraction) -> str:
    """Write a notional to eight decimals, and whether that is not all of it."""
    shown = rounded_decimal(size, NOTIONAL_DECIMALS)
    return ("" if number(shown) == size else "about ") + plain(shown)


@dataclass(frozen=True)
class Product:
    """A number of claims of one side of a series, at a price.

    Attributes:
        name: such as forward.
        series: what the claims are on.
        side: which claim is held.
        claims: the satoshi that both sides lock together; whole lots.
        price: ticks of it that the long pays.
        description: what it is, in words.
        warnings: what to know before.
    """

    name: str
    series: Series
    side: Side
    claims: int
    price: int
    description: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def legs(self) -> tuple[Product, ...]:
        """What is traded: itself."""
        return (self,)

    @property
    def unit(self) -> Unit:
        """In which X is quoted."""
        return unit_of(self.series)

    @property
    def is_linear(self) -> bool:
        """Whether it is a forward or a swap, and no option."""
        return self.name in LINEAR

    @property
    def band(self) -> Band:
        """The series' band; a series does not say at which forward price it opened."""
        return Band(self.series.floor, self.series.cap, None, self.unit)

    @property
    def notional(self) -> Fraction:
        """The exposure that the claims give, exactly; in units of `notional_unit`."""
        return Fraction(self.claims) / collateral_of(self.series)

    @property
    def break_even(self) -> Quote:
        """X at which neither side gains; of a forward or swap its strike."""
        return self.band.strike(self.price)

    @property
    def locks(self) -> Sats:
        """Satoshi that this side pays, its collateral: the most that it can lose."""
        return Sats(payment(self.claims, self.price, self.side is Side.LONG))

    @property
    def max_loss(self) -> Sats:
        """Satoshi: all that it locks."""
        return self.locks

    @property
    def max_gain(self) -> Sats:
        """Satoshi: all that the other side locks."""
        return Sats(self.claims - self.locks)

    @property
    def other(self) -> Product:
        """The other side of the same trade."""
        side = self.side.other
        return Product(self.name, self.series, side, self.claims, self.price)

    def worth(self, x: int) -> Sats:
        """Return the satoshi that its claims are paid at X (times 10^18), as settlement rounds."""
        share = self.series.share(x)
        own = share if self.side is Side.LONG else SHARES - share
        return Sats(self.claims * own // SHARES)

    @property
    def if_dead(self) -> Sats:
        """Satoshi that it gains should the index die; negative where it loses."""
        long = self.claims * (self.series.fallback_share - self.price) // TICKS
        return Sats(long if self.side is Side.LONG else -long)

    def payoff(self, x: int) -> Sats:
        """Return the satoshi that it gains at X (times 10^18); negative where it loses."""
        return Sats(self.worth(x) - self.locks)
