"""What a relay keeps, in the book's file: orders, and requests for quotes, within its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from terahash.orders.book import Book
from terahash.orders.order import Domain
from terahash.orders.relay import quotes
from terahash.orders.relay.admission import AWAY, TOO_MANY, Admitted, Asked, Refused
from terahash.orders.relay.limits import Limits

_REQUESTS = """
CREATE TABLE IF NOT EXISTS requests (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    taker TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    line TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS requests_of_taker ON requests (taker);
CREATE INDEX IF NOT EXISTS requests_by_deadline ON requests (deadline);
"""

Answer = TypeVar("Answer")


class Stored(NamedTuple):
    """What storing came to.

    Attributes:
        outcomes: of each order in turn: True where it is new, False where it was here, or why not.
        dropped: digests of orders that made room.
    """

    outcomes: list[bool | Refused]
    dropped: list[bytes]


class Shelf:
    """The book's file, written by one thread and read by another, both beside the loop."""

    def __init__(self, file: Path, domain: Domain, limits: Limits) -> None:
        """Open the file, or begin one; raises `BookError` when it is of another market."""
        self._limits = limits
        self._domain = domain
        self._written = Book(file, domain)
        self._written.rows.executescript(_REQUESTS)
        self._read = Book(file, domain)
        self._writer = ThreadPoolExecutor(1, "writer")
        self._reader = ThreadPoolExecutor(1, "reader")

    def close(self) -> None:
        """Finish what was begun, and close the file."""
        for pool in (self._writer, self._reader):
            pool.shutdown(cancel_futures=True)
        self._read.close()
        self._written.close()

    async def write(self, work: Callable[[Book], Answer]) -> Answer:
        """Do something with the book in one transaction; on the disk when this returns."""

        def whole() -> Answer:
            with self._written.transaction():
                return work(self._written)

        return await asyncio.get_running_loop().run_in_executor(self._writer, whole)

    async def read(self, work: Callable[[Book], Answer]) -> Answer:
        """Read of the book what was on the disk when this began."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, work, self._read)

    async def store(self, orders: Sequence[Admitted]) -> Stored:
        """Store verified orders, as far as there is room for them."""
        return await self.write(lambda book: store(book, orders, self._limits))

    async def ask(self, asked: Asked, now: int) -> str | None:
        """Store a verified request for quotes; return its line, None where it was here already.

        Raises:
            Refused: when there is no room for it.
        """
        line = quotes.to_line(self._domain, asked.signed)
        return await self.write(lambda book: _ask(book, asked, line, now, self._limits))

    async def requests(self, now: int) -> list[str]:
        """List the lines of requests for quotes that stand, as they came."""
        return await self.read(
            lambda book: [
                str(line)
                for (line,) in book.rows.execute(
                    "SELECT line FROM requests WHERE deadline >= ? ORDER BY arrival", (now,)
                )
            ]
        )


def store(book: Book, orders: Sequence[Admitted], limits: Limits) -> Stored:
    """Store orders within limits; where the book is full, who has the most makes room.

    An order is dropped only of the maker that has the most of them, and only for one who has fewer:
    of that maker's, the one that ends first. So no maker pushes out another that has fewer orders
    than itself.
    """
    stored = Stored([], [])
    for one in orders:
        maker = one.signed.order.maker
        if book.get(one.digest):
            stored.outcomes.append(False)
        elif (own := book.count(maker)) >= limits.orders_of_maker:
            why = f"its maker has {own:,} orders here, the most that it may: cancel some, or wait"
            stored.outcomes.append(Refused(TOO_MANY, why))
        elif book.count() >= limits.orders and not (victim := _least_loss(book, own)):
            why = "the book is full, and no maker has more orders than this one: post it later"
            stored.outcomes.append(Refused(AWAY, why))
        else:
            if book.count() >= limits.orders and victim:
                book.remove(victim)
                stored.dropped.append(victim)
            book.add(one.signed, one.remaining)
            stored.outcomes.append(True)
    return stored


def _least_loss(book: Book, own: int) -> bytes | None:
    """Choose what makes room for an order of a maker that has so many; None for nothing."""
    largest = book.largest_maker()
    if largest is None or largest[1] <= own + 1:
        return None
    return book.first_to_expire(largest[0])


def _ask(book: Book, asked: Asked, line: str, now: int, limits: Limits) -> str | None:
    rows, request = book.rows, asked.signed.request
    rows.execute("DELETE FROM requests WHERE deadline < ?", (now,))
    if rows.execute("SELECT 1 FROM requests WHERE digest = ?", (asked.digest,)).fetchone():
        return None
    count = "SELECT COUNT(*) FROM requests"
    own = rows.execute(f"{count} WHERE taker = ?", (request.taker,)).fetchone()[0]
    if own >= limits.requests_of_taker:
        raise Refused(TOO_MANY, f"its account has {own} open requests, the most that it may: wait")
    if rows.execute(count).fetchone()[0] >= limits.requests:
        raise Refused(AWAY, "there are too many requests for quotes: ask later")
    rows.execute(
        "INSERT INTO requests (digest, taker, deadline, line) VALUES (?, ?, ?, ?)",
        (asked.digest, request.taker, request.deadline, line),
    )
    return line
