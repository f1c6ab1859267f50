"""Recompute a relay's checkpoint from two sources or more, and write it for the deployment.

    python -m scripts.checkpoint --height 822527 --source core+http://user:password@127.0.0.1:8332 \
        --source esplora+https://blockstream.info/api
"""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from oracle.checkpoint import agree, read_claim
from oracle.sources import open_source
from terahash.bitcoin.checkpoint import Checkpoint
from terahash.bitcoin.state import starts_epoch
from terahash.bitcoin.target import EPOCH_BLOCKS, difficulty, to_target
from terahash.console import Command, progress
from terahash.units import trillions, utc


@click.command(cls=Command, name="checkpoint")
@click.option("--height", type=int, required=True, help="Of the last block of an epoch.")
@click.option(
    "--source",
    "urls",
    multiple=True,
    required=True,
    help="At least two: core+http://user:password@host:port, esplora+https://host/api, an archive, "
    "or PATH@HEIGHT: raw headers and the height of their first.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The JSON to write; checkpoint_HEIGHT.json by default.",
)
def cli(height: int, urls: tuple[str, ...], out: Path | None) -> None:
    """Recompute a relay's checkpoint; sources that disagree write nothing, and exit with 1."""
    if height < EPOCH_BLOCKS or not starts_epoch(height + 1):
        raise click.UsageError(
            f"--height {height} does not end an epoch: give one less than a multiple of 2,016, "
            f"from {2 * EPOCH_BLOCKS - 1} on"
        )
    sources = [open_source(url) for url in urls]
    if len({source.name for source in sources}) < 2:
        raise click.UsageError("a checkpoint needs two different sources: give --source twice")
    claims = []
    with progress("Asking sources", len(sources)) as advance:
        for source in sources:
            claims.append(read_claim(source, height))
            advance()
    checkpoint = agree(claims)
    out = out or Path(f"checkpoint_{height}.json")
    checkpoint.dump(out)
    console = Console(highlight=False, markup=False)
    console.print(_table(checkpoint))
    console.print(f"{len(claims)} sources agree. Written: {out}", soft_wrap=True)


def _table(checkpoint: Checkpoint) -> Table:
    table = Table.grid(padding=(0, 2))
    rows = {
        "height": f"{checkpoint.height:,} (the last of epoch {checkpoint.height // EPOCH_BLOCKS})",
        "hash": checkpoint.hash,
        "chainwork": f"{int(checkpoint.chainwork, 16):,} hashes",
        "bits": f"{checkpoint.bits} "
        f"(difficulty {trillions(difficulty(to_target(int(checkpoint.bits, 16))))})",
        "time": _moment(checkpoint.time),
        "epoch start": _moment(checkpoint.epoch_start_time),
        "ten before": "\n".join(map(_moment, checkpoint.earlier_times or [])),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _moment(time: int) -> str:
    return f"{time} ({utc(time)} UTC)"


if __name__ == "__main__":
    cli(prog_name="python -m scripts.checkpoint")
