"""`terahash index price`: its numbers to the last digit, and windows at the edges of the index."""

from __future__ import annotations

import csv
import json
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.proof import SHIPPED_PROOFS, read_proofs
from terahash.bitcoin.state import Day
from terahash.cli import main
from terahash.hashprice import (
    BlockDay,
    block_days,
    earned_at,
    floor_earned_at,
    floor_mean,
    mean,
)
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.shared_data import shipped_headers

START, END = 1_703_392_837, 1_708_004_578
"""What the index of the shipped headers covers."""
COVERED = (
    "lies outside of the index, which covers 2023-12-24 04:40:37 to 2024-02-15 13:42:58 UTC "
    "(1703392837 to 1708004578)\n"
)
DAY_830000 = """\
                   sats/TH       BTC/PH   1 TH/s earned   1 PH/s earned
mean hashprice     per day      per day          (sats)           (BTC)
───────────────────────────────────────────────────────────────────────
with proven fees   166.566   0.00166566         176.092      0.00176092
subsidy alone      166.523   0.00166523         176.046      0.00176046
From 2024-02-10 19:27:42 to 2024-02-11 20:50:03 UTC: 1.06 days. Fees
are proven of 1 of the 144 blocks of the 1 block-day that it touches.
"""


def price(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["index", "price", *map(str, arguments)])


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


@cache
def days() -> list[BlockDay]:
    contents: list[Day] = []
    for _ in Archive.open(SHIPPED_ARCHIVE).batches(contents):
        pass
    fees = {proof.height: proof.fees for proof in read_proofs(SHIPPED_PROOFS)}
    return list(block_days(contents, 5_712, fees))


def day_of(number: int) -> BlockDay:
    return days()[number - 5_713]


def digits(text: str, places: int) -> int:
    """Read a decimal number with exactly so many places as an integer of its last."""
    whole, fraction = text.split(".")
    assert len(fraction) == places
    return int(whole + fraction)


WINDOWS = pytest.mark.parametrize(
    "start, end, touched, proven",
    [
        (None, None, 55, 1),
        (1_704_067_200, 1_706_745_600, 33, 0),
        (1_707_590_000, 1_707_700_000, 3, 1),
        (START, START + 1, 1, 0),
        (END - 1, END, 1, 0),
        (None, START + 1, 1, 0),
    ],
)


@WINDOWS
def test_index_price__json__the_library_s_to_the_last_digit(
    start: int | None, end: int | None, touched: int, proven: int
) -> None:
    document = json.loads(price(*options(start, end), "--json").stdout)
    start, end = START if start is None else start, END if end is None else end
    earned = earned_at(days(), end) - earned_at(days(), start)
    floor = floor_earned_at(days(), end) - floor_earned_at(days(), start)
    assert document == {
        "file": str(SHIPPED_ARCHIVE),
        "coinbases": str(SHIPPED_PROOFS),
        "start": start,
        "end": end,
        "seconds": end - start,
        "hashprice": str(mean(days(), start, end)),
        "earned": str(earned),
        "floor_hashprice": str(floor_mean(days(), start, end)),
        "floor_earned": str(floor),
        "block_days": touched,
        "blocks": touched * 144,
        "proven": proven,
    }


@WINDOWS
def test_index_price__csv__the_library_s_to_the_last_digit(
    start: int | None, end: int | None, touched: int, proven: int
) -> None:
    text = price(*options(start, end), "--csv").stdout
    assert text.count("\n") == 2
    (row,) = csv.DictReader(StringIO(text))
    start, end = START if start is None else start, END if end is None else end
    expected = {
        "hashprice": mean(days(), start, end),
        "floor_hashprice": floor_mean(days(), start, end),
        "earned": earned_at(days(), end) - earned_at(days(), start),
        "floor_earned": floor_earned_at(days(), end) - floor_earned_at(days(), start),
    }
    for name, exact in expected.items():
        a_day = "_day" if name.endswith("hashprice") else ""
        assert digits(row[f"{name}_sats_per_th{a_day}"], 18) == exact
        assert digits(row[f"{name}_btc_per_ph{a_day}"], 23) == exact
    numbers = [int(row[name]) for name in ("start_unix", "end_unix", "seconds")]
    assert numbers == [start, end, end - start]
    counts = [int(row[name]) for name in ("block_days", "blocks", "proven_blocks")]
    assert counts == [touched, touched * 144, proven]


def options(start: int | None, end: int | None) -> list[object]:
    """Write a window's times as options; None leaves one out."""
    given = [] if start is None else ["--from", start]
    return [*given, *([] if end is None else ["--to", end])]


def test_index_price__block_830000_s_own_day__its_fees_above_the_floor() -> None:
    day = day_of(5_763)
    result = price("--from", day.start, "--to", day.end)
    assert lines(result.stdout) == lines(DAY_830000)
    document = json.loads(price("--from", day.start, "--to", day.end, "--json").stdout)
    # The mean of one whole day is its hashprice, but for the rounding of what it earned.
    assert 0 <= day.hashprice - int(document["hashprice"]) <= 1


def test_index_price__edges_of_the_index_to_the_second__the_whole_of_it() -> None:
    edges = ("--from", "2023-12-24T04:40:37", "--to", "2024-02-15T13:42:58")
    assert price(*edges, "--json").stdout == price("--json").stdout


@pytest.mark.parametrize(
    "arguments, time",
    [
        (("--from", START - 1), "2023-12-24 04:40:36"),
        (("--to", END + 1), "2024-02-15 13:42:59"),
        (("--from", 2024), "1970-01-01 00:33:44"),  # digits alone are unix seconds
        (("--from", 0), "1970-01-01 00:00:00"),
        (("--to", (1 << 32) - 1), "2106-02-07 06:28:15"),
        (("--from", "2024-02-16", "--to", "2024-02-17"), "2024-02-16 00:00:00"),
    ],
)
def test_index_price__outside_by_a_second_or_by_far__says_what_is_covered(
    arguments: tuple[object, ...], time: str
) -> None:
    result = price(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {time} UTC {COVERED}"


def test_index_price__end_before_start__refused_with_both() -> None:
    result = price("--from", "2024-01-02", "--to", "2024-01-01T12:30")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: no time lies between 2024-01-02 00:00:00 and 2024-01-01 12:30:00 UTC\n"
    )


@pytest.mark.parametrize("option", ["--from", "--to"])
@pytest.mark.parametrize(
    "time", ["", "2024-1", "24-01-01", "2024-02-30", "1960-01-01", "4294967296", "1.5"]
)
def test_index_price__no_time__wrong_usage_and_what_to_write(option: str, time: str) -> None:
    result = price(option, time)
    assert result.exit_code == 2
    assert f"{time!r} is no time: write 2024-01-01, 2024-01-01T12:00 (UTC) or" in result.stderr


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The shipped headers as raw ones, with which no coinbases come."""
    file = tmp_path / "headers.bin"
    file.write_bytes(b"".join(shipped_headers()))
    return file


def test_index_price__raw_headers_alone__the_floor(raw: Path) -> None:
    document = json.loads(price(raw, "--json").stdout)
    assert (document["coinbases"], document["proven"]) == (None, 0)
    assert document["hashprice"] == document["floor_hashprice"]
    assert document["earned"] == document["floor_earned"]


def test_index_price__raw_headers_and_the_coinbases__as_the_archive(raw: Path) -> None:
    assert price(raw, "--coinbases", SHIPPED_PROOFS).stdout == price().stdout
