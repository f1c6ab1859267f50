"""The block-days of an index, from a file of headers and a file of coinbases."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel
from rich import box
from rich.table import Table

from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.proof import SHIPPED_PROOFS, CoinbaseProof, read_proofs
from terahash.bitcoin.state import DAY_BLOCKS, State
from terahash.errors import IndexRangeError, ProofError
from terahash.hashprice import BlockDay, block_days, to_the_second
from terahash.headers import SHIPPED_ARCHIVE, HeaderFile
from terahash.report.numbers import scaled
from terahash.units import SATS_PER_BTC, WAD, utc

BTC_PER_PH = WAD * SATS_PER_BTC // 1_000
"""What divides satoshi per TH/s (times 10^18) into bitcoin per PH/s: exact with 23 decimals."""


class _Clock(NamedTuple):
    """When a complete block-day ended, unix seconds, and its compact target."""

    end: int
    bits: int


class IndexFile(BaseModel):
    """The index that a file of headers and a file of coinbases give, as `--json` prints it.

    Attributes:
        file: of headers.
        coinbases: the file of coinbases; None where no fees are proven.
        clock_day: the first complete block-day, whose end is the index's beginning.
        days: the block-days after it.
        uncounted: proofs of blocks outside of these days.
    """

    file: str
    coinbases: str | None
    clock_day: int
    days: list[BlockDay]
    uncounted: int

    @property
    def proven(self) -> int:
        """How many blocks' fees count."""
        return sum(day.proven for day in self.days)


def shipped_coinbases(headers: Path) -> Path | None:
    """Say which coinbases come with a file of headers: the shipped ones with the shipped ones."""
    return SHIPPED_PROOFS if headers.samefile(SHIPPED_ARCHIVE) else None


def read_index(
    headers: HeaderFile, batches: Iterable[tuple[bytes, State]], coinbases: Path | None = None
) -> IndexFile:
    """Verify headers and coinbases to their end, and compute the index that they give.

    Args:
        headers: the file.
        batches: its `batches()`, which a progress bar may have wrapped.
        coinbases: a file of proofs (`read_proofs`); None proves no fees.

    Raises:
        ArchiveError: names the height and the byte where the headers break.
        ProofError: names the line or the block whose proof is refused.
        IndexRangeError: when fewer than two block-days are complete.
    """
    before = headers.checkpoint.height
    proofs = _proofs_by_height(coinbases, before + 1, before + headers.count) if coinbases else {}
    ends: list[_Clock] = []
    for raw, state in batches:
        first = state.height + 1 - len(raw) // HEADER_SIZE
        for height in range(first, state.height + 1):
            if height in proofs:
                at = (height - first) * HEADER_SIZE
                proofs[height].check(Header.parse(raw[at : at + HEADER_SIZE]).merkle_root)
        if (state.height + 1) % DAY_BLOCKS == 0:
            ends.append(_Clock(state.median_time, state.bits))
    if len(ends) < 2:
        raise IndexRangeError(
            f"{headers.path} completes {len(ends)} block-day{'s' * (len(ends) != 1)} of "
            f"{DAY_BLOCKS} blocks, and an index needs two: the first only sets its clock; give "
            f"at least {2 * DAY_BLOCKS} headers"
        )
    clock_day = -(-(before + 1) // DAY_BLOCKS)
    fees = {height: int(proof.fees) for height, proof in proofs.items()}
    days = list(block_days(ends, clock_day, fees))
    return IndexFile(
        file=str(headers.path),
        coinbases=str(coinbases) if coinbases else None,
        clock_day=clock_day,
        days=days,
        uncounted=len(proofs) - sum(day.proven for day in days),
    )


def _proofs_by_height(path: Path, first: int, last: int) -> dict[int, CoinbaseProof]:
    """Read proofs of blocks between two heights, one of each at most."""
    proofs: dict[int, CoinbaseProof] = {}
    for proof in read_proofs(path):
        if not first <= proof.height <= last:
            raise ProofError(
                f"{path}: block {proof.height:,} is not among the headers, which are those of "
                f"blocks {first:,} to {last:,}"
            )
        if proof.height in proofs:
            raise ProofError(f"{path}: two proofs of block {proof.height:,}: give one")
        proofs[proof.height] = proof
    return proofs


def day_table(index: IndexFile) -> Table:
    """Lay block-days out as people read them: UTC, difficulty in trillions, fees and earnings."""
    days = index.days
    fees = fitted([day.fees for day in days], SATS_PER_BTC, 8, 8)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)  # 79 columns
    columns = {
        "\nday": [f"{day.number}" for day in days],
        "end\n(UTC)": [utc(day.end) for day in days],
        "difficulty\n(T)": [_trillions(day.difficulty) for day in days],
        "fees\n(BTC)": [text if day.proven else "-" for text, day in zip(fees, days, strict=True)],
        "blocks\nproven": [f"{day.proven}" for day in days],
        "sats/TH\nper day": fitted([day.hashprice for day in days], WAD, 3, 9),
        "BTC/PH\nper day": fitted([day.hashprice for day in days], BTC_PER_PH, 8, 10),
        "earned\n(sats/TH)": fitted([day.earned for day in days], WAD, 3, 9),
    }
    for title in columns:
        table.add_column(title, justify="right", no_wrap=True)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    table.caption = _caption(index)
    table.caption_justify = "left"
    return table


def _caption(index: IndexFile) -> str:
    days = len(index.days)
    said = (
        f"Block-day {index.clock_day} only sets the clock: {days + 1:,} complete block-days give "
        f"{days:,} of earnings. Fees of {index.proven:,} of {days * DAY_BLOCKS:,} blocks are "
        "proven; of the others the subsidy alone counts."
    )
    if index.uncounted:
        said += f" Proofs of blocks outside of these days: {index.uncounted:,}."
    return said


def fitted(numbers: Sequence[int], scale: int, digits: int, width: int) -> list[str]:
    """Write a column of `number / scale` with as many decimals as its width allows.

    Numbers that do not fit without decimals, as those of Bitcoin's first years, are written with
    four digits and an exponent.
    """
    for places in range(digits, -1, -1):
        texts = [scaled(number, scale, places) for number in numbers]
        if all(len(text) <= width for text in texts):
            return texts
    return [f"{Decimal(number) / scale:.3e}" for number in numbers]


def _trillions(difficulty: int) -> str:
    trillion = WAD * 10**12
    if difficulty * 10 >= trillion:
        return scaled(difficulty, trillion, 4)
    return f"{Decimal(difficulty) / trillion:.2e}"


def day_csv(index: IndexFile) -> str:
    """Write block-days for spreadsheets, every number exact: a line of headings, and one a day."""
    rows = [
        {
            "block_day": f"{day.number}",
            "first_height": f"{day.first_height}",
            "start_unix": f"{day.start}",
            "end_unix": f"{day.end}",
            "start_utc": to_the_second(day.start),
            "end_utc": to_the_second(day.end),
            "bits": f"{day.bits}",
            "difficulty": decimal(day.difficulty),
            "subsidy_sats": f"{day.subsidy}",
            "fees_sats": f"{day.fees}",
            "proven_blocks": f"{day.proven}",
            "hashprice_sats_per_th_day": decimal(day.hashprice),
            "hashprice_btc_per_ph_day": decimal(day.hashprice, BTC_PER_PH, 23),
            "earned_sats_per_th": decimal(day.earned),
            "floor_earned_sats_per_th": decimal(day.floor_earned),
        }
        for day in index.days
    ]
    return csv_text(rows)


def decimal(number: int, scale: int = WAD, digits: int = 18) -> str:
    """Write `number / scale` for machines: all of its decimals, and no separators."""
    return scaled(number, scale, digits).replace(",", "")


def csv_text(rows: Sequence[dict[str, str]]) -> str:
    """Write rows of one shape as CSV, headings first; each line ends in a line feed."""
    text = StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
