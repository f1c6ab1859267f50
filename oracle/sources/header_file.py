"""A local file of headers: raw ones of 80 bytes each, or our own archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from terahash.bitcoin.archive import MAGIC, Archive
from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.proof import CoinbaseProof
from terahash.bitcoin.state import State, before_genesis, verify
from terahash.bitcoin.tree import split
from terahash.errors import ArchiveError, HeaderError, HeightError, SourceError


@dataclass(frozen=True)
class FileSource:
    """Consecutive headers in a file.

    Attributes:
        path: of the file.
        first: height of its first header.
        count: headers.
        archive: the same file when it is an archive, which is verified whenever it is read.
    """

    path: Path
    first: int
    count: int
    archive: Archive | None = None

    @classmethod
    def open(cls, address: str) -> FileSource:
        """Open an archive, or raw headers as `PATH@HEIGHT`.

        Raises:
            SourceError: when there is no such file, or it does not hold whole headers.
        """
        text, _, height = address.rpartition("@")
        has_height = bool(text) and height.isascii() and height.isdigit()
        path = Path(text if has_height else address)
        try:
            with path.open("rb") as file:
                is_archive = file.read(len(MAGIC)) == MAGIC
            size = path.stat().st_size
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}") from None
        if is_archive:
            try:
                archive = Archive.open(path)
            except ArchiveError as error:
                raise SourceError(str(error)) from error
            return cls(path, archive.checkpoint.height + 1, archive.count, archive)
        if not has_height:
            raise SourceError(
                f"{path} is not an archive: if it holds raw headers, write the height of the first "
                f"after an @, as in {path.name}@822528"
            )
        if not size or size % HEADER_SIZE:
            raise SourceError(
                f"{path} has {size:,} bytes, which are no whole headers of {HEADER_SIZE}: it is "
                "truncated, or of another format"
            )
        return cls(path, int(height), size // HEADER_SIZE)

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def tip_height(self) -> int:
        """Return the height of the last header."""
        return self.first + self.count - 1

    def header(self, height: int) -> bytes:
        """Return the header at a height, 80 bytes."""
        return next(self.headers(height, 1))

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        """Stream headers of 80 bytes each from a height on."""
        end = start + count
        if count and not self.first <= start <= end <= self.tip_height() + 1:
            raise HeightError(
                f"{self.path} has heights {self.first:,} to {self.tip_height():,}, not all of "
                f"{start:,} to {end - 1:,}"
            )
        stream = self._archived() if self.archive else self._raw(start - self.first)
        skipped = start - self.first if self.archive else 0
        return islice(stream, skipped, skipped + count)

    def chainwork(self, height: int) -> int | None:
        """Return the work of the chain up to a height, itself included, in hashes.

        It is computed by verifying every header from the file's beginning: from genesis, or from
        the archive's checkpoint, whose own chainwork is the archive's claim. None for raw headers
        that begin elsewhere.
        """
        state: State
        if self.archive:
            state = self.archive.checkpoint
        elif self.first == 0:
            state = before_genesis()
        else:
            return None
        try:
            for after in verify(self.headers(self.first, height - self.first + 1), state):
                state = after
        except HeaderError as error:
            raise SourceError(f"{self.path}: {error}") from error
        return state.chainwork

    def coinbase(self, height: int) -> CoinbaseProof | None:
        """Return None: headers alone prove no fees."""
        return None

    def _archived(self) -> Iterator[bytes]:
        assert self.archive is not None
        try:
            for batch, _ in self.archive.batches():
                yield from split(batch)
        except ArchiveError as error:
            raise SourceError(str(error)) from error

    def _raw(self, index: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(index * HEADER_SIZE)
            while header := file.read(HEADER_SIZE):
                yield header
