"""The operator's command line: `terahash-oracle VERB`.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError

from terahash import __version__
from terahash.console import Group
from terahash.deployment import Deployment
from terahash.errors import DeploymentError, TerahashError

if TYPE_CHECKING:  # web3 takes a second to import
    from eth_account.signers.local import LocalAccount

    from oracle.chain.rpc import RpcChain
    from oracle.jobs import Step
    from oracle.once import Pass

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class KeyFileError(TerahashError):
    """A keystore that cannot be opened; its password is never repeated."""


@click.group(cls=Group)
@click.version_option(__version__, prog_name="terahash-oracle")
def main() -> None:
    """Keep an EVM chain informed about Bitcoin."""


@main.command()
@click.option(
    "--rpc",
    envvar="TERAHASH_RPC",
    required=True,
    metavar="URL",
    help="JSON-RPC of the EVM chain; may hold a key, so rather set TERAHASH_RPC.",
)
@click.option(
    "--deployment",
    type=FILE,
    required=True,
    metavar="FILE.json",
    help="Addresses of the contracts, as the deployment wrote them.",
)
@click.option(
    "--source",
    "addresses",
    envvar="TERAHASH_SOURCES",
    multiple=True,
    required=True,
    metavar="SOURCE",
    help="Of Bitcoin's chain: core+http://user:password@host:port, esplora+https://host/api, or a "
    "file of headers. Several are better than one; in TERAHASH_SOURCES, with spaces between.",
)
@click.option(
    "--coinbases",
    type=FILE,
    metavar="FILE",
    help="Proofs of fees, a JSON object a line, for sources that have none.",
)
@click.option("--keystore", type=FILE, help="Encrypted key of the account that pays.")
@click.option(
    "--password-file",
    type=FILE,
    help="Holds the keystore's password; else TERAHASH_PASSWORD does, or it is asked for.",
)
@click.option(
    "--max-fee",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="GWEI",
    help="What a unit of gas may cost.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end.")
def once(
    rpc: str,
    deployment: Path,
    addresses: tuple[str, ...],
    coinbases: Path | None,
    keystore: Path | None,
    password_file: Path | None,
    max_fee: int,
    as_json: bool,
) -> None:
    """Do all that is due now: relay headers, finalize, record, prove fees, close.

    Run it again at any time: what is done stays done. Without --keystore it is a dry run, which
    says what is due and sends nothing.
    """
    from oracle.chain.rpc import RpcChain
    from oracle.once import run_once
    from oracle.sources import open_source

    contracts = _deployment(deployment)
    sources = [open_source(address) for address in addresses]
    if coinbases:  # one more source: what it has wrong, the others are asked for
        sources.insert(0, open_source(addresses[0], coinbases))
    account = _account(keystore, password_file) if keystore else None
    chain = _connected(RpcChain(rpc, account, max_fee=max_fee * 10**9), account, contracts)

    def say(step: Step) -> None:
        if not as_json:
            cost = f"  ({step.receipt.gas_used:,} gas)" if account else ""
            click.echo(step.what + cost)

    if not (account or as_json):
        click.echo("Dry run, for there is no key. Due now:")
    done = run_once(
        chain,
        contracts,
        sources,
        now=max(chain.now, int(time())),
        is_dry=account is None,
        say=say,
        warn=lambda sentence: click.echo(f"Warning: {sentence}", err=True),
    )
    if as_json:
        steps = [{"what": step.what, "gas": step.receipt.gas_used} for step in done.steps]
        document = {"dry_run": account is None, "steps": steps, "failures": done.failures}
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(_summary(done, account is None))
    for failure in done.failures:
        click.echo(f"Error: {failure}", err=True)
    if done.failures:
        raise click.exceptions.Exit(1)


def _summary(done: Pass, is_dry: bool) -> str:
    if not done.steps:
        return "Nothing was done." if done.failures else "Nothing is due."
    if is_dry:
        return "What follows from these is due once they are done."
    gas = sum(step.receipt.gas_used for step in done.steps)
    count = len(done.steps)
    return f"{count} transaction{'s' if count > 1 else ''}, {gas:,} gas."


def _connected(chain: RpcChain, account: LocalAccount | None, contracts: Deployment) -> RpcChain:
    """Check that it is the deployment's chain, and that the account can pay and owes nothing."""
    if chain.chain_id != contracts.chain_id:
        raise DeploymentError(
            f"the deployment is of chain {contracts.chain_id}, and the node is of "
            f"{chain.chain_id}: give the node's own deployment"
        )
    if account:
        if not chain.balance():
            raise DeploymentError(
                f"{account.address} has nothing to pay with: send it some of the chain's coin"
            )
        chain.settle()  # of a run that was interrupted
    return chain


def _deployment(file: Path) -> Deployment:
    try:
        return Deployment.model_validate_json(file.read_text())
    except ValidationError as error:
        raise DeploymentError(f"{file} is not a deployment file: {error}") from None


def _account(keystore: Path, password_file: Path | None) -> LocalAccount:
    """Decrypt a keystore; the password comes from a file, the environment or a terminal."""
    from eth_account import Account

    if password_file:
        password = password_file.read_text().rstrip("\r\n")
    else:
        password = os.environ.get("TERAHASH_PASSWORD") or click.prompt(
            f"Password of {keystore.name}", hide_input=True, err=True
        )
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(keystore.read_text(), password))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileError(
            f"{keystore} cannot be opened: the password is wrong, or it is not an encrypted key "
            "(version 3, as wallets export it)"
        ) from None
    return account
