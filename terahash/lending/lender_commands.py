"""The commands of who lends, and of who opens and guards a vault: `terahash lend`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from terahash.address import Address
from terahash.connect import FILE
from terahash.console import Group
from terahash.hashrate import register
from terahash.hashrate.amounts import Scaled
from terahash.lending import guardian_plans, lender_plans
from terahash.lending.models import SHARE
from terahash.lending.opening import open_plan, read_opening
from terahash.lending.options import AMOUNT, VAULT, receiver_of
from terahash.lending.registry import find
from terahash.plan import carry_out
from terahash.session import Body, Session, sends


@click.group(cls=Group)
def lend() -> None:
    """Lend bitcoin against hashrate tokens.

    VAULT is a number in the register of the deployment, or an address: `terahash loans` lists them.
    Rates are nominal and compound without pause: at 4 % a year a debt of 100 becomes 100 x
    exp(0.04) = 104.08 in a year, if the rate stays.
    """


@lend.command()
@VAULT
@AMOUNT
@receiver_of("shares")
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
@receiver_of("bitcoin")
@sends(needs_deployment=True)
def withdraw(session: Session, name: str, amount: int, receiver: str | None) -> None:
    """Take AMOUNT out of VAULT again, as far as it is not lent.

    AMOUNT is in satoshi, or like 1500sats or 0.000015btc.
    """
    owner = session.needed_sender()
    carry_out(
        session, lender_plans.withdraw_plan(find(session, name), amount, receiver or owner, owner)
    )


@lend.command()
@VAULT
@click.argument("shares", type=Scaled("shares", SHARE), required=False)
@receiver_of("bitcoin")
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


@lend.command("open")
@click.argument("issuance")
@click.argument("terms", type=FILE, required=False, metavar="[TERMS.toml]")
@click.option("--lltv", metavar="PERCENT", help="Of a loan, above which it may be liquidated.")
@click.option("--supply-cap", metavar="SATS", help="That lenders may have in it.")
@click.option("--borrow-cap", metavar="SATS", help="That may be lent; without it, all of that.")
@click.option("--uncovered-cap", metavar="SATS", help="That a delivery vault lends beyond cash.")
@click.option("--stress", metavar="PERCENT", help="Of the hashprice; delivery; 80 without it.")
@click.option("--decay", metavar="PERCENT", help="Kept a block-day; delivery; 99.9 without it.")
@click.option("--phi", metavar="PERCENT", help="Lent beyond cash; delivery; 25 without it.")
@click.option("--min-borrow", metavar="SATS", help="Of a loan at least; 10,000 without it.")
@click.option("--fee", metavar="PERCENT", help="Of the interest; 0 without it.")
@click.option("--fee-receiver", type=Address(), help="Who gets it.")
@click.option("--guardian", type=Address(), help="May stop new deposits and loans.")
@click.option("--target", metavar="PERCENT", help="In use, where rates stay; 90 without it.")
@click.option("--rate", metavar="PERCENT", help="A year, there, at first; 4 without it.")
@click.option("--steepness", metavar="TIMES", help="All lent, over that; 4 without it.")
@click.option("--speed", metavar="NUMBER", help="A year, at which rates move; 50 without it.")
@click.option("--min-rate", metavar="PERCENT", help="At the target; 0.1 without it.")
@click.option("--max-rate", metavar="PERCENT", help="At the target; 200 without it.")
@sends(needs_deployment=True)
def open_(session: Session, issuance: str, terms: Path | None, **options: Any) -> None:
    """Open a vault that lends against the tokens of ISSUANCE. Anyone may.

    Its terms are in a TOML or JSON file, in options, or in both: then options count. The file's
    keys are the options' names (supply_cap), and its numbers are in the same units; amounts are
    in satoshi, or like "0.5btc". They never change. Without --uncovered-cap cash covers all loans.
    """
    token = register.find(session, issuance)
    carry_out(session, open_plan(session, token, read_opening(terms, options)))


def _which(command: Body) -> Body:
    """Let a guardian say what is meant; both, if it does not."""
    for name in ("loans", "deposits"):
        command = click.option(f"--{name}", is_flag=True, help=f"New {name} alone.")(command)
    return command


@lend.command()
@VAULT
@_which
@sends(needs_deployment=True)
def stop(session: Session, name: str, deposits: bool, loans: bool) -> None:
    """Stop new deposits and new loans of VAULT, as its guardian.

    What is lent can be withdrawn, and loans be repaid and liquidated, all the same.
    """
    _set_stopped(session, name, True, deposits, loans)


@lend.command()
@VAULT
@_which
@sends(needs_deployment=True)
def resume(session: Session, name: str, deposits: bool, loans: bool) -> None:
    """Let new deposits and new loans of VAULT go on, as its guardian."""
    _set_stopped(session, name, False, deposits, loans)


def _set_stopped(session: Session, name: str, stopped: bool, deposits: bool, loans: bool) -> None:
    is_both = deposits == loans
    carry_out(
        session,
        guardian_plans.stop_plan(
            session,
            find(session, name),
            stopped if deposits or is_both else None,
            stopped if loans or is_both else None,
        ),
    )
