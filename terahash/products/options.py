"""What the commands that quote are given: quotes, months, bands, and how to round."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from time import time
from typing import Any

import click

from terahash.products.bands import Band
from terahash.products.errors import ProductError
from terahash.products.exposure import Exposure
from terahash.products.grid import WIDTHS, standard_band
from terahash.products.product import Deal, Rounded
from terahash.products.quotes import Quote, Rounding, decimal, number
from terahash.products.windows import Month, Times
from terahash.session import Body
from terahash.swaps.series import HashpriceKind
from terahash.window_price import Time


class QuoteType(click.ParamType):
    """A number in the field's units: 85000sats, 8.5e-4btc, 72.5T."""

    name = "quote"

    def convert(self, value: Any, param: Any, ctx: Any) -> Quote:
        """Read it, or end with a message."""
        try:
            return value if isinstance(value, Quote) else Quote.parse(str(value))
        except ProductError as error:
            self.fail(str(error), param, ctx)


class PriceType(QuoteType):
    """A quote, or ticks of the collateral: 5000ticks."""

    name = "price"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Read it, or end with a message."""
        ticks = re.fullmatch("([0-9]{1,9}) ?ticks?", str(value).strip())
        return int(ticks[1]) if ticks else super().convert(value, param, ctx)


class MonthType(click.ParamType):
    """A calendar month: 2024-03."""

    name = "month"

    def convert(self, value: Any, param: Any, ctx: Any) -> Month:
        """Read it, or end with a message."""
        try:
            return value if isinstance(value, Month) else Month.parse(str(value))
        except ProductError as error:
            self.fail(str(error), param, ctx)


class NumberType(click.ParamType):
    """A decimal number."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        """Read it, or end with a message."""
        try:
            return decimal(number(value))
        except ProductError as error:
            self.fail(str(error), param, ctx)


def with_options(*options: Callable[[Body], Body]) -> Callable[[Body], Body]:
    """Add several options to a command."""

    def add(command: Body) -> Body:
        for option in reversed(options):
            command = option(command)
        return command

    return add


AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
NOW = click.option(
    "--now", type=Time(), metavar="TIME", help="The time to judge by; the clock's without it."
)


def deal(default: Deal) -> Callable[[Body], Body]:
    """Add the choice between buying and selling; a miner's is taken without it."""
    return click.option(
        "--buy/--sell", "buys", default=default is Deal.BUY, help=f"A miner's is --{default}."
    )


ROUNDING = with_options(
    click.option(
        "--round-price", type=click.Choice(list(Rounding)), help="To ticks, where between two."
    ),
    click.option(
        "--round-size", type=click.Choice(list(Rounding)), help="To lots, where between two."
    ),
)
FALLBACK = click.option(
    "--fallback-share",
    type=int,
    metavar="TICKS",
    help="The long's, should the index die; without it, the share at the price at which the series "
    "opens.",
)
HASHPRICE = with_options(
    click.option("--month", type=MonthType(), help="Calendar month (UTC), such as 2024-03."),
    click.option("--from", "start", type=Time(), metavar="TIME", help="Of another window."),
    click.option("--to", "end", type=Time(), metavar="TIME", help="Of another window."),
    click.option(
        "--kind",
        type=click.Choice(["btc", "subsidy"]),
        default="btc",
        show_default=True,
        help="With proven fees, or of the subsidy alone.",
    ),
    click.option("--notional", type=NumberType(), required=True, help="PH/s.", metavar="PH/S"),
    NOW,
    ROUNDING,
    AS_JSON,
)
BAND = with_options(
    click.option(
        "--width",
        type=click.Choice(list(WIDTHS)),
        default="20%",
        show_default=True,
        help="Of the standard band.",
    ),
    click.option(
        "--value",
        type=QuoteType(),
        help="At the month's beginning, about which the standard band is; the price without it.",
    ),
    click.option("--floor", type=QuoteType(), help="Of a band of one's own, with --cap."),
    click.option("--cap", type=QuoteType(), help="Of a band of one's own."),
)


def read_now(now: int | None) -> int:
    """Return the time to judge by, unix seconds."""
    return int(time()) if now is None else now


def read_rounded(given: dict[str, Any]) -> Rounded:
    """Take how prices and sizes are rounded."""
    price, size = (given[name] and Rounding(given[name]) for name in ("round_price", "round_size"))
    return Rounded(price, size)


def read_exposure(given: dict[str, Any]) -> Exposure:
    """Take what every product on hashprice is given."""
    month, start, end = given["month"], given["start"], given["end"]
    if month is not None and start is None and end is None:
        window: Month | Times = month
    elif month is None and start is not None and end is not None:
        window = Times(start, end)
    else:
        raise click.UsageError("give --month, or --from and --to")
    return Exposure(
        window,
        Deal.BUY if given["buys"] else Deal.SELL,
        given["notional"],
        read_now(given["now"]),
        HashpriceKind[given["kind"].upper()],
        read_rounded(given),
    )


def read_band(given: dict[str, Any]) -> Band:
    """Take a band of one's own, or the standard one about a value, or else about the price."""
    floor, cap, value, price = (given[name] for name in ("floor", "cap", "value", "price"))
    if (floor is None) != (cap is None):
        raise click.UsageError("give --floor and --cap, or neither")
    if floor and cap:
        return Band.between(floor, cap, value)
    about = value or price
    if not isinstance(about, Quote):
        raise click.UsageError("a price in ticks needs --value, or --floor and --cap")
    return standard_band(about, given["width"])
