"""Write an archive of verified headers, from a file, a Bitcoin node or an Esplora server.

    python -m scripts.archive --source headers.bin@822528 --from 822528 --to 830592 \
        --checkpoint checkpoint_822527.json --out demo.headers
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from oracle.checkpoint import agree, read_claim
from oracle.sources import BlockSource, open_source
from terahash.bitcoin.archive import write_archive
from terahash.bitcoin.checkpoint import Checkpoint
from terahash.bitcoin.header import display
from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.console import Advance, Command, progress
from terahash.errors import SourceError


@click.command(cls=Command, name="archive")
@click.option(
    "--source",
    "url",
    required=True,
    help="core+http://user:password@host:port, esplora+https://host/api, an archive, or "
    "PATH@HEIGHT: raw headers and the height of their first.",
)
@click.option("--from", "first", type=int, required=True, help="First height: a multiple of 2,016.")
@click.option("--to", "last", type=int, required=True, help="Last height, included.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The archive to write; replaced once every header is verified.",
)
@click.option(
    "--checkpoint",
    "checkpoint_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.json",
    help="The block before the first. Without it, it is read from the source, on its word alone.",
)
def cli(url: str, first: int, last: int, out: Path, checkpoint_file: Path | None) -> None:
    """Write an archive of verified headers; nothing is written when one is refused."""
    if first % EPOCH_BLOCKS or first <= 0:
        raise click.UsageError(f"--from {first} does not begin an epoch: give a multiple of 2,016")
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}")
    source = open_source(url)
    checkpoint = _checkpoint(source, first - 1, checkpoint_file)
    tip = source.tip_height()
    if tip < last:
        raise SourceError(f"{source.name} ends at height {tip:,}: give --to {tip} or less")
    with progress("Verifying headers", last - first + 1, patience=0) as advance:
        state = write_archive(
            out,
            checkpoint.state(),
            checkpoint.header_bytes,
            _counted(source.headers(first, last - first + 1), advance),
        )
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"{out}: {last - first + 1:,} headers, {first:,} to {last:,}, {out.stat().st_size:,} bytes"
    )
    console.print(f"last block {display(state.block_hash)}, chainwork {state.chainwork:,} hashes")
    if checkpoint.earlier_times is None:
        console.print(
            "The checkpoint has no earlier times: its own stands for them, so the "
            "median-time-past of the first ten headers is approximate."
        )


def _checkpoint(source: BlockSource, height: int, file: Path | None) -> Checkpoint:
    if file is None:
        try:
            return agree([read_claim(source, height)])
        except SourceError as error:
            raise SourceError(f"{error}; or give the block before with --checkpoint") from error
    checkpoint = Checkpoint.load(file)
    if checkpoint.height != height:
        raise click.UsageError(
            f"{file} is the checkpoint at {checkpoint.height}, but --from needs that at {height}"
        )
    return checkpoint


def _counted(headers: Iterator[bytes], advance: Advance) -> Iterator[bytes]:
    for header in headers:
        yield header
        advance()


if __name__ == "__main__":
    cli(prog_name="python -m scripts.archive")
