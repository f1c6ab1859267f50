"""A book of signed orders of one market, in one file (SQLite), with the best first.

A book says what was signed, and never that it can still be taken: the market's `fillable` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from eth_utils.address import to_checksum_address

from terahash.deployment import NOBODY
from terahash.documents import Refusal
from terahash.orders.book_file import LAST, BookError, open_rows, transaction
from terahash.orders.order import Domain, OrderError, SignedOrder
from terahash.orders.wire import Line, from_line, to_line
from terahash.swaps.series import LOT, TICKS, Series
from terahash.units import SATS_PER_BTC

MAX_AMOUNT = 21_000_000 * SATS_PER_BTC
"""Satoshi: more than there are, nobody can lock."""
_TOGETHER = 1_000  # lines that one transaction imports

_ENTRY = "arrival, digest, rank, remaining, line"


class Entry(NamedTuple):
    """An order in a book.

    Attributes:
        arrival: its number, rising.
        digest: the hash that its maker signed.
        rank: of its price on its side; the lowest is the best.
        remaining: claims that are still to be had of it, as far as the book was told.
        line: as it travels.
    """

    arrival: int
    digest: bytes
    rank: int
    remaining: int
    line: str

    @property
    def signed(self) -> SignedOrder:
        """The order and its signature."""
        return from_line(self.line)[1]


class Level(NamedTuple):
    """The orders of one side and price: ticks, claims in all, and how many orders."""

    price: int
    amount: int
    orders: int


class Depth(NamedTuple):
    """Both sides of a series, the best price first: bids want long, offers want short."""

    bids: list[Level]
    offers: list[Level]


class Imported(NamedTuple):
    """What importing lines came to; refusals say which line, and why."""

    added: int
    known: int
    refusals: list[Refusal]


class Book:
    """The orders of one market. One thread uses it at a time; other processes have their own."""

    def __init__(self, file: Path, domain: Domain) -> None:
        """Open a book, or begin one.

        Raises:
            BookError: when the file is no book, or one of another market.
        """
        self.domain = domain._replace(address=str(to_checksum_address(domain.address)))
        self.rows = open_rows(file, self.domain)

    def close(self) -> None:
        """Close the file; what was added is in it."""
        self.rows.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Do all that happens inside or, where it raises, nothing; on the disk once it ends."""
        return transaction(self.rows)

    def add(self, signed: SignedOrder, remaining: int | None = None) -> bool:
        """Add an order, once; say whether it is new. It is on the disk when this returns.

        Args:
            signed: the order; whoever adds it has verified it.
            remaining: claims that are left of it; None for all.

        Raises:
            BookError: when no market takes such an amount or price.
        """
        order = signed.order
        left = order.amount if remaining is None else remaining
        if not 0 < order.amount <= MAX_AMOUNT or order.amount % LOT:
            raise BookError(
                f"its amount, {order.amount:,}, is not in lots of {LOT:,} up to all bitcoin"
            )
        if not 0 <= order.price <= TICKS:
            raise BookError(f"its price, {order.price:,}, is not between 0 and {TICKS:,} ticks")
        row = (
            self.domain.digest(order),
            order.series.id,
            order.long,
            order.taker.lower(),
            -order.price if order.long else order.price,
            left,
            order.maker.lower(),
            min(order.deadline, LAST),
            to_line(self.domain, signed),
        )
        added = self.rows.execute(
            "INSERT OR IGNORE INTO orders (digest, series, long, taker, rank, remaining, maker, "
            "deadline, line) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return added.rowcount == 1

    def remove(self, digest: bytes) -> bool:
        """Remove an order; say whether it was there."""
        return self.rows.execute("DELETE FROM orders WHERE digest = ?", (digest,)).rowcount == 1

    def set_remaining(self, digest: bytes, claims: int) -> None:
        """Note how much is left of an order."""
        self.rows.execute("UPDATE orders SET remaining = ? WHERE digest = ?", (claims, digest))

    def expire(self, now: int) -> list[bytes]:
        """Remove the orders whose deadlines are past, unix seconds; return their digests."""
        found = self.rows.execute("DELETE FROM orders WHERE deadline < ? RETURNING digest", (now,))
        return [digest for (digest,) in found]

    def get(self, digest: bytes) -> Entry | None:
        """Find an order by the hash that was signed."""
        return next(self._entries("WHERE digest = ?", digest), None)

    def side(
        self,
        series: bytes,
        long: bool,
        limit: int = LAST,
        taker: str = NOBODY,
        after: tuple[int, int] = (-LAST, 0),
    ) -> list[Entry]:
        """List a side of a series, the best first, and of one price the first to come.

        Args:
            series: its id.
            long: the orders that want long (bids), else those that want short (offers).
            limit: orders at most.
            taker: list what is for this account alone; NOBODY for what anyone may take.
            after: rank and arrival of the entry to go on from.
        """
        where = (
            "WHERE series = ? AND long = ? AND taker = ? AND (rank, arrival) > (?, ?) "
            "ORDER BY rank, arrival LIMIT ?"
        )
        return list(self._entries(where, series, long, taker.lower(), *after, limit))

    def best(self, series: bytes) -> tuple[int | None, int | None]:
        """Return the best bid and offer for anyone, in ticks; None where there is none."""
        bid, offer = (self._levels(series, long, 1) for long in (True, False))
        return bid[0].price if bid else None, offer[0].price if offer else None

    def depth(self, series: bytes, levels: int = LAST) -> Depth:
        """Add up what anyone may take, price by price, so many prices a side at most."""
        bids, offers = (self._levels(series, long, levels) for long in (True, False))
        return Depth(bids, offers)

    def _levels(self, series: bytes, long: bool, limit: int) -> list[Level]:
        found = self.rows.execute(
            "SELECT rank, SUM(remaining), COUNT(*) FROM orders "
            "WHERE series = ? AND long = ? AND taker = ? AND remaining > 0 "
            "GROUP BY rank ORDER BY rank LIMIT ?",
            (series, long, NOBODY, limit),
        )
        return [Level(abs(rank), amount, orders) for rank, amount, orders in found]

    def count(self, maker: str | None = None) -> int:
        """Count all orders, or a maker's."""
        if maker is None:
            return int(self.rows.execute("SELECT orders FROM total").fetchone()[0])
        found = self.rows.execute(
            "SELECT orders FROM makers WHERE maker = ?", (maker.lower(),)
        ).fetchone()
        return int(found[0]) if found else 0

    def series(self, limit: int = LAST) -> list[tuple[Series, int]]:
        """List series that have orders, and how many; those that came first, first."""
        found = self.rows.execute(
            "SELECT COUNT(*), MIN(arrival) FROM orders GROUP BY series ORDER BY 2 LIMIT ?", (limit,)
        ).fetchall()
        firsts = (next(self.entries(arrival - 1, 1)) for _, arrival in found)
        return [
            (first.signed.order.series, count)
            for first, (count, _) in zip(firsts, found, strict=True)
        ]

    def largest_maker(self) -> tuple[str, int] | None:
        """Return who has the most orders, in lower case, and how many."""
        found = self.rows.execute("SELECT * FROM makers ORDER BY orders DESC LIMIT 1").fetchone()
        return tuple(found) if found else None

    def first_to_expire(self, maker: str) -> bytes | None:
        """Return the digest of a maker's order that ends before its others."""
        found = self.rows.execute(
            "SELECT digest FROM orders WHERE maker = ? ORDER BY deadline LIMIT 1", (maker.lower(),)
        ).fetchone()
        return bytes(found[0]) if found else None

    def of_maker(self, maker: str) -> list[Entry]:
        """List a maker's orders, as they came."""
        return list(self._entries("WHERE maker = ? ORDER BY arrival", maker.lower()))

    def entries(self, after: int = 0, limit: int = LAST) -> Iterator[Entry]:
        """Stream orders as they came, from the one after an arrival on."""
        return self._entries("WHERE arrival > ? ORDER BY arrival LIMIT ?", after, limit)

    def export_lines(self) -> Iterator[str]:
        """Stream all orders as JSON lines, as they came, without line ends."""
        return (entry.line for entry in self.entries())

    def import_lines(
        self, lines: Iterable[Line | Refusal], refuse: Callable[[Domain, SignedOrder], str | None]
    ) -> Imported:
        """Add orders that were read from lines; those of other markets are refused.

        Args:
            lines: as `terahash.orders.wire.read_lines` reads them.
            refuse: says why an order does not count, and None for those that do.
        """
        added, known, refusals = 0, 0, list[Refusal]()
        waiting = iter(lines)
        while batch := list(islice(waiting, _TOGETHER)):
            with self.transaction():
                for line in batch:
                    if isinstance(line, Refusal):
                        refusals.append(line)
                        continue
                    try:
                        why = self._foreign(line.domain) or refuse(self.domain, line.signed)
                        if why is None:
                            is_new = self.add(line.signed)
                            added, known = added + is_new, known + (not is_new)
                    except OrderError as error:
                        why = str(error)
                    if why is not None:
                        refusals.append(Refusal(line.where, why))
        return Imported(added, known, refusals)

    def _foreign(self, domain: Domain) -> str | None:
        if domain == self.domain:
            return None
        return f"it is for market {domain.address} on chain {domain.chain_id}: keep those apart"

    def _entries(self, where: str, *values: Any) -> Iterator[Entry]:
        found = self.rows.execute(f"SELECT {_ENTRY} FROM orders {where}", values)
        return map(Entry._make, found)
