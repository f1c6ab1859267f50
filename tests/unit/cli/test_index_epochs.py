"""`terahash index epochs`: the table of epochs, and its numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.state import before_genesis, extend, verify
from terahash.cli import main
from terahash.epochs import epoch_table, epochs
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.shared_data import checkpoint_824543, shared, shipped_headers

TABLE = """\
         first             start      bits  difficulty  change  block    took
epoch   height             (UTC)     (hex)         (T)     (%)  (min)  (days)
─────────────────────────────────────────────────────────────────────────────
  408  822,528  2023-12-23 06:04  1703e8b3     72.0061   +6.98   9.84   13.77
  409  824,544  2024-01-06 00:41  1703d869     73.1976   +1.65  10.41   14.57
  410  826,560  2024-01-20 14:32  1704005a     70.3435   -3.90   9.32   13.04
  411  828,576  2024-02-02 15:42  1703ba5d     75.5022   +7.33   9.24   12.93
  412  830,592  2024-02-15 14:41  170371b1     81.7253   +8.24      -       -
Epoch 412 is incomplete: 1 of 2,016 blocks.
"""


def index_epochs(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["index", "epochs", *map(str, arguments)])


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_index_epochs__no_file__table_of_the_shipped_archive() -> None:
    result = index_epochs()
    assert result.exit_code == 0
    assert lines(result.stdout) == lines(TABLE)
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_index_epochs__raw_with_a_checkpoint__only_its_own(tmp_path: Path) -> None:
    raw, checkpoint = tmp_path / "headers.bin", tmp_path / "checkpoint.json"
    raw.write_bytes(b"".join(shipped_headers()[2016 : 2016 * 2]))
    checkpoint_824543().dump(checkpoint)
    result = index_epochs(raw, "--checkpoint", checkpoint)
    assert lines(result.stdout)[3:] == lines(TABLE)[4:5]  # complete: no line about the rest


def test_index_epochs__json__exact_numbers() -> None:
    document = json.loads(index_epochs("--json").stdout)
    assert document["file"] == str(SHIPPED_ARCHIVE)
    assert [epoch["number"] for epoch in document["epochs"]] == [408, 409, 410, 411, 412]
    assert document["epochs"][4] == {
        "number": 412,
        "first_height": 830592,
        "start": 1708008110,
        "bits": 0x170371B1,
        "difficulty": "81725299822043218423396082635913",
        "previous_difficulty": document["epochs"][3]["difficulty"],
        "blocks": 1,
        "span": 0,
    }


def test_index_epochs__broken_file__refused_and_no_table(tmp_path: Path) -> None:
    path = tmp_path / "broken.headers"
    raw = bytearray(SHIPPED_ARCHIVE.read_bytes())
    raw[200_000] ^= 1
    path.write_bytes(raw)
    result = index_epochs(path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "is corrupt at height" in result.stderr


def test_epochs__real_retargets__spans_are_those_of_the_vectors() -> None:
    rows = shared("retarget_vectors.csv").read_text().splitlines()[1:]
    spans = {int(row.split(",")[0]): int(row.split(",")[5]) for row in rows}
    archive = Archive.open(SHIPPED_ARCHIVE)
    found = {
        epoch.first_height + 2016: epoch.span
        for epoch in epochs(archive.checkpoint, (state for _, state in archive.batches()))
        if epoch.is_complete and epoch.first_height + 2016 in spans
    }
    assert found
    assert found == {height: spans[height] for height in found}


def test_epochs__start_inside_an_epoch__change_not_known() -> None:
    archive = Archive.open(SHIPPED_ARCHIVE)
    state = extend(archive.checkpoint, b"".join(shipped_headers()[:100]))
    first, second = epochs(state, verify(shipped_headers()[100:2200], state))
    assert (first.previous_difficulty, first.change) == (None, None)
    assert (first.blocks, first.start) == (2016, 1703311464)
    assert second.blocks == 184
    assert second.change == pytest.approx(0.0165, abs=0.0001)


def test_epochs__genesis_alone__no_change_and_no_interval() -> None:
    genesis = (
        "01000000" + "00" * 32 + "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
        "29ab5f49ffff001d1dac2b7c"
    )
    state = before_genesis()
    (epoch,) = epochs(state, [extend(state, bytes.fromhex(genesis))])
    assert (epoch.number, epoch.first_height, epoch.difficulty) == (0, 0, 10**18)
    assert (epoch.change, epoch.interval) == (None, None)


def test_epoch_table__no_epochs__headings_alone() -> None:
    table = epoch_table([])
    assert table.row_count == 0
    assert table.caption is None
