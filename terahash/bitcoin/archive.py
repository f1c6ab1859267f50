"""Headers on disk in 44 bytes each, verified by whoever reads them.

Of a header's 80 bytes the parent's hash and the bits follow from the headers before it. An archive
leaves them out, and its reader computes them again: a changed byte changes a hash, and a changed
hash meets no target by chance.

Layout, integers little-endian: magic 8 | count 4 | checkpoint | count x header.
A checkpoint is height 4 | chainwork 32 | epoch start 4 | ten earlier times, newest first, 40 |
header 80. A header is version 4 | Merkle root 32 | time 4 | nonce 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from terahash.bitcoin.header import HEADER_SIZE, Header, display, double_sha256
from terahash.bitcoin.network import MAINNET, Network
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.errors import ArchiveError, HeaderError, TargetError

MAGIC = b"terahash"
_PREFIX = struct.Struct("<8sII32sI10I80s")
_RECORD = struct.Struct("<i32sII")
RECORD_SIZE = _RECORD.size


@dataclass(frozen=True)
class Archive:
    """An archive that is open for reading: its checkpoint is known, its headers are not yet read.

    Attributes:
        path: of the file.
        checkpoint: the State that the first header extends; the archive's one claim that its own
            bytes cannot prove: compare its hash with a source you trust.
        count: headers.
    """

    path: Path
    checkpoint: State
    count: int
    network: Network = MAINNET

    @classmethod
    def open(cls, path: Path, network: Network = MAINNET) -> Archive:
        """Read the checkpoint and the number of headers.

        Raises:
            ArchiveError: when the file is no archive, or longer or shorter than it says.
        """
        with path.open("rb") as file:
            prefix = file.read(_PREFIX.size)
        if not prefix.startswith(MAGIC):
            raise ArchiveError(f"{path} is not a header archive: it does not begin with {MAGIC!r}")
        if len(prefix) < _PREFIX.size:
            raise ArchiveError(f"{path} is truncated inside its checkpoint, at byte {len(prefix)}")
        _, count, height, chainwork, epoch_start, *times, raw = _PREFIX.unpack(prefix)
        checkpoint = State.checkpoint(
            Header.parse(raw), height, int.from_bytes(chainwork, "little"), epoch_start, times
        )
        archive = cls(path, checkpoint, count, network)
        excess = path.stat().st_size - _PREFIX.size - count * RECORD_SIZE
        if excess < 0:
            whole = count + excess // RECORD_SIZE
            raise ArchiveError(
                f"{path} is truncated: {whole:,} of {count:,} headers; it breaks at height "
                f"{height + whole + 1:,}, byte {archive._offset(whole):,}"
            )
        if excess:
            raise ArchiveError(
                f"{path} goes on for {excess:,} bytes after its last header, at byte "
                f"{archive._offset(count):,}"
            )
        return archive

    def _offset(self, index: int) -> int:
        return _PREFIX.size + index * RECORD_SIZE

    def batches(self, days: list[Day] | None = None) -> Iterator[tuple[bytes, State]]:
        """Read and verify the headers, cut where block-days end.

        Args:
            days: receives each complete block-day.

        Yields:
            raw headers (up to 144, 80 bytes each), and the State after them.

        Raises:
            ArchiveError: names the height and the byte where the archive breaks.
        """
        state, left = self.checkpoint, self.count
        with self.path.open("rb") as file:
            file.seek(_PREFIX.size)
            while left:
                size = min(DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS, left)
                records = file.read(size * RECORD_SIZE)
                if len(records) < size * RECORD_SIZE:
                    index = self.count - left + len(records) // RECORD_SIZE
                    raise ArchiveError(
                        f"{self.path} was cut while it was read: it breaks at height "
                        f"{self.checkpoint.height + 1 + index:,}, byte {self._offset(index):,}"
                    )
                try:
                    headers = self._expand(records, state)
                    state = extend(state, headers, self.network, days=days)
                except (HeaderError, TargetError) as error:
                    height = getattr(error, "height", state.height + 1)
                    raise ArchiveError(
                        f"{self.path} is corrupt at height {height:,}, byte "
                        f"{self._offset(height - self.checkpoint.height - 1):,}: {error}"
                    ) from error
                left -= size
                yield headers, state

    def _expand(self, records: bytes, state: State) -> bytes:
        """Put back what the format leaves out; a block-day has one target, known at its start."""
        parent, bits = state.block_hash, state.next_bits(self.network)
        headers = []
        for version, merkle_root, time, nonce in _RECORD.iter_unpack(records):
            header = Header(version, parent, merkle_root, time, bits, nonce).serialize()
            parent = double_sha256(header)
            headers.append(header)
        return b"".join(headers)


def write_archive(
    path: Path,
    checkpoint: State,
    checkpoint_header: bytes,
    headers: Iterable[bytes],
    network: Network = MAINNET,
) -> State:
    """Verify headers and write them as an archive; nothing is left behind when one is refused.

    Args:
        path: of the new file.
        checkpoint: the State that the headers extend, as `State.checkpoint` builds it.
        checkpoint_header: its block's header, 80 bytes.
        headers: single headers, 80 bytes each, oldest first.
        network: whose rules they follow.

    Returns:
        the State after the last header.

    Raises:
        ArchiveError: when there are no headers, or the header is not the checkpoint's.
        HeaderError: when a header breaks a rule.
    """
    if double_sha256(checkpoint_header) != checkpoint.block_hash:
        raise ArchiveError(f"the header given is not that of {display(checkpoint.block_hash)}")
    state, count = checkpoint, 0
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            file.seek(_PREFIX.size)
            for header in headers:
                state = extend(state, header, network)
                version, _, merkle_root, time, _, nonce = Header.parse(header)
                file.write(_RECORD.pack(version, merkle_root, time, nonce))
                count += 1
            if not count:
                raise ArchiveError("no headers to archive")
            file.seek(0)
            chainwork = checkpoint.chainwork.to_bytes(32, "little")
            file.write(
                _PREFIX.pack(
                    MAGIC,
                    count,
                    checkpoint.height,
                    chainwork,
                    checkpoint.epoch_start,
                    *checkpoint.times[1:],
                    checkpoint_header,
                )
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return state


def raw_headers(path: Path) -> Iterator[bytes]:
    """Stream single headers (80 bytes) out of a file of raw headers.

    Raises:
        ArchiveError: when the file ends inside a header.
    """
    with path.open("rb") as file:
        while header := file.read(HEADER_SIZE):
            if len(header) < HEADER_SIZE:
                raise ArchiveError(
                    f"{path} is truncated: {len(header)} bytes after its last whole header, at "
                    f"byte {file.tell() - len(header):,}"
                )
            yield header
