"""Esplora: the REST interface of Blockstream's explorer, which mempool.space also speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from oracle.sources.http import (
    TIMEOUT,
    Endpoint,
    bytes_of,
    excerpt,
    hash_of,
    header_of,
    proof_of,
)
from terahash.bitcoin.header import from_display
from terahash.bitcoin.proof import CoinbaseProof
from terahash.errors import SourceError

Value = TypeVar("Value", str, bytes)


class _Branch(BaseModel):
    merkle: list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


class EsploraSource:
    """An Esplora server. It serves one header for two requests: slow for long ranges."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        """Name the server: `http(s)://host/api`, whatever comes before `/blocks/tip/height`."""
        self._endpoint = Endpoint(url, timeout)

    @property
    def name(self) -> str:
        """The server's URL, without user and password."""
        return self._endpoint.name

    def tip_height(self) -> int:
        """Return the height of the newest block."""
        path = "/blocks/tip/height"
        text = self._endpoint.get(path).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            raise SourceError(
                f"{self.name}{path} answered {excerpt(text)}, not a height: check that its URL is "
                "that of an Esplora server, up to and with /api"
            )
        return int(text)

    def header(self, height: int) -> bytes:
        """Return the header at a height, 80 bytes."""
        block_hash = self._text(f"/block-height/{height}", hash_of)
        return self._text(f"/block/{block_hash}/header", header_of)

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        """Stream headers of 80 bytes each from a height on."""
        return map(self.header, range(start, start + count))

    def chainwork(self, height: int) -> int | None:
        """Return None: the interface does not tell."""
        return None

    def coinbase(self, height: int) -> CoinbaseProof | None:
        """Return a block's coinbase and its branch, in four requests."""
        block_hash = self._text(f"/block-height/{height}", hash_of)
        txid = self._text(f"/block/{block_hash}/txid/0", hash_of)
        raw = self._text(f"/tx/{txid}/hex", bytes_of)
        path = f"/tx/{txid}/merkle-proof"
        try:
            branch = _Branch.model_validate_json(self._endpoint.get(path)).merkle
        except ValidationError:
            raise SourceError(
                f"{self.name}{path} answered no Merkle branch: check its URL"
            ) from None
        return proof_of(height, raw, [from_display(sibling) for sibling in branch], self.name)

    def _text(self, path: str, read: Callable[[object, str], Value]) -> Value:
        return read(self._endpoint.get(path), self.name + path)
