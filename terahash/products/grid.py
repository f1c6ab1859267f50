"""The standard series: few enough that everybody's orders meet in the same ones.

A band's centre is a rung of a fixed ladder, 2 % to 5 % apart: 100, 105 and so on to 200, then 210
to 500, then 525 to 1,000, times a power of ten. For one value it is the same for anybody. So that
it stays the same while values move, the value is that of `reference_time`: the month's beginning.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from terahash.products.bands import Band
from terahash.products.difficulty import difficulty_series
from terahash.products.errors import QuoteError
from terahash.products.exposure import hashprice_series
from terahash.products.quotes import Quote, Unit
from terahash.products.windows import Epochs, Month, Times
from terahash.swaps.series import DifficultyKind, HashpriceKind, Series

MONTH_EPOCHS = 2
"""Epochs in about a month: such windows begin at even epochs."""
WIDTHS = {
    "10%": (Fraction(1, 10), Fraction(1, 10)),
    "20%": (Fraction(1, 5), Fraction(1, 5)),
    "wide": (Fraction(1, 2), Fraction(1)),
}
"""Standard bands: what of its centre each is below it, and above."""
_STEPS = ((200, 5), (500, 10), (1_000, 25))
"""Up to which three digits rungs are how far apart."""
_LEAST = 10**6
"""X below which a ladder would have no whole rungs."""


class Standard(NamedTuple):
    """A standard series.

    Attributes:
        width: of its band: 10%, 20% or wide.
        window: months as times, or epochs.
        centre: the rung, X (times 10^18).
        band: about it.
        series: whose fallback share is that at the rung.
    """

    width: str
    window: Times | Epochs
    centre: int
    band: Band
    series: Series


def reference_time(now: int) -> int:
    """Return when the value of a grid is read: at the current month's beginning, unix time."""
    return Month.of(now).start


def rung(value: Quote) -> Quote:
    """Return the rung of the ladder that is nearest to a value; of two, the lower one.

    Raises:
        QuoteError: for a value that is not above zero.
    """
    x = value.exact
    if x < _LEAST:
        raise QuoteError(f"a grid's value is above zero, not {value}")
    power = 10 ** (len(str(int(x))) - 3)
    step = next(step for end, step in _STEPS if x < end * power) * power
    below = x // step * step
    return Quote.at(below if x - below <= step - (x - below) else below + step, value.unit)


def standard_band(value: Quote, width: str) -> Band:
    """Return the standard band of a width (10%, 20%, wide) about a value's rung.

    Raises:
        QuoteError: for a value that is not above zero, or a width that is not standard.
    """
    if width not in WIDTHS:
        raise QuoteError(f"{width} is no standard width: choose {', '.join(WIDTHS)}")
    centre = rung(value)
    down, up = (int(centre.exact * part) for part in WIDTHS[width])
    return Band(centre.x() - down, centre.x() + up, centre.x(), value.unit).checked()


def grid(
    value: Quote, window: Month | int, kind: HashpriceKind = HashpriceKind.BTC
) -> list[Standard]:
    """List the standard series about a value; whether they can be traded is not looked at.

    Args:
        value: hashprice, difficulty or hashrate, at `reference_time`.
        window: a month for a hashprice; an epoch for a difficulty or hashrate, which is listed
            alone and with the one that makes a month with it.
        kind: of a hashprice.

    Raises:
        QuoteError: for a value that is not above zero, or does not go with the window.
    """
    if isinstance(window, Month):
        times = window.times
        return [
            Standard(width, times, centre, band, hashprice_series(times, band, kind))
            for width, centre, band in _bands(value, Unit.SATS_PER_PH_DAY)
        ]
    unit = Unit.EXAHASHES if value.unit is Unit.EXAHASHES else Unit.TRILLIONS
    of = DifficultyKind.HASHRATE if value.unit is Unit.EXAHASHES else DifficultyKind.MEAN
    pair = window - window % MONTH_EPOCHS
    return [
        Standard(width, epochs, centre, band, difficulty_series(epochs, band, of))
        for epochs in (Epochs(window, window + 1), Epochs(pair, pair + MONTH_EPOCHS))
        for width, centre, band in _bands(value, unit)
    ]


def _bands(value: Quote, unit: Unit) -> list[tuple[str, int, Band]]:
    quoted = value.to(unit)
    centre = rung(quoted).x()
    return [(width, centre, standard_band(quoted, width)) for width in WIDTHS]
