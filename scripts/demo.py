"""Replay real Bitcoin on an embedded chain, print what it proved, and write a report."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts._chain import ROOT, embedded
from scripts._replay import replay
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.errors import TerahashError

ARCHIVE = ROOT / "terahash" / "data" / "mainnet-822528-830592.headers"
BUILD = ROOT / "build" / "demo"


@click.command()
@click.option("--days", type=click.IntRange(1, 56), default=56, show_default=True)
def cli(days: int) -> None:
    """Replay DAYS block-days of Bitcoin from December 23, 2023 into the contracts."""
    console = Console()
    started = time.perf_counter()
    try:
        archive = Archive.open(ARCHIVE)
        with embedded(archive.checkpoint.time) as chain, Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("block-days"),
            TimeElapsedColumn(), console=console,
        ) as progress:
            task = progress.add_task("Replaying Bitcoin", total=days)
            r = replay(chain, archive, days, BUILD, lambda: progress.advance(task))
    except KeyboardInterrupt:
        console.print("Stopped; no report was written.")
        sys.exit(130)
    print(time.perf_counter()-started, r.model_dump_json()[:1500], r.epochs)
