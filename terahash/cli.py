"""The command line: `terahash VERB`, or `python -m terahash VERB`.

Every command takes `--json`. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130
interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click
from pydantic import BaseModel
from rich.table import Table

from terahash import __version__
from terahash.bitcoin.checkpoint import Checkpoint
from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import State
from terahash.block_days import IndexFile, day_csv, day_table, read_index, shipped_coinbases
from terahash.console import Group, progress, show, show_rows
from terahash.epochs import Epoch, epoch_table, epochs
from terahash.feeds.commands import feeds
from terahash.hashrate.commands import COMMANDS as HASHRATE
from terahash.headers import (
    SHIPPED_ARCHIVE,
    HeaderFile,
    StartError,
    Verified,
    open_headers,
    summarize,
)
from terahash.lending.commands import COMMANDS as LENDING
from terahash.orders.commands import order
from terahash.orders.relay.command import orders
from terahash.products.commands import quote
from terahash.swaps.commands import COMMANDS as SWAPS
from terahash.units import DAY, exahashes, trillions
from terahash.window_price import Time, price, price_csv, price_table

Found = TypeVar("Found", bound=BaseModel)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Group)
@click.version_option(__version__, prog_name="terahash")
def main() -> None:
    """Bitcoin mining capacity as an asset: headers, the index, tokens, feeds, swaps."""


for command in (*HASHRATE, feeds, quote, order, orders, *SWAPS, *LENDING):
    main.add_command(command)


@main.group()
def headers() -> None:
    """Bitcoin headers in files."""


@main.group()
def index() -> None:
    """What Bitcoin's chain says about mining."""


def _header_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every command that reads a file of headers."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
        click.option(
            "--from-genesis", is_flag=True, help="FILE holds raw headers from the genesis block on."
        ),
        click.option(
            "--checkpoint",
            type=FILE,
            metavar="FILE.json",
            help="The block before the first header: needed for raw headers, unless it is the "
            "shipped archive's; compared with an archive's own.",
        ),
    ):
        command = option(command)
    return command


def _opened(file: Path, checkpoint: Path | None, from_genesis: bool) -> HeaderFile:
    if checkpoint and from_genesis:
        raise click.UsageError("--checkpoint and --from-genesis exclude each other")
    try:
        return open_headers(file, Checkpoint.load(checkpoint) if checkpoint else None, from_genesis)
    except StartError as error:
        raise click.UsageError(str(error)) from error


def _batches(opened: HeaderFile) -> Iterator[tuple[bytes, State]]:
    """Verify a file's headers batch by batch, with a progress bar when that takes long."""
    with progress("Verifying headers", opened.count) as advance:
        for raw, state in opened.batches():
            advance(len(raw) // HEADER_SIZE)
            yield raw, state


@headers.command()
@click.argument("file", type=FILE)
@_header_options
def verify(file: Path, checkpoint: Path | None, from_genesis: bool, as_json: bool) -> None:
    """Verify every header in FILE, an archive or raw headers, with every rule of Bitcoin.

    Exit code 0 when all hold, 1 when one is refused or the file is broken.
    """
    opened = _opened(file, checkpoint, from_genesis)
    verified = summarize(opened, _batches(opened))
    if as_json:
        click.echo(verified.model_dump_json(indent=2))
    else:
        show_rows(_verified_rows(verified))


class EpochList(BaseModel):
    """The epochs in a file of headers, as `--json` prints them."""

    file: str
    epochs: list[Epoch]


@index.command(name="epochs")
@click.argument("file", type=FILE, default=SHIPPED_ARCHIVE)
@_header_options
def list_epochs(file: Path, checkpoint: Path | None, from_genesis: bool, as_json: bool) -> None:
    """List the epochs in FILE, verified: difficulty, and how long each took.

    FILE is an archive or raw headers; without it, the archive that comes with this package.
    """
    opened = _opened(file, checkpoint, from_genesis)
    found = list(epochs(opened.checkpoint, (state for _, state in _batches(opened))))
    if as_json:
        click.echo(EpochList(file=str(file), epochs=found).model_dump_json(indent=2))
    else:
        show(epoch_table(found))


def _index_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every command that computes the index from a file of headers."""
    for option in (
        click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for spreadsheets."),
        click.option(
            "--coinbases",
            type=FILE,
            metavar="FILE",
            help="Coinbases that prove blocks' fees, a JSON object a line; for the shipped "
            "archive, those that come with it.",
        ),
    ):
        command = option(command)
    return _header_options(command)


def _index(
    file: Path, checkpoint: Path | None, from_genesis: bool, coinbases: Path | None
) -> IndexFile:
    opened = _opened(file, checkpoint, from_genesis)
    return read_index(opened, _batches(opened), coinbases or shipped_coinbases(file))


def _check_format(as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")


@index.command(name="days")
@click.argument("file", type=FILE, default=SHIPPED_ARCHIVE)
@_index_options
def list_days(
    file: Path,
    checkpoint: Path | None,
    from_genesis: bool,
    coinbases: Path | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List the block-days in FILE, verified: what mining earned in each, of 144 blocks.

    FILE is an archive or raw headers; without it, the archive that comes with this package. The
    first complete block-day only sets the clock.
    """
    _check_format(as_json, as_csv)
    found = _index(file, checkpoint, from_genesis, coinbases)
    _show(found, day_table, day_csv, as_json, as_csv)


@index.command(name="price")
@click.argument("file", type=FILE, default=SHIPPED_ARCHIVE)
@click.option(
    "--from",
    "start",
    type=Time(),
    help="Start of the window: 2024-01-01, 2024-01-01T12:00 (UTC) or unix seconds; without it, "
    "the index's own.",
)
@click.option("--to", "end", type=Time(), help="End of the window, likewise: a date means 00:00.")
@_index_options
def price_window(
    file: Path,
    checkpoint: Path | None,
    from_genesis: bool,
    coinbases: Path | None,
    start: int | None,
    end: int | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Price a window of time: the mean hashprice, and what 1 TH/s and 1 PH/s earned.

    FILE is an archive or raw headers; without it, the archive that comes with this package. Exit
    code 1 for a window that the index does not cover.
    """
    _check_format(as_json, as_csv)
    window = price(_index(file, checkpoint, from_genesis, coinbases), start, end)
    _show(window, price_table, price_csv, as_json, as_csv)


def _show(
    found: Found,
    table: Callable[[Found], Table],
    csv: Callable[[Found], str],
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print what was found for people, or in full for machines."""
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    elif as_csv:
        click.echo(csv(found), nl=False)
    else:
        show(table(found))


def _verified_rows(verified: Verified) -> dict[str, str]:
    """Say what a file proves, one fact to a line."""
    return {
        "file": f"{verified.file} ({verified.kind})",
        "headers": f"{verified.count:,}",
        "heights": f"{verified.first_height:,} to {verified.last_height:,}",
        "after": verified.checkpoint_hash,
        "from": verified.first_hash,
        "to": verified.last_hash,
        "chainwork": f"{verified.chainwork:,} hashes",
        "work proven": f"{verified.work // 10**18:,} EH, "
        f"{exahashes(verified.work, verified.span)} over {verified.span / DAY:,.2f} days",
        "difficulty": trillions(verified.difficulty),
        "retargets": f"{verified.retargets:,}",
        "block-days": f"{verified.block_days:,} complete",
        "speed": f"{verified.headers_per_second:,} headers/s, {verified.seconds:.2f} s",
    }
