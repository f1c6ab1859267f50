"""A typed client of an order relay. What a relay says is a stranger's word: verify every order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from terahash.deployment import NOBODY
from terahash.orders import wire
from terahash.orders.order import Domain, OrderError, SignedOrder
from terahash.orders.relay import quotes
from terahash.orders.relay.documents import (
    BookDocument,
    Health,
    ListedSeries,
    Outcome,
    Outcomes,
    SeriesList,
    Wrong,
)
from terahash.text import quoted

TIMEOUT = 20.0
"""Seconds that a relay may be silent; streams send a sign of life more often."""
LARGEST = 4_000_000
"""Bytes of an answer, and of an event, beyond which nothing is read."""
LINES = 50
"""Orders that are posted together, and bytes of them: what relays take."""
BYTES = 60_000
NEXT = "Terahash-Next"

Document = TypeVar("Document", bound=BaseModel)


class RelayError(OrderError):
    """A relay that did not answer, or refused; the message says what to do.

    Attributes:
        status: HTTP's; 0 where there was no answer.
        retry_after: seconds to wait before asking again; 0 where that would not help.
    """

    def __init__(self, why: str, status: int = 0, retry_after: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.retry_after = retry_after


class Event(NamedTuple):
    """What happened on a relay.

    Attributes:
        id: to go on from, where the stream breaks off.
        kind: "order" and "request", with a line; "dropped", with a digest and why; "reset": some
            were missed, so read the book again.
        text: one line.
    """

    id: str
    kind: str
    text: str


class RelayClient:
    """One relay, by its URL. Every method raises `RelayError`."""

    def __init__(self, url: str, timeout: float = TIMEOUT, address: str | None = None) -> None:
        """Name a relay, and which address of this machine to speak from; None for any."""
        if not url.startswith(("http://", "https://")):
            raise RelayError("a relay is named by its URL: http:// or https://")
        # A transport of one's own has httpx overlook the proxies that the environment names.
        transport = httpx.HTTPTransport(local_address=address) if address else None
        self._http = httpx.Client(base_url=url.rstrip("/"), timeout=timeout, transport=transport)

    def __enter__(self) -> RelayClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def post(self, domain: Domain, orders: Iterable[SignedOrder]) -> list[Outcome]:
        """Post orders; return what became of each. What is stored is on the relay's disk."""
        return self.post_lines(wire.to_line(domain, signed) for signed in orders)

    def post_lines(self, lines: Iterable[str]) -> list[Outcome]:
        """Post orders that are written on lines already, as many together as relays take."""
        outcomes: list[Outcome] = []
        for batch in _batches(lines):
            found = self._outcomes("/orders", "\n".join(batch))
            if len(found) != len(batch):
                raise RelayError("the relay answered for other orders than it was sent")
            outcomes += found
        return outcomes

    def side(self, series: bytes, long: bool, taker: str = NOBODY) -> Iterator[SignedOrder]:
        """Stream a side of a series, the best first.

        Args:
            series: its id.
            long: the orders that want long (bids).
            taker: list what is for this account alone; NOBODY for what anyone may take.
        """
        query = {
            "series": "0x" + series.hex(),
            "side": "bids" if long else "offers",
            "taker": taker,
        }
        while True:
            answer = self._ask("GET", "/orders", params=query)
            for line in answer.text.splitlines():
                yield _read(wire.from_line, line)[1]
            if (after := answer.headers.get(NEXT)) is None or after == query.get("after"):
                return
            query["after"] = after

    def book(self, series: bytes, levels: int = 20) -> BookDocument:
        """Read the best prices of a series, and what is to be had at each."""
        return self._get(BookDocument, f"/book/0x{series.hex()}", levels=levels)

    def series(self) -> list[ListedSeries]:
        """List the series that have orders."""
        return self._get(SeriesList, "/series").series

    def health(self) -> Health:
        """Ask how the relay is, and which market it is of."""
        return self._get(Health, "/health")

    def ask(self, domain: Domain, signed: quotes.SignedRequest) -> Outcome:
        """Post a request for quotes."""
        return self._outcomes("/rfq", quotes.to_line(domain, signed))[0]

    def requests(self) -> list[tuple[Domain, quotes.SignedRequest]]:
        """List the requests for quotes that stand."""
        lines = self._ask("GET", "/rfq").text.splitlines()
        return [_read(quotes.from_line, line) for line in lines]

    def stream(self, last_id: str | None = None) -> Iterator[Event]:
        """Stream what happens, from now on or after an event; it ends when the relay ends it."""
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        with _in_words(), self._http.stream("GET", "/stream", headers=headers) as answer:
            if answer.status_code != 200:
                answer.read()
                raise _refused(answer)
            rest = b""
            for chunk in answer.iter_raw():
                *whole, rest = (rest + chunk).split(b"\n\n")
                yield from filter(None, map(_event, whole))
                if len(rest) > LARGEST:
                    raise RelayError("the relay sent an event without end: leave it")

    def _get(self, kind: type[Document], path: str, **query: Any) -> Document:
        return _document(kind, self._ask("GET", path, params=query))

    def _outcomes(self, path: str, body: str) -> list[Outcome]:
        answer = self._ask("POST", path, content=body.encode(), may_refuse=True)
        try:
            found = _document(Outcomes, answer).outcomes
        except RelayError:
            raise _refused(answer) from None
        if not found:
            raise RelayError("the relay answered nothing for what it was sent")
        return found

    def _ask(
        self, method: str, path: str, may_refuse: bool = False, **request: Any
    ) -> httpx.Response:
        with _in_words(), self._http.stream(method, path, **request) as answer:
            body = b""
            for chunk in answer.iter_bytes(65_536):
                body += chunk
                if len(body) > LARGEST:
                    raise RelayError("the relay answered without end: leave it")
            whole = httpx.Response(answer.status_code, headers=answer.headers, content=body)
        if answer.status_code != 200 and not may_refuse:
            raise _refused(whole)
        return whole


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == LINES or size + len(line) > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    if batch:
        yield batch


def _event(block: bytes) -> Event | None:
    """Read an event; None for a sign of life."""
    fields = dict(
        (name, value.removeprefix(" "))
        for name, _, value in (
            line.partition(":") for line in block.decode("utf-8", "replace").split("\n")
        )
        if name
    )
    if "event" not in fields:
        return None
    return Event(fields.get("id", ""), fields["event"], fields.get("data", ""))


def _read(reader: Callable[[str], Document | Any], line: str) -> Any:
    try:
        return reader(line)
    except wire.WireError as error:
        raise RelayError(f"the relay answered what is no order: {error}") from None


def _document(kind: type[Document], answer: httpx.Response) -> Document:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError:
        raise RelayError("the relay answered what no relay does: check its URL") from None


def _refused(answer: httpx.Response) -> RelayError:
    try:
        why = quoted(Wrong.model_validate_json(answer.content).error)
    except ValidationError:
        why = "it gave no reason: check its URL"
    wait = answer.headers.get("Retry-After", "0")
    seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else 0
    return RelayError(f"the relay refused: {why}", answer.status_code, seconds)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        name = type(error).__name__
        raise RelayError(f"the relay did not answer ({name}): check its URL, or wait") from None
