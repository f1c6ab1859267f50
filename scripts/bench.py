"""Measure how fast headers are verified, that memory does not grow with them, and orders' speed."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from scripts import _bench_orders as orders
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import Header, double_sha256
from terahash.bitcoin.network import Network
from terahash.bitcoin.state import EMPTY, before_genesis, verify
from terahash.bitcoin.target import to_bits, to_target
from terahash.bitcoin.tree import HeaderTree, split
from terahash.console import Command, progress
from terahash.headers import SHIPPED_ARCHIVE, RawHeaders, summarize

RUNS = 3
REPEATS = 13  # of the archive's 8,065 headers: 104,845 in each run
CHAIN = 960_000  # headers of Bitcoin, late in 2026
SPEED = 50_000  # headers a second, at least
WHOLE = 20  # seconds for the whole chain, at most
# Python keeps 2,000 freed tuples of a size, here of 128 bytes: no growth beyond them.
ROOM = 256_000
EASY = Network("easy", limit=(1 << 255) - 1)
SLOW = 601  # seconds between blocks: too slow, so the target stays at the limit


class Row(NamedTuple):
    """A line of the table; a row without a target only informs."""

    name: str
    measured: str
    target: str = "-"
    met: bool = True


def best(run: Callable[[], object]) -> float:
    """Return the fewest seconds of processor time that a run took, of several runs."""
    taken = []
    for _ in range(RUNS):
        started = process_time()
        run()
        taken.append(process_time() - started)
    return min(taken)


def speed(name: str, headers: int, run: Callable[[], object]) -> list[Row]:
    """Time the verification of so many headers, and say how long all of Bitcoin would take."""
    rate = round(REPEATS * headers / best(lambda: [run() for _ in range(REPEATS)]))
    whole = CHAIN / rate
    return [
        Row(name, f"{rate:,} headers/s", f"at least {SPEED:,}", rate >= SPEED),
        Row(f"  all of Bitcoin, {CHAIN:,}", f"{whole:.1f} s", f"below {WHOLE} s", whole < WHOLE),
    ]


def peak(path: Path, headers: int) -> int:
    """Return the most bytes that verifying a file of so many headers held at once."""
    with path.open("wb") as file:
        file.writelines(easy_chain(headers))
    tracemalloc.start()
    raw = RawHeaders.open(path, before_genesis(EASY), EASY)
    summarize(raw, raw.batches())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def easy_chain(headers: int) -> Iterator[bytes]:
    """Mine so many headers of one chain, at about two hashes each."""
    parent, bits = EMPTY, to_bits(EASY.limit)
    target = to_target(bits)
    for height in range(1, headers + 1):
        for nonce in count():
            header = Header(4, parent, EMPTY, height * SLOW, bits, nonce).serialize()
            parent_of_next = double_sha256(header)
            if int.from_bytes(parent_of_next, "little") <= target:
                break
        yield header
        parent = parent_of_next


def measure(folder: Path, advance: Callable[[], None]) -> Iterator[Row]:
    """Run every benchmark; `folder` receives files of headers."""
    archive = Archive.open(SHIPPED_ARCHIVE)
    headers = b"".join(raw for raw, _ in archive.batches())
    singles = split(headers)
    path = folder / "raw"
    path.write_bytes(headers)
    raw = RawHeaders.open(path, archive.checkpoint)

    def grow_tree() -> None:
        tree = HeaderTree(archive.checkpoint)
        for header in singles:
            tree.add(header)

    yield from speed("verify raw headers", raw.count, lambda: summarize(raw, raw.batches()))
    advance()
    yield from speed("verify an archive", raw.count, lambda: summarize(archive, archive.batches()))
    advance()
    yield from speed("verify a stream", raw.count, lambda: [*verify(singles, archive.checkpoint)])
    advance()
    yield Row("add to a header tree", f"{raw.count / best(grow_tree):,.0f} headers/s")
    advance()
    few, many = peak(path, raw.count), peak(path, 10 * raw.count)
    yield Row(f"peak memory, {raw.count:,} headers", f"{few:,} bytes")
    yield Row(
        f"peak memory, {10 * raw.count:,} headers",
        f"{many:,} bytes",
        f"at most {few + ROOM:,}",
        many <= few + ROOM,
    )
    advance()


@click.command(cls=Command)
@click.option(
    "--orders",
    "posted",
    type=click.IntRange(min=1, max=orders.MANY),
    default=1_000,
    show_default=True,
    help="Signed orders that go through a relay; all 100,000 of a book take three minutes.",
)
def cli(posted: int) -> None:
    """Measure time and memory of headers and orders, and compare them with the targets."""
    with TemporaryDirectory() as folder, progress("Measuring", 6) as advance:
        rows = list(measure(Path(folder), advance))
        rows += [Row(*line) for line in orders.lines(Path(folder), posted)]
        advance()
    table = Table(title=f"Headers: every rule checked, one core, best of {RUNS} runs; orders")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    for row in rows:
        table.add_row(row.name, row.measured if row.met else f"[red]{row.measured}", row.target)
    Console(highlight=False).print(table)
    missed = [row for row in rows if not row.met]
    for row in missed:
        print(f"{row.name.strip()}: {row.measured}; the target is {row.target}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    cli()
