"""`python -m scripts.checkpoint`: two sources that agree, or no checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oracle.checkpoint import Claim, agree, read_claim
from oracle.sources import open_source
from scripts.checkpoint import cli
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.checkpoint import Checkpoint
from terahash.errors import SourceError
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.shared_data import FIRST, shipped_headers

HEIGHT = 824_543


def checkpoint(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(cli, list(map(str, arguments)))


@pytest.fixture
def raw(tmp_path: Path) -> Callable[..., str]:
    """Write the shipped headers as raw ones, some bytes (height, offset) changed; its address."""

    def write(*changes: tuple[int, int]) -> str:
        headers = bytearray(b"".join(shipped_headers()))
        for height, offset in changes:
            headers[80 * (height - FIRST) + offset] ^= 1
        path = tmp_path / "headers.bin"
        path.write_bytes(headers)
        return f"{path}@{FIRST}"

    return write


@pytest.fixture
def claim() -> Claim:
    return read_claim(open_source(str(SHIPPED_ARCHIVE)), HEIGHT)


def test_checkpoint__two_sources_agree__written_for_the_deployment(
    raw: Callable[..., str], tmp_path: Path
) -> None:
    out = tmp_path / "checkpoint.json"
    result = checkpoint(
        "--height", HEIGHT, "--source", SHIPPED_ARCHIVE, "--source", raw(), "--out", out
    )
    assert result.exit_code == 0
    written = Checkpoint.load(out)
    # The State of the archive's headers, verified one by one, has the same times and chainwork.
    *_, (_, state) = (
        (batch, after)
        for batch, after in Archive.open(SHIPPED_ARCHIVE).batches()
        if after.height <= HEIGHT
    )
    assert written.state() == state._replace(days=bytes(32), days_before=bytes(32))
    assert written.hash in result.stdout
    assert f"{int(written.chainwork, 16):,} hashes" in result.stdout
    assert f"{written.epoch_start_time} (2023-12-23 06:04 UTC)" in result.stdout
    assert "2 sources agree" in result.stdout


def test_checkpoint__first_of_epoch_dated_otherwise__disagree_and_nothing_written(
    raw: Callable[..., str], tmp_path: Path
) -> None:
    out = tmp_path / "checkpoint.json"
    result = checkpoint(
        "--height", HEIGHT, "--source", SHIPPED_ARCHIVE, "--source", raw((FIRST, 68)), "--out", out
    )
    assert result.exit_code == 1
    assert "the sources disagree on epoch start" in result.stderr
    assert f"{SHIPPED_ARCHIVE} says 1703311464" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    "change, reason",
    [
        ((HEIGHT, 76), "header at height 824,543 refused: insufficient work"),
        ((HEIGHT, 4), "header at height 824,543 refused: parent mismatch"),
        ((HEIGHT - 1, 68), "header at height 824,543 refused: parent mismatch"),
        ((HEIGHT - 5, 68), "header at height 824,539 refused: parent mismatch"),
        ((HEIGHT - 11, 68), "header at height 824,533 refused: parent mismatch"),
        ((FIRST, 72), "header at height 822,528 refused: unexpected bits"),
    ],
)
def test_read_claim__headers_that_are_not_bitcoins__refused(
    raw: Callable[..., str], change: tuple[int, int], reason: str
) -> None:
    with pytest.raises(SourceError, match=f"{reason}.*exclude this source"):
        read_claim(open_source(raw(change)), HEIGHT)


@pytest.mark.parametrize(
    "field, value, name",
    [
        ("header", bytes(80), "header"),
        ("epoch_start", 1, "epoch start"),
        ("earlier_times", [1] * 10, "ten earlier times"),
        ("chainwork", 1, "chainwork"),
        ("chainwork", 0, "chainwork"),
    ],
)
def test_agree__one_field_differs__named_with_what_each_says(
    claim: Claim, field: str, value: object, name: str
) -> None:
    other = replace(claim, source="other", **{field: value})
    with pytest.raises(SourceError, match=rf"disagree on {name} \(.* says .*, other says") as error:
        agree([claim, other])
    assert str(error.value).count("(") == 1  # no other field


def test_agree__one_knows_no_chainwork__taken_from_the_other(claim: Claim) -> None:
    agreed = agree([replace(claim, chainwork=None), claim])
    assert int(agreed.chainwork, 16) == claim.chainwork


def test_agree__nobody_knows_the_chainwork__says_who_would(claim: Claim) -> None:
    unknown = replace(claim, chainwork=None)
    with pytest.raises(SourceError, match="add a Bitcoin Core node, an archive, or a file"):
        agree([unknown, unknown])


def test_checkpoint__one_source__usage_error(tmp_path: Path) -> None:
    out = tmp_path / "checkpoint.json"
    twice = ["--source", SHIPPED_ARCHIVE, "--source", SHIPPED_ARCHIVE]
    result = checkpoint("--height", HEIGHT, *twice, "--out", out)
    assert result.exit_code == 2
    assert "two different sources" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("height", [824_542, 824_544, 0, -1])
def test_checkpoint__height_that_ends_no_epoch__usage_error(height: int) -> None:
    result = checkpoint("--height", height, "--source", SHIPPED_ARCHIVE)
    assert result.exit_code == 2
    assert f"--height {height} does not end an epoch" in result.stderr
