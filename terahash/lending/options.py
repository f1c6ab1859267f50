"""Arguments and options that the commands of lending share."""

from __future__ import annotations

from collections.abc import Callable

import click

from terahash.address import Address
from terahash.hashrate.amounts import Bitcoin, Scaled
from terahash.session import Body

VAULT = click.argument("name", metavar="VAULT")
AMOUNT = click.argument("amount", type=Bitcoin())
TOKENS = Scaled("TH/s")


def receiver_of(what: str) -> Callable[[Body], Body]:
    """Let a user say who gets something."""
    return click.option(
        "--receiver", type=Address(), help=f"Who gets the {what}; without it, who sends."
    )


def borrower_option(command: Body) -> Body:
    """Let a user say whose loan it is."""
    return click.option(
        "--borrower", type=Address(), help="Whose loan it is; without it, of who sends."
    )(command)
