"""The command of who liquidates loans: `terahash liquidate`."""

from __future__ import annotations

import json
from typing import NamedTuple

import click

from terahash.address import Address
from terahash.console import Command, show
from terahash.hashrate.amounts import Bitcoin, Scaled
from terahash.hashrate.show import document
from terahash.lending import liquidation_plans
from terahash.lending.models import Position
from terahash.lending.options import TOKENS, receiver_of
from terahash.lending.registry import find, register
from terahash.lending.tables import unhealthy_table
from terahash.plan import carry_out
from terahash.session import Session, sends
from terahash.units import WAD


class Unvalued(NamedTuple):
    """A vault with debts whose tokens are not valued now.

    Attributes:
        number, vault: its number and address.
        reason: in words.
    """

    number: int
    vault: str
    reason: str


@click.command(cls=Command)
@click.argument("name", metavar="[VAULT]", required=False)
@click.argument("borrower", type=Address(), required=False)
@click.option(
    "--pay",
    type=Bitcoin(),
    help="What to repay at most: satoshi, or like 0.000015btc; without it, all.",
)
@click.option("--seize", type=TOKENS, help="Or tokens to take at most, in TH/s.")
@click.option("--to-reserve", is_flag=True, help="Or redeem its tokens, for a hundredth.")
@click.option(
    "--slippage",
    type=Scaled("percent", WAD // 100),
    default="1",
    show_default=True,
    help="How much worse than shown it may turn out, percent.",
)
@receiver_of("tokens, or the reward")
@sends(needs_deployment=True)
def liquidate(
    session: Session,
    name: str | None,
    borrower: str | None,
    pay: int | None,
    seize: int | None,
    to_reserve: bool,
    slippage: int,
    receiver: str | None,
) -> None:
    """Liquidate the loan of BORROWER from VAULT. Anyone may, once it is unhealthy.

    Without BORROWER, list what can be liquidated in VAULT, or in all.
    """
    if borrower is None or name is None:
        if to_reserve or (pay, seize, receiver) != (None, None, None):
            raise click.UsageError(
                "--pay, --seize, --to-reserve and --receiver go with BORROWER: whose loan?"
            )
        list_unhealthy(session, name)
        return
    if (pay is not None) + (seize is not None) + to_reserve > 1:
        raise click.UsageError("give one of --pay, --seize and --to-reserve, or none")
    if slippage > WAD:
        raise click.UsageError("--slippage: give at most 100 percent")
    if 0 in (pay, seize):
        raise click.UsageError("--pay and --seize: give more than zero")
    to, vault = receiver or session.needed_sender("--receiver"), find(session, name)
    if to_reserve:
        carry_out(session, liquidation_plans.liquidate_to_reserve_plan(vault, borrower, to))
        return
    bounds = (slippage, pay or 0, seize or 0)
    carry_out(session, liquidation_plans.liquidate_plan(session, vault, borrower, to, *bounds))


def list_unhealthy(session: Session, name: str | None) -> None:
    """List what anyone may liquidate, and warn of debts whose tokens are not valued now."""
    registry = register(session)
    found: list[tuple[int, Position]] = []
    unvalued: list[Unvalued] = []
    for vault in [find(session, name)] if name else registry.vaults():
        number = registry.number(vault.address)
        positions = vault.positions(vault.borrowers())
        found += [(number, one) for one in positions if one.is_unhealthy]
        if any(one.debt and not one.is_valued for one in positions):
            unvalued.append(Unvalued(number, vault.address, vault.unvalued()))
    for one in unvalued:
        said = f"tokens in vault {one.number} are not valued now, and none of its loans can be "
        click.echo(f"Warning: {said}liquidated: {one.reason}", err=True)
    if session.as_json:
        listed = [{"number": number, **document(position)} for number, position in found]
        whole = {"loans": listed, "unvalued": [document(one) for one in unvalued]}
        click.echo(json.dumps(whole, indent=2))
    elif found:
        show(unhealthy_table(found))
    else:
        click.echo("No loan can be liquidated now.")
