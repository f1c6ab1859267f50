"""Issuances as commands name them: by an address, or by a number in a deployment's register."""

from __future__ import annotations

import click

from terahash.address import AddressError, checked_address
from terahash.hashrate.factory import FACTORY, HashrateFactory
from terahash.hashrate.token import HashrateToken
from terahash.session import RefusedError, Session
from terahash.text import quoted

MAX_DIGITS = 20
"""Digits that an issuance's number may have."""


def register(session: Session) -> HashrateFactory:
    """Return the factory of the deployment, whose register is asked."""
    otherwise = "an issuance's number needs --deployment: whose register?"
    address = session.needed_deployment(otherwise).address(FACTORY)
    return HashrateFactory(session.chain, address)


def find(session: Session, name: str) -> HashrateToken:
    """Find an issuance by its address, or by its number in the register.

    Raises:
        RefusedError: when the register has no such number.
    """
    if name.isdecimal():
        count = register(session).count()
        if len(name) > MAX_DIGITS or not 1 <= int(name) <= count:
            raise RefusedError(
                f"there is no issuance {quoted(name)}: the register has {count}; "
                "`terahash issuances` lists them"
            )
        return register(session).issuance(int(name))
    try:
        return HashrateToken(session.chain, checked_address(name))
    except AddressError as error:
        raise click.UsageError(f"{error}; or give its number in the register") from error


def doubts(session: Session, token: HashrateToken) -> list[str]:
    """Warn of an issuance whose code nobody vouches for."""
    if session.deployment is None:
        return ["no --deployment is named, so nothing says that this is an issuance's code"]
    if register(session).number(token.address) == 0:
        return ["this deployment's factory has not opened it: its code may be anything"]
    return []
