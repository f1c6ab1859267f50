"""How fast orders are kept and relayed: a book of a hundred thousand, and a relay over HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, time

from eth_account import Account
from eth_utils.crypto import keccak

from terahash.deployment import NOBODY
from terahash.orders.book import Book
from terahash.orders.order import Domain, Order, SignedOrder
from terahash.orders.relay.client import RelayClient
from terahash.orders.relay.limits import Limits, Rate
from terahash.orders.relay.server import Setup, listening, serving
from terahash.swaps.series import LOT, series

MANY = 100_000
READS = 100
BEST, DEPTH = 0.001, 0.005  # seconds, at most
DOMAIN = Domain(1, "0x" + "11" * 20)
SERIES = series(0, 0, 500, 502, 100, 200, 5_000)
MAKERS = [Account.from_key(keccak(text=f"maker {number}")) for number in range(100)]
FAST = Rate(1e9, 10**9)
UNBOUNDED = replace(Limits(), reads=FAST, writes=FAST, writes_of_maker=FAST, orders_of_maker=MANY)

Line = tuple[str, str, str, bool]
"""What was measured, how much, the target, and whether it is met."""


def lines(folder: Path, posted: int) -> Iterator[Line]:
    """Fill a book with 10^5 orders, read it, and post so many signed orders to a relay."""
    yield from _book(folder / "book.sqlite")
    yield from _relay(folder / "orders.sqlite", posted)


def _order(salt: int) -> Order:
    away, long = salt * 7_919 % 4_999 + 1, salt % 2 == 0
    return Order(
        maker=MAKERS[salt % len(MAKERS)].address,
        taker=NOBODY,
        series=SERIES,
        long=long,
        amount=(salt % 9 + 1) * LOT,
        price=5_000 - away if long else 5_000 + away,
        deadline=int(time()) + 86_400,
        counter=0,
        salt=salt,
    )


def _book(file: Path) -> Iterator[Line]:
    book = Book(file, DOMAIN)
    started = perf_counter()
    with book.transaction():
        for salt in range(MANY):
            book.add(SignedOrder(_order(salt), bytes(65)))
    rate = MANY / (perf_counter() - started)
    yield f"add {MANY:,} orders to a book", f"{rate:,.0f} orders/s", "-", True
    reads: tuple[tuple[str, Callable[[], object], float], ...] = (
        ("  best bid and offer", lambda: book.best(SERIES.id), BEST),
        ("  depth, 20 prices a side", lambda: book.depth(SERIES.id, 20), DEPTH),
    )
    for name, read, most in reads:
        started = perf_counter()
        for _ in range(READS):
            read()
        took = (perf_counter() - started) / READS
        yield name, f"{took * 1e3:.3f} ms", f"below {most * 1e3:g} ms", took < most
    book.close()


def _relay(file: Path, posted: int) -> Iterator[Line]:
    signed = [DOMAIN.sign(MAKERS[salt % len(MAKERS)], _order(salt)) for salt in range(posted)]
    where, ended = listening("127.0.0.1", 0), threading.Event()
    port = where.getsockname()[1]

    async def serve() -> None:
        async with serving(Setup(DOMAIN, file, limits=UNBOUNDED), where):
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        with RelayClient(f"http://127.0.0.1:{port}") as client:
            started = perf_counter()
            outcomes = client.post(DOMAIN, signed)
            rate = posted / (perf_counter() - started)
            stored = sum(outcome.is_stored for outcome in outcomes)
            name = f"verify and store {posted:,} orders by a relay"
            yield name, f"{rate:,.0f} orders/s", f"{posted:,} stored", stored == posted
            started = perf_counter()
            found = sum(1 for long in (True, False) for _ in client.side(SERIES.id, long))
            rate = found / (perf_counter() - started)
            yield "  read them again", f"{rate:,.0f} orders/s", f"{posted:,} found", found == posted
    finally:
        ended.set()
        thread.join()
