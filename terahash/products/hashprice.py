"""Products on hashprice: forwards, strips, capped calls, put spreads and collars.

Prices and premiums are quotes, or ticks of the collateral. What a product refuses is a subclass of
`ProductError`, each for its own reason.
"""

from __future__ import annotations

from dataclasses import replace

from terahash.products.bands import Band
from terahash.products.errors import FarWindowError, StrikeError
from terahash.products.exposure import Exposure, hashprice_text, option_share, windfall
from terahash.products.package import MAX_LEGS, Collar, Strip
from terahash.products.product import Deal, Product, Side
from terahash.products.quotes import Quote
from terahash.products.windows import MONTHS, Month
from terahash.swaps.series import TICKS

Price = Quote | int
"""A strike or a premium: a quote, or ticks."""
Leg = tuple[Band, Price] | tuple[Band, Price, int | None]
"""Of a collar: the band from its strike on, its premium, and its fallback share."""


def forward(of: Exposure, band: Band, strike: Price, fallback_share: int | None = None) -> Product:
    """Buy or sell hashprice at a strike: a miner sells."""
    terms = of.series(band, fallback_share)
    price = band.strike_ticks(strike, of.rounded.price)
    made = of.product("forward", terms, Side.of(of.deal), price)
    gains, loses = ("above", "below") if made.side is Side.LONG else ("below", "above")
    return of.described(
        made,
        "hashprice of",
        f", at {hashprice_text(made.break_even)}: gains what hashprice is {gains} that and loses "
        f"what it is {loses}, between {_bounds(made)}",
    )


def strip(
    of: Exposure, count: int, band: Band, strike: Price, fallback_share: int | None = None
) -> Strip:
    """Buy or sell forwards of so many months in a row, the first being the exposure's.

    All are at one strike in one band: across a halving that is one price for two levels of
    hashprice, and two strips are better.
    """
    first = of.window
    if not isinstance(first, Month):
        raise FarWindowError("a strip is of calendar months: give the first of them")
    if not 1 <= count <= MONTHS:
        raise FarWindowError(f"a strip has 1 to {MONTHS} months, not {count:,}")
    first.plus(count - 1).check_far(of.now)
    months = [replace(of, window=first.plus(later)) for later in range(count)]
    legs = tuple(forward(month, band, strike, fallback_share) for month in months)
    warnings = tuple(f"{first}: {warning}" for warning in legs[0].warnings)
    if count > MAX_LEGS:
        warnings += (
            f"one transaction takes {MAX_LEGS} legs: these {count} need {-(-count // MAX_LEGS)}, "
            "each of which can fail alone",
        )
    verb = "Buys" if of.deal is Deal.BUY else "Sells"
    said = (
        f"{verb} hashprice of {count} months, {first} to {first.plus(count - 1)}, at "
        f"{hashprice_text(legs[0].break_even)}, each settled by itself"
    )
    return Strip("strip", legs, said, warnings)


def capped_call(
    of: Exposure, band: Band, premium: Price, fallback_share: int | None = None
) -> Product:
    """Buy or sell what hashprice is above a strike, the band's floor, up to its cap.

    The buyer is long and pays the premium.
    """
    terms = of.series(band, option_share(band, fallback_share))
    paid = band.premium_ticks(premium, of.rounded.price)
    made = of.product("capped call", terms, Side.of(of.deal), paid)
    made = replace(made, warnings=made.warnings + windfall(made))
    return of.described(made, "a capped call on", _option_text(made, "above", paid))


def put_spread(
    of: Exposure, band: Band, premium: Price, fallback_share: int | None = None
) -> Product:
    """Buy or sell what hashprice is below a strike, the band's cap, down to its floor.

    The buyer is short and pays the premium; the product's price, which the long pays, is the rest
    of 10,000 ticks.
    """
    terms = of.series(band, option_share(band, fallback_share))
    paid = band.premium_ticks(premium, of.rounded.price)
    made = of.product("put spread", terms, Side.of(of.deal).other, TICKS - paid)
    made = replace(made, warnings=made.warnings + windfall(made))
    return of.described(made, "a put spread on", _option_text(made, "below", paid))


def collar(of: Exposure, put: Leg, call: Leg) -> Collar:
    """Buy a put spread and sell a capped call above it, as a miner does; or the reverse, to SELL.

    Args:
        put: from its floor to its strike.
        call: from its strike to its cap.

    Raises:
        StrikeError: when the call's strike is below the put's.
    """
    if call[0].floor < put[0].cap:
        strikes = [hashprice_text(Quote.at(x, put[0].unit)) for x in (call[0].floor, put[0].cap)]
        raise StrikeError(
            f"call's strike of {strikes[0]} is below the put's, {strikes[1]}: the two overlap"
        )
    opposite = Deal.SELL if of.deal is Deal.BUY else Deal.BUY
    legs = (put_spread(of, *put), capped_call(replace(of, deal=opposite), *call))
    warnings = tuple(dict.fromkeys(warning for leg in legs for warning in leg.warnings))
    said = f"{legs[0].description}. {legs[1].description}"
    return Collar("collar", legs, said, warnings)


def _bounds(product: Product) -> str:
    floor, cap = (Quote.at(x, product.unit) for x in (product.series.floor, product.series.cap))
    return f"{hashprice_text(floor)} and {hashprice_text(cap)}"


def _option_text(product: Product, where: str, paid: int) -> str:
    strike, last = product.series.floor, product.series.cap
    if where == "below":
        strike, last = last, strike
    texts = [hashprice_text(Quote.at(x, product.unit)) for x in (strike, last)]
    premium = hashprice_text(product.band.width_of(paid))
    return (
        f": the buyer gains what hashprice is {where} {texts[0]}, as far as {texts[1]}, and pays "
        f"{premium}, so that the two break even at {hashprice_text(product.break_even)}"
    )
