"""The commands of lending: `terahash lend`, `borrow`, `repay`, `liquidate` and `loans`."""

from __future__ import annotations

import json

import click

from terahash.address import Address
from terahash.console import Command, show, show_rows
from terahash.hashrate.show import document
from terahash.lending.borrower_commands import borrow, repay
from terahash.lending.forecast import Borrowed, Outlook, outlook
from terahash.lending.lender_commands import lend
from terahash.lending.liquidation_commands import liquidate
from terahash.lending.models import Position, State
from terahash.lending.registry import find, register
from terahash.lending.show import lender_rows, position_rows, state_rows
from terahash.lending.tables import Listed, lender_table, position_table, vault_table
from terahash.lending.vault import Vault
from terahash.lending.worth import Collateral, read_collateral
from terahash.session import Session, reads


@click.command(cls=Command)
@click.argument("name", metavar="[VAULT]", required=False)
@click.option("--account", type=Address(), help="Say what it has there.")
@reads(needs_deployment=True)
def loans(session: Session, name: str | None, account: str | None) -> None:
    """List the vaults of a deployment, or say how VAULT stands.

    With --account, list what it has lent and borrowed in all vaults, or in VAULT.
    """
    if name is not None:
        show_vault(session, find(session, name), account)
    elif account is not None:
        list_loans(session, account)
    else:
        states = register(session).states()
        if session.as_json:
            listed = [{"number": i, **document(state)} for i, state in enumerate(states, 1)]
            click.echo(json.dumps({"vaults": listed}, indent=2))
        elif states:
            show(vault_table(states))
        else:
            click.echo("No vault was opened here.")


def show_vault(session: Session, vault: Vault, account: str | None) -> None:
    """Say how a vault stands, and what an account has there."""
    state = vault.state()
    position = vault.position(account) if account else None
    lender = vault.lender(account) if account else None
    collateral = _collateral(vault, state)
    looked = _outlook(state, position, collateral) if position else None
    if session.as_json:
        whole = {
            "vault": document(state),
            "position": document(position),
            "outlook": document(looked),
            "lender": document(lender),
        }
        click.echo(json.dumps(whole, indent=2))
        return
    show_rows(state_rows(state, vault.name, vault.delivery))
    if not state.is_valued:
        click.echo(f"Warning: tokens are not valued now: {vault.unvalued()}", err=True)
    has_loan, has_lent = position and not position.is_empty, lender and lender.shares
    if account and not (has_loan or has_lent):
        click.echo(f"\n{account} has neither lent nor borrowed here.")
    if position and not position.is_empty:
        click.echo()
        show_rows(position_rows(position, looked, collateral))
    if lender and lender.shares:
        click.echo()
        show_rows(lender_rows(lender, state))


def list_loans(session: Session, account: str) -> None:
    """List what an account has lent and borrowed."""
    found: list[Listed] = []
    registry = register(session)
    for number, state in enumerate(registry.states(), 1):
        vault = Vault(session.chain, state.vault, registry.lens)
        position, lender = vault.position(account), vault.lender(account)
        if position.is_empty and not lender.shares:
            continue
        collateral = _collateral(vault, state) if position.debt else None
        looked = _outlook(state, position, collateral)
        found.append(Listed(number, state, position, lender, looked))
    if session.as_json:
        listed = [document(one) for one in found]
        click.echo(json.dumps({"account": account, "vaults": listed}, indent=2))
        return
    borrowed = [one for one in found if not one.position.is_empty]
    lent = [one for one in found if one.lender.shares]
    if borrowed:
        show(position_table(borrowed))
    if borrowed and lent:
        click.echo()
    if lent:
        show(lender_table(lent))
    if not found:
        click.echo(f"{account} has neither lent nor borrowed here.")


def _collateral(vault: Vault, state: State) -> Collateral | None:
    """Read what tokens' worth hangs on, where the valuation says what that is."""
    return read_collateral(vault) if state.is_valued else None


def _outlook(state: State, position: Position, collateral: Collateral | None) -> Outlook | None:
    """Say what becomes of a loan, where there is one, and it can be said."""
    if collateral is None or not position.debt:
        return None
    tokens, debt = position.loan.collateral, position.debt
    return outlook(Borrowed(tokens, debt, state.terms.lltv, state.borrow_rate), collateral)


COMMANDS = (lend, borrow, repay, liquidate, loans)
