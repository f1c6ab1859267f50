"""What commands on a chain share: options, the chain that they name, and refusals in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terahash.address import Address
from terahash.chain import ChainError, PendingError
from terahash.connect import (
    account_options,
    chain_options,
    check_connection,
    connect,
)
from terahash.deployment import Deployment, read_deployment
from terahash.errors import TerahashError
from terahash.reverts import explained
from terahash.wallet import Wallet, open_account

if TYPE_CHECKING:  # it takes half a second to import
    from eth_account.signers.local import LocalAccount

Body = Callable[..., None]


class RefusedError(TerahashError):
    """What a command does not do; the message says what to do instead."""


@dataclass(frozen=True)
class Session:
    """A chain, and who uses it.

    Attributes:
        chain: where.
        deployment: whose contracts are meant; None where none was named.
        account: the key that signs and pays; None to send nothing.
        sender: who is to send: the key's account, or one whose key is elsewhere.
        yes: send without asking.
        as_json: print a document for machines.
    """

    chain: Wallet
    deployment: Deployment | None
    account: LocalAccount | None = None
    sender: str | None = None
    yes: bool = False
    as_json: bool = False

    def needed_deployment(self, otherwise: str = "give --deployment: whose?") -> Deployment:
        """Return the deployment, or ask for it in these words."""
        if self.deployment is None:
            raise click.UsageError(otherwise)
        return self.deployment

    def needed_sender(self, *otherwise: str) -> str:
        """Return who sends, or ask for it."""
        if self.sender is None:
            raise click.UsageError(", or ".join(("give --keystore", "--from", *otherwise)))
        return self.sender


_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def reads(needs_deployment: bool = False) -> Callable[[Body], Body]:
    """Give a command a session that sends nothing."""

    def add(command: Body) -> Body:
        @wraps(command)
        def run(rpc: str, deployment: Path | None, as_json: bool, **rest: Any) -> None:
            with refusals_in_words():
                contracts = read_deployment(deployment) if deployment else None
                chain = connect(rpc)
                check_connection(chain, None, contracts)
                command(Session(chain, contracts, as_json=as_json), **rest)

        return chain_options(needs_deployment)(_JSON(run))

    return add


def sends(needs_deployment: bool = False) -> Callable[[Body], Body]:
    """Give a command a session that sends, or says what would be sent."""

    def add(command: Body) -> Body:
        @wraps(command)
        def run(**options: Any) -> None:
            with refusals_in_words():
                session = _opened(options)
                command(session, **options)

        decorated: Body = _JSON(run)
        for option in (
            click.option("--yes", is_flag=True, help="Send without asking."),
            click.option(
                "--from",
                "sender",
                type=Address(),
                help="Account that is to send, where its key is elsewhere: prints what to sign.",
            ),
            account_options,
            chain_options(needs_deployment),
        ):
            decorated = option(decorated)
        return decorated

    return add


def _opened(options: dict[str, Any]) -> Session:
    """Take what makes a session out of a command's options."""
    rpc, deployment, keystore = (options.pop(name) for name in ("rpc", "deployment", "keystore"))
    password_file, max_fee = options.pop("password_file"), options.pop("max_fee")
    sender, yes, as_json = (options.pop(name) for name in ("sender", "yes", "as_json"))
    if keystore and as_json and not yes:
        raise click.UsageError("--json asks nothing: add --yes to send, or leave --keystore away")
    contracts = read_deployment(deployment) if deployment else None
    account = open_account(keystore, password_file) if keystore else None
    if account and sender not in (None, account.address):
        raise click.UsageError(f"--from is {sender}, and the key is of {account.address}")
    chain = connect(rpc, account, max_fee)
    if check_connection(chain, account, contracts):
        raise RefusedError(
            "an earlier transaction of this account was still on its way, and is mined now: look "
            "at what it did (`terahash status --account`, `positions`, `loans --account`, `feeds "
            "list`), and run this again only if it is still to be done"
        )
    who = account.address if account else sender
    return Session(chain, contracts, account, who, yes, as_json)


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn a contract's reason into a sentence that says what to do."""
    try:
        yield
    except PendingError as error:
        if not error.transaction:
            raise
        raise RefusedError(
            f"{error.action}: transaction {error.transaction} may be on its way, and was not seen "
            "mined: look at it before you repeat this; running the command again sends it again"
        ) from error
    except ChainError as error:
        raise RefusedError(explained(error)) from error
