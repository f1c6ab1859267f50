"""The checkpoint as JSON: what it must say, and the State that it gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.checkpoint import Checkpoint, CheckpointError
from terahash.bitcoin.state import extend
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.shared_data import FIRST, checkpoint_824543, shared, shipped_headers


def test_checkpoint_load__shared_data__state_of_the_shipped_archive() -> None:
    checkpoint = Checkpoint.load(shared("checkpoint_822527.json"))
    assert checkpoint.state() == Archive.open(SHIPPED_ARCHIVE).checkpoint
    assert checkpoint.earlier_times is None


def test_checkpoint_state__ten_earlier_times__that_of_the_verified_chain() -> None:
    state = Archive.open(SHIPPED_ARCHIVE).checkpoint
    state = extend(state, b"".join(shipped_headers()[: 824_544 - FIRST]))
    empty = bytes(32)
    assert checkpoint_824543().state() == state._replace(days=empty, days_before=empty)


def test_checkpoint_dump__loaded_again__equal(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    checkpoint_824543().dump(path)
    assert Checkpoint.load(path) == checkpoint_824543()
    assert list(json.loads(path.read_text())) == [
        "height",
        "hash",
        "header",
        "chainwork",
        "bits",
        "time",
        "epoch_start_time",
        "earlier_times",
        "note",
    ]


@pytest.mark.parametrize(
    "field, value, reason",
    [
        ("height", 824_542, "height 824,542 does not end an epoch"),
        ("hash", "0" * 64, "but the header's is 0000"),
        ("hash", "xyz", "hash: String should match pattern"),
        ("header", "00" * 79, "header: String should match pattern"),
        ("header", "00" * 80, "bits 00000000 are a target of zero"),
        ("bits", "1703e8b4", "bits are 1703e8b4, but the header's are 1703e8b3"),
        ("time", 1, "time is 1, but the header's is"),
        ("chainwork", "0" * 64, "chainwork is less than the work of the block alone"),
        ("chainwork", 12, "chainwork: Input should be a valid string"),
        ("epoch_start_time", -1, "epoch_start_time: Input should be greater"),
        ("earlier_times", [1] * 9, "earlier_times: List should have at least 10 items"),
        ("earlier_times", [1] * 11, "earlier_times: List should have at most 10 items"),
        ("unknown", 1, "unknown: Extra inputs are not permitted"),
    ],
)
def test_checkpoint_load__contradiction__says_which_on_one_line(
    tmp_path: Path, field: str, value: object, reason: str
) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text(json.dumps(json.loads(checkpoint_824543().model_dump_json()) | {field: value}))
    with pytest.raises(CheckpointError) as caught:
        Checkpoint.load(path)
    assert f"{path} is not a checkpoint: " in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_checkpoint_build__header_without_work__refused() -> None:
    header = checkpoint_824543().header_bytes[:-1] + b"\0"
    with pytest.raises(CheckpointError, match="is above the target of bits 1703e8b3"):
        Checkpoint.build(header, 824_543, 1 << 100, 0)


@pytest.mark.parametrize("content", ["", "[]", "<html>"])
def test_checkpoint_load__no_json_object__refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text(content)
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        Checkpoint.load(path)


def test_checkpoint_load__missing_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file"):
        Checkpoint.load(tmp_path / "none.json")
