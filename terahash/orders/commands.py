"""The commands of orders: `terahash order sign`, `fill`, `cancel`, `verify`, `book` and `open`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import click

from terahash.address import Address
from terahash.connect import FILE, password_option
from terahash.console import Group
from terahash.deployment import NOBODY
from terahash.documents import Refusal
from terahash.orders import plans
from terahash.orders.build import Party, deadline, order_of
from terahash.orders.doubts import check_deadline, check_money, check_series
from terahash.orders.options import SIGNED, Duration, few, order_files, read_wanted
from terahash.orders.reading import book, verify
from terahash.orders.show import order_rows
from terahash.orders.wire import to_line
from terahash.plan import carry_out
from terahash.session import RefusedError, Session, reads, sends
from terahash.swaps.commands import market_of
from terahash.wallet import open_account
from terahash.window_price import Time


@click.group(cls=Group)
def order() -> None:
    """Wishes for exposure: signed by their makers off chain, taken by others on it.

    FILE holds signed orders, a JSON line each, as `sign` prints them; - is what is piped in.
    """


@order.command()
@SIGNED
@click.option("--for", "duration", type=Duration(), help="How long it counts: 12h, 7d.")
@click.option("--until", type=Time(), metavar="TIME", help="Or until when.")
@click.option("--taker", type=Address(), help="Who alone may take it; anyone without it.")
@click.option("--keystore", type=FILE, required=True, help="Encrypted key that signs.")
@password_option
@click.option("--yes", is_flag=True, help="Sign without asking.")
@reads(needs_deployment=True)
def sign(
    session: Session,
    duration: int | None,
    until: int | None,
    taker: str | None,
    keystore: Path,
    password_file: Path | None,
    yes: bool,
    **given: Any,
) -> None:
    """Sign an order for each leg of QUOTE, and print them, a JSON line each; nothing is sent.

    QUOTE is what `terahash quote --json` prints. Or name a series, by --series or by a QUOTE that
    holds its terms, and say --side, --claims or --notional, and --price.
    """
    if session.as_json and not yes:
        raise click.UsageError("--json asks nothing: add --yes to sign")
    market = market_of(session)
    legs, end = read_wanted(given, market), deadline(session.chain.now, until, duration)
    account = open_account(keystore, password_file)
    party = Party(account.address, end, market.counter(account.address), taker or NOBODY)
    orders = [order_of(leg, party, session.chain.now) for leg in legs]
    for leg, one in zip(legs, orders, strict=True):
        doubts = check_series(market, one.series) + check_deadline(market, one)
        _warn([*leg.warnings, *doubts, *check_money(market, one)])
        if not session.as_json:
            _say(order_rows(market.domain, one))
    if len(orders) > 1:
        _warn(["each of these orders can be taken without the others"])
    if not yes:
        click.confirm("Sign?", abort=True, err=True)
    for one in orders:
        click.echo(to_line(market.domain, market.domain.sign(account, one)))


@order.command()
@order_files()
@click.option("--amount", type=int, metavar="CLAIMS", help="In all; as many as can be without it.")
@click.option(
    "--min", "least", type=int, metavar="CLAIMS", help="Of several: else nothing is done."
)
@click.option("--package", is_flag=True, help="All orders, of any series and side, or nothing.")
@sends(needs_deployment=True)
def fill(
    session: Session,
    files: Sequence[IO[bytes]],
    amount: int | None,
    least: int | None,
    package: bool,
) -> None:
    """Take orders: one, or of several of a side the best; or all, with --package.

    Bitcoin that the market may not take yet is approved first, exactly as much as is needed.
    """
    lines, taker, market = few(files), session.needed_sender(), market_of(session)
    if package and (amount is not None or least is not None):
        raise click.UsageError("--package takes whole orders: leave --amount and --min away")
    if package:
        plan = plans.package_plan(market, lines, taker)
    elif len(lines) == 1:
        plan = plans.fill_plan(market, lines[0], taker, amount)
    else:
        plan = plans.sweep_plan(market, lines, taker, amount, least)
    carry_out(session, plan)


@order.command()
@order_files(required=False)
@click.option("--all", "cancel_all", is_flag=True, help="All that were ever signed.")
@sends(needs_deployment=True)
def cancel(session: Session, files: Sequence[IO[bytes]], cancel_all: bool) -> None:
    """Cancel orders of who sends, or --all of them in one transaction."""
    if bool(files) == cancel_all:
        raise click.UsageError("give FILEs of orders, or --all")
    market = market_of(session)
    if cancel_all:
        carry_out(session, plans.cancel_all_plan(session, market))
    else:
        carry_out(session, plans.cancel_plan(session, market, few(files)))


@order.command(name="open")
@order_files()
@sends(needs_deployment=True)
def open_series(session: Session, files: Sequence[IO[bytes]]) -> None:
    """Open the series of orders, so that they can be taken. Anyone may."""
    found = []
    for line in few(files):
        if isinstance(line, Refusal):
            raise RefusedError(f"{line.where}: {line.why}")
        found.append(line.signed.order.series)
    carry_out(session, plans.open_plan(market_of(session), found))


for command in (verify, book):
    order.add_command(command)


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"Warning: {warning}.", err=True)


def _say(rows: dict[str, str]) -> None:
    """Print facts where they do not mix with the orders."""
    width = max(map(len, rows))
    for name, text in rows.items():
        click.echo(f"{name:{width}}  {text}", err=True)
    click.echo(err=True)
