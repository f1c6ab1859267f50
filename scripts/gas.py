"""Measure what each operation costs, against the golden file, the targets and other works.

Every figure is the receipt of a whole transaction on the embedded chain: intrinsic cost, calldata
(EIP-7623) and cold storage included. `OPERATIONS` is the one table of operations and targets.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from pydantic import BaseModel, computed_field
from rich.console import Console
from rich.table import Table

from terahash.console import Command, progress
from terahash.headers import SHIPPED_ARCHIVE
from terahash.units import DAY, HOUR

if TYPE_CHECKING:
    from scripts._chain import ApeChain
    from scripts._gas_issuance import Issuing
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

        self.chain, self.archive = chain, archive
        # One confirmation, as in the demo: the archive ends one block after its last block-day.
        self.terms = Terms(archive.checkpoint, confirmations=1)
        self.deployment = deploy(chain, self.terms)
        relay = Relay(chain, self.deployment.address("BitcoinRelay"))
        self.replaying = Replaying(chain, relay, archive.checkpoint)
        self.days: list[Day] = []  # of the archive, from its first on
        self._headers = b"".join(headers for headers, _ in archive.batches(self.days))

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

    def pass_a_day(self) -> None:
        """Let a challenge or a fee window pass, and the second that each transaction took."""
        self.replaying.wait(DAY + HOUR)

    def epoch(self) -> list[DayRow]:
        """Relay the archive's second epoch, one batch a block-day.

        The first epoch holds the relay's first buried day, which alone pays for the slot `head`.
        """
        return self.relay_to(2 * EPOCH_DAYS).replaying.days[EPOCH_DAYS : 2 * EPOCH_DAYS]

    @cached_property
    def indexing(self) -> Indexing:
        """The deployment's index, which has no feed, over the days that are final by now."""
        self.epoch()
        final = self.replaying.relay.tip().final_day - self.terms.first_day + 1
        address = self.deployment.address("HashpriceIndex")
        return Indexing(self, address, self.days[:final])

    @cached_property
    def proving(self) -> Proving:
        """An index on a relay of its own, with a day whose fees can be proven."""
        return Proving(self)

    @cached_property
    def quorums(self) -> dict[str, int]:
        """The calls of quorum feeds of several sizes: their gas."""
        from scripts._gas_feeds import Quorum

        return Quorum(self.chain).gas

    @cached_property
    def issuing(self) -> Issuing:
        """The calls of an issuance and a market, on a chain of their own with Bitcoin's clock."""
        from scripts._gas_issuance import Issuing

        return Issuing(self.archive)

    @property
    def _relayed(self) -> int:
        return self.replaying.state.height - self.replaying.checkpoint.height


class Indexing:
    """An index that recorded and closed block-days, one after another.

    Attributes:
        record_gas, close_gas: of each day after the first, which sets the clock.
    """

    def __init__(self, walk: Walk, address: str, days: list[Day]) -> None:
        from terahash.hashprice_index import HashpriceIndex

        self._index = HashpriceIndex(walk.chain, address)
        self._days = days
        self.record_gas: list[int] = []
        self.close_gas: list[int] = []
        self._index.record(days[:1])
        for day in days[1:]:
            self.record_gas.append(self._index.record([day]).gas_used)
            walk.pass_a_day()
            self.close_gas.append(self._index.close().gas_used)

    def read_gas(self, day: int) -> int:
        """Read `earned_at` in the middle of a day in a transaction of its own; return its gas."""
        time = (self._days[day - 1].end + self._days[day].end) // 2
        index = self._index
        return index.chain.send("HashpriceIndex", index.address, "earned_at", time).gas_used


class Proving:
    """An index that recorded a block-day of easy blocks, whose coinbases have real ones' shapes."""

    def __init__(self, walk: Walk) -> None:
        from scripts._easy_blocks import EASY, easy, mine, mine_day
        from terahash.deployment import deploy
        from terahash.hashprice_index import HashpriceIndex
        from terahash.relay import Relay

        checkpoint = easy(walk.terms.checkpoint)
        terms = replace(walk.terms, checkpoint=checkpoint, limit=EASY.limit, unit=1)
        deployment = deploy(walk.chain, terms)
        relay = Relay(walk.chain, deployment.address("BitcoinRelay"))
        first_headers, first_state, first = mine_day(checkpoint, fees=0)
        headers, state, self._day = mine_day(first_state, fees=20_000_000)
        relay.submit(checkpoint, first_headers)
        relay.submit(first_state, headers)
        relay.submit(state, mine(state, bytes(32)))
        walk.pass_a_day()
        relay.finalize([first.day, self._day.day])
        self._index = HashpriceIndex(walk.chain, deployment.address("HashpriceIndex"))
        self._index.record([first.day, self._day.day])

    def prove(self, blocks: range) -> int:
        """Prove the fees of blocks of the day and return the gas it took, for each."""
        from terahash.hashprice_index import fee_call

        day = self._day
        proofs = day.proofs[blocks.start : blocks.stop]
        receipt = self._index.prove_fees(fee_call(day.number, day.day, day.roots, proofs))
        return round(receipt.gas_used / len(blocks))


class Operation(NamedTuple):
    """One line of the table.

    Attributes:
        name: what a user does.
        contract: whose line it is.
        measure: does it and returns its gas.
        target: gas that it may take at most (the design's); None where it only informs.
        others: what the same work takes elsewhere.
        because: why it misses its target, where it does; such a miss is printed, and fails nothing.
    """

    name: str
    contract: str
    measure: Callable[[Walk], int]
    target: int | None = None
    others: str = ""
    because: str = ""


_ONE = "106,641 to 160,802"
_TRANSFER = "34,500 a plain ERC-20; 57,300 naive reward hook; 96,700 interest-bearing"
_EACH = "79,546 to 110,000 storing headers; 30,000 best stored design"

# The calls of an issuance, in the order of its life.
_ISSUANCE: tuple[tuple[str, *tuple[Any, ...]], ...] = (
    ("open an issuance",),
    ("mint, the first",),  # fills four slots that all later ones find filled
    ("mint, to a new holder, owed and streaming", 140_000),
    ("accrue a day",),
    ("accrue, each further day", 3_500),
    ("deliver", 59_000, "58,900"),
    ("deliver, into a running stream", 59_000, "58,900"),
    ("transfer, both sides earning", 39_000, _TRANSFER),
    ("transfer, to a new holder", 57_000),
    ("claim, the first ever", 69_000, "76,400; 773,859 for 52 missed cycles"),
    ("claim", 51_000, "76,400; 773,859 for 52 missed cycles"),
    ("redeem", 90_000),
    ("cover", 65_000),
)

# The calls of a quorum feed, and how a contract reads it. Targets are of a feed whose history is
# full: in its first thirty days each observation takes a slot that was never used, 17,100 more.
_FEEDS: tuple[tuple[str, str, *tuple[Any, ...]], ...] = (
    ("QuorumFeed", "deploy"),
    ("QuorumFeed", "name a hot key"),
    ("QuorumFeed", "submit, 3 signers", 75_000, "95,200 (n = 4)"),
    ("QuorumFeed", "submit, 5 signers", 86_000, "104,400"),
    ("QuorumFeed", "submit, 21 signers", 180_000, "171,000"),
    ("QuorumFeed", "submit, 3 signers, in the first thirty days"),
    ("QuorumFeed", "submit, 5 signers, in the first thirty days"),
    ("QuorumFeed", "submit, 21 signers, in the first thirty days"),
    ("QuorumFeed", "read latest, by a contract", 8_000),
    ("AggregatorFacade", "read a feed, by a contract"),
)

_TWO_LOGS = "ERC-6909 has both claims' balances logged, 2,387 gas each"
_EACH_ORDER = "two logs of ERC-6909, and the order's own with both accounts"

# The calls of a market, and why those that miss the design's target do.
_MARKET: tuple[tuple[str, *tuple[Any, ...]], ...] = (
    ("deploy",),
    ("open a series", 64_000, "2,931,933 (deploys a contract)"),
    ("open 36 series", 1_170_000),
    ("mint a pair, one side new", 80_000, "131,980 to 183,280", _TWO_LOGS),
    ("mint a pair, again", 62_000, "97,780", _TWO_LOGS),
    ("mint a pair, for two new holders", 102_000),
    ("burn a pair", 57_000, "", _TWO_LOGS),
    ("fill that mints, new users", 164_000, "232,753; 421,477; 899,223"),
    ("fill that mints, known users", 128_000),
    ("fill that mints, same order again", 110_000),
    ("fill as transfer", 130_000),
    ("fill as transfer, to a new holder", 130_000),
    ("fill as burn",),  # the design's figure is of an order that was filled before
    ("fill as burn, same order again", 105_000),
    ("match two orders, new users", 202_000),
    ("match two orders, the same again", 131_000),
    ("sweep, each further order of a known maker", 60_000, "", _EACH_ORDER),
    ("sweep, each further order of a new maker", 77_000, "", _EACH_ORDER),
    ("sweep, each further dead order", 20_000),
    ("fill 2 orders at once, known users", 214_000),
    ("fill 12 orders at once, known users", 935_000),
    ("cancel", 50_500),
    ("cancel all, again", 29_500),
    ("settle, difficulty", 55_000, "170,585"),
    ("settle, hashprice", 90_000, "170,585"),
    ("redeem", 54_000),
    ("redeem, to an account without bitcoin", 72_000),
    ("transfer claims", 38_000),
    ("transfer claims, to a new holder", 56_000),
)

# The calls of a claim's token: a clone, which adds a call of its code to each.
_CLAIM_TOKEN: tuple[tuple[str, *tuple[Any, ...]], ...] = (
    ("open",),
    ("wrap",),
    ("wrap, to a new holder",),
    ("unwrap",),
    ("transfer", None, "34,500 a plain ERC-20"),
    ("transfer, to a new holder",),
    ("redeem, the first",),
    ("redeem",),
    ("redeem for another",),
)

# The calls of a lending vault, with the targets of a cash-covered one and of one of delivery. An
# isolated market without rewards: deposit 107,500, withdraw 85,600, borrow 92,900, repay 90,400,
# liquidate 117,000.
_EARNED = "each credit is held against what the token says the vault earned: 3,000 gas, and its log"
_CLAIMED = "the claim is a transfer of bitcoin from the token, 24,400 gas"
_REDEEMED = "the token's own redemption takes 89,500 gas, 19,900 more than its prototype's"
_LENDING: tuple[tuple[str, int | None, int | None, str, str], ...] = (
    ("open", None, None, "", ""),
    ("deposit", 82_000, 82_000, "107,500 without rewards", ""),
    ("deposit, a new lender", 100_000, 100_000, "", ""),
    ("withdraw", 78_000, 78_000, "85,600 without rewards", ""),
    ("withdraw, with a claim of the token", 93_000, 93_000, "", _CLAIMED),
    ("post", 84_000, 86_000, "", ""),
    ("borrow", 112_000, 121_000, "92,900 without rewards", _EARNED),
    ("borrow, the token one day behind", 126_000, 132_000, "", _EARNED),
    ("repay", 90_000, 93_000, "90,400 without rewards", ""),
    ("close", 107_000, 110_000, "", ""),
    ("withdraw collateral, with a debt", 110_000, 120_000, "", _EARNED),
    ("withdraw collateral, without a debt", 65_000, 65_000, "", ""),
    ("liquidate", 134_000, 147_000, "117,000 without rewards", ""),
    ("liquidate to the reserve", 144_000, 153_000, "", _REDEEMED),
    ("harvest", 93_000, 95_000, "", ""),
)
_KINDS = ("cash-covered", "delivery")

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
    Operation("deploy", "HashpriceIndex", lambda walk: walk.deploy_gas("HashpriceIndex")),
    Operation(
        "record a day", "HashpriceIndex", lambda walk: max(walk.indexing.record_gas[1:]), 95_000
    ),
    # Blocks take turns in the shapes of eight real ones. One block is the largest of these; that it
    # is its day's first makes no difference, for a recorded day's slot is never zero.
    Operation(
        "prove fees, 1 block",
        "HashpriceIndex",
        lambda walk: walk.proving.prove(range(7, 8)),
        100_000,
    ),
    Operation(  # a whole group, and of the two kinds of groups the dearer
        "prove fees, 12 blocks, each",
        "HashpriceIndex",
        lambda walk: walk.proving.prove(range(36, 48)),
        28_000,
    ),
    Operation(
        "prove fees, 48 blocks, each",
        "HashpriceIndex",
        lambda walk: walk.proving.prove(range(48, 96)),
        25_000,
    ),
    Operation(
        "close a day",
        "HashpriceIndex",
        lambda walk: max(walk.indexing.close_gas[1 : EPOCH_DAYS - 1]),
        95_000,
    ),
    Operation(
        "close an epoch's first day",
        "HashpriceIndex",
        lambda walk: walk.indexing.close_gas[EPOCH_DAYS - 1],
    ),
    Operation(
        "close a day, with dollars",
        "HashpriceIndex",
        lambda walk: walk.issuing.gas["close a day, with dollars"],
        145_000,
    ),
    Operation(
        "read earned_at of mid-history",
        "HashpriceIndex",
        lambda walk: walk.indexing.read_gas(EPOCH_DAYS),
    ),
    *(
        Operation(name, contract, lambda walk, name=name: walk.quorums[name], *target)
        for contract, name, *target in _FEEDS
    ),
    *(
        Operation(name, "HashrateToken", lambda walk, name=name: walk.issuing.gas[name], *target)
        for name, *target in _ISSUANCE
    ),
    *(
        Operation(name, "PairMarket", lambda walk, name=name: walk.issuing.trading[name], *target)
        for name, *target in _MARKET
    ),
    *(
        Operation(name, "ClaimToken", lambda walk, name=name: walk.issuing.wrapping[name], *target)
        for name, *target in _CLAIM_TOKEN
    ),
    *(
        Operation(
            f"{name}, {kind}",
            "LendingVault",
            lambda walk, name=f"{name}, {kind}": walk.issuing.lending[name],
            (covered, delivery)[at],
            others,
            because,
        )
        for at, kind in enumerate(_KINDS)
        for name, covered, delivery, others, because in _LENDING
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
    because: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def change_percent(self) -> float | None:
        return 100 * (self.gas - self.golden) / self.golden if self.golden else None

    @property
    def name(self) -> str:
        return f"{self.contract}: {self.operation}"

    @property
    def is_above(self) -> bool:
        return self.target is not None and self.gas > self.target

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
        if self.is_above and not self.because:
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
                    because=operation.because,
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
        table.add_row(
            figure.operation,
            f"[red]{figure.gas:,}" if figure.is_above else f"{figure.gas:,}",
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
    out = sys.stderr if as_json else sys.stdout
    for figure in figures:
        if figure.is_above and figure.because:
            missed = f"{figure.name} took {figure.gas:,} gas, above its target of"
            print(f"{missed} {figure.target:,}: {figure.because}.", file=out)
    for message in messages:
        print(message, file=out)
    if not as_json:
        print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    cli()
