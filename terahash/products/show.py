"""Products as people read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from rich import box
from rich.table import Table

from terahash.hashrate.amounts import sats
from terahash.products.documents import points, sides
from terahash.products.grid import Standard
from terahash.products.package import Collar, Strip
from terahash.products.product import Product, notional_unit, say_notional, unit_of
from terahash.products.quotes import Quote, Unit, plain, rounded_decimal
from terahash.products.windows import Month
from terahash.report.numbers import bitcoin
from terahash.swaps.names import label, window
from terahash.swaps.series import TICKS, Instrument

DIGITS = {Unit.SATS_PER_PH_DAY: 2, Unit.BTC_PER_PH_DAY: 8}
"""Decimals that people read of a unit; four of the others."""


def product_rows(product: Product) -> dict[str, str]:
    """Say what a product is, one fact to a line."""
    terms = product.series
    long, short = sides(product)
    is_hashprice = terms.instrument == Instrument.HASHPRICE
    return {
        "series": f"{label(terms)}, 0x{terms.id.hex()}",
        "window": f"{window(terms)} (UTC)" if is_hashprice else window(terms),
        "band": f"{x_text(terms.floor, product.unit)} to {x_text(terms.cap, product.unit)}",
        "strike" if product.is_linear else "breaks even": _in_both(
            product.break_even.exact, product.unit
        ),
        "price": f"{product.price:,} of {TICKS:,} ticks, paid by the long",
        "claims": f"{product.claims:,}, the {product.side}'s",
        "exposure": f"{say_notional(product.notional)} {notional_unit(terms)}",
        "long locks": sats(long.locks),
        "short locks": sats(short.locks),
        "gains at most": sats(product.max_gain),
        "loses at most": sats(product.max_loss),
        "if index dies": f"{terms.fallback_share:,} ticks to the long: the {product.side} gains "
        f"{product.if_dead:,} sats",
    }


def payoff_table(xs: Iterable[int], unit: Unit, gains: dict[str, Callable[[int], int]]) -> Table:
    """Lay out what each side gains at some X, satoshi as settlement rounds."""
    units = [unit] + [Unit.BTC_PER_PH_DAY] * (unit is Unit.SATS_PER_PH_DAY)
    table = _table(*(f"{one.of}\n({one})" for one in units), *(f"{side}\n(sats)" for side in gains))
    for x in xs:
        shown = (x_text(x, one, named=False) for one in units)
        table.add_row(*shown, *(f"{gain(x):+,}" for gain in gains.values()))
    return table


def product_payoffs(product: Product) -> Table:
    """Lay out what both sides of a product gain at some X."""
    long, short = sides(product)
    return payoff_table(points(product), product.unit, {"long": long.payoff, "short": short.payoff})


def collar_payoffs(collar: Collar) -> Table:
    """Lay out what a collar gains at some X, leg by leg."""
    xs = sorted({x for leg in collar.legs for x in points(leg)})
    legs: dict[str, Callable[[int], int]] = {leg.name: leg.payoff for leg in collar.legs}
    return payoff_table(xs, collar.unit, {**legs, "collar": collar.payoff})


def strip_table(strip: Strip) -> Table:
    """Lay out a strip, a month to a line."""
    table = _table("month", "claims", "exposure\n(PH/s)", "locks\n(BTC)", "gains at most\n(BTC)")
    for leg in strip.legs:
        table.add_row(
            str(Month.of(leg.series.start)),
            f"{leg.claims:,}",
            say_notional(leg.notional).removeprefix("about "),
            bitcoin(leg.locks),
            bitcoin(leg.max_gain),
        )
    table.add_row("all", "", "", bitcoin(strip.locks), bitcoin(strip.max_gain))
    return table


def grid_rows(standards: Sequence[Standard]) -> dict[str, str]:
    """Say what the standard series are, one to a line, with its id whole."""
    rows = {}
    for one in standards:
        unit = unit_of(one.series)
        bounds = f"{x_text(one.band.floor, unit, named=False)} to {x_text(one.band.cap, unit)}"
        rows[f"{window(one.series)}, {one.width}"] = f"{bounds}  0x{one.series.id.hex()}"
    return rows


def x_text(x: int | Fraction, unit: Unit, named: bool = True) -> str:
    """Write an X (times 10^18) in a unit, rounded as people read it."""
    shown = rounded_decimal(Fraction(x) / unit.scale, DIGITS.get(unit, 4))
    return plain(shown) + (f" {unit}" if named else "")


def _in_both(x: Fraction, unit: Unit) -> str:
    exact = str(Quote.at(x, unit))
    if unit is Unit.SATS_PER_PH_DAY:
        return f"{exact} ({Quote.at(x, Unit.BTC_PER_PH_DAY)})"
    return exact


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    return table
