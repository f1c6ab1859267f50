"""The commands of who borrows: `terahash borrow` and `terahash repay`."""

from __future__ import annotations

import json

import click

from terahash.address import Address
from terahash.console import Command, Group, show, show_rows
from terahash.hashrate.amounts import Bitcoin, sats
from terahash.lending import borrower_plans, repayment_plans
from terahash.lending.bounds import By, bound
from terahash.lending.ladder import ladder_document, ladder_rows, ladder_table, worst_case
from terahash.lending.leverage import Ladder, Limits, climb, risk
from terahash.lending.models import FIXED, State
from terahash.lending.options import AMOUNT, TOKENS, VAULT, borrower_option, receiver_of
from terahash.lending.rates import borrow_rate
from terahash.lending.registry import find
from terahash.lending.steps import check_lends
from terahash.lending.vault import Vault
from terahash.lending.worth import read_collateral
from terahash.plan import carry_out
from terahash.session import Session, reads, sends


@click.group(cls=Group)
def borrow() -> None:
    """Borrow bitcoin against hashrate tokens, whose rewards repay it.

    VAULT is a number in the register of the deployment, or an address: `terahash loans` lists them.
    Rates are nominal and compound without pause: at 4 % a year a debt of 100 becomes 100 x
    exp(0.04) = 104.08 in a year, if the rate stays and rewards repay nothing.
    """


@borrow.command()
@VAULT
@AMOUNT
@click.option("--post", "posted", type=TOKENS, default="0", help="Tokens to post first.")
@receiver_of("bitcoin")
@borrower_option
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
@borrower_option
@sends(needs_deployment=True)
def post(session: Session, name: str, tokens: int, borrower: str | None) -> None:
    """Post TOKENS, in TH/s, to secure a loan from VAULT."""
    whose = borrower or session.needed_sender("--borrower")
    carry_out(session, borrower_plans.post_plan(session, find(session, name), tokens, whose))


@borrow.command(name="withdraw")
@VAULT
@click.argument("tokens", type=TOKENS, required=False)
@receiver_of("tokens")
@borrower_option
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
@receiver_of("bitcoin")
@borrower_option
@sends(needs_deployment=True)
def credit(session: Session, name: str, receiver: str | None, borrower: str | None) -> None:
    """Take from VAULT what rewards have brought beyond the debt."""
    whose = borrower or session.needed_sender("--borrower")
    to = receiver or session.sender or whose
    carry_out(session, borrower_plans.credit_plan(session, find(session, name), to, whose))


@borrow.command()
@VAULT
@borrower_option
@sends(needs_deployment=True)
def harvest(session: Session, name: str, borrower: str | None) -> None:
    """Have a loan credited what its tokens have earned. Anyone may; it counts without this, too."""
    whose = borrower or session.needed_sender("--borrower")
    carry_out(session, borrower_plans.harvest_plan(find(session, name), whose))


@borrow.command()
@VAULT
@click.argument("operator", type=Address(), required=False)
@click.option("--revoke", is_flag=True, help="End it.")
@sends(needs_deployment=True)
def authorize(session: Session, name: str, operator: str | None, revoke: bool) -> None:
    """Let OPERATOR borrow, withdraw and close in VAULT on behalf of who sends.

    Without OPERATOR, list who may.
    """
    if operator is None and revoke:
        raise click.UsageError("--revoke goes with OPERATOR: whose authorization is to end?")
    vault = find(session, name)
    if operator is None:
        _list_operators(session, vault)
        return
    carry_out(session, borrower_plans.authorize_plan(session, vault, operator, not revoke))


def _list_operators(session: Session, vault: Vault) -> None:
    owner = session.needed_sender()
    operators = vault.operators(owner)
    if session.as_json:
        click.echo(json.dumps({"owner": owner, "operators": operators}, indent=2))
        return
    for operator in operators:
        click.echo(operator)
    if not operators:
        click.echo(f"Nobody but {owner} may act on its behalf here.")


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

    Says what it comes to and what it risks, if prices, values and rates stay as they are now. CASH
    is in satoshi, or like 1500sats or 0.000015btc.
    """
    vault = find(session, name)
    state = vault.state()
    check_lends(vault, state)
    collateral = read_collateral(vault)
    backing = collateral.backing
    owed = -(-backing.owed // max(backing.supply, 1))
    price = vault.token.sale().price * backing.left + owed + collateral.streaming
    ladder = climb(cash, price, Limits.of(state), rounds)
    vault.token.preview_mint(ladder.tokens)  # is refused where so many are not sold
    today, rate = collateral.window.last, borrow_rate(state, ladder.debt * FIXED)
    risks = risk(ladder, collateral, state.terms.lltv, rate, today)
    warnings = [] if rounds == 1 else _bounded(state, ladder)
    for warning in warnings:
        click.echo(f"Warning: {warning}.", err=True)
    if session.as_json:
        written = ladder_document(ladder, risks, today, rate)
        written["warnings"] = warnings
        written["worst_case"] = worst_case(ladder, risks, collateral)
        click.echo(json.dumps(written, indent=2))
        return
    show(ladder_table(ladder))
    click.echo()
    show_rows(ladder_rows(ladder, risks, today, rate))
    click.echo()
    for said in worst_case(ladder, risks, collateral):
        click.echo(said)


def _bounded(state: State, ladder: Ladder) -> list[str]:
    """Warn of rounds that something else than their tokens has ended."""
    allowed = bound(state, ladder.tokens)
    if allowed.by is By.TOKENS or ladder.debt < allowed.most:
        return []
    return [f"no more than {sats(ladder.debt)} are borrowed, for {allowed.why}"]


@click.command(cls=Command)
@VAULT
@click.argument("amount", type=Bitcoin(), required=False)
@click.option("--all", "repay_all", is_flag=True, help="Repay everything.")
@click.option(
    "--close", is_flag=True, help="Repay everything, and take all tokens and the credit back."
)
@receiver_of("tokens and credit of --close")
@borrower_option
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
        carry_out(session, repayment_plans.close_plan(session, vault, to, whose))
    else:
        carry_out(session, repayment_plans.repay_plan(session, vault, amount, whose))
