"""Two mined epochs that tests grow branches from; `python -m tests.support.trunks` mines them anew.

Both start at height 2,016 and end one block before the next retarget, so that a test chooses the
last block, and with it the span.

- steady: a block every ten minutes.
- crowded: the first block's time lies a day ahead and the others a second apart, so that the last
  block's time can be anything from before the first's to far beyond the clamp.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from terahash.bitcoin.archive import Archive, write_archive
from terahash.bitcoin.header import Header, double_sha256
from terahash.bitcoin.state import State, extend
from tests.support.miner import (
    EASY,
    EASY_BITS,
    GENESIS_TIME,
    SPACING,
    checkpoint,
    next_header,
    seal,
)

FOLDER = Path(__file__).parent / "trunks"
LENGTH = 2_015
AHEAD = 86_400


def _times(name: str) -> list[int]:
    if name == "steady":
        return [GENESIS_TIME + SPACING * (i + 1) for i in range(LENGTH)]
    return [GENESIS_TIME + AHEAD, *(GENESIS_TIME + 1 + i for i in range(1, LENGTH))]


@cache
def trunk(name: str) -> tuple[bytes, State]:
    """Return a trunk's headers, 80 bytes each, and the State after them."""
    archive = Archive.open(FOLDER / f"{name}.headers", EASY)
    batches = list(archive.batches())
    return b"".join(headers for headers, _ in batches), batches[-1][1]


def main() -> None:
    """Mine both trunks: some twenty seconds."""
    FOLDER.mkdir(exist_ok=True)
    first = Header(4, bytes(32), double_sha256(b"checkpoint"), GENESIS_TIME, EASY_BITS, 0)
    for name in ("steady", "crowded"):
        state, headers = checkpoint(), []
        for time in _times(name):
            headers.append(seal(next_header(state, time)))
            state = extend(state, headers[-1], EASY)
        write_archive(FOLDER / f"{name}.headers", checkpoint(), first.serialize(), headers, EASY)


if __name__ == "__main__":
    main()
