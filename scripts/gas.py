"""Measure what each operation costs, against the golden file, the targets and other works.

Every figure is the receipt of a whole transaction on the embedded chain: intrinsic cost, calldata
(EIP-7623) and cold storage included. `OPERATIONS` is the one table of operations and targets.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

import click
from pydantic import BaseModel, computed_field
from rich.console import Console
from rich.table import Table

from terahash.console import Command, progress
from terahash.headers import SHIPPED_ARCHIVE

if TYPE_CHECKING:
    from scripts._chain import ApeChain
    from terahash.bitcoin.archive import Archive
    from terahash.bitcoin.state import Day
    from terahash.report.replay import DayRow

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "gas" / "golden.toml"
TOLERANCE = 2  # percent, either way
UPDATE = "make gas ARGS=--update"
BATCH = 144  # headers: a block-day
EPOCH_DAYS = 14
NOTE = "The calldata of a header alone costs 3,090 gas (EIP-7623), whoever checks it."


class Walk:
    """A chain with every contract deployed, and a relay that follows the shipped archive.

    Operations share it, in the table's order; each says from which block it starts, and only
    forward. A day passes between batches, after which one block-day becomes final.
    """

    def __init__(self, chain: ApeChain, archive: Archive) -> None:
        from scripts._replay import Replaying
        from terahash.deployment import Terms, deploy
        from terahash.relay import Relay

        self.chain = chain
        # One confirmation, as in the demo: the archive ends one block after its last block-day.
        self.terms = Terms(archive.checkpoint, confirmations=1)
        self.deployment = deploy(chain, self.terms)
        relay = Relay(chain, self.deployment.address("BitcoinRelay"))
        self.replaying = Replaying(chain, relay, archive.checkpoint)
        self.days: list[Day] = []  # of the archive, from its first on
        self._headers = b"".join(headers for headers, _ in archive.batches(self.days))
        self._indexing: Indexing | None = None

    def deploy_gas(self, contract: str) -> int:
        return self.chain.deployed[self.deployment.address(contract)].gas_used

    def relay_to(self, day: int, blocks: int = 0) -> Walk:
        """Relay up to the archive's block-day `day` (from zero) and so many blocks of it."""
        end = day * BATCH + blocks
        while (left := end - self._relayed) > 0:
            self.replaying.wait(self.terms.challenge)
            self.submit(min(left, BATCH - self._relayed % BATCH))
            self.replaying.finalize()
        return self

    def submit(self, count: int) -> int:
        """Relay the next `count` headers in one batch and return the gas it took."""
        from terahash.bitcoin.header import HEADER_SIZE

        start = self._relayed * HEADER_SIZE
        return self.replaying.submit(self._headers[start : start + count * HEADER_SIZE])

    def epoch(self) -> list[DayRow]:
        """Relay the archive's second epoch, one batch a block-day.

        The first epoch holds the relay's first buried day, which alone pays for the slot `head`.
        """
        return self.relay_to(2 * EPOCH_DAYS).replaying.days[EPOCH_DAYS : 2 * EPOCH_DAYS]

    def index(self) -> Indexing:
        """Deploy the index over the epoch that was relayed, and close its first block-days."""
        if self._indexing is None:
            self._indexing = Indexing(self)
        return self._indexing

    @property
    def _relayed(self) -> int:
        return self.replaying.state.height - self.replaying.checkpoint.height


class Indexing:
    """An index without a feed, one recorded day after the ones that pay for first slots."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        relay = walk.deployment.address("BitcoinRelay")
        first = walk.replaying.checkpoint.height // BATCH + 1
        terms = (relay, 10**12, first, 86_400, "0x" + "00" * 20, bytes(32))
        self._address = walk.chain.deploy("HashpriceIndex", *terms)
        self._send("record", [tuple(walk.days[0])])
        self._send("record", [tuple(walk.days[1])])
        self._close()
        self.record_gas = self._send("record", [tuple(walk.days[2])])
        self.close_gas = self._close()
        self.deploy_gas = walk.chain.deployed[self._address].gas_used

    def _close(self) -> int:
        self._walk.replaying.wait(86_400 + BATCH)  # each transaction before took a second
        return self._send("close")

    def _send(self, function: str, *args: object) -> int:
        return self._walk.chain.send("HashpriceIndex", self._address, function, *args).gas_used


class Operation(NamedTuple):
    """One line of the table.

    Attributes:
        name: what a user does.
        contract: whose line it is.
        measure: does it and returns its gas.
        target: gas that it may take at most (the design's); None where it only informs.
        others: what the same work takes elsewhere.
    """

    name: str
    contract: str
    measure: Callable[[Walk], int]
    target: int | None = None
    others: str = ""


_ONE = "106,641 to 160,802"
_EACH = "79,546 to 110,000 storing headers; 30,000 best stored design"

OPERATIONS = (
    Operation("deploy", "BitcoinRelay", lambda walk: walk.deploy_gas("BitcoinRelay")),
    Operation(
        "submit 1 header",
        "BitcoinRelay",
        lambda walk: walk.relay_to(5, 66).submit(1),
        75_000,
        _ONE,
    ),
    Operation(
        "submit 6 headers", "BitcoinRelay", lambda walk: walk.relay_to(6, 62).submit(6), 88_000
    ),
    Operation(  # as five batches of six in twelve are
        "submit 6 headers, of two groups of twelve",
        "BitcoinRelay",
        lambda walk: walk.relay_to(7, 68).submit(6),
        88_000,
    ),
    Operation(
        "submit 144 headers, each: an epoch's mean",
        "BitcoinRelay",
        lambda walk: round(mean(row.submit_gas for row in walk.epoch()) / BATCH),
        3_600,
        _EACH,
    ),
    Operation(
        "submit 144 headers, each: its dearest day",
        "BitcoinRelay",
        lambda walk: round(max(row.submit_gas for row in walk.epoch()) / BATCH),
        3_600,
        _EACH,
    ),
    Operation(
        "finalize a day", "BitcoinRelay", lambda walk: walk.epoch()[1].finalize_gas or 0, 70_000
    ),
    Operation(
        "finalize an epoch's first day",
        "BitcoinRelay",
        lambda walk: walk.epoch()[0].finalize_gas or 0,
        120_000,
    ),
    Operation(
        "submit 1 header: retargets, buries a day",
        "BitcoinRelay",
        lambda walk: walk.relay_to(2 * EPOCH_DAYS).submit(1),
        others=_ONE,
    ),
    Operation("deploy", "HashpriceIndex", lambda walk: walk.index().deploy_gas),
    Operation("record a day", "HashpriceIndex", lambda walk: walk.index().record_gas, 95_000),
    Operation(
        "close a day",
        "HashpriceIndex",
        lambda walk: walk.index().close_gas,
        95_000,
    ),
)


class Figure(BaseModel):
    """What an operation took, and what was expected of it; gas of whole transactions."""

    contract: str
    operation: str
    gas: int
    golden: int | None = None
    target: int | None = None
    others: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def change_percent(self) -> float | None:
        return 100 * (self.gas - self.golden) / self.golden if self.golden else None

    @property
    def name(self) -> str:
        return f"{self.contract}: {self.operation}"

    def failures(self, *, update: bool = False) -> list[str]:
        """Say what is wrong; a missed target always is, a change unless it is made on purpose."""
        found = []
        if update:
            pass
        elif self.golden is None:
            found.append(f"{self.name} is not in the golden file; if it is new: {UPDATE}")
        elif 100 * abs(self.gas - self.golden) > TOLERANCE * self.golden:
            found.append(
                f"{self.name} took {self.gas:,} gas, {self.change_percent:+.2f} % from the golden "
                f"{self.golden:,}; {TOLERANCE} % are allowed; if it is on purpose: {UPDATE}"
            )
        if self.target is not None and self.gas > self.target:
            found.append(f"{self.name} took {self.gas:,} gas: the target is {self.target:,}")
        return found


Golden = dict[str, dict[str, int]]
"""Contract to operation to gas."""


def read_golden(file: Path) -> Golden:
    """Read the golden file; nothing is golden when there is none."""
    return tomllib.loads(file.read_text()) if file.exists() else {}


def write_golden(file: Path, figures: Iterable[Figure]) -> None:
    """Write figures as the golden file."""
    lines = [f"# Gas of whole transactions. Written by `{UPDATE}`, never by hand."]
    contract = None
    for figure in sorted(figures, key=lambda figure: figure.contract):
        if figure.contract != contract:
            contract = figure.contract
            lines += ["", f"[{contract}]"]
        lines.append(f"{json.dumps(figure.operation)} = {figure.gas}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")


def unmeasured(golden: Golden, figures: Iterable[Figure]) -> list[str]:
    """Say which golden figures no operation measures any more."""
    measured = {(figure.contract, figure.operation) for figure in figures}
    return [
        f"{contract}: {operation} is golden, but nothing measures it; if it is gone: {UPDATE}"
        for contract, operations in golden.items()
        for operation in operations
        if (contract, operation) not in measured
    ]


def measure(golden: Golden) -> list[Figure]:
    """Run every operation and set its gas beside its golden figure."""
    from scripts._chain import embedded
    from terahash.bitcoin.archive import Archive

    archive = Archive.open(SHIPPED_ARCHIVE)
    figures = []
    with (
        embedded(archive.checkpoint.time) as chain,
        progress("Measuring", len(OPERATIONS)) as advance,
    ):
        walk = Walk(chain, archive)
        for operation in OPERATIONS:
            figures.append(
                Figure(
                    contract=operation.contract,
                    operation=operation.name,
                    gas=operation.measure(walk),
                    golden=golden.get(operation.contract, {}).get(operation.name),
                    target=operation.target,
                    others=operation.others,
                )
            )
            advance()
    return figures


def table(figures: Iterable[Figure]) -> Table:
    """Lay figures out side by side."""
    table = Table(title="Gas of whole transactions", caption=NOTE)
    table.add_column("operation")
    for heading in ("ours", "golden", "change %", "target"):
        table.add_column(heading, justify="right")
    table.add_column("others")
    contract = ""
    for figure in figures:
        if figure.contract != contract:
            contract = figure.contract
            table.add_section()
            table.add_row(f"[bold]{contract}")
        missed = figure.target is not None and figure.gas > figure.target
        table.add_row(
            figure.operation,
            f"[red]{figure.gas:,}" if missed else f"{figure.gas:,}",
            _number(figure.golden),
            "-" if figure.change_percent is None else f"{figure.change_percent:+.2f}",
            _number(figure.target),
            figure.others or "-",
        )
    return table


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


@click.command(cls=Command)
@click.option("--update", is_flag=True, help="Make these figures the golden ones, on purpose.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures for machines.")
def cli(update: bool, as_json: bool) -> None:
    """Compare the gas of every operation with the golden file and the targets."""
    golden = read_golden(GOLDEN)
    figures = measure(golden)
    if update:
        write_golden(GOLDEN, figures)
    strays = [] if update else unmeasured(golden, figures)
    failures = {figure.name: figure.failures(update=update) for figure in figures}
    failed = sum(map(bool, failures.values())) + len(strays)
    passed = len(figures) - sum(map(bool, failures.values()))
    messages = [message for found in failures.values() for message in found] + strays

    console = Console(width=None if sys.stdout.isatty() else 120)
    if as_json:
        rows = [figure.model_dump() | {"failures": failures[figure.name]} for figure in figures]
        console.print_json(data={"operations": rows, "passed": passed, "failed": failed})
    else:
        console.print(table(figures))
        if update:
            print(f"Wrote {GOLDEN}: say in the commit why it changed.")
    for message in messages:
        print(message, file=sys.stderr if as_json else sys.stdout)
    if not as_json:
        print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    cli()
