"""What a relay answers to each request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

from terahash.address import AddressError, checked_address
from terahash.deployment import NOBODY
from terahash.orders.book import Entry
from terahash.orders.order import Domain
from terahash.orders.relay.admission import MALFORMED, Admission, Refused
from terahash.orders.relay.documents import (
    BookDocument,
    Health,
    ListedSeries,
    Outcome,
    Outcomes,
    SeriesList,
)
from terahash.orders.relay.guard import Guard, lines_of
from terahash.orders.relay.limits import REFUSED_COST, Limits
from terahash.orders.relay.posting import Posting
from terahash.orders.relay.pruning import Pruner
from terahash.orders.relay.shelf import Shelf
from terahash.orders.relay.stream import Events, listen

NEXT = "Terahash-Next"
"""The header that says where the next page begins; absent on the last."""
LISTED = 1_000
"""Series of one answer."""
_SERIES = re.compile("0x[0-9a-f]{64}")
_AFTER = re.compile("(-?[0-9]{1,5})[.]([0-9]{1,18})")
_SIDES = {"bids": True, "offers": False}


@dataclass(frozen=True)
class Parts:
    """What a relay is made of; attributes as in `terahash.orders.relay.server.Setup`."""

    domain: Domain
    limits: Limits
    clock: Callable[[], int]
    admission: Admission
    shelf: Shelf
    events: Events
    pruner: Pruner
    has_node: bool


class Handlers:
    """The requests that a relay answers.

    Attributes:
        parts: of the relay.
        guard: lets requests in.
        connections: says how many there are.
    """

    def __init__(self, parts: Parts, behind_proxy: bool) -> None:
        self.parts = parts
        self.guard = Guard(parts.limits, behind_proxy)
        self._posting = Posting(
            parts.admission, parts.shelf, parts.events, parts.pruner, parts.limits
        )
        self.connections: Callable[[], int] = lambda: 0
        self._listening: set[asyncio.Task[web.StreamResponse]] = set()

    def application(self) -> web.Application:
        """Return what routes requests here."""
        application = web.Application(
            middlewares=[self.guard.middleware], client_max_size=self.parts.limits.body
        )
        application.add_routes(
            [
                web.post("/orders", self.post_orders),
                web.get("/orders", self.get_orders),
                web.get("/book/{series}", self.get_book),
                web.get("/series", self.get_series),
                web.get("/stream", self.get_stream),
                web.post("/rfq", self.post_request),
                web.get("/rfq", self.get_requests),
                web.get("/health", self.get_health),
            ]
        )
        return application

    def end(self) -> None:
        """End all streams."""
        for task in self._listening:
            task.cancel()

    async def post_orders(self, request: web.Request) -> web.Response:
        """Take orders, a line each; say of each what became of it."""
        # A place is for what has arrived: slow bodies would hold all of them for nothing.
        lines = lines_of(await self.guard.body(request), self.parts.limits.lines)
        with self.guard.posting(request):
            self.guard.charge(request, len(lines))
            outcomes = await self._posting.orders(lines)
        return self._outcomes(request, outcomes)

    async def post_request(self, request: web.Request) -> web.Response:
        """Take one request for quotes."""
        (line,) = lines_of(await self.guard.body(request), 1)
        with self.guard.posting(request):
            self.guard.charge(request, 1)
            outcome = await self._posting.request(line, self.parts.clock())
        return self._outcomes(request, [outcome])

    def _outcomes(self, request: web.Request, outcomes: list[Outcome]) -> web.Response:
        """Answer with outcomes; what was refused for its own fault costs more."""
        faults = sum(400 <= one.status < 429 for one in outcomes)
        self.guard.fine(request, (REFUSED_COST - 1) * faults)
        stored = any(one.is_stored for one in outcomes)
        return _json(Outcomes(outcomes=outcomes), 200 if stored else outcomes[0].status)

    async def get_orders(self, request: web.Request) -> web.Response:
        """List a side of a series, the best first, as lines."""
        series = _series(request.query.get("series", ""))
        side = request.query.get("side", "")
        if side not in _SIDES:
            raise Refused(MALFORMED, "a side is bids, which want long, or offers")
        taker = _account(request.query.get("taker", NOBODY))
        limit = _number(request, "limit", self.parts.limits.page)
        after = _after(request.query.get("after"))

        found: list[Entry] = await self.parts.shelf.read(
            lambda book: book.side(series, _SIDES[side], limit, taker, *after)
        )
        headers = {}
        if len(found) == limit:
            headers[NEXT] = f"{found[-1].rank}.{found[-1].arrival}"
        return _lines([entry.line for entry in found], headers)

    async def get_book(self, request: web.Request) -> web.Response:
        """Add a series up."""
        series = _series(request.match_info["series"])
        levels = _number(request, "levels", self.parts.limits.levels)
        event = self.parts.events.last_id
        depth = await self.parts.shelf.read(lambda book: book.depth(series, levels))
        return _json(BookDocument.of(series, depth, event))

    async def get_series(self, _: web.Request) -> web.Response:
        """List series that have orders."""
        found = await self.parts.shelf.read(lambda book: book.series(LISTED))
        return _json(SeriesList(series=[ListedSeries.of(*one) for one in found]))

    async def get_requests(self, _: web.Request) -> web.Response:
        """List requests for quotes that stand, as lines."""
        return _lines(await self.parts.shelf.requests(self.parts.clock()), {})

    async def get_stream(self, request: web.Request) -> web.StreamResponse:
        """Tell what happens from now on, or from where a stream broke off."""
        task = asyncio.current_task()
        assert task is not None
        with self.guard.streaming(request):
            self._listening.add(task)
            try:
                return await listen(request, self.parts.events, self.parts.limits)
            finally:
                self._listening.discard(task)

    async def get_health(self, _: web.Request) -> web.Response:
        """Say how the relay is."""
        chain_id, address, version = self.parts.domain
        trouble = self.parts.pruner.trouble
        return _json(
            Health(
                status="degraded" if trouble else "ok",
                why=trouble,
                chain_id=chain_id,
                market=address,
                version=version,
                has_node=self.parts.has_node,
                orders=await self.parts.shelf.read(lambda book: book.count()),
                streams=self.guard.streams,
                connections=self.connections(),
            )
        )


def _json(document: BaseModel, status: int = 200) -> web.Response:
    return web.Response(
        text=document.model_dump_json(), status=status, content_type="application/json"
    )


def _lines(lines: list[str], headers: dict[str, str]) -> web.Response:
    return web.Response(
        text="".join(f"{line}\n" for line in lines),
        headers=headers,
        content_type="application/x-ndjson",
    )


def _series(text: str) -> bytes:
    if not _SERIES.fullmatch(text):
        raise Refused(MALFORMED, "a series is named by its id: 0x and 64 hexadecimal digits")
    return bytes.fromhex(text[2:])


def _account(text: str) -> str:
    try:
        return checked_address(text)
    except AddressError:
        raise Refused(MALFORMED, "a taker is an address: 0x and 40 hexadecimal digits") from None


def _number(request: web.Request, name: str, most: int) -> int:
    text = request.query.get(name, str(most))
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise Refused(MALFORMED, f"{name} is a number from 1 to {most}")
    return int(text)


def _after(text: str | None) -> tuple[tuple[int, int], ...]:
    if text is None:
        return ()
    found = _AFTER.fullmatch(text)
    if not found:
        raise Refused(MALFORMED, f"after is what {NEXT} said on the page before")
    return ((int(found[1]), int(found[2])),)
