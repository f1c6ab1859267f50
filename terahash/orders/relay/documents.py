"""What a relay answers with, for whoever reads it: JSON, amounts as text."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from terahash.headers import Exact
from terahash.orders.book import Depth
from terahash.orders.wire import SeriesDocument
from terahash.swaps.series import Series


class Outcome(BaseModel):
    """What became of one order or request for quotes that was posted.

    Attributes:
        digest: the hash that is signed; None of what could not be read.
        is_stored: it is on the relay's disk, now or since before.
        status: HTTP's, as if it had been posted alone.
        why: it is not; "" where it is.
    """

    digest: str | None = None
    is_stored: bool = False
    status: int = 200
    why: str = ""


class Outcomes(BaseModel):
    """The same of all that were posted together, in their order."""

    outcomes: list[Outcome]


class LevelDocument(BaseModel):
    """The orders of one price: ticks, claims in all, and how many orders."""

    price: int
    amount: Exact
    orders: int


class BookDocument(BaseModel):
    """What anyone may take of a series: bids want long, offers short; the best first.

    Attributes:
        series: its id.
        best_bid, best_offer: ticks; None where there is none.
        event: of the stream, up to which this is told: to go on from with `Last-Event-ID`.
    """

    series: str
    best_bid: int | None
    best_offer: int | None
    bids: list[LevelDocument]
    offers: list[LevelDocument]
    event: str

    @classmethod
    def of(cls, series: bytes, depth: Depth, event: str) -> BookDocument:
        """Write the depth of a series."""
        bids, offers = (
            [
                LevelDocument(price=price, amount=amount, orders=orders)
                for price, amount, orders in side
            ]
            for side in depth
        )
        return cls(
            series="0x" + series.hex(),
            best_bid=bids[0].price if bids else None,
            best_offer=offers[0].price if offers else None,
            bids=bids,
            offers=offers,
            event=event,
        )


class ListedSeries(BaseModel):
    """A series that has orders: its id, its terms, and how many orders."""

    id: str
    terms: SeriesDocument
    orders: int

    @classmethod
    def of(cls, series: Series, orders: int) -> ListedSeries:
        """Write a series."""
        return cls(id="0x" + series.id.hex(), terms=SeriesDocument.of(series), orders=orders)


class SeriesList(BaseModel):
    """The series that have orders, those that came first, first."""

    series: list[ListedSeries]


class Dropped(BaseModel):
    """An order that a relay keeps no longer, and why."""

    digest: str
    why: str


class Health(BaseModel):
    """How a relay is.

    Attributes:
        status: "degraded" while it serves, and cannot see which orders have died.
        why: it is degraded; "" where it is not.
        chain_id, market, version: what its orders are for.
        has_node: it asks a node about orders; otherwise it knows keys and deadlines alone.
        orders, streams, connections: now.
    """

    status: Literal["ok", "degraded"]
    why: str
    chain_id: int
    market: str
    version: str
    has_node: bool
    orders: int
    streams: int
    connections: int


class Wrong(BaseModel):
    """Why a request was refused."""

    error: str
