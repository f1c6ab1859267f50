"""Products as machines read them."""

from __future__ import annotations

from pydantic import BaseModel

from terahash.headers import Exact
from terahash.products.grid import Standard
from terahash.products.package import Collar, Strip
from terahash.products.product import Product, Side, notional_unit
from terahash.swaps.names import label
from terahash.swaps.series import DifficultyKind, HashpriceKind, Instrument, Series


class PayoffDocument(BaseModel):
    """What both sides gain at an X (times 10^18), satoshi as settlement rounds."""

    x: Exact
    long: int
    short: int


class SeriesDocument(BaseModel):
    """A series and its ids; bounds are times 10^18, the fallback share in ticks to the long."""

    id: str
    label: str
    long: Exact
    short: Exact
    instrument: str
    kind: str
    start: int
    end: int
    floor: Exact
    cap: Exact
    fallback_share: int


class ProductDocument(BaseModel):
    """A product, in satoshi; the strike in the unit, the price in ticks, the notional exact."""

    name: str
    description: str
    warnings: list[str]
    series: SeriesDocument
    side: str
    unit: str
    strike: str
    price: int
    claims: int
    notional: str
    notional_unit: str
    long_locks: int
    short_locks: int
    max_gain: int
    max_loss: int
    if_dead: int
    payoff: list[PayoffDocument]


class PackageDocument(BaseModel):
    """A package: satoshi of all legs; X at which a collar breaks even, rounded to whole X."""

    name: str
    description: str
    warnings: list[str]
    legs: list[ProductDocument]
    locks: int
    max_gain: int
    max_loss: int
    break_even: list[Exact] | None = None


class StandardDocument(BaseModel):
    """A standard series: about which centre, times 10^18."""

    width: str
    centre: Exact
    series: SeriesDocument


def series_document(series: Series) -> SeriesDocument:
    """Write a series and its ids."""
    instrument = Instrument(series.instrument)
    is_hashprice = instrument is Instrument.HASHPRICE
    kind = HashpriceKind(series.kind) if is_hashprice else DifficultyKind(series.kind)
    return SeriesDocument(
        id=f"0x{series.id.hex()}",
        label=label(series),
        long=series.long,
        short=series.short,
        instrument=instrument.name,
        kind=kind.name,
        start=series.start,
        end=series.end,
        floor=series.floor,
        cap=series.cap,
        fallback_share=series.fallback_share,
    )


def product_document(product: Product) -> ProductDocument:
    """Write a product, and what it pays at some X."""
    long, short = sides(product)
    return ProductDocument(
        name=product.name,
        description=product.description,
        warnings=list(product.warnings),
        series=series_document(product.series),
        side=product.side,
        unit=str(product.unit),
        strike=f"{product.break_even.amount:f}",
        price=product.price,
        claims=product.claims,
        notional=str(product.notional),
        notional_unit=notional_unit(product.series),
        long_locks=long.locks,
        short_locks=short.locks,
        max_gain=product.max_gain,
        max_loss=product.max_loss,
        if_dead=product.if_dead,
        payoff=[
            PayoffDocument(x=x, long=long.payoff(x), short=short.payoff(x)) for x in points(product)
        ],
    )


def package_document(package: Collar | Strip) -> PackageDocument:
    """Write a package and its legs."""
    even = package.break_even if isinstance(package, Collar) else None
    return PackageDocument(
        name=package.name,
        description=package.description,
        warnings=list(package.warnings),
        legs=[product_document(leg) for leg in package.legs],
        locks=package.locks,
        max_gain=package.max_gain,
        max_loss=package.max_loss,
        break_even=None if even is None else [round(x) for x in even],
    )


def standard_document(standard: Standard) -> StandardDocument:
    """Write a standard series."""
    return StandardDocument(
        width=standard.width,
        centre=standard.centre,
        series=series_document(standard.series),
    )


def points(product: Product) -> list[int]:
    """List X (times 10^18) that show a product: its bounds, its strike, and halfway, down."""
    floor, cap, strike = product.series.floor, product.series.cap, product.break_even.exact
    between = (strike, (floor + strike) / 2, (strike + cap) / 2)
    return sorted({floor, cap, *(x.numerator // x.denominator for x in between)})


def sides(product: Product) -> tuple[Product, Product]:
    """Return the long and the short of a product's trade."""
    pair = (product, product.other)
    return pair if product.side is Side.LONG else (pair[1], pair[0])
