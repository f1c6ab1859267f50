"""Real headers: those that the project ships, and facts that stay outside of the repository."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from oracle.checkpoint import agree, read_claim
from oracle.sources import FileSource
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.checkpoint import Checkpoint
from terahash.bitcoin.tree import split
from terahash.headers import SHIPPED_ARCHIVE

_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

FIRST, LAST = 822_528, 830_592
"""Heights of the shipped headers."""

COINBASE_HEIGHTS = [
    227_836,
    363_703,
    370_661,
    383_616,
    481_829,
    574_200,
    830_000,
    831_328,
    831_329,
    831_330,
    831_331,
    367_891,
]
"""Blocks whose real coinbases `coinbase_proofs.json` holds."""


def shared(name: str) -> Path:
    """Return a file of `../shared/data`, or skip the test where that folder is not at hand."""
    path = _SHARED / name
    if not path.is_file():
        pytest.skip(f"{path} is not at hand: it is not part of the repository")
    return path


@cache
def shipped_headers() -> tuple[bytes, ...]:
    """Expand the shipped archive: 80 bytes each, from height `FIRST` to `LAST`."""
    batches = Archive.open(SHIPPED_ARCHIVE).batches()
    return tuple(header for raw, _ in batches for header in split(raw))


@cache
def checkpoint_824543() -> Checkpoint:
    """Return the checkpoint at the end of the first shipped epoch, with its ten earlier times."""
    return agree([read_claim(FileSource.open(str(SHIPPED_ARCHIVE)), 824_543)])
