"""Replay real Bitcoin on an embedded chain, print what it proved, and write a report.

One replay (`_replay.py`) drives every contract. The demo tells of it in chapters (`CHAPTERS`): each
reads its numbers from the replay and from the chain as a model, which becomes a part of
`report.json`, and tells them as a `Section`, which is printed here and is a part of `report.html`.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from scripts._chain import ROOT, embedded
from scripts._chapters import index_numbers, relay_numbers
from scripts._hedging_chapter import hedging_numbers
from scripts._issuance_chapter import issuance_numbers
from scripts._lending_chapter import lending_numbers
from scripts._quorum_chapter import quorum_numbers
from scripts._replay import Replayed, replay
from terahash import __version__
from terahash.bitcoin.archive import Archive
from terahash.console import INTERRUPTED, Command
from terahash.headers import SHIPPED_ARCHIVE

if TYPE_CHECKING:  # the report needs matplotlib, and `ape run` imports every script
    from terahash.report import section as report
    from terahash.report.hedging import HedgingReplay
    from terahash.report.index import IndexReplay
    from terahash.report.issuance import IssuanceReplay
    from terahash.report.lending import LendingReplay
    from terahash.report.quorum import QuorumReplay
    from terahash.report.replay import Replay

BUILD = ROOT / "build" / "demo"
MAX_WIDTH = 1_000
"""Wider than any table."""
INTRODUCTION = """\
[bold]Terahash[/bold] turns Bitcoin mining capacity into an asset on any EVM chain.
This demo gives its contracts {days} of Bitcoin as they happened, from
December 23, 2023, on a chain inside this process: no network, no keys.
"""


class Chapter(NamedTuple):
    """One part of the demo: `read` gets its numbers from the replay, `section` tells of them.

    Where the replay was too short, `read` gets None, and the reader is told what that `needs`.
    """

    read: Callable[[Replayed], BaseModel | None]
    section: Callable[[Any], report.Section]
    needs: str = ""


def _tell_relay(numbers: Replay) -> report.Section:
    from terahash.report.replay_section import section

    return section(numbers)


def _tell_index(numbers: IndexReplay) -> report.Section:
    from terahash.report.index_section import section

    return section(numbers)


def _tell_quorum(numbers: QuorumReplay) -> report.Section:
    from terahash.report.quorum_section import section

    return section(numbers)


def _tell_issuance(numbers: IssuanceReplay) -> report.Section:
    from terahash.report.issuance_section import section

    return section(numbers)


def _tell_hedging(numbers: HedgingReplay) -> report.Section:
    from terahash.report.hedging_section import section

    return section(numbers)


def _tell_lending(numbers: LendingReplay) -> report.Section:
    from terahash.report.lending_section import section

    return section(numbers)


CHAPTERS = (
    Chapter(relay_numbers, _tell_relay),
    Chapter(index_numbers, _tell_index),
    Chapter(quorum_numbers, _tell_quorum),
    Chapter(issuance_numbers, _tell_issuance, "an issuance, which opens in five days"),
    Chapter(hedging_numbers, _tell_hedging, "swaps, all of which are settled in 56 days"),
    Chapter(lending_numbers, _tell_lending, "loans, all of which are repaid in 35 days"),
)


@click.command(cls=Command)
@click.option(
    "--days",
    type=click.IntRange(1, 56),
    default=56,
    show_default=True,
    help="Block-days (144 blocks each) to replay; an issuance opens in five or more, loans are "
    "repaid in 35, and swaps are settled in all 56.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=BUILD,
    help="Folder for the report.  [default: build/demo]",
)
def cli(days: int, out: Path) -> None:
    """Replay real Bitcoin into the contracts, and report what they proved and what it cost."""
    # Ape exits on Ctrl-C without a word; as an exception it also undoes what is half done.
    ape_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _run(Console(highlight=False), days, out)
    except KeyboardInterrupt:
        old = " (the one in place is of an earlier run)" if (out / "report.html").exists() else ""
        click.echo(f"Interrupted: no report was written{old}.", err=True)
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, ape_handler)


def _run(console: Console, days: int, out: Path) -> None:
    started = time.monotonic()
    console.print(INTRODUCTION.format(days=f"{days} real day{'s' if days > 1 else ''}"))
    archive = Archive.open(SHIPPED_ARCHIVE)
    chapters: dict[str, BaseModel] = {}
    sections: list[report.Section] = []
    with ExitStack() as stack:
        with _progress(console, "Compiling the contracts (first run: some seconds)"):
            chain = stack.enter_context(embedded(archive.checkpoint.time))
        with _progress(console, "Replaying Bitcoin", days, "block-days") as advance:
            replayed = replay(chain, archive, days, out, advance)
        with _progress(console, "Comparing with the library, and drawing the charts"):
            missing = _tell(replayed, chapters, sections)
    for section in sections:
        _print_section(console, section)
    for sentence in missing:
        console.print(f"\n{sentence}")

    from terahash.report.page import Report, Run, render

    run = Run(
        version=__version__,
        days=days,
        written=int(time.time()),
        seconds=round(time.monotonic() - started, 1),
        peak_memory=_peak_memory(),
    )
    report_json = Report(run=run, chapters=chapters).model_dump_json(indent=2) + "\n"
    page = render(run, sections, missing)
    files = {out / "report.html": page, out / "report.json": report_json}
    _write(files)
    _print_end(console, run.seconds, run.peak_memory, list(files))


def _tell(
    replayed: Replayed, chapters: dict[str, BaseModel], sections: list[report.Section]
) -> list[str]:
    """Add every chapter's numbers and section; return what the replay was too short for."""
    missing = []
    for chapter in CHAPTERS:
        numbers = chapter.read(replayed)
        if numbers is None:
            missing.append(f"Too short for {chapter.needs}.")
            continue
        section = chapter.section(numbers)
        chapters[section.key] = numbers
        sections.append(section)
    return missing


@contextmanager
def _progress(
    console: Console, what: str, total: int | None = None, unit: str = ""
) -> Iterator[Callable[[], None]]:
    """Show how far work has come: a bar on a terminal, a line per quarter in a log.

    Args:
        what: is done.
        total: steps; None when nobody knows.
        unit: of the steps.

    Yields:
        a function to call after each step.
    """
    if not console.is_interactive:
        console.print(f"{what} ...")
        done = 0

        def log() -> None:
            nonlocal done
            done += 1
            if total and done * 4 // total > (done - 1) * 4 // total:
                console.print(f"  {done} of {total} {unit}")

        yield log
        return
    counts = [BarColumn(24), MofNCompleteColumn(), TextColumn(unit)] if total else [BarColumn(12)]
    with Progress(TextColumn(what), *counts, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
        bar.update(task, total=total or 1, completed=total or 1)


def _print_section(console: Console, section: report.Section) -> None:
    console.print(f"\n[bold]{section.title}[/bold]", section.lead, sep="\n", end="\n\n")
    facts = Table.grid(padding=(0, 2))
    for name, sentence in section.facts:
        facts.add_row(f"[dim]{name}[/dim]", sentence)
    console.print(facts)
    for table in section.tables:
        if table.is_long:
            continue
        grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)
        for column in table.columns:
            grid.add_column(
                f"{column.title}\n({column.unit})" if column.unit else column.title,
                justify="right" if column.is_number else "left",
            )
        for row in table.rows:
            grid.add_row(*row)
        wanted = console.measure(grid, options=console.options.update(width=MAX_WIDTH)).maximum
        if wanted > console.width:
            grid.padding = 0
        console.print(f"\n[bold]{table.title}[/bold]", grid, sep="\n")
        if table.note:
            console.print(f"\n[dim]{table.note}[/dim]")


def _print_end(console: Console, seconds: float, memory: int, files: list[Path]) -> None:
    console.print(f"\nDone in {seconds:.1f} s with at most {memory // 10**6:,} MB of memory.")
    for file in files:
        path = str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)
        console.print(f"  {path}  ({file.stat().st_size // 1_000:,} kB)", soft_wrap=True)


def _peak_memory() -> int:
    """Say the most memory that this process, or one it started, has held, in bytes."""
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


def _write(files: dict[Path, str]) -> None:
    """Write files whole or not at all."""
    drafts = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in files}
    try:
        for draft, path in drafts.items():
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(files[path], encoding="utf-8")
        for draft, path in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)
