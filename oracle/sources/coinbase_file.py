"""A source of headers together with a file of coinbases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from terahash.bitcoin.proof import CoinbaseProof, read_proofs
from terahash.errors import ProofError, SourceError

if TYPE_CHECKING:
    from oracle.sources import BlockSource


@dataclass(frozen=True)
class WithCoinbases:
    """A source whose coinbases come from a file where it has them.

    Attributes:
        source: of the headers, and of coinbases that the file lacks.
        proofs: by height.
    """

    source: BlockSource
    proofs: Mapping[int, CoinbaseProof]

    @classmethod
    def open(cls, source: BlockSource, path: Path) -> WithCoinbases:
        """Read the file.

        Raises:
            SourceError: when it cannot be read, or is not one of proofs.
        """
        try:
            return cls(source, {proof.height: proof for proof in read_proofs(path)})
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}") from None
        except ProofError as error:
            raise SourceError(str(error)) from error

    @property
    def name(self) -> str:
        """The name of the source of headers."""
        return self.source.name

    def tip_height(self) -> int:
        """Return the height of the newest block."""
        return self.source.tip_height()

    def header(self, height: int) -> bytes:
        """Return the header at a height, 80 bytes."""
        return self.source.header(height)

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        """Stream headers of 80 bytes each from a height on."""
        return self.source.headers(start, count)

    def chainwork(self, height: int) -> int | None:
        """Return the work of the chain up to a height, as the source of headers says."""
        return self.source.chainwork(height)

    def coinbase(self, height: int) -> CoinbaseProof | None:
        """Return what proves a block's fees, from the file if it is there."""
        return self.proofs.get(height) or self.source.coinbase(height)
