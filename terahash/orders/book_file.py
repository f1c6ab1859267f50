"""The file of a book: its tables, and when what is written is on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from terahash.orders.order import Domain, OrderError

PATIENCE = 10.0
"""Seconds to wait while another process writes."""
LAST = 2**63 - 1
"""SQLite's largest integer."""

# The write-ahead log lets others read while one writes. `synchronous = FULL` has every commit wait
# until the log is on the disk: NORMAL would survive the death of the process, but not a power cut,
# and what was acknowledged must survive both. It costs one fsync a commit, however many orders are
# in it.
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 16777216;
CREATE TABLE IF NOT EXISTS market (
    only INTEGER PRIMARY KEY CHECK (only = 1), chain_id TEXT, address TEXT, version TEXT
);
CREATE TABLE IF NOT EXISTS orders (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    series BLOB NOT NULL,
    long INTEGER NOT NULL,
    taker TEXT NOT NULL,
    rank INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    maker TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    line TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_price ON orders (series, long, taker, rank, arrival, remaining);
CREATE INDEX IF NOT EXISTS by_maker ON orders (maker, deadline);
CREATE INDEX IF NOT EXISTS by_deadline ON orders (deadline);
CREATE TABLE IF NOT EXISTS makers (maker TEXT PRIMARY KEY, orders INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_orders ON makers (orders);
CREATE TABLE IF NOT EXISTS total (only INTEGER PRIMARY KEY CHECK (only = 1), orders INTEGER);
INSERT OR IGNORE INTO total VALUES (1, 0);
CREATE TRIGGER IF NOT EXISTS added AFTER INSERT ON orders BEGIN
    INSERT INTO makers VALUES (new.maker, 1)
        ON CONFLICT (maker) DO UPDATE SET orders = orders + 1;
    UPDATE total SET orders = orders + 1;
END;
CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON orders BEGIN
    UPDATE makers SET orders = orders - 1 WHERE maker = old.maker;
    DELETE FROM makers WHERE maker = old.maker AND orders = 0;
    UPDATE total SET orders = orders - 1;
END;
"""


class BookError(OrderError):
    """A book that cannot be opened, or an order that it does not take; the message says why."""


def open_rows(file: Path, domain: Domain) -> sqlite3.Connection:
    """Open a book's file, or begin one.

    Raises:
        BookError: when it is no book, or one of another market.
    """
    mine = (str(domain.chain_id), domain.address, domain.version)
    try:
        # Transactions are begun here and not by the module.
        rows = sqlite3.connect(file, PATIENCE, isolation_level=None, check_same_thread=False)
        rows.executescript(_SCHEMA)
        rows.execute("INSERT OR IGNORE INTO market VALUES (1, ?, ?, ?)", mine)
        found = rows.execute("SELECT chain_id, address, version FROM market").fetchone()
    except sqlite3.Error as error:
        raise BookError(f"{file} cannot be opened as a book ({error}): name another") from None
    if found != mine:
        rows.close()
        raise BookError(
            f"{file} is the book of market {found[1]} (version {found[2]}) on chain {found[0]}, "
            f"not of {mine[1]} ({mine[2]}) on {mine[0]}: name another file"
        )
    return rows


@contextmanager
def transaction(rows: sqlite3.Connection) -> Iterator[None]:
    """Do all that happens inside or, where it raises, nothing; on the disk once it ends."""
    if rows.in_transaction:
        yield
        return
    rows.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        rows.execute("ROLLBACK")
        raise
    rows.execute("COMMIT")
