"""What the commands of orders are given: durations, and what is to be signed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

import click

from terahash.documents import Refusal
from terahash.orders.legs import LONGEST, read_legs, read_series
from terahash.orders.wire import Line, read_lines
from terahash.products.bands import Band
from terahash.products.options import NumberType, PriceType, with_options
from terahash.products.product import Product, Side, claims_of, unit_of
from terahash.products.quotes import Quote
from terahash.session import Body, RefusedError
from terahash.swaps.market import Market
from terahash.swaps.names import find
from terahash.swaps.series import Series
from terahash.text import quoted
from terahash.units import DAY, HOUR, MINUTE

MAX_LINES = 256
"""Orders that one command asks the chain about."""
_SPANS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY}
_SPAN = re.compile("([1-9][0-9]{0,8}) ?([smhd])")
_TERMS = ("side", "claims", "notional", "price")


class Duration(click.ParamType):
    """A span of time: 30m, 12h, 7d."""

    name = "span"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Read seconds, or end with a message."""
        if isinstance(value, int):
            return value
        found = _SPAN.fullmatch(str(value).strip())
        if not found:
            self.fail(f"{quoted(str(value))} is no span of time: write 30m, 12h or 7d", param, ctx)
        return int(found[1]) * _SPANS[found[2]]


SIGNED = with_options(
    click.argument("quote", type=click.File("rb"), required=False, metavar="[QUOTE]"),
    click.option("--series", "name", help="Label or id of an open series."),
    click.option("--side", type=click.Choice(list(Side)), help="That the maker wants."),
    click.option("--claims", type=int, help="Satoshi that both sides lock; lots of 10,000."),
    click.option("--notional", type=NumberType(), help="Exposure instead: PH/s, or sats per unit."),
    click.option("--price", type=PriceType(), help="A strike, such as 85000sats, or 5000ticks."),
)
"""The options that say what is to be signed."""


def read_wanted(given: dict[str, Any], market: Market) -> list[Product]:
    """Return what is to be signed: a quote's legs, or claims of a series.

    Raises:
        OrderError, ProductError, SwapError: when it is none, or cannot be.
    """
    quote, name = given["quote"], given["name"]
    has_terms = any(given[term] is not None for term in _TERMS)
    if (quote is None) == (name is None):
        raise click.UsageError("give a QUOTE, or --series")
    raw = quote.read(LONGEST + 1) if quote else b""
    if quote and not has_terms:
        return read_legs(raw)
    return [_leg(read_series(raw) if quote else find(market.opened(), name), given)]


def _leg(series: Series, given: dict[str, Any]) -> Product:
    side, claims, notional, price = (given[term] for term in _TERMS)
    if side is None or price is None or (claims is None) == (notional is None):
        raise click.UsageError("of a series, give --side, --price, and --claims or --notional")
    if isinstance(price, Quote):
        middle = (series.floor + series.cap) // 2
        price = (
            Band(series.floor, series.cap, middle, unit_of(series)).checked().strike_ticks(price)
        )
    if claims is None:
        claims = claims_of(notional, series)
    return Product("order", series, Side(side), claims, price)


def order_files(required: bool = True) -> Callable[[Body], Body]:
    """Add the argument that names files of orders: `files`."""
    metavar = "FILE..." if required else "[FILE]..."
    return click.argument(
        "files", nargs=-1, required=required, type=click.File("rb"), metavar=metavar
    )


def lines_of(files: Iterable[IO[bytes]]) -> Iterator[Line | Refusal]:
    """Read orders from files, one after the other."""
    for file in files:
        yield from read_lines(file, file.name)


def few(files: Iterable[IO[bytes]]) -> list[Line | Refusal]:
    """Read as many orders as the chain can be asked about.

    Raises:
        RefusedError: when there are more, or none.
    """
    found = []
    for line in lines_of(files):
        found.append(line)
        if len(found) > MAX_LINES:
            raise RefusedError(f"there are more than {MAX_LINES} orders: give the best of them")
    if not found:
        raise RefusedError("there are no orders: give lines as `terahash order sign` prints them")
    return found
