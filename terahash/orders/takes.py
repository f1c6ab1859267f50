"""What to take of which orders: those that stand, the best first, and what they cost in all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from terahash.documents import Refusal
from terahash.orders.order import Order
from terahash.orders.preflight import offered
from terahash.orders.wire import Line
from terahash.session import RefusedError
from terahash.swaps.market import Market
from terahash.swaps.series import LOT, Series, payment
from terahash.swaps.trading import MAX_LEGS, Take

Owned = dict[Series, dict[bool, int]]
"""Claims that an account has of some series: of the long (True) and of the short."""


class Standing(NamedTuple):
    """The orders of some lines that stand, and why the others do not."""

    takes: list[Take]
    dead: list[str]


class Sweep(NamedTuple):
    """How to take claims of the orders of one side.

    Attributes:
        takes: best first; more than is needed, where those stand by at no worse a price.
        amount: claims in all.
        limit: ticks, the worst price.
        most: satoshi that it costs at most: all at the worst price.
    """

    takes: list[Take]
    amount: int
    limit: int
    most: int


def standing(market: Market, lines: Iterable[Line | Refusal], taker: str) -> Standing:
    """Ask the market which orders a taker could take, and of each as much as there is."""
    takes: dict[bytes, Take] = {}
    dead = []
    for line in lines:
        if isinstance(line, Refusal):
            dead.append(f"{line.where}: {line.why}")
            continue
        offer = offered(market, line.signed, taker, line.domain)
        if offer.is_fine:
            digest = market.domain.digest(line.signed.order)
            takes[digest] = Take(line.signed, offer.amount)
        else:
            dead.append(f"{line.where}: {offer.cause}: {offer.why.removesuffix('.')}")
    return Standing(list(takes.values()), dead)


def side_of(takes: Sequence[Take]) -> tuple[Series, bool] | None:
    """Return the series and the side of some orders; None where they are of several."""
    sides = {(take.signed.order.series, take.signed.order.long) for take in takes}
    return sides.pop() if len(sides) == 1 else None


def sweep(takes: Sequence[Take], amount: int | None, owned: Owned) -> Sweep:
    """Choose what to take of the orders of one side.

    Args:
        takes: of one series and side.
        amount: claims in all; None for all that there are.
        owned: claims that the taker has.

    Raises:
        RefusedError: when there are fewer.
    """
    ranked = sorted(takes, key=lambda take: _price(take.signed.order))
    there = sum(take.amount for take in ranked[:MAX_LEGS])
    wanted = there if amount is None else amount
    if wanted <= 0 or wanted % LOT:
        raise RefusedError(f"{wanted:,} claims are no whole lots of {LOT:,}: choose some")
    if wanted > there:
        raise RefusedError(
            f"these orders hold {there:,} claims, at most {MAX_LEGS} orders in a call: take fewer "
            f"than {wanted:,}"
        )
    needed, covered = 0, 0
    while covered < wanted:
        covered += ranked[needed].amount
        needed += 1
    limit = ranked[needed - 1].signed.order.price
    worst = _price(ranked[needed - 1].signed.order)
    chosen = [one for one in ranked[:MAX_LEGS] if _price(one.signed.order) <= worst]
    order = chosen[0].signed.order
    most = payment(wanted, limit, not order.long) - min(wanted, owned[order.series][order.long])
    return Sweep(chosen, wanted, limit, most)


def owned_by(market: Market, account: str, takes: Iterable[Take]) -> Owned:
    """Read what an account has of the series of some orders."""
    found: Owned = {}
    for take in takes:
        series = take.signed.order.series
        if series not in found:
            claims = market.claims(account, series)
            found[series] = {True: claims.longs, False: claims.shorts}
    return found


def cost(takes: Iterable[Take], owned: Owned) -> int:
    """Return the satoshi that a taker pays in all, one order after the other; negative if paid."""
    left = {series: dict(sides) for series, sides in owned.items()}
    total = 0
    for signed, amount in takes:
        order, sides = signed.order, left[signed.order.series]
        # A taker of longs gives up shorts first, and of shorts longs.
        gives = min(amount, sides[order.long])
        sides[order.long] -= gives
        sides[not order.long] += amount - gives
        total += payment(amount, order.price, not order.long) - gives
    return total


def only_fine(found: Standing) -> list[Take]:
    """Return the orders, if all stand.

    Raises:
        RefusedError: with why the others do not.
    """
    if found.dead:
        raise RefusedError("; ".join(found.dead))
    if not found.takes:
        raise RefusedError("there are no orders: give lines as `terahash order sign` prints them")
    return found.takes


def _price(order: Order) -> int:
    """Rank a price: the lowest is the best for a taker."""
    return -order.price if order.long else order.price
