"""The operator's command line: `terahash-oracle VERB`.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import click

from terahash import __version__
from terahash.connect import (
    FILE,
    account_options,
    chain_options,
    check_connection,
    connect,
)
from terahash.console import Group
from terahash.deployment import read_deployment
from terahash.wallet import open_account

if TYPE_CHECKING:  # the jobs take long to import
    from oracle.jobs import Step
    from oracle.once import Pass


@click.group(cls=Group)
@click.version_option(__version__, prog_name="terahash-oracle")
def main() -> None:
    """Keep an EVM chain informed about Bitcoin."""


@main.command()
@chain_options()
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
@account_options
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
    from oracle.once import run_once
    from oracle.sources import open_source

    contracts = read_deployment(deployment)
    sources = [open_source(address) for address in addresses]
    if coinbases:  # one more source: what it has wrong, the others are asked for
        sources.insert(0, open_source(addresses[0], coinbases))
    account = open_account(keystore, password_file) if keystore else None
    chain = connect(rpc, account, max_fee)
    check_connection(chain, account, contracts)

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
