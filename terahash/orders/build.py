"""Orders to be signed, built from a leg or a series; or refused, each for its own reason."""

from __future__ import annotations

from enum import IntEnum
from secrets import randbits
from typing import NamedTuple

from terahash.deployment import NOBODY
from terahash.orders.order import Order, OrderError
from terahash.products.product import Product, Side
from terahash.swaps.series import (
    LOT,
    MAX_BOUND,
    MAX_CLAIMS,
    TICKS,
    DifficultyKind,
    HashpriceKind,
    Instrument,
    Series,
)
from terahash.units import DAY, utc

MAX_DURATION = 366 * DAY
"""Seconds that an order may count from now on: what is longer is a mistake of units."""
_SALT_BITS = 256
_KINDS: dict[Instrument, type[IntEnum]] = {
    Instrument.DIFFICULTY: DifficultyKind,
    Instrument.HASHPRICE: HashpriceKind,
}


class LotError(OrderError):
    """Claims that are no whole lots, none, or more than a trade can be."""


class PriceError(OrderError):
    """A price outside of the collateral."""


class DeadlineError(OrderError):
    """A deadline that is past, missing, or too far ahead."""


class PartyError(OrderError):
    """A maker that is nobody, or its own taker."""


class BandError(OrderError):
    """Bounds that are reversed, equal, or too far out; a fallback that is no share."""


class SeriesError(OrderError):
    """A series of which the market knows nothing, or which trades no more."""


class Party(NamedTuple):
    """Who signs, for whom, and until when.

    Attributes:
        maker: who signs.
        deadline: unix seconds up to which the order counts.
        counter: of the maker, as the market has it.
        taker: who alone may take it; NOBODY for anyone.
    """

    maker: str
    deadline: int
    counter: int = 0
    taker: str = NOBODY


def deadline(now: int, until: int | None = None, duration: int | None = None) -> int:
    """Return a deadline from a time or a duration: unix seconds, or seconds from now on.

    Raises:
        DeadlineError: for both, or neither.
    """
    if until is not None and duration is None:
        return until
    if duration is not None and until is None:
        return now + duration
    raise DeadlineError("give a deadline, or a duration, and not both")


def build_order(
    series: Series,
    side: Side,
    claims: int,
    price: int,
    party: Party,
    now: int,
    salt: int | None = None,
) -> Order:
    """Build an order.

    Args:
        series: of the claims.
        side: which claim the maker wants.
        claims: whole lots of 10,000.
        price: ticks of the collateral that the long pays.
        party: who signs, for whom, and until when.
        now: unix seconds.
        salt: 256 bits; None for random ones.

    Raises:
        OrderError: when the market would never take it: a subclass for each reason.
    """
    _check_terms(series)
    if claims <= 0 or claims % LOT or claims > MAX_CLAIMS:
        below = max(min(claims, MAX_CLAIMS) // LOT * LOT, LOT)
        raise LotError(
            f"{claims:,} claims are no whole lots of {LOT:,}, from one to {MAX_CLAIMS:,}: take "
            f"{below:,}, or a lot more or less"
        )
    if not 0 <= price <= TICKS:
        raise PriceError(f"price of {price:,} is not from 0 to {TICKS:,} ticks of the collateral")
    if int(party.maker, 16) == 0:
        raise PartyError("the maker is the zero address, which nobody can sign for: name another")
    if int(party.maker, 16) == int(party.taker, 16):
        raise PartyError("maker and taker are one account: name another taker, or leave it away")
    _check_deadline(party.deadline, now)
    return Order(
        maker=party.maker,
        taker=party.taker,
        series=series,
        long=side is Side.LONG,
        amount=claims,
        price=price,
        deadline=party.deadline,
        counter=party.counter,
        salt=randbits(_SALT_BITS) if salt is None else salt,
    )


def order_of(leg: Product, party: Party, now: int, salt: int | None = None) -> Order:
    """Build the order of who wants a product's leg, at its price; raises as `build_order`."""
    return build_order(leg.series, leg.side, leg.claims, leg.price, party, now, salt)


def _check_deadline(end: int, now: int) -> None:
    if end <= now:
        raise DeadlineError(f"deadline is not in the future: {utc(end)} UTC, and it is {utc(now)}")
    if now + MAX_DURATION < end:
        raise DeadlineError(
            f"deadline is more than {MAX_DURATION // DAY} days ahead ({utc(end)} UTC): is it in "
            "unix seconds?"
        )


def _check_terms(series: Series) -> None:
    kinds = {int(one): of for one, of in _KINDS.items()}.get(series.instrument)
    if kinds is None or series.kind not in list(kinds):
        known = "; ".join(
            f"{one.value} {one.name} ({', '.join(f'{kind.value} {kind.name}' for kind in of)})"
            for one, of in _KINDS.items()
        )
        raise SeriesError(
            f"series is of instrument {series.instrument} and kind {series.kind}, and there are: "
            f"{known}"
        )
    if series.start >= series.end:
        raise SeriesError(f"window is empty: it starts at {series.start}, and ends at {series.end}")
    if series.floor >= series.cap:
        raise BandError(
            f"bounds are {'equal' if series.floor == series.cap else 'reversed'}: floor is "
            f"{series.floor:,}, cap {series.cap:,} (X times 10^18)"
        )
    if series.floor < -MAX_BOUND or series.cap > MAX_BOUND:
        raise BandError("bounds lie beyond 2^200: check their unit, which is X times 10^18")
    if not 0 <= series.fallback_share <= TICKS:
        raise BandError(f"fallback share of {series.fallback_share:,} is not from 0 to {TICKS:,}")
