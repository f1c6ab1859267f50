"""The commands that read orders and send nothing: `terahash order verify` and `book`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

import click

from terahash.address import Address
from terahash.console import Command, show, show_rows
from terahash.documents import Refusal
from terahash.orders.book import Book
from terahash.orders.options import few, lines_of, order_files
from terahash.orders.order import Domain, SignedOrder
from terahash.orders.preflight import offered, preflight, signing
from terahash.orders.show import (
    Verified,
    depth_document,
    depth_table,
    verified_document,
    verified_rows,
)
from terahash.orders.wire import Line
from terahash.session import Session, reads
from terahash.swaps.commands import market_of
from terahash.swaps.market import Market
from terahash.swaps.names import find
from terahash.swaps.series import Series


@click.command(cls=Command)
@order_files()
@click.option("--taker", type=Address(), help="Who would take them: its money is looked at, too.")
@reads(needs_deployment=True)
def verify(session: Session, files: Sequence[IO[bytes]], taker: str | None) -> None:
    """Say of each order who signed it, and whether it can be taken now.

    Exit code 0 when all can, else 1.
    """
    market, lines = market_of(session), few(files)
    found = [_verified(market, one, taker) for one in lines if isinstance(one, Line)]
    refusals = [one for one in lines if isinstance(one, Refusal)]
    if session.as_json:
        document = {
            "orders": [verified_document(one) for one in found],
            "refusals": [one._asdict() for one in refusals],
        }
        click.echo(json.dumps(document, indent=2))
    else:
        for one in found:
            click.echo(one.where)
            show_rows(verified_rows(one))
        for refusal in refusals:
            click.echo(f"{refusal.where} does not count: {refusal.why}")
    if refusals or not all(one.found.is_fine for one in found):
        click.get_current_context().exit(1)


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="BOOK")
@click.option("--series", "name", help="Label or id; without it, all in the book.")
@click.option("--levels", type=click.IntRange(1, 1_000), default=10, show_default=True)
@click.option("--add", "files", multiple=True, type=click.File("rb"), help="Orders to add before.")
@click.option("--export", is_flag=True, help="Print the book's orders instead, a JSON line each.")
@reads(needs_deployment=True)
def book(
    session: Session,
    file: Path,
    name: str | None,
    levels: int,
    files: Sequence[IO[bytes]],
    export: bool,
) -> None:
    """Show bids and offers in BOOK, a file of orders on this machine, the best first.

    A bid wants longs, an offer shorts. With --add, orders that can be taken now are added, and
    those that have expired are removed.
    """
    if not files and not file.exists():
        raise click.UsageError(f"there is no book {file}: --add orders to begin one")
    market = market_of(session)
    kept = Book(file, market.domain)
    try:
        if files:
            _add(kept, market, files)
        if export:
            for line in kept.export_lines():
                click.echo(line)
        else:
            _show_depth(session, kept, _in_book(kept, market, name), levels)
    finally:
        kept.close()


def _add(kept: Book, market: Market, files: Sequence[IO[bytes]]) -> None:
    def refuse(domain: Domain, signed: SignedOrder) -> str | None:
        return offered(market, signed, domain=domain).why or None

    kept.expire(market.chain.now)
    done = kept.import_lines(lines_of(files), refuse)
    for one in done.refusals:
        click.echo(f"{one.where} is not added: {one.why}", err=True)
    click.echo(f"{done.added:,} added, {done.known:,} known before.", err=True)


def _in_book(kept: Book, market: Market, name: str | None) -> list[Series]:
    if name is not None:
        return [find(market.opened(), name)]
    return [series for series, _ in kept.series()]


def _show_depth(session: Session, kept: Book, some: Iterable[Series], levels: int) -> None:
    found = [(series, kept.depth(series.id, levels)) for series in some]
    if session.as_json:
        click.echo(json.dumps({"series": [depth_document(*one) for one in found]}, indent=2))
        return
    for series, depth in found:
        show(depth_table(series, depth))
    if not found:
        click.echo("The book is empty.")


def _verified(market: Market, line: Line, taker: str | None) -> Verified:
    signed, domain = line.signed, line.domain
    if taker is None:
        found = offered(market, signed, domain=domain)
    else:
        found = preflight(market, signed, taker, domain=domain)
    return Verified(line.where, domain, signed, signing(market, signed, domain), found)
