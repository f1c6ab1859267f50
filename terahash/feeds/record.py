"""What was signed, on the disk before the key signs: two values for one feed and time suspend."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from terahash.errors import TerahashError
from terahash.feeds.reports import Report
from terahash.feeds.show import raw_text
from terahash.feeds.wire import Number, Word
from terahash.text import quoted
from terahash.units import utc


class RecordError(TerahashError):
    """A report that must not be signed, by the record; the message says why."""


class Entry(BaseModel):
    """One line of a record: what a key was about to sign. Fields as in `wire.WireReport`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    config: Word
    feed: Word
    observed_at: int
    value: Number

    @property
    def what(self) -> tuple[str, str, int]:
        """Return what may have one value only."""
        return self.config, self.feed, self.observed_at


def record_beside(keystore: Path) -> Path:
    """Return where a keystore's record is kept, by whatever name the keystore is called."""
    real = keystore.resolve()
    return real.with_name(f"{real.name}.signed.jsonl")


def remember(file: Path, report: Report) -> None:
    """Record what is going to be signed; the same again is nothing new.

    Returns once it is on the disk. Whoever else uses the file waits meanwhile.

    Raises:
        RecordError: when another value was signed for this feed and time, or the record cannot be
            read or written.
    """
    config, feed, value, observed_at = report
    entry = Entry(
        config=f"0x{config.hex()}",
        feed=f"0x{feed.hex()}",
        observed_at=observed_at,
        value=str(value),
    )
    file = file.resolve()
    try:
        with file.open("a+b") as record:
            fcntl.flock(record, fcntl.LOCK_EX)  # until it is closed
            if not _is_known(entry, record, file):
                record.write(entry.model_dump_json().encode() + b"\n")
                record.flush()
            os.fsync(record.fileno())
        _sync_folder(file.parent)
    except OSError as error:
        raise RecordError(
            f"nothing was signed, for it cannot be recorded in {file} ({error.strerror or error}): "
            "mend that, or name another file with --record"
        ) from error


def _is_known(entry: Entry, record: IO[bytes], file: Path) -> bool:
    """Say whether this value was recorded, and refuse it if another one was."""
    record.seek(0)
    is_known = False
    for number, line in enumerate(record, 1):
        known = _read(line, f"{file}:{number}")
        if known.what != entry.what:
            continue
        if known.value != entry.value:
            name, value = raw_text(bytes.fromhex(known.feed[2:]), int(known.value))
            raise RecordError(
                f"it was signed already that {name} was {value} at {utc(known.observed_at)} UTC, "
                "and a second value would suspend the operator: nothing was signed; sign that "
                f"value again if it got lost ({file}:{number})"
            )
        is_known = True
    return is_known


def _read(line: bytes, where: str) -> Entry:
    try:
        if not line.endswith(b"\n"):
            raise ValueError("the line breaks off")
        return Entry.model_validate_json(line)
    except ValueError as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise RecordError(
            f"{where} does not say what was signed ({quoted(first)}), so nothing was: correct the "
            "line, or wait for an hour and a minute, after which no time that was signed can be "
            "signed again, and move the file away"
        ) from None


def _sync_folder(folder: Path) -> None:
    """Have the disk know that a file is in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
