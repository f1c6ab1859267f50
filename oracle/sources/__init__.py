"""Where headers and coinbases come from: files and servers, none of them trusted.

A source checks the shape of what it hands on (80 bytes, JSON types, HTTP status) and raises
`SourceError` with what happened, where, and what to do. Whether headers and coinbases are
Bitcoin's is for `terahash.bitcoin` to verify.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from oracle.sources.coinbase_file import WithCoinbases
from oracle.sources.core import CoreSource
from oracle.sources.esplora import EsploraSource
from oracle.sources.header_file import FileSource
from terahash.bitcoin.proof import CoinbaseProof
from terahash.errors import SourceError

__all__ = ["BlockSource", "CoreSource", "EsploraSource", "FileSource", "open_source"]


class BlockSource(Protocol):
    """One chain of headers and coinbases, by height.

    Every method raises `SourceError` when it cannot answer.
    """

    @property
    def name(self) -> str:
        """Where the headers come from, without any secret."""

    def tip_height(self) -> int:
        """Return the height of the newest block."""

    def header(self, height: int) -> bytes:
        """Return the header at a height, 80 bytes."""

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        """Stream headers of 80 bytes each from a height on."""

    def chainwork(self, height: int) -> int | None:
        """Return the work of the chain up to a height, itself included, in hashes.

        None where the source cannot know it.
        """

    def coinbase(self, height: int) -> CoinbaseProof | None:
        """Return what proves the fees of the block at a height; None where the source has none."""


def open_source(url: str, coinbases: Path | None = None) -> BlockSource:
    """Open a source by its address, without reading from a server yet.

    Args:
        coinbases: a file of proofs (`terahash.bitcoin.proof`) that is asked before the source.
        url: `core+http(s)://user:password@host:port` for Bitcoin Core's JSON-RPC,
            `esplora+http(s)://host/api` for an Esplora server, or a path or file:// URL of headers:
            an archive, or raw ones with the height of the first after an @, as in
            `headers.bin@822528`.

    Raises:
        SourceError: when the address is of no kind of source, or the file is not one of headers.
    """
    source = _opened(url)
    return source if coinbases is None else WithCoinbases.open(source, coinbases)


def _opened(url: str) -> BlockSource:
    scheme = re.match(r"[a-z+]+(?=:)", url.lower())
    match scheme and scheme[0]:
        case None if "@" not in url or url.rpartition("@")[2].isdigit():
            return FileSource.open(url)
        case "file":
            return FileSource.open(unquote(urlsplit(url).path))
        case "core+http" | "core+https":
            return CoreSource(url[len("core+") :])
        case "esplora+http" | "esplora+https":
            return EsploraSource(url[len("esplora+") :])
        case other:  # what follows may hold a password, and is not repeated
            raise SourceError(
                f"{other or 'that'}: is no kind of source: write "
                "core+http://user:password@host:port, esplora+https://host/api, or the path of a "
                "file (raw headers: PATH@HEIGHT)"
            )
