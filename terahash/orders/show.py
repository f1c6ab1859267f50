"""Orders as people and machines read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from rich import box
from rich.table import Table

from terahash.orders.book import Depth, Level
from terahash.orders.order import Domain, Order, SignedOrder
from terahash.orders.preflight import Preflight, Signing
from terahash.orders.wire import to_line
from terahash.products.product import Product, Side
from terahash.products.show import product_rows
from terahash.swaps.names import label
from terahash.swaps.series import LOT, Series
from terahash.swaps.trading import Take
from terahash.units import utc

_SIGNED = {
    Signing.KEY: "by its maker's key",
    Signing.CODE: "by its maker's code",
    Signing.NOBODY: "not by its maker",
    Signing.UNKNOWN: "unknown: its maker's code is asked only of what can be taken",
}


class Verified(NamedTuple):
    """What became of a line: who signed its order, and whether that can be taken."""

    where: str
    domain: Domain
    signed: SignedOrder
    signing: Signing
    found: Preflight


def product_of(order: Order, claims: int, is_takers: bool = False) -> Product:
    """Return so many claims of an order as a product: the maker's, or its taker's."""
    side = Side.LONG if order.long is not is_takers else Side.SHORT
    return Product("order", order.series, side, claims, order.price)


def side_text(is_long: bool) -> str:
    """Name the claims of a side."""
    return "longs" if is_long else "shorts"


def price_text(series: Series, price: int) -> str:
    """Write a price in the unit in which people quote it, and in ticks."""
    strike = Product("order", series, Side.LONG, LOT, price).break_even
    return f"{strike} ({price:,} ticks)"


def take_text(take: Take) -> str:
    """Say in one line what is taken of an order."""
    order = take.signed.order
    price = price_text(order.series, order.price)
    return f"{take.amount:,} {side_text(not order.long)} of {label(order.series)} at {price}"


def taken_rows(take: Take) -> dict[str, str]:
    """Say what a taker gets, one fact to a line."""
    order = take.signed.order
    return {
        "name": label(order.series),
        **product_rows(product_of(order, take.amount, is_takers=True)),
        "maker": order.maker,
    }


def order_rows(domain: Domain, order: Order) -> dict[str, str]:
    """Say everything that a maker signs, one fact to a line."""
    taker = "anyone" if order.is_for_anyone else order.taker
    return {
        "name": label(order.series),
        **product_rows(product_of(order, order.amount)),
        "maker": order.maker,
        "taker": taker,
        "until": f"{utc(order.deadline)} UTC",
        "counter": f"{order.counter:,}",
        "market": f"{domain.address}, version {domain.version}, chain {domain.chain_id}",
        "hash": f"0x{domain.digest(order).hex()}",
    }


def order_document(domain: Domain, signed: SignedOrder) -> dict[str, Any]:
    """Write an order for machines: as it travels, and its hash."""
    line: dict[str, Any] = json.loads(to_line(domain, signed))
    return {"hash": f"0x{domain.digest(signed.order).hex()}", **line}


def verified_rows(one: Verified) -> dict[str, str]:
    """Say what became of a line, one fact to a line; its terms may be anybody's nonsense."""
    order = one.signed.order
    found = one.found
    return {
        "order": f"0x{one.domain.digest(order).hex()}",
        "series": f"{label(order.series)}, 0x{order.series.id.hex()}",
        "maker": f"{order.maker}, who wants {side_text(order.long)}",
        "terms": f"{order.amount:,} claims at {order.price:,} ticks until {utc(order.deadline)}",
        "signed": _SIGNED[one.signing],
        "can be taken": f"{found.amount:,} claims" if found.is_fine else f"no. {found.why}",
    }


def verified_document(one: Verified) -> dict[str, Any]:
    """Write what became of a line for machines."""
    return {
        "where": one.where,
        "signed": one.signing.value,
        "amount": str(one.found.amount),
        "cause": one.found.cause,
        "why": one.found.why,
        "order": order_document(one.domain, one.signed),
    }


def depth_table(series: Series, depth: Depth) -> Table:
    """Lay out a book: what wants longs at the left, what wants shorts at the right, best first."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 1))
    table.title, table.title_justify = f"{label(series)}: bids and offers", "left"
    for name in ("orders", "claims", "bid", "offer", "claims", "orders"):
        table.add_column(name, justify="right", no_wrap=True)
    for bid, offer in zip_longest(depth.bids, depth.offers):
        table.add_row(*reversed(_cells(series, bid)), *_cells(series, offer))
    return table


def depth_document(series: Series, depth: Depth) -> dict[str, Any]:
    """Write a book for machines; prices are ticks."""
    return {
        "series": f"0x{series.id.hex()}",
        "label": label(series),
        "bids": _levels(depth.bids),
        "offers": _levels(depth.offers),
    }


def _cells(series: Series, level: Level | None) -> list[str]:
    if level is None:
        return ["", "", ""]
    return [price_text(series, level.price), f"{level.amount:,}", f"{level.orders:,}"]


def _levels(levels: Sequence[Level]) -> list[dict[str, Any]]:
    return [{"price": one.price, "amount": str(one.amount), "orders": one.orders} for one in levels]
