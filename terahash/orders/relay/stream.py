"""What happens on a relay, told to whoever listens (server-sent events)."""

from __future__ import annotations

import asyncio
from collections import deque
from secrets import token_hex

from aiohttp import web

from terahash.orders.relay.limits import Limits

HEARTBEAT = 15.0
"""Seconds after which silence is broken by a comment: who is gone is noticed."""
GATHER = 0.05
"""Seconds in which events are gathered, so that many listeners cost few writes."""
AT_ONCE = 256
"""Events that one write carries at most."""


class Events:
    """The last events, kept once for all listeners.

    Each listener has only a place in them. One that is so slow that its place is no longer kept is
    dropped, and reads the book again: memory does not grow with listeners, slow or not.

    Events are numbered within one run of the relay, which has a name of its own: who comes back to
    another run, or too late, is told to start over.
    """

    def __init__(self, kept: int) -> None:
        self._kept: deque[str] = deque(maxlen=kept)
        self._run = token_hex(4)
        self._last = 0
        self._news = asyncio.Event()

    @property
    def last(self) -> int:
        """The number of the newest event, 0 before the first."""
        return self._last

    @property
    def last_id(self) -> str:
        """What a listener that has seen all events gives to go on."""
        return f"{self._run}-{self._last}"

    def tell(self, kind: str, text: str) -> None:
        """Tell all listeners: a kind, and one line of text."""
        self._last += 1
        self._kept.append(f"id: {self.last_id}\nevent: {kind}\ndata: {text}\n\n")
        self._news.set()
        self._news = asyncio.Event()

    def place(self, last_id: str) -> int | None:
        """Return the number of the event that a listener has seen last; None if it is not kept."""
        run, _, number = last_id.partition("-")
        if run != self._run or not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        seen = int(number)
        return seen if self._last - len(self._kept) <= seen <= self._last else None

    def after(self, seen: int) -> str | None:
        """Return the next events as text, "" for none; None where they are kept no longer."""
        missing = self._last - seen
        if missing > len(self._kept):
            return None
        first = len(self._kept) - missing
        return "".join(self._kept[at] for at in range(first, first + min(missing, AT_ONCE)))

    async def wait(self, seen: int) -> None:
        """Wait until there is an event after the one that was seen."""
        if seen == self._last:
            await self._news.wait()


async def listen(request: web.Request, events: Events, limits: Limits) -> web.StreamResponse:
    """Tell one listener of events until it goes, is too slow, or the relay ends."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    response.force_close()
    asked = request.headers.get("Last-Event-ID")
    place = events.last if asked is None else events.place(asked)
    async with asyncio.timeout(limits.write_seconds):
        await response.prepare(request)
        if place is None:
            place = events.last
            text = f"id: {events.last_id}\nevent: reset\ndata: read the book again\n\n"
        else:
            text = f"id: {events.last_id}\n: listening\n\n" if asked is None else ": going on\n\n"
        await response.write(text.encode())
    while True:
        try:
            await asyncio.wait_for(events.wait(place), HEARTBEAT)
        except TimeoutError:
            text = ": still here\n\n"
        else:
            await asyncio.sleep(GATHER)
            found = events.after(place)
            if found is None:
                raise ConnectionAbortedError("too slow")
            text = found
            place += found.count("\n\n")
        async with asyncio.timeout(limits.write_seconds):
            await response.write(text.encode())
