"""`python -m scripts.archive`: verified headers in, an archive out, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scripts.archive import cli
from terahash.bitcoin.archive import Archive
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.shared_data import FIRST, checkpoint_824543, shared, shipped_headers


def archive(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(cli, list(map(str, arguments)))


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The shipped headers as raw ones."""
    path = tmp_path / "headers.bin"
    path.write_bytes(b"".join(shipped_headers()))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.headers"


def test_archive__shared_raw_headers__the_shipped_archive_byte_for_byte(out: Path) -> None:
    source = f"{shared('mainnet_822528-830592.bin')}@822528"
    checkpoint = shared("checkpoint_822527.json")
    result = archive(
        "--source", source, "--from", 822528, "--to", 830592,
        "--checkpoint", checkpoint, "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0
    assert out.read_bytes() == SHIPPED_ARCHIVE.read_bytes()
    assert "8,065 headers, 822,528 to 830,592, 355,032 bytes" in result.stdout
    assert "approximate" in result.stdout


def test_archive__no_checkpoint__read_from_the_source(out: Path) -> None:
    result = archive("--source", SHIPPED_ARCHIVE, "--from", 824544, "--to", 824545, "--out", out)
    assert result.exit_code == 0
    written = Archive.open(out)
    assert written.checkpoint == checkpoint_824543().state()
    assert [raw for raw, _ in written.batches()] == [b"".join(shipped_headers()[2016:2018])]
    assert "approximate" not in result.stdout


def test_archive__source_without_chainwork__says_to_give_a_checkpoint(raw: Path, out: Path) -> None:
    result = archive("--source", f"{raw}@{FIRST}", "--from", 824544, "--to", 824545, "--out", out)
    assert result.exit_code == 1
    assert "no source knows the chainwork" in result.stderr
    assert "--checkpoint" in result.stderr


def test_archive__refused_header__nothing_written(raw: Path, out: Path, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.json"
    checkpoint_824543().dump(checkpoint)
    broken = bytearray(raw.read_bytes())
    broken[80 * (824_600 - FIRST) + 76] ^= 1
    raw.write_bytes(broken)
    result = archive(
        "--source", f"{raw}@{FIRST}", "--from", 824544, "--to", 824700,
        "--checkpoint", checkpoint, "--out", out,
    )  # fmt: skip
    assert result.exit_code == 1
    assert "header at height 824,600 refused: insufficient work" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.json", "headers.bin"]


@pytest.mark.parametrize(
    "first, last, reason",
    [
        (824545, 824546, "--from 824545 does not begin an epoch"),
        (0, 1, "--from 0 does not begin an epoch"),
        (824544, 824543, "--to 824543 is before --from 824544"),
    ],
)
def test_archive__heights_that_cannot_be__usage_error(
    out: Path, first: int, last: int, reason: str
) -> None:
    result = archive("--source", SHIPPED_ARCHIVE, "--from", first, "--to", last, "--out", out)
    assert result.exit_code == 2
    assert reason in result.stderr


def test_archive__checkpoint_of_another_height__usage_error(out: Path, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.json"
    checkpoint_824543().dump(checkpoint)
    result = archive(
        "--source", SHIPPED_ARCHIVE, "--from", 826560, "--to", 826561,
        "--checkpoint", checkpoint, "--out", out,
    )  # fmt: skip
    assert result.exit_code == 2
    assert "is the checkpoint at 824543, but --from needs that at 826559" in result.stderr


def test_archive__beyond_the_tip__says_where_the_source_ends(out: Path) -> None:
    result = archive("--source", SHIPPED_ARCHIVE, "--from", 824544, "--to", 830593, "--out", out)
    assert result.exit_code == 1
    assert "ends at height 830,592: give --to 830592 or less" in result.stderr
    assert not out.exists()
