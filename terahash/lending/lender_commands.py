"""The commands of who lends, and of a vault's guardian: `terahash lend`."""

from __future__ import annotations

import click

from terahash.console import Group
from terahash.hashrate.amounts import Scaled
from terahash.lending import guardian_plans, lender_plans
from terahash.lending.models import SHARE
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
