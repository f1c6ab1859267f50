"""The options of every command that speaks with a chain, and the connection that they describe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from terahash.deployment import Deployment
from terahash.errors import DeploymentError

if TYPE_CHECKING:  # web3 takes a second to import
    from eth_account.signers.local import LocalAccount

    from terahash.wallet import Wallet

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ONE_GWEI = 10**9

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def chain_options(needs_deployment: bool = True) -> Callable[[Decorated], Decorated]:
    """Add the options that name a chain and the contracts on it: `rpc` and `deployment`."""

    def add(command: Decorated) -> Decorated:
        command = click.option(
            "--deployment",
            type=FILE,
            envvar="TERAHASH_DEPLOYMENT",
            required=needs_deployment,
            metavar="FILE.json",
            help="Addresses of the contracts, as the deployment wrote them.",
        )(command)
        return click.option(
            "--rpc",
            envvar="TERAHASH_RPC",
            required=True,
            metavar="URL",
            help="JSON-RPC of the EVM chain; may hold a key, so rather set TERAHASH_RPC.",
        )(command)

    return add


def password_option(command: Decorated) -> Decorated:
    """Add the option that says where a keystore's password is: `password_file`."""
    return click.option(
        "--password-file",
        type=FILE,
        help="Holds the keystore's password; else TERAHASH_PASSWORD does, or it is asked for.",
    )(command)


def account_options(command: Decorated) -> Decorated:
    """Add the options that name who pays: `keystore`, `password_file` and `max_fee`, in gwei."""
    command = click.option(
        "--max-fee",
        type=click.IntRange(min=1),
        default=100,
        show_default=True,
        metavar="GWEI",
        help="What a unit of gas may cost.",
    )(command)
    return click.option("--keystore", type=FILE, help="Encrypted key of the account that pays.")(
        password_option(command)
    )


def connect(rpc: str, account: LocalAccount | None = None, max_fee: int = 100) -> Wallet:
    """Open a chain by its URL; a unit of gas may cost so many gwei."""
    from terahash.rpc import RpcChain

    return RpcChain(rpc, account, max_fee=max_fee * ONE_GWEI)


def check_connection(
    chain: Wallet, account: LocalAccount | None, contracts: Deployment | None
) -> int:
    """Check that it is the deployment's chain, and that the account can pay and owes nothing.

    Returns:
        How many earlier transactions of the account were waited for: of a run that was
        interrupted, say.

    Raises:
        DeploymentError: when it is not, or cannot.
        PendingError: when an earlier transaction of the account is not mined.
    """
    if contracts and chain.chain_id != contracts.chain_id:
        raise DeploymentError(
            f"the deployment is of chain {contracts.chain_id}, and the node is of "
            f"{chain.chain_id}: give the node's own deployment"
        )
    if account is None:
        return 0
    if not chain.balance():
        raise DeploymentError(
            f"{account.address} has nothing to pay with: send it some of the chain's coin"
        )
    return chain.settle()
