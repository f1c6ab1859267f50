"""The commands that quote: `terahash quote forward`, `call`, `put`, `collar`, `swap` and so on."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import click

from terahash.console import Group, show_rows
from terahash.hashrate.amounts import Bitcoin
from terahash.products import hashprice
from terahash.products.bands import Band
from terahash.products.difficulty import Change, beyond_band, difficulty_swap, hedge_notional
from terahash.products.documents import standard_document
from terahash.products.grid import grid, reference_time
from terahash.products.options import (
    AS_JSON,
    BAND,
    FALLBACK,
    HASHPRICE,
    NOW,
    ROUNDING,
    MonthType,
    NumberType,
    PriceType,
    QuoteType,
    deal,
    read_band,
    read_exposure,
    read_now,
    read_rounded,
)
from terahash.products.printing import print_hedge, print_package, print_product
from terahash.products.product import Deal
from terahash.products.quotes import Quote
from terahash.products.show import grid_rows
from terahash.products.windows import Epochs, Month
from terahash.swaps.series import DifficultyKind, HashpriceKind
from terahash.units import Sats, utc

PRICE = click.option("--price", type=PriceType(), required=True, help="The strike, or its ticks.")
PREMIUM = click.option(
    "--premium", type=PriceType(), required=True, help="That the buyer pays, or its ticks."
)
FORWARD_PRICE = click.option(
    "--forward-price", type=QuoteType(), help="At which the series opens, for its fallback share."
)
STRIKE = click.option("--strike", type=QuoteType(), required=True)


@click.group(cls=Group)
def quote() -> None:
    """Products on hashprice and difficulty: what they cost, lock and pay.

    Hashprice is quoted as 85000sats or 8.5e-4btc (per PH/s and day), difficulty as 72.5T, the
    network's hashrate as 550EH/s, and any price also as 5000ticks of the collateral. Nothing is
    rounded unless --round-price or --round-size say how.
    """


@quote.command(name="forward")
@PRICE
@BAND
@deal(Deal.SELL)
@FALLBACK
@HASHPRICE
def quote_forward(as_json: bool, **given: Any) -> None:
    """Hashprice of a month, or of any window, at a price fixed now."""
    made = hashprice.forward(
        read_exposure(given), read_band(given), given["price"], given["fallback_share"]
    )
    print_product(made, as_json)


@quote.command()
@click.option("--count", type=int, required=True, help="Months, from --month on.")
@PRICE
@BAND
@deal(Deal.SELL)
@FALLBACK
@HASHPRICE
def strip(as_json: bool, count: int, **given: Any) -> None:
    """Forwards of months in a row, at one price."""
    made = hashprice.strip(
        read_exposure(given), count, read_band(given), given["price"], given["fallback_share"]
    )
    print_package(made, as_json)


@quote.command()
@STRIKE
@click.option("--cap", type=QuoteType(), required=True, help="Up to which it gains.")
@PREMIUM
@FORWARD_PRICE
@deal(Deal.SELL)
@FALLBACK
@HASHPRICE
def call(
    as_json: bool, strike: Quote, cap: Quote, forward_price: Quote | None, **given: Any
) -> None:
    """What hashprice is above a strike, up to a cap, for a premium."""
    band = Band.between(strike, cap, forward_price)
    made = hashprice.capped_call(
        read_exposure(given), band, given["premium"], given["fallback_share"]
    )
    print_product(made, as_json)


@quote.command()
@STRIKE
@click.option("--floor", type=QuoteType(), required=True, help="Down to which it gains.")
@PREMIUM
@FORWARD_PRICE
@deal(Deal.BUY)
@FALLBACK
@HASHPRICE
def put(
    as_json: bool, strike: Quote, floor: Quote, forward_price: Quote | None, **given: Any
) -> None:
    """What hashprice is below a strike, down to a floor, for a premium."""
    band = Band.between(floor, strike, forward_price)
    made = hashprice.put_spread(
        read_exposure(given), band, given["premium"], given["fallback_share"]
    )
    print_product(made, as_json)


@quote.command()
@click.option("--floor", type=QuoteType(), required=True, help="Of the put.")
@click.option("--put", "put_strike", type=QuoteType(), required=True, help="Its strike.")
@click.option("--call", "call_strike", type=QuoteType(), required=True, help="The call's.")
@click.option("--cap", type=QuoteType(), required=True, help="Of the call.")
@click.option("--put-premium", type=PriceType(), required=True, help="Or its ticks.")
@click.option("--call-premium", type=PriceType(), required=True, help="Or its ticks.")
@click.option("--put-fallback", type=int, metavar="TICKS", help="The long's, if the index dies.")
@click.option("--call-fallback", type=int, metavar="TICKS", help="The long's, if the index dies.")
@FORWARD_PRICE
@deal(Deal.BUY)
@HASHPRICE
def collar(as_json: bool, forward_price: Quote | None, **given: Any) -> None:
    """Buy a put spread and sell a capped call above it, as a miner does; or the reverse."""
    below = Band.between(given["floor"], given["put_strike"], forward_price)
    above = Band.between(given["call_strike"], given["cap"], forward_price)
    made = hashprice.collar(
        read_exposure(given),
        (below, given["put_premium"], given["put_fallback"]),
        (above, given["call_premium"], given["call_fallback"]),
    )
    print_package(made, as_json)


@quote.command()
@click.option("--first", type=int, required=True, help="Epoch with which the window begins.")
@click.option("--count", type=int, required=True, help="Epochs.")
@click.option("--kind", type=click.Choice(["mean", "hashrate"]), default="mean", show_default=True)
@click.option("--tip", type=int, required=True, help="Height of Bitcoin's newest block.")
@click.option("--notional", type=NumberType(), help="Sats for each T, or EH/s.", metavar="SATS")
@click.option("--revenue", type=Bitcoin(), help="Of the window, to be hedged, for --notional.")
@click.option(
    "--move",
    type=NumberType(),
    default="20",
    show_default=True,
    help="Of difficulty for which it is hedged, percent.",
)
@PRICE
@BAND
@deal(Deal.BUY)
@FALLBACK
@ROUNDING
@AS_JSON
def swap(as_json: bool, revenue: int | None, move: Decimal, **given: Any) -> None:
    """Difficulty of whole epochs at a price fixed now, or the network's hashrate.

    A miner's revenue falls by less than difficulty rises: with --revenue the notional is what keeps
    it when difficulty moves by --move.
    """
    if (given["notional"] is None) == (revenue is None):
        raise click.UsageError("give --notional, or --revenue and --move")
    band, share = read_band(given), move / 100
    strike = given["price"]
    size = given["notional"]
    if revenue is not None:
        today = strike if isinstance(strike, Quote) else band.strike(strike)
        size = hedge_notional(Sats(revenue), today, share)
    of = Change(
        Epochs(given["first"], given["first"] + given["count"]),
        Deal.BUY if given["buys"] else Deal.SELL,
        size,
        given["tip"],
        DifficultyKind[given["kind"].upper()],
        read_rounded(given),
    )
    made = difficulty_swap(of, band, strike, given["fallback_share"])
    if revenue is not None:
        made = replace(made, warnings=made.warnings + beyond_band(made, made.break_even, share))
    print_product(made, as_json)
    if revenue is not None and not as_json:
        print_hedge(share)


@quote.command(name="grid")
@click.option("--value", type=QuoteType(), required=True, help="At the month's beginning.")
@click.option("--month", type=MonthType(), help="Of hashprice.")
@click.option("--epoch", type=click.IntRange(min=0), help="Of difficulty, or hashrate.")
@click.option("--kind", type=click.Choice(["btc", "subsidy"]), default="btc", show_default=True)
@NOW
@AS_JSON
def quote_grid(
    value: Quote,
    month: Month | None,
    epoch: int | None,
    kind: str,
    now: int | None,
    as_json: bool,
) -> None:
    """The standard series, in which everybody's orders meet."""
    window = month or epoch
    if window is None or (month and epoch is not None):
        raise click.UsageError("give --month, or --epoch")
    found = grid(value, window, HashpriceKind[kind.upper()])
    if as_json:
        documents = [standard_document(one).model_dump(mode="json") for one in found]
        click.echo(json.dumps({"standard": documents}, indent=2))
        return
    show_rows(grid_rows(found))
    when = utc(reference_time(read_now(now)))
    click.echo(f"Everybody gets these who gives the value of {when} UTC.")
