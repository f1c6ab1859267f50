"""What of hashprice is bought or sold: the part that every product on it has."""

from __future__ import annotations

from dataclasses import dataclass, replace

from terahash.products.bands import Band
from terahash.products.errors import FallbackError
from terahash.products.product import EXACT, Deal, Product, Rounded, Side, claims_of, say_notional
from terahash.products.quotes import Number, Quote, Unit, plain, rounded_decimal
from terahash.products.windows import Month, Times
from terahash.swaps.series import TICKS, HashpriceKind, Instrument, Series, series


@dataclass(frozen=True)
class Exposure:
    """Hashprice of a window, bought or sold.

    Attributes:
        window: a calendar month, or any two times.
        deal: buy or sell.
        notional: PH/s, on every day of the window.
        now: unix seconds; what has ended by then is refused.
        kind: with proven fees, or of the subsidy alone.
        rounded: how prices and sizes are rounded; they are refused where they are not whole.
    """

    window: Month | Times
    deal: Deal
    notional: Number
    now: int
    kind: HashpriceKind = HashpriceKind.BTC
    rounded: Rounded = EXACT

    @property
    def times(self) -> Times:
        """The window as two times."""
        return self.window.times if isinstance(self.window, Month) else self.window

    def series(self, band: Band, fallback_share: int | None = None) -> Series:
        """Return the series of a band.

        Raises:
            ProductError: for a window or a band that cannot be traded.
        """
        self.window.check(self.now)
        return hashprice_series(self.times, band, self.kind, fallback_share)

    def product(self, name: str, terms: Series, side: Side, price: int) -> Product:
        """Return the claims of a series that give the exposure.

        Raises:
            SizeError, UnalignedError: for a notional that is no whole number of lots.
        """
        claims = claims_of(self.notional, terms, self.rounded.size)
        warnings = self.window.check(self.now)
        return Product(name, terms, side, claims, price, warnings=warnings)

    def described(self, product: Product, what: str, terms: str) -> Product:
        """Return a product with its description: what is bought or sold, and on which terms."""
        verb = "Buys" if self.deal is Deal.BUY else "Sells"
        size = f"{say_notional(product.notional)} PH/s"
        alone = " of the subsidy alone" if self.kind is HashpriceKind.SUBSIDY else ""
        said = f"{verb} {what} {size}{alone}, {self.window}{terms}"
        return replace(product, description=said)


def hashprice_series(
    times: Times, band: Band, kind: HashpriceKind, fallback_share: int | None = None
) -> Series:
    """Return the series of a window and a band; whether it can still be traded is not looked at.

    Raises:
        BoundsError, FallbackError: for terms that the market refuses.
        QuoteError: for a band of something else.
    """
    checked = band.checked().quoted_in(Unit.SATS_PER_PH_DAY)
    share = checked.fallback_share(fallback_share)
    return series(Instrument.HASHPRICE, kind, *times, checked.floor, checked.cap, share)


def hashprice_text(x: Quote) -> str:
    """Write a hashprice in sats/PH/day, to the hundredth."""
    sats = x.to(Unit.SATS_PER_PH_DAY)
    return f"{plain(rounded_decimal(sats.exact / sats.unit.scale, 2))} {sats.unit}"


def option_share(band: Band, chosen: int | None) -> int:
    """Return the fallback share of an option's series, ticks.

    Raises:
        FallbackError: when neither it nor the forward price is said: the middle of an option's
            band is far from both, and made a dead index somebody's windfall.
    """
    if chosen is None and band.forward is None:
        raise FallbackError(
            "an option needs the forward price at which its series opens, or a fallback share"
        )
    return band.fallback_share(chosen)


def windfall(product: Product) -> tuple[str, ...]:
    """Warn of an option whose buyer loses the whole premium should the index die."""
    if product.series.fallback_share not in (0, TICKS):
        return ()
    return (
        "should the index die, the buyer has nothing, for the forward price is outside of the "
        f"band: a fallback share of {product.price:,} ticks would return what both have paid",
    )
