"""The commands of lending: `terahash lend`, `borrow`, `repay`, `liquidate` and `loans`."""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from terahash.address import Address
from terahash.console import Command, Group, show, show_rows
from terahash.hashrate.amounts import Bitcoin, Scaled
from terahash.hashrate.show import document
from terahash.lending import borrower_plans, lender_plans, liquidation_plans
from terahash.lending.forecast import Borrowed, Outlook, outlook
from terahash.lending.ladder import ladder_document, ladder_rows, ladder_table, worst_case
from terahash.lending.leverage import Limits, climb, risk
from terahash.lending.models import FIXED, SHARE, Position, State
from terahash.lending.registry import find, register
from terahash.lending.show import (
    Listed,
    lender_rows,
    lender_table,
    position_rows,
    position_table,
    state_rows,
    unhealthy_table,
    vault_table,
)
from terahash.lending.steps import check_lends
from terahash.lending.vault import Vault
from terahash.lending.worth import Collateral, read_collateral
from terahash.plan import carry_out
from terahash.session import Body, Session, reads, sends
from terahash.units import WAD

VAULT = click.argument("name", metavar="VAULT")
AMOUNT = click.argument("amount", type=Bitcoin())
TOKENS = Scaled("TH/s")


def _receiver(what: str) -> Callable[[Body], Body]:
    return click.option(
        "--receiver", type=Address(), help=f"Who gets the {what}; without it, who sends."
    )


def _borrower(command: Body) -> Body:
    return click.option(
        "--borrower", type=Address(), help="Whose loan it is; without it, of who sends."
    )(command)


@click.group(cls=Group)
def lend() -> None:
    """Lend bitcoin against hashrate tokens.

    VAULT is a number in the register of the deployment, or an address: `terahash loans` lists them.
    """


@lend.command()
@VAULT
@AMOUNT
@_receiver("shares")
@sends(needs_deployment=True)
def deposit(session: Session, name: str, amount: int, receiver: str | None) -> None:
    """Lend AMOUNT to VAULT, for shares that earn its interest.

    AMOUNT is in satoshi, or like 1500sats or 0.000015btc.
    """
    to = receiver or session.needed_sender("--receiver")
    carry_out(session, lender_plans.deposit_plan(session, find(session, name), amount, to))


@lend.command()
@VAULT
@AMOUNT
@_receiver("bitcoin")
@sends(needs_deployment=True)
def withdraw(session: Session, name: str, amount: int, receiver: str | None) -> None:
    """Take AMOUNT out of VAULT again, as far as it is not lent."""
    owner = session.needed_sender()
    carry_out(
        session, lender_plans.withdraw_plan(find(session, name), amount, receiver or owner, owner)
    )


@lend.command()
@VAULT
@click.argument("shares", type=Scaled("shares", SHARE), required=False)
@_receiver("bitcoin")
@sends(needs_deployment=True)
def redeem(session: Session, name: str, shares: int | None, receiver: str | None) -> None:
    """Give SHARES of VAULT back; without SHARES as many as there is cash for."""
    owner = session.needed_sender()
    carry_out(
        session, lender_plans.redeem_plan(find(session, name), shares, receiver or owner, owner)
    )


@lend.command()
@VAULT
@sends(needs_deployment=True)
def fees(session: Session, name: str) -> None:
    """Hand the fee receiver of VAULT its shares. Anyone may."""
    carry_out(session, lender_plans.fees_plan(find(session, name)))


@click.group(cls=Group)
def borrow() -> None:
    """Borrow bitcoin against hashrate tokens, whose rewards repay it.

    VAULT is a number in the register of the deployment, or an address: `terahash loans` lists them.
    """


@borrow.command()
@VAULT
@AMOUNT
@click.option("--post", "posted", type=TOKENS, default="0", help="Tokens to post first.")
@_receiver("bitcoin")
@_borrower
@sends(needs_deployment=True)
def take(
    session: Session,
    name: str,
    amount: int,
    posted: int,
    receiver: str | None,
    borrower: str | None,
) -> None:
    """Borrow AMOUNT from VAULT, against tokens that are posted there.

    AMOUNT is in satoshi, or like 1500sats or 0.000015btc.
    """
    whose = borrower or session.needed_sender("--borrower")
    to, vault = receiver or session.sender or whose, find(session, name)
    carry_out(session, borrower_plans.borrow_plan(session, vault, amount, to, whose, posted))


@borrow.command()
@VAULT
@click.argument("tokens", type=TOKENS)
@_borrower
@sends(needs_deployment=True)
def post(session: Session, name: str, tokens: int, borrower: str | None) -> None:
    """Post TOKENS, in TH/s, to secure a loan from VAULT."""
    whose = borrower or session.needed_sender("--borrower")
    carry_out(session, borrower_plans.post_plan(session, find(session, name), tokens, whose))


@borrow.command(name="withdraw")
@VAULT
@click.argument("tokens", type=TOKENS, required=False)
@_receiver("tokens")
@_borrower
@sends(needs_deployment=True)
def withdraw_tokens(
    session: Session, name: str, tokens: int | None, receiver: str | None, borrower: str | None
) -> None:
    """Take TOKENS, in TH/s, back from VAULT; without TOKENS all of them."""
    whose = borrower or session.needed_sender("--borrower")
    to, vault = receiver or session.sender or whose, find(session, name)
    carry_out(session, borrower_plans.withdraw_collateral_plan(session, vault, tokens, to, whose))


@borrow.command()
@VAULT
@_receiver("bitcoin")
@_borrower
@sends(needs_deployment=True)
def credit(session: Session, name: str, receiver: str | None, borrower: str | None) -> None:
    """Take from VAULT what rewards have brought beyond the debt."""
    whose = borrower or session.needed_sender("--borrower")
    to = receiver or session.sender or whose
    carry_out(session, borrower_plans.credit_plan(session, find(session, name), to, whose))


@borrow.command()
@VAULT
@_borrower
@sends(needs_deployment=True)
def harvest(session: Session, name: str, borrower: str | None) -> None:
    """Have a loan credited what its tokens have earned. Anyone may; it counts without this, too."""
    whose = borrower or session.needed_sender("--borrower")
    carry_out(session, borrower_plans.harvest_plan(find(session, name), whose))


@borrow.command()
@VAULT
@click.argument("operator", type=Address())
@click.option("--revoke", is_flag=True, help="End it.")
@sends(needs_deployment=True)
def authorize(session: Session, name: str, operator: str, revoke: bool) -> None:
    """Let OPERATOR borrow, withdraw and close in VAULT on behalf of who sends."""
    carry_out(session, borrower_plans.authorize_plan(find(session, name), operator, not revoke))


@borrow.command()
@VAULT
@click.argument("cash", type=Bitcoin())
@click.option(
    "--rounds",
    type=click.IntRange(1, 64),
    help="How often to mint; without it, as often as the vault lends for it.",
)
@reads(needs_deployment=True)
def plan(session: Session, name: str, cash: int, rounds: int | None) -> None:
    """Plan to mint tokens for CASH, borrow against them, and mint more. Sends nothing.

    Says what it comes to and what it risks, if prices, values and rates stay as they are now.
    """
    vault = find(session, name)
    state, collateral = vault.state(), read_collateral(vault)
    check_lends(state)
    backing = collateral.backing
    owed = -(-backing.owed // max(backing.supply, 1))
    price = vault.token.sale().price * backing.left + owed + collateral.streaming
    ladder = climb(cash, price, Limits.of(state), rounds)
    vault.token.preview_mint(ladder.tokens)  # is refused where so many are not sold
    today, rate = collateral.window.last, state.rate_with(ladder.debt * FIXED)
    risks = risk(ladder, collateral, state.terms.lltv, rate, today)
    if session.as_json:
        written = ladder_document(ladder, risks, today, rate)
        written["worst_case"] = worst_case(ladder, risks, collateral)
        click.echo(json.dumps(written, indent=2))
        return
    show(ladder_table(ladder))
    click.echo()
    show_rows(ladder_rows(ladder, risks, today, rate))
    click.echo()
    for said in worst_case(ladder, risks, collateral):
        click.echo(said)


@click.command(cls=Command)
@VAULT
@click.argument("amount", type=Bitcoin(), required=False)
@click.option("--all", "repay_all", is_flag=True, help="Repay everything.")
@click.option(
    "--close", is_flag=True, help="Repay everything, and take all tokens and the credit back."
)
@_receiver("tokens and credit of --close")
@_borrower
@sends(needs_deployment=True)
def repay(
    session: Session,
    name: str,
    amount: int | None,
    repay_all: bool,
    close: bool,
    receiver: str | None,
    borrower: str | None,
) -> None:
    """Repay AMOUNT of a loan from VAULT. Anyone may; only the borrower closes it.

    AMOUNT is in satoshi, or like 1500sats or 0.000015btc. VAULT is a number in the register of the
    deployment, or an address.
    """
    if (amount is not None) + repay_all + close != 1:
        raise click.UsageError("give AMOUNT, or --all, or --close")
    if receiver and not close:
        raise click.UsageError("--receiver goes with --close")
    whose = borrower or session.needed_sender("--borrower")
    vault = find(session, name)
    if close:
        to = receiver or session.sender or whose
        carry_out(session, borrower_plans.close_plan(session, vault, to, whose))
    else:
        carry_out(session, borrower_plans.repay_plan(session, vault, amount, whose))


@click.command(cls=Command)
@click.argument("name", metavar="[VAULT]", required=False)
@click.argument("borrower", type=Address(), required=False)
@click.option("--pay", type=Bitcoin(), help="Satoshi to repay at most; without it, all.")
@click.option("--seize", type=TOKENS, help="Or tokens to take at most, in TH/s.")
@click.option("--to-reserve", is_flag=True, help="Or redeem its tokens, for a hundredth.")
@click.option(
    "--slippage",
    type=Scaled("percent", WAD // 100),
    default="1",
    show_default=True,
    help="How much worse than shown it may turn out, percent.",
)
@_receiver("tokens, or the reward")
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


def list_unhealthy(session: Session, name: str | None) -> None:
    """List what anyone may liquidate."""
    registry = register(session)
    vaults = [find(session, name)] if name else registry.vaults()
    found: list[tuple[int, Position]] = []
    for vault in vaults:
        number = registry.number(vault.address)
        positions = vault.positions(vault.borrowers())
        found += [(number, one) for one in positions if one.is_unhealthy]
    if session.as_json:
        listed = [{"number": number, **document(one)} for number, one in found]
        click.echo(json.dumps({"loans": listed}, indent=2))
    elif found:
        show(unhealthy_table(found))
    else:
        click.echo("No loan can be liquidated now.")


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
