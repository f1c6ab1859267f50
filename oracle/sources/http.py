"""HTTP for the sources: requests that are retried, and errors that never show a password."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic
from typing import Any

import httpx
import stamina

from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.proof import CoinbaseProof
from terahash.errors import SourceError, TransactionError

TIMEOUT = 10.0
"""Seconds that a server may be silent."""
PATIENCE = 6
"""Such silences that a whole answer may take."""
LARGEST = 64_000_000
"""Bytes of an answer, unpacked: many times a block's transaction ids."""

_ADVICE = {
    401: "check the user and password in its URL",
    403: "check the user and password in its URL, and which addresses the server allows",
    404: "it may not have this block yet, or the path in its URL is wrong",
}

# Retries are for a daemon's log; a command line without logging does not print them.
logging.getLogger("stamina").addHandler(logging.NullHandler())


class _NoAnswerError(SourceError):
    """A failure that may pass: worth asking again."""


class Endpoint:
    """One HTTP server.

    Attributes:
        name: its URL without user, password and query, for messages.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        """Parse the URL, without connecting.

        Raises:
            SourceError: when it is none; it is not repeated, for the password in it.
        """
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            parsed = httpx.URL("")
        bare = parsed.copy_with(userinfo=b"")
        # An @ that is left over was in a password that ended early, at one of / ? #.
        if parsed.scheme not in ("http", "https") or not parsed.host or "@" in str(bare):
            raise SourceError(
                "a source's URL cannot be read: write http(s)://user:password@host:port/path, with "
                "any of / : @ ? # in user or password percent-encoded"
            )
        self.name = str(bare.copy_with(query=None, fragment=None)).rstrip("/")
        self._url = bare
        auth = (parsed.username, parsed.password) if parsed.userinfo else None
        self._client = httpx.Client(auth=auth, timeout=timeout)
        self._timeout = timeout
        self._retry = stamina.RetryingCaller(
            attempts=3, timeout=None, wait_initial=0.5, wait_max=5.0
        ).on(_NoAnswerError)

    def get(self, path: str) -> str:
        """Read a path below the URL and return the text.

        Raises:
            SourceError: for no answer after three attempts, or any status but 200.
        """
        return self._retry(self._request, "GET", path)

    def post(self, payload: Any) -> str:
        """Post JSON to the URL itself and return the text.

        Raises:
            SourceError: as for `get`.
        """
        return self._retry(self._request, "POST", "", payload)

    def _request(self, method: str, path: str, payload: Any = None) -> str:
        where = self.name + path
        url = self._url.copy_with(path=self._url.path.rstrip("/") + path) if path else self._url
        try:
            status, text = self._read(method, url, payload)
        except httpx.TimeoutException:
            raise _NoAnswerError(
                f"{where} did not answer within {self._timeout:g} s: check that the server runs "
                "and is not overloaded"
            ) from None
        except httpx.HTTPError as error:
            raise _NoAnswerError(
                f"{where} cannot be read ({error or type(error).__name__}): check the address and "
                "that the server runs"
            ) from None
        if status == httpx.codes.OK:
            return text
        message = f"{where} answered HTTP {status}, {excerpt(text)}: "
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
            raise _NoAnswerError(message + "the server is busy or broken: try again later")
        raise SourceError(message + _ADVICE.get(status, "check its URL"))

    def _read(self, method: str, url: httpx.URL, payload: Any) -> tuple[int, str]:
        """Read an answer to its end, unless it takes too long or is too large."""
        until, body = monotonic() + PATIENCE * self._timeout, bytearray()
        with self._client.stream(method, url, json=payload) as response:
            for part in response.iter_bytes():
                body += part
                if monotonic() > until or len(body) > LARGEST:
                    raise httpx.ReadTimeout(f"no end after {len(body):,} bytes")
        return response.status_code, body.decode(errors="replace")


def excerpt(text: str) -> str:
    """Quote how an answer begins, on one line and without control characters."""
    words = " ".join("".join(filter(str.isprintable, text[:200].replace("\n", " "))).split())
    return f"“{words[:60]}…”" if len(words) > 60 else f"“{words}”"


def header_of(answer: object, where: str) -> bytes:
    """Read a header that a server wrote in hexadecimal.

    Raises:
        SourceError: when it is not 80 bytes.
    """
    raw = _unhex(answer)
    if raw is None or len(raw) != HEADER_SIZE:
        raise SourceError(
            f"{where} answered {excerpt(str(answer))}, not a header of {HEADER_SIZE} bytes in "
            "hexadecimal: check that its URL is that of a Bitcoin server"
        )
    return raw


def bytes_of(answer: object, where: str) -> bytes:
    """Read bytes that a server wrote in hexadecimal.

    Raises:
        SourceError: when it wrote something else.
    """
    raw = _unhex(answer)
    if not raw:
        raise SourceError(
            f"{where} answered {excerpt(str(answer))}, not a transaction in hexadecimal: check "
            "that its URL is that of a Bitcoin server"
        )
    return raw


def proof_of(height: int, raw: bytes, branch: Sequence[bytes], where: str) -> CoinbaseProof:
    """Build a proof from a coinbase as nodes serve it, with its witness.

    Raises:
        SourceError: when the bytes are no coinbase.
    """
    try:
        return CoinbaseProof(height, parse_coinbase(raw).stripped, tuple(branch))
    except TransactionError as error:
        raise SourceError(f"{where}: coinbase of block {height:,}: {error}") from error


def hash_of(answer: object, where: str) -> str:
    """Check that a server wrote a block hash: 64 digits of hexadecimal.

    Raises:
        SourceError: when it did not.
    """
    raw = _unhex(answer)
    if raw is None or len(raw) != 32:
        raise SourceError(
            f"{where} answered {excerpt(str(answer))}, not a block hash: check that its URL is "
            "that of a Bitcoin server"
        )
    return raw.hex()


def _unhex(answer: object) -> bytes | None:
    try:
        return bytes.fromhex(answer.strip()) if isinstance(answer, str) else None
    except ValueError:
        return None
