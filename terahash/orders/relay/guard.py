"""What every request of a relay passes: rates, places, times, and how refusals are said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from math import ceil

from aiohttp import web

from terahash.orders.relay.admission import AWAY, MALFORMED, TOO_MANY, Refused
from terahash.orders.relay.documents import Wrong
from terahash.orders.relay.limits import Buckets, Limits, Slots, network
from terahash.text import quoted

TOO_LARGE, TOO_SLOW, ENCODED, BROKEN = 413, 408, 415, 500
RETRY = 5
"""Seconds after which to come again, where nothing better is known."""

_log = logging.getLogger(__name__)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TooFast(Refused):
    """Above a rate.

    Attributes:
        seconds: to wait.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = ceil(seconds)
        super().__init__(TOO_MANY, f"too many requests of this address: wait {self.seconds} s")


class Guard:
    """Bounds what each address may do, whatever it sends, and takes no time without end."""

    def __init__(self, limits: Limits, behind_proxy: bool) -> None:
        self._limits = limits
        self._behind_proxy = behind_proxy
        self._reads = Buckets(limits.reads, limits.remembered)
        self._writes = Buckets(limits.writes, limits.remembered)
        self._posts = Slots(limits.posts, limits.posts_of_address)
        self._streams = Slots(limits.streams, limits.streams_of_address)

    @property
    def streams(self) -> int:
        """Streams that are listened to."""
        return self._streams.count

    @web.middleware
    async def middleware(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Answer, or say why not; whoever does not take the answer in time is cut off."""
        try:
            response = await self._answer(request, handler)
            if not response.prepared:
                async with asyncio.timeout(self._limits.write_seconds):
                    await response.prepare(request)
                    await response.write_eof()
        except (TimeoutError, ConnectionError):
            if request.transport:
                request.transport.abort()
            raise ConnectionAbortedError from None
        return response

    async def _answer(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            if request.method != "POST" and (wait := self._reads.take(self.address(request))):
                raise TooFast(wait)
            return await handler(request)
        except Refused as error:
            response = _wrong(error.status, str(error))
            if error.status in (TOO_MANY, AWAY):
                wait = error.seconds if isinstance(error, TooFast) else RETRY
                response.headers["Retry-After"] = str(wait)
        except web.HTTPException as error:  # no such path or method
            response = _wrong(error.status, quoted(error.reason))
        except (TimeoutError, ConnectionError):
            raise
        except Exception:
            _log.exception("a request could not be answered: %s", quoted(request.path))
            response = _wrong(BROKEN, "the relay is broken: tell whoever runs it")
        if request.can_read_body:
            response.force_close()
        return response

    def address(self, request: web.Request) -> str:
        """Return who asks, as its own proxy says it where there is one."""
        said = request.headers.getall("X-Forwarded-For", []) if self._behind_proxy else []
        own = said[-1].rpartition(",")[2].strip() if said else request.remote
        return network(own or "")

    @contextmanager
    def posting(self, request: web.Request) -> Iterator[None]:
        """Have a place among those who post."""
        with self._place(self._posts, request, "posts"):
            yield

    @contextmanager
    def streaming(self, request: web.Request) -> Iterator[None]:
        """Have a place among those who listen."""
        with self._place(self._streams, request, "streams"):
            yield

    @contextmanager
    def _place(self, slots: Slots, request: web.Request, what: str) -> Iterator[None]:
        address = self.address(request)
        refusal = slots.refusal(address)
        if refusal == "own":
            raise Refused(TOO_MANY, f"too many {what} of this address at a time: end one first")
        if refusal == "all":
            raise Refused(AWAY, f"too many {what} at a time: come again later")
        slots.take(address)
        try:
            yield
        finally:
            slots.leave(address)

    def charge(self, request: web.Request, orders: int) -> None:
        """Take tokens for so many orders; raises `TooFast` where there are not so many."""
        if wait := self._writes.take(self.address(request), orders):
            raise TooFast(wait)

    def fine(self, request: web.Request, tokens: int) -> None:
        """Take more tokens for what should not have been sent."""
        if tokens:
            self._writes.charge(self.address(request), tokens)

    async def body(self, request: web.Request) -> bytes:
        """Read a body; of one that is too large or too slow no more than shows it.

        Raises:
            Refused: for those, and what is compressed: it could be of any size.
        """
        most = self._limits.body
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(ENCODED, "bodies are sent as they are, and not compressed")
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.read_seconds):
                if (request.content_length or 0) <= most:
                    async for chunk in request.content.iter_any():
                        body += chunk
                        if len(body) > most:
                            break
        except TimeoutError:
            raise Refused(TOO_SLOW, "the body took too long") from None
        if len(body) > most or (request.content_length or 0) > most:
            raise Refused(TOO_LARGE, f"a body has at most {most:,} bytes")
        return bytes(body)


def lines_of(body: bytes, most: int) -> list[bytes]:
    """Split a body into lines; raises `Refused` for none, and for too many."""
    lines = [line for line in (line.strip() for line in body.split(b"\n")) if line]
    if not lines:
        raise Refused(MALFORMED, "the body is empty: send a line of JSON")
    if len(lines) > most:
        raise Refused(TOO_LARGE, f"a request has at most {most} lines")
    return lines


def _wrong(status: int, why: str) -> web.Response:
    text = Wrong(error=why).model_dump_json()
    return web.Response(text=text, status=status, content_type="application/json")
