"""Products on a terminal: their warnings, what they are, and what they pay."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import click

from terahash.console import show, show_rows
from terahash.products.difficulty import hedge_ratio, kept
from terahash.products.documents import package_document, product_document
from terahash.products.package import Collar, Strip
from terahash.products.product import Product
from terahash.products.quotes import plain, rounded_decimal
from terahash.products.show import collar_payoffs, product_payoffs, product_rows, strip_table


def print_product(product: Product, as_json: bool) -> None:
    """Print a product for people, its warnings on stderr, or for machines."""
    if as_json:
        click.echo(product_document(product).model_dump_json(indent=2))
        return
    _warn(product.warnings)
    click.echo(f"{product.description}.\n")
    show_rows(product_rows(product))
    click.echo()
    show(product_payoffs(product))


def print_package(package: Collar | Strip, as_json: bool) -> None:
    """Print a package and its legs, likewise."""
    if as_json:
        click.echo(package_document(package).model_dump_json(indent=2))
        return
    _warn(package.warnings)
    click.echo(f"{package.description}.")
    if isinstance(package, Strip):
        click.echo()
        show(strip_table(package))
        return
    for leg in package.legs:
        click.echo(f"\n{leg.name}")
        show_rows(product_rows(leg))
    click.echo()
    show(collar_payoffs(package))


def print_hedge(move: Decimal) -> None:
    """Print what a swap at the ratio for a move (1 being 100 %) keeps of a miner's revenue."""
    ratio = hedge_ratio(move)
    whole, half, bare = (
        f"{plain(rounded_decimal(share * 100, 2))} %"
        for share in (kept(ratio, move), kept(ratio, move / 2), kept(ratio * 0, move))
    )
    click.echo(
        f"\nThe notional is {plain(rounded_decimal(ratio, 4))} of revenue. If difficulty moves by "
        f"{plain(move * 100)} %, {whole} of revenue is kept, and {bare} without the swap; at half "
        f"of that move, {half}."
    )


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        click.echo(f"Warning: {warning}.", err=True)
