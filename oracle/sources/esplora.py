"""Esplora: the REST interface of Blockstream's explorer, which mempool.space also speaks."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.sources.http import TIMEOUT, Endpoint, excerpt, hash_of, header_of
from terahash.errors import SourceError


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
        path = f"/block-height/{height}"
        block_hash = hash_of(self._endpoint.get(path), self.name + path)
        path = f"/block/{block_hash}/header"
        return header_of(self._endpoint.get(path), self.name + path)

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        """Stream headers of 80 bytes each from a height on."""
        return map(self.header, range(start, start + count))

    def chainwork(self, height: int) -> int | None:
        """Return None: the interface does not tell."""
        return None
