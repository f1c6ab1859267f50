"""The commands of the pair market: `terahash series`, `positions`, `settle`, `swaps redeem`."""

from __future__ import annotations

import json

import click

from terahash.address import Address
from terahash.console import Command, Group, show, show_rows
from terahash.plan import carry_out
from terahash.session import Session, reads, sends
from terahash.swaps.market import MARKET, Market
from terahash.swaps.models import Stage
from terahash.swaps.names import find
from terahash.swaps.plans import redeem_plan, settle_all_plan, settle_plan
from terahash.swaps.show import (
    position_document,
    position_table,
    series_rows,
    series_tables,
    standing_document,
    worth_now,
)


def market_of(session: Session) -> Market:
    """Return the market of the deployment.

    Raises:
        DeploymentError: when it has none.
    """
    return Market(session.chain, session.needed_deployment().address(MARKET))


@click.command(cls=Command)
@click.argument("name", metavar="[SERIES]", required=False)
@click.option("--all", "with_settled", is_flag=True, help="List those that are settled, too.")
@reads(needs_deployment=True)
def series(session: Session, name: str | None, with_settled: bool) -> None:
    """List the open series of a deployment's market, or say how SERIES stands.

    SERIES is a label such as HP-2024-01-01-3fa9c1, or 0x and the first digits of an id, six or
    more.
    """
    market = market_of(session)
    opened = market.opened()
    if name is not None:
        one = market.standing(find(opened, name))
        if session.as_json:
            click.echo(json.dumps(standing_document(one), indent=2))
        else:
            show_rows(series_rows(one, market.instrument(one.series.instrument)))
        return
    standings = list(market.standings(opened))
    listed = [one for one in standings if with_settled or one.stage is not Stage.SETTLED]
    if session.as_json:
        click.echo(json.dumps({"series": [standing_document(one) for one in listed]}, indent=2))
        return
    for number, table in enumerate(series_tables(listed)):
        if number:
            click.echo()
        show(table)
    if not listed:
        settled = f"; {len(standings):,} are settled (--all lists them)" if standings else ""
        click.echo(f"No series is open here{settled}.")


@click.command(cls=Command)
@click.argument("account", type=Address())
@reads(needs_deployment=True)
def positions(session: Session, account: str) -> None:
    """List what ACCOUNT has of each series, and what it is worth where that is known."""
    found = market_of(session).positions(account)
    if session.as_json:
        listed = [position_document(one) for one in found]
        click.echo(json.dumps({"account": account, "positions": listed}, indent=2))
    elif found:
        show(position_table(found))
        click.echo()
        click.echo(worth_now(found))
    else:
        click.echo(f"{account} has no claims here.")


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[SERIES]...")
@click.option("--all", "settle_all", is_flag=True, help="Every series that can be settled.")
@sends(needs_deployment=True)
def settle(session: Session, names: tuple[str, ...], settle_all: bool) -> None:
    """Fix what the claims of SERIES are worth. Anyone may, once its window is over and final.

    Where the index has stood still for 90 days, a series' own fallback applies. `terahash series`
    says which can be settled.
    """
    if bool(names) == settle_all:
        raise click.UsageError("name SERIES, or give --all")
    market = market_of(session)
    if settle_all:
        plan = settle_all_plan(market)
    else:
        opened = market.opened()
        plan = settle_plan(market, list(dict.fromkeys(find(opened, name) for name in names)))
    carry_out(session, plan)


@click.group(cls=Group)
def swaps() -> None:
    """Claims on difficulty and hashprice, made in pairs that are paid for in full."""


@swaps.command()
@click.argument("names", nargs=-1, required=True, metavar="SERIES...")
@click.option("--owner", type=Address(), help="Whose claims; without it, of who sends.")
@click.option(
    "--receiver", type=Address(), help="Who is paid; without it, the owner. Only it says another."
)
@sends(needs_deployment=True)
def redeem(
    session: Session, names: tuple[str, ...], owner: str | None, receiver: str | None
) -> None:
    """Have the claims of settled SERIES paid. Anyone may, for an account without code."""
    whose = owner or session.needed_sender("--owner")
    market = market_of(session)
    opened = market.opened()
    chosen = list(dict.fromkeys(find(opened, name) for name in names))
    carry_out(session, redeem_plan(session, market, chosen, whose, receiver))


COMMANDS = (series, positions, settle, swaps)
