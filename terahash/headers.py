"""Files of headers, of either kind, and what verifying one proves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated

from pydantic import BaseModel, PlainSerializer

from terahash.bitcoin.archive import MAGIC, Archive
from terahash.bitcoin.checkpoint import Checkpoint
from terahash.bitcoin.header import HEADER_SIZE, Header, display, double_sha256, from_display
from terahash.bitcoin.network import MAINNET, Network
from terahash.bitcoin.state import DAY_BLOCKS, State, before_genesis, extend
from terahash.bitcoin.target import EPOCH_BLOCKS, difficulty, to_target
from terahash.errors import ArchiveError, HeaderError, TerahashError

SHIPPED_ARCHIVE = Path(__file__).parent / "data" / "mainnet-822528-830592.headers"
"""The headers of the demo: four epochs and one block, December 2023 to February 2024."""

GENESIS = from_display("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f")

Exact = Annotated[int, PlainSerializer(str, return_type=str, when_used="json")]
"""An integer that JSON readers would round: written as text."""


class StartError(TerahashError, ValueError):
    """Headers that do not begin where they were said to; the message says which start to give."""


@dataclass(frozen=True)
class RawHeaders:
    """A file of raw headers, 80 bytes each, and the State that the first of them extends.

    Attributes:
        path: of the file.
        checkpoint: the State before the first header.
        count: headers.
    """

    path: Path
    checkpoint: State
    count: int
    network: Network = MAINNET

    @classmethod
    def open(cls, path: Path, checkpoint: State, network: Network = MAINNET) -> RawHeaders:
        """Count the headers.

        Raises:
            ArchiveError: when the file is empty, or ends inside a header.
        """
        count, rest = divmod(path.stat().st_size, HEADER_SIZE)
        if rest or not count:
            raise ArchiveError(
                f"{path} is truncated, or of another format: after {count:,} whole headers it "
                f"breaks at height {checkpoint.height + 1 + count:,}, byte {count * HEADER_SIZE:,}"
            )
        return cls(path, checkpoint, count, network)

    def batches(self) -> Iterator[tuple[bytes, State]]:
        """Read and verify the headers, cut where block-days end, as `Archive.batches` does.

        Raises:
            ArchiveError: names the height and the byte where the file breaks.
        """
        state, left = self.checkpoint, self.count
        with self.path.open("rb") as file:
            while left:
                size = min(DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS, left)
                headers = file.read(size * HEADER_SIZE)
                try:
                    state = extend(state, headers, self.network)
                except HeaderError as error:
                    offset = (error.height - self.checkpoint.height - 1) * HEADER_SIZE
                    raise ArchiveError(
                        f"{self.path} breaks at height {error.height:,}, byte {offset:,}: {error}"
                    ) from error
                left -= size
                yield headers, state


HeaderFile = Archive | RawHeaders


def open_headers(
    path: Path, checkpoint: Checkpoint | None = None, from_genesis: bool = False
) -> HeaderFile:
    """Open an archive, or raw headers together with the checkpoint that they need.

    Args:
        path: of the file.
        checkpoint: the block before the first header. An archive has its own, which must then be
            this one. For raw headers, None means the shipped archive's.
        from_genesis: raw headers begin with the genesis block, and need no checkpoint.

    Raises:
        ArchiveError: when the file is broken, or belongs to another checkpoint.
        StartError: when the headers do not begin after the checkpoint.
    """
    with path.open("rb") as file:
        first = file.read(HEADER_SIZE)
    if first.startswith(MAGIC):
        if from_genesis:
            raise StartError(
                f"{path} is an archive, which has its own checkpoint: drop --from-genesis"
            )
        return _archive(path, checkpoint)
    if len(first) < HEADER_SIZE:
        raise ArchiveError(f"{path} holds no header: {len(first)} bytes, breaking at byte 0")
    if from_genesis:
        if double_sha256(first) != GENESIS:
            raise ArchiveError(
                f"{path} breaks at height 0, byte 0: its first block is "
                f"{display(double_sha256(first))}, not Bitcoin's genesis"
            )
        return RawHeaders.open(path, before_genesis())
    state = checkpoint.state() if checkpoint else Archive.open(SHIPPED_ARCHIVE).checkpoint
    parent = Header.parse(first).parent
    if parent == state.block_hash:
        return RawHeaders.open(path, state)
    said = f"the {'given' if checkpoint else 'shipped'} checkpoint is block {state.height:,}"
    raise StartError(
        f"{path} holds raw headers that follow block {display(parent)}, and {said}, "
        f"{display(state.block_hash)}: give that block's with --checkpoint FILE.json, or "
        "--from-genesis if the first header is the genesis block's"
    )


def _archive(path: Path, checkpoint: Checkpoint | None) -> Archive:
    archive = Archive.open(path)
    if checkpoint:
        expected, own = checkpoint.state(), archive.checkpoint
        # Without the earlier times, the archive's may be better than the checkpoint's padding.
        if not checkpoint.earlier_times:
            expected = expected._replace(t0=own.t0, t1=own.t1)
        if own != expected:
            field = next(f for f in State._fields if getattr(own, f) != getattr(expected, f))
            raise ArchiveError(
                f"{path} starts from another checkpoint than the one given: they differ in {field} "
                f"(blocks {display(own.block_hash)} and {checkpoint.hash})"
            )
    return archive


class Verified(BaseModel):
    """What a file of headers proves, every rule of Bitcoin checked from its checkpoint on.

    Attributes:
        count: headers.
        first_height, last_height: of the headers.
        first_hash, last_hash: in display order.
        checkpoint_hash: of the block before the first, in display order; zeros before genesis.
        chainwork: hashes proven by the whole chain up to the last header.
        work: hashes proven by these headers.
        span: seconds from the block before the first header (from genesis itself, which has none)
            to the last.
        difficulty: at the last header, times 10^18.
        retargets: headers among them that begin an epoch with a target computed from the last.
        block_days: complete ones.
        seconds: that verifying took.
    """

    file: str
    kind: str
    count: int
    first_height: int
    last_height: int
    first_hash: str
    last_hash: str
    checkpoint_hash: str
    chainwork: Exact
    work: Exact
    span: int
    difficulty: Exact
    retargets: int
    block_days: int
    seconds: float
    headers_per_second: int


def summarize(headers: HeaderFile, batches: Iterator[tuple[bytes, State]]) -> Verified:
    """Verify a file to its end and say what it proves; memory does not grow with it.

    Args:
        headers: the file.
        batches: its `batches()`, which a progress bar may have wrapped.

    Raises:
        ArchiveError: names the height and the byte where the file breaks.
    """
    started = perf_counter()
    before = state = headers.checkpoint
    first: bytes | None = None
    for raw, state in batches:  # noqa: B007 - the last one is used
        first = first or raw[:HEADER_SIZE]
    if first is None:
        raise ArchiveError(f"{headers.path} holds no headers")
    seconds = perf_counter() - started
    return Verified(
        file=str(headers.path),
        kind="archive" if isinstance(headers, Archive) else "raw headers",
        count=headers.count,
        first_height=before.height + 1,
        last_height=state.height,
        first_hash=display(double_sha256(first)),
        last_hash=display(state.block_hash),
        checkpoint_hash=display(before.block_hash),
        chainwork=state.chainwork,
        work=state.chainwork - before.chainwork,
        span=state.time - (before.time or Header.parse(first).time),
        difficulty=difficulty(to_target(state.bits)),
        retargets=state.height // EPOCH_BLOCKS - max(before.height, 0) // EPOCH_BLOCKS,
        block_days=(state.height + 1) // DAY_BLOCKS - (before.height + 1) // DAY_BLOCKS,
        seconds=round(seconds, 3),
        headers_per_second=round(headers.count / seconds),
    )
