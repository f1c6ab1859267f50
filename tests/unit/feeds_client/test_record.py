"""The record of what was signed: one value for a feed and time, on the disk before it is signed."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from terahash.feeds.record import RecordError, record_beside, remember
from terahash.feeds.reports import Report
from tests.support.quorum import FEED_ID, START

REPORT = Report(b"\1" * 32, FEED_ID, -5, START)
LINE = {
    "config": "0x" + "01" * 32,
    "feed": "0x" + FEED_ID.hex(),
    "observed_at": START,
    "value": "-5",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hot.json.signed.jsonl"


def recorded(file: Path) -> list[object]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_remember__twice__recorded_once(file: Path) -> None:
    remember(file, REPORT)
    remember(file, REPORT)
    assert recorded(file) == [LINE]


def test_remember__another_value__refused_with_the_first(file: Path) -> None:
    remember(file, REPORT._replace(observed_at=START - 600))
    remember(file, REPORT)
    with pytest.raises(RecordError) as caught:
        remember(file, REPORT._replace(value=6))
    assert "it was signed already that BTC/USD:8:600 was -0.00000005 at 2023-11-15 00:00 UTC" in (
        str(caught.value)
    )
    assert f"({file}:2)" in str(caught.value)
    assert len(recorded(file)) == 2


@pytest.mark.parametrize(
    "other", [{"config": b"\2" * 32}, {"feed": b"\2" * 32}, {"observed_at": START + 600}]
)
def test_remember__another_configuration_feed_or_time__recorded(
    file: Path, other: dict[str, object]
) -> None:
    remember(file, REPORT)
    remember(file, REPORT._replace(value=6, **other))
    assert len(recorded(file)) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"\xff\xfe\n",
        json.dumps(LINE).encode(),  # torn: who knows what was to follow
        json.dumps(LINE).encode()[:-9],
        json.dumps({**LINE, "value": -5}).encode() + b"\n",
        json.dumps({**LINE, "more": 1}).encode() + b"\n",
    ],
)
def test_remember__line_that_cannot_be_read__refused(file: Path, line: bytes) -> None:
    remember(file, REPORT._replace(observed_at=START - 600))
    before = file.read_bytes() + line
    file.write_bytes(before)
    with pytest.raises(RecordError, match=f"{file}:2 does not say what was signed") as caught:
        remember(file, REPORT)
    assert str(caught.value).isprintable()
    assert file.read_bytes() == before


def test_remember__no_place_for_it__refused(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none" / "record"):
        with pytest.raises(RecordError, match=r"cannot be recorded .* with --record"):
            remember(file, REPORT)


def test_remember__many_values_at_once__one_passes(file: Path) -> None:
    def passes(value: int) -> bool:
        try:
            remember(file, REPORT._replace(value=value))
        except RecordError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(passes, range(64))) == 1
    assert len(recorded(file)) == 1


def test_remember__disk__has_it_before_the_return(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda of: synced.append((os.fstat(of), file.read_text())))
    remember(file, REPORT)
    assert [status.st_ino for status, _ in synced] == [
        file.stat().st_ino,
        file.parent.stat().st_ino,
    ]
    assert [json.loads(text) for _, text in synced] == [LINE, LINE]


def test_record_beside__keystore_by_another_name__the_same(tmp_path: Path) -> None:
    keystore, other = tmp_path / "hot.json", tmp_path / "other.json"
    keystore.touch()
    other.symlink_to(keystore)
    assert record_beside(other) == record_beside(keystore)
    assert record_beside(keystore).name == "hot.json.signed.jsonl"
