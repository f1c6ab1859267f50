"""A source whose headers are asked for once: jobs of one pass need the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from terahash.bitcoin.header import Header, double_sha256
from terahash.bitcoin.proof import CoinbaseProof
from terahash.bitcoin.state import State
from terahash.errors import HeightError, SourceError

if TYPE_CHECKING:
    from oracle.sources import BlockSource


class Remembered:
    """A source as it answered first; another pass should make another."""

    def __init__(self, source: BlockSource) -> None:
        self._source = source
        self._tip: int | None = None
        self._headers: dict[int, bytes] = {}

    @property
    def name(self) -> str:
        """The source's own name."""
        return self._source.name

    def tip_height(self) -> int:
        """Return the height of the newest block when it was first asked for."""
        if self._tip is None:
            self._tip = self._source.tip_height()
        return self._tip

    def header(self, height: int) -> bytes:
        """Return the header at a height, 80 bytes."""
        return next(self.headers(height, 1))

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        """Stream headers of 80 bytes each from a height on."""
        missing = [height for height in range(start, start + count) if height not in self._headers]
        if missing:
            first, last = missing[0], missing[-1]
            found = self._source.headers(first, last - first + 1)
            self._headers.update(zip(range(first, last + 1), found, strict=False))
            if last not in self._headers:
                raise SourceError(f"{self.name} gave fewer headers than it was asked for")
        return (self._headers[height] for height in range(start, start + count))

    def chainwork(self, height: int) -> int | None:
        """Return the work of the chain up to a height, as the source says."""
        return self._source.chainwork(height)

    def coinbase(self, height: int) -> CoinbaseProof | None:
        """Return what proves a block's fees; not remembered, for it is asked for once."""
        return self._source.coinbase(height)

    def has(self, state: State) -> bool:
        """Say whether a State's block is on the source's chain, as far back as the source goes.

        The next header says so too, where the block's own is before the source's first.
        """
        tip = self.tip_height()
        try:
            if state.height < tip:
                return Header.parse(self.header(state.height + 1)).parent == state.block_hash
            return state.height == tip and double_sha256(self.header(tip)) == state.block_hash
        except HeightError:
            return False
