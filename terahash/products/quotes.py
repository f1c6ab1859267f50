"""Quotes in the field's units, exact both ways; what is between two ticks is rounded on request."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import Enum, StrEnum
from fractions import Fraction
from typing import NamedTuple

from terahash.products.errors import QuoteError, UnalignedError
from terahash.text import quoted

Number = Decimal | int | Fraction
"""An amount as it comes in; never a float."""
DIGITS = 60
"""Digits before and after the point that a number may have, either."""
_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation])
_WRITTEN = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,4})?) ?([a-z/]+)", re.I)


class Rounding(StrEnum):
    """Which of the two nearest whole numbers is taken; of a half, NEAREST takes the upper one."""

    DOWN = "down"
    UP = "up"
    NEAREST = "nearest"


class Unit(Enum):
    """What X is quoted in: its name, what it is of, and X in one of it, as a power of ten."""

    SATS_PER_PH_DAY = ("sats/PH/day", "hashprice", 15)
    SATS_PER_TH_DAY = ("sats/TH/day", "hashprice", 18)
    BTC_PER_PH_DAY = ("BTC/PH/day", "hashprice", 23)
    TRILLIONS = ("T", "difficulty", 30)
    EXAHASHES = ("EH/s", "hashrate", 24)

    @property
    def of(self) -> str:
        """What it is a unit of: hashprice, difficulty or hashrate."""
        return self.value[1]

    @property
    def scale(self) -> int:
        """X (times 10^18) in one of it."""
        return 10 ** self.value[2]

    def __str__(self) -> str:
        return self.value[0]


_NAMES = {str(unit).lower(): unit for unit in Unit} | {
    "sats": Unit.SATS_PER_PH_DAY,
    "sat": Unit.SATS_PER_PH_DAY,
    "btc": Unit.BTC_PER_PH_DAY,
    "eh": Unit.EXAHASHES,
}


class Quote(NamedTuple):
    """A number in one of the field's units: a strike, a bound, a premium."""

    amount: Decimal
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Quote:
        """Read 85000sats, 8.5e-4btc (both per PH/s and day), 85 sats/TH/day, 72.5T or 550EH/s.

        Raises:
            QuoteError: when it is none of these.
        """
        found = _WRITTEN.fullmatch(text.strip())
        unit = _NAMES.get(found[2].lower()) if found else None
        if not found or not unit:
            raise QuoteError(
                f"{quoted(text)} is no quote: write 85000sats or 8.5e-4btc (per PH/s and day), "
                "85sats/TH/day, 72.5T or 550EH/s"
            )
        return cls(decimal(number(found[1])), unit)

    @classmethod
    def at(cls, x: Number, unit: Unit) -> Quote:
        """Quote an X (times 10^18) in a unit, exactly.

        Raises:
            QuoteError: for one that no decimal number is equal to.
        """
        return cls(decimal(Fraction(x) / unit.scale), unit)

    @property
    def exact(self) -> Fraction:
        """It as X (times 10^18), which need not be whole."""
        return number(self.amount) * self.unit.scale

    def x(self, rounding: Rounding | None = None) -> int:
        """Return it as X (times 10^18).

        Raises:
            UnalignedError: when it is finer than X is, and no rounding is asked for.
        """

        def say(x: int) -> str:
            return str(Quote.at(x, self.unit))

        return whole(self.exact, rounding, f"{self} is finer than X counts", say)

    def whole(self, rounding: Rounding | None = None) -> Quote:
        """Return it as a whole number of its unit, such as 1 sat/PH/day.

        Raises:
            UnalignedError: when it is not whole, and no rounding is asked for.
        """
        what = f"{self} is not a whole number of {self.unit}"
        units = whole(number(self.amount), rounding, what, lambda units: f"{units:,} {self.unit}")
        return Quote(Decimal(units), self.unit)

    def to(self, unit: Unit) -> Quote:
        """Return the same in another unit, exactly.

        Raises:
            QuoteError: for a unit of something else.
        """
        if unit.of != self.unit.of:
            raise QuoteError(f"{self} is a {self.unit.of}: give a {unit.of}, in {unit}")
        return Quote.at(self.exact, unit)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.unit}"


def whole(value: Fraction, rounding: Rounding | None, what: str, say: Callable[[int], str]) -> int:
    """Return a whole number, rounded only as asked.

    Args:
        value: to round.
        rounding: how; None refuses.
        what: is wrong where it is not whole.
        say: what a whole number means to people.

    Raises:
        UnalignedError: with the two nearest.
    """
    if value.denominator == 1:
        return value.numerator
    below = value.numerator // value.denominator
    match rounding:
        case Rounding.DOWN:
            return below
        case Rounding.UP:
            return below + 1
        case Rounding.NEAREST:
            return below + (value - below >= Fraction(1, 2))
    raise UnalignedError(
        f"{what}: the nearest are {say(below)} and {say(below + 1)}; choose one, or say how to "
        "round (down, up or nearest)",
        below,
        below + 1,
    )


def number(value: Number | str) -> Fraction:
    """Read a number exactly.

    Raises:
        QuoteError: when it is a float, none, or has too many digits.
    """
    if isinstance(value, float):
        raise QuoteError(f"{value} is a float, which is not exact: give a Decimal")
    if isinstance(value, Fraction):
        return value
    try:
        read = Decimal(value)
    except InvalidOperation:
        raise QuoteError(f"{quoted(str(value))} is not a number") from None
    size = abs(read.adjusted()) + len(read.as_tuple().digits)
    if not read.is_finite() or (read and size > 2 * DIGITS):
        raise QuoteError(f"{quoted(str(value))} is not a number that can be counted")
    return Fraction(read) if read else Fraction(0)


def decimal(value: Fraction) -> Decimal:
    """Write a fraction as a decimal number that is equal to it.

    Raises:
        QuoteError: when none is.
    """
    try:
        return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    except Inexact:
        raise QuoteError(f"{value} has no end as a decimal number") from None


def plain(amount: Decimal) -> str:
    """Write a decimal number with separators, to its last digit and without trailing zeros."""
    whole_part, _, decimals = f"{amount:,f}".partition(".")
    return f"{whole_part}.{decimals.rstrip('0')}".rstrip(".")


def rounded_decimal(value: Fraction, digits: int) -> Decimal:
    """Write a fraction to so many decimals, as people read it; a half goes up."""
    units = whole(value * 10**digits, Rounding.NEAREST, "", str)
    return Decimal(units).scaleb(-digits, _EXACT)
