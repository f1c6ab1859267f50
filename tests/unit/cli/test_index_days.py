"""`terahash index days`, and the table of `terahash index price`: what people and machines read."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.proof import SHIPPED_PROOFS, read_proofs, write_proofs
from terahash.bitcoin.state import Day
from terahash.cli import main
from terahash.hashprice import BlockDay, block_days
from terahash.headers import SHIPPED_ARCHIVE
from terahash.units import WAD
from tests.support.shared_data import FIRST, shipped_headers

HEAD = """\
                  end difficulty     fees blocks sats/TH     BTC/PH    earned
 day            (UTC)        (T)    (BTC) proven per day    per day (sats/TH)
─────────────────────────────────────────────────────────────────────────────
5713 2023-12-25 00:19    72.0061        -      0 174.608 0.00174608   142.944
5714 2023-12-26 00:57    72.0061        -      0 174.608 0.00174608   322.211
"""
TAIL = """\
5763 2024-02-11 20:50    75.5022 0.232680      1 166.566 0.00166566 8,611.229
5764 2024-02-12 14:38    75.5022        -      0 166.523 0.00166523 8,734.753
5765 2024-02-13 15:45    75.5022        -      0 166.523 0.00166523 8,909.109
5766 2024-02-14 16:47    75.5022        -      0 166.523 0.00166523 9,082.805
5767 2024-02-15 13:42    75.5022        -      0 166.523 0.00166523 9,227.933
Block-day 5712 only sets the clock: 56 complete block-days give 55 of
earnings. Fees of 1 of 7,920 blocks are proven; of the others the subsidy
alone counts.
"""
PRICE = """\
                   sats/TH       BTC/PH   1 TH/s earned   1 PH/s earned
mean hashprice     per day      per day          (sats)           (BTC)
───────────────────────────────────────────────────────────────────────
with proven fees   174.801   0.00174801       5,418.837      0.05418837
subsidy alone      174.801   0.00174801       5,418.837      0.05418837
From 2024-01-01 00:00:00 to 2024-02-01 00:00:00 UTC: 31.00 days. Fees
are proven of 0 of the 4,752 blocks of the 33 block-days that it
touches.
"""


def index(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["index", *map(str, arguments)])


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def expected() -> list[BlockDay]:
    contents: list[Day] = []
    for _ in Archive.open(SHIPPED_ARCHIVE).batches(contents):
        pass
    fees = {proof.height: proof.fees for proof in read_proofs(SHIPPED_PROOFS)}
    return list(block_days(contents, 5_712, fees))


def test_index_days__no_file__table_of_the_shipped_headers_and_coinbase() -> None:
    result = index("days")
    assert result.exit_code == 0
    assert lines(result.stdout)[:5] == lines(HEAD)
    assert lines(result.stdout)[-8:] == lines(TAIL)
    assert len(lines(result.stdout)) == 3 + 55 + 3


def test_index_days__json__every_number_exact() -> None:
    document = json.loads(index("days", "--json").stdout)
    assert document["clock_day"] == 5_712
    assert [BlockDay.model_validate(day) for day in document["days"]] == expected()


def test_index_days__csv__every_number_exact() -> None:
    rows = list(csv.DictReader(StringIO(index("days", "--csv").stdout)))
    assert len(rows) == 55
    for row, day in zip(rows, expected(), strict=True):
        assert Decimal(row["hashprice_sats_per_th_day"]) == Decimal(day.hashprice) / WAD
        assert Decimal(row["hashprice_btc_per_ph_day"]) == Decimal(day.hashprice) / WAD / 10**5
        assert Decimal(row["earned_sats_per_th"]) == Decimal(day.earned) / WAD
        assert Decimal(row["floor_earned_sats_per_th"]) == Decimal(day.floor_earned) / WAD
        assert Decimal(row["difficulty"]) == Decimal(day.difficulty) / WAD
        numbers = [int(row[name]) for name in ("block_day", "end_unix", "fees_sats", "bits")]
        assert numbers == [day.number, day.end, day.fees, day.bits]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The first three shipped block-days as raw headers, which prove no fees."""
    file = tmp_path / "headers.bin"
    file.write_bytes(b"".join(shipped_headers()[: 3 * 144]))
    return file


def test_index_days__raw_headers__nothing_proven(raw: Path) -> None:
    document = json.loads(index("days", raw, "--json").stdout)
    assert (document["coinbases"], len(document["days"])) == (None, 2)


def test_index_days__one_block_day__says_that_two_are_needed(tmp_path: Path) -> None:
    file = tmp_path / "headers.bin"
    file.write_bytes(b"".join(shipped_headers()[:200]))
    result = index("days", file)
    assert result.exit_code == 1
    assert "completes 1 block-day of 144 blocks, and an index needs two" in result.stderr


def test_index_days__coinbase_of_another_block__refused(tmp_path: Path) -> None:
    (proof,) = read_proofs(SHIPPED_PROOFS)
    file = tmp_path / "some.coinbases"
    write_proofs(file, [proof._replace(height=FIRST)])
    result = index("days", "--coinbases", file)
    assert result.exit_code == 1
    assert "coinbase of block 822,528 leads to the Merkle root" in result.stderr


def test_index_days__coinbase_outside_of_the_headers__refused(raw: Path) -> None:
    result = index("days", raw, "--coinbases", SHIPPED_PROOFS)
    assert result.exit_code == 1
    assert "block 830,000 is not among the headers" in result.stderr


def test_index_days__block_proven_twice__refused(tmp_path: Path) -> None:
    file = tmp_path / "some.coinbases"
    write_proofs(file, list(read_proofs(SHIPPED_PROOFS)) * 2)
    result = index("days", "--coinbases", file)
    assert result.exit_code == 1
    assert "two proofs of block 830,000: give one" in result.stderr


@pytest.mark.parametrize("command", ["days", "price"])
def test_index__json_and_csv__wrong_usage(command: str) -> None:
    result = index(command, "--json", "--csv")
    assert result.exit_code == 2
    assert "--json and --csv exclude each other" in result.stderr


@pytest.mark.parametrize(
    "start, end",
    [
        ("2024-01-01", "2024-02-01"),
        ("2024-01-01T00:00", "2024-02-01T00:00"),
        ("1704067200", "1706745600"),
    ],
)
def test_index_price__a_month__table(start: str, end: str) -> None:
    result = index("price", "--from", start, "--to", end)
    assert result.exit_code == 0
    assert lines(result.stdout) == lines(PRICE)
