"""The commands of the hashrate token: `terahash issuances`, `mint`, `redeem` and so on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from terahash.address import Address
from terahash.connect import FILE
from terahash.console import Command, show, show_rows
from terahash.hashrate import plans
from terahash.hashrate.amounts import Bitcoin, Scaled
from terahash.hashrate.issue import issue_plan, read_issue
from terahash.hashrate.register import doubts, find, register
from terahash.hashrate.show import document, issuance_table, position_rows, state_rows
from terahash.hashrate.token import MAX_DAYS
from terahash.plan import carry_out
from terahash.session import Body, Session, reads, sends
from terahash.text import printable
from terahash.units import WAD

ISSUANCE = click.argument("issuance")
AMOUNT = click.argument("amount", type=Scaled("TH/s"))


def _slippage(command: Body) -> Body:
    return click.option(
        "--slippage",
        type=Scaled("percent", WAD // 100),
        default="1",
        show_default=True,
        help="How much worse than shown it may turn out, percent.",
    )(command)


def _receiver(what: str) -> Callable[[Body], Body]:
    return click.option(
        "--receiver", type=Address(), help=f"Who gets the {what}; without it, who sends."
    )


@click.command(cls=Command)
@reads(needs_deployment=True)
def issuances(session: Session) -> None:
    """List the issuances of a deployment's register."""
    numbered = list(enumerate(register(session).issuances(), 1))
    behind = [(number, token) for number, token in numbered if token.is_behind()]
    late = {number for number, _ in behind}
    found = [(number, token.state()) for number, token in numbered if number not in late]
    for number, token in behind:
        click.echo(
            f"Warning: issuance {number}, {printable(token.symbol)}, has more than {MAX_DAYS} "
            f"closed block-days to accrue: run `terahash accrue {number}`, as anyone may.",
            err=True,
        )
    if session.as_json:
        listed = [{"number": number, **document(state)} for number, state in found]
        unread = [{"number": number, "address": token.address} for number, token in behind]
        click.echo(json.dumps({"issuances": listed, "behind": unread}, indent=2))
    elif found:
        show(issuance_table(found))
    elif not behind:
        click.echo("No issuance was opened here.")


@click.command(cls=Command)
@ISSUANCE
@click.option("--account", type=Address(), help="Say what it has there, too.")
@reads()
def status(session: Session, issuance: str, account: str | None) -> None:
    """Say how ISSUANCE stands.

    ISSUANCE is an address, or a number in the register of the deployment. Where more than 64
    closed block-days are not accrued, run `terahash accrue` first.
    """
    token = find(session, issuance)
    state = token.state()
    position = token.position(account) if account else None
    if session.as_json:
        whole = {"issuance": document(state), "position": document(position)}
        click.echo(json.dumps(whole, indent=2))
        return
    for doubt in doubts(session, token):
        click.echo(f"Warning: {doubt}.", err=True)
    show_rows(state_rows(state))
    if position:
        click.echo()
        show_rows(position_rows(position, state))


@click.command(cls=Command)
@ISSUANCE
@AMOUNT
@_receiver("tokens")
@_slippage
@click.option(
    "--max-cost", type=Bitcoin(), help="What it may cost at most, whatever --slippage says."
)
@sends()
def mint(
    session: Session,
    issuance: str,
    amount: int,
    receiver: str | None,
    slippage: int,
    max_cost: int | None,
) -> None:
    """Buy AMOUNT TH/s of ISSUANCE, for bitcoin."""
    to = receiver or session.needed_sender("--receiver")
    token = find(session, issuance)
    carry_out(session, plans.mint_plan(session, token, amount, to, slippage, max_cost))


@click.command(cls=Command)
@ISSUANCE
@AMOUNT
@_receiver("bitcoin")
@_slippage
@click.option(
    "--min-paid", type=Bitcoin(), help="What it must pay at least, whatever --slippage says."
)
@sends()
def redeem(
    session: Session,
    issuance: str,
    amount: int,
    receiver: str | None,
    slippage: int,
    min_paid: int | None,
) -> None:
    """Give AMOUNT TH/s of ISSUANCE back for their part of its reserve."""
    if slippage > WAD:
        raise click.UsageError("--slippage: give at most 100 percent")
    to = receiver or session.needed_sender("--receiver")
    token = find(session, issuance)
    carry_out(session, plans.redeem_plan(token, amount, to, slippage, min_paid))


@click.command(cls=Command)
@ISSUANCE
@click.argument("accounts", nargs=-1, type=Address())
@sends()
def claim(session: Session, issuance: str, accounts: tuple[str, ...]) -> None:
    """Have ISSUANCE pay what ACCOUNTS have earned.

    Without ACCOUNTS it is who sends. Anyone may: an account's earnings go to it, or to whom it
    has named.
    """
    who = accounts or (session.needed_sender("name ACCOUNTS"),)
    carry_out(session, plans.claim_plan(find(session, issuance), who))


@click.command(cls=Command)
@ISSUANCE
@click.argument("amount", type=Bitcoin(), required=False)
@sends()
def deliver(session: Session, issuance: str, amount: int | None) -> None:
    """Pay the holders of ISSUANCE what is owed, or AMOUNT.

    AMOUNT is in satoshi, or like 1500sats or 0.000015btc. What exceeds the debt is a gift.
    Block-days that have closed are accrued first; where they are more than 64, run `terahash
    accrue` before this.
    """
    carry_out(session, plans.deliver_plan(session, find(session, issuance), amount))


@click.command(cls=Command)
@ISSUANCE
@sends()
def accrue(session: Session, issuance: str) -> None:
    """Add what closed block-days owe to the debt of ISSUANCE. Anyone may."""
    carry_out(session, plans.accrue_plan(session, find(session, issuance)))


@click.command(cls=Command)
@ISSUANCE
@sends()
def cover(session: Session, issuance: str) -> None:
    """Have the reserve of ISSUANCE pay an overdue debt. Anyone may."""
    carry_out(session, plans.cover_plan(find(session, issuance)))


@click.command(cls=Command)
@click.argument("terms", type=FILE, required=False, metavar="[TERMS.toml]")
@click.option("--name", help="Of the token.")
@click.option("--symbol", help="Of the token.")
@click.option("--btc", type=Address(), help="Token of wrapped bitcoin, 8 decimals.")
@click.option("--first", type=int, metavar="DAY", help="Block-day with which the term begins.")
@click.option("--last", type=int, metavar="DAY", help="Block-day before which it ends.")
@click.option("--price", metavar="SATS", help="Per TH/s per block-day.")
@click.option("--capacity", metavar="TH/S", help="That may be sold.")
@click.option("--cost", metavar="SATS", help="Per TH/s per day, taken off what is earned.")
@click.option("--reference", metavar="SATS", help="The least a block-day is valued at, net.")
@click.option("--ratio", metavar="PERCENT", help="Of the tokens' value that the reserve holds.")
@click.option("--fee", metavar="PERCENT", help="Of what is earned; 0 without it.")
@click.option("--exit-fee", metavar="PERCENT", help="Of a redemption; 1 without it.")
@click.option("--grace", metavar="HOURS", help="That a debt may stay unpaid; 72 without it.")
@click.option("--feed", type=Address(), help="Of attested hashrate.")
@click.option("--feed-id", metavar="HEX", help="The feed's id there, 32 bytes.")
@sends(needs_deployment=True)
def issue(session: Session, terms: Path | None, **options: Any) -> None:
    """Open an issuance, whose issuer is who sends the transaction.

    Its terms are in a TOML or JSON file, in options, or in both: then options count. The file's
    keys are the options' names (exit_fee, feed_id), and its numbers are in the same units.
    """
    carry_out(session, issue_plan(session, read_issue(terms, options)))


COMMANDS = (issuances, status, mint, redeem, claim, deliver, accrue, cover, issue)
