"""An order relay that is killed in a flood, and one with a hundred thousand orders."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, time

import httpx
import pytest

from terahash.orders.book import Book
from terahash.orders.order import SignedOrder
from terahash.orders.relay.client import NEXT, RelayError
from terahash.orders.relay.server import Setup
from terahash.orders.wire import from_line
from tests.support.order_relay import DOMAIN, LOOSE, SERIES, Process, order, relaying

MAKERS = 6
BATCHES = 40
MANY = 100_000
HOUR = 3_600


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak with relays without a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_kill__in_the_middle_of_a_flood__every_acknowledged_order_is_there(
    tmp_path: Path,
) -> None:
    deadline = int(time()) + HOUR
    relay = Process(tmp_path)
    acknowledged: list[SignedOrder] = []
    enough = threading.Event()

    def flood(number: int) -> bool:
        """Post until the relay is gone; say whether that happened."""
        with relay.client(f"127.0.0.{number + 2}") as client:
            for salt in range(0, 5 * BATCHES, 5):
                batch = [order(salt + at, deadline, maker=f"maker {number}") for at in range(5)]
                try:
                    outcomes = client.post(DOMAIN, batch)
                except RelayError:
                    return True
                acknowledged.extend(
                    one for one, outcome in zip(batch, outcomes, strict=True) if outcome.is_stored
                )
                if len(acknowledged) >= 100:
                    enough.set()
        return False

    with ThreadPoolExecutor(MAKERS) as pool:
        flooding = [pool.submit(flood, number) for number in range(MAKERS)]
        assert enough.wait(30)
        relay.kill()
        assert all(one.result(30) for one in flooding), "it was killed after the flood"
    again = Process(tmp_path)
    with again.client() as client:
        found = list(client.side(SERIES.id, True))
        (level,) = client.book(SERIES.id).bids
    assert set(acknowledged) <= set(found)
    assert (level.orders, level.amount) == (len(found), 10_000 * len(found))
    assert all(DOMAIN.signer(one) == one.order.maker for one in found)
    code, said = again.close()
    assert (code, "Traceback" in said) == (0, False)


def fill(file: Path) -> list[str]:
    """Fill a book with copies of one order, each at its own price and place; return the lines."""
    book = Book(file, DOMAIN)
    book.add(order(0, int(time()) + HOUR))
    (first,) = book.entries()
    lines = [
        first.line.replace('"salt":"0"', f'"salt":"{salt}"').replace(
            '"price":"5000"', f'"price":"{salt * 7_919 % 9_999}"'
        )
        for salt in range(1, MANY)
    ]
    copy = (
        "INSERT INTO orders (digest, series, long, taker, rank, remaining, maker, deadline, line) "
        "SELECT ?, series, long, taker, ?, remaining, ?, deadline, ? FROM orders WHERE arrival = 1"
    )
    with book.transaction():
        book.rows.executemany(
            copy,
            (
                (
                    salt.to_bytes(32, "big"),
                    -(salt * 7_919 % 9_999),
                    f"0x{salt % 300 + 1:040x}",
                    lines[salt - 1],
                )
                for salt in range(1, MANY)
            ),
        )
    book.close()
    return [first.line, *lines]


def test_serve__a_hundred_thousand_orders__all_read_best_first_and_more_are_taken(
    tmp_path: Path,
) -> None:
    lines = fill(tmp_path / "orders.sqlite")
    limits = LOOSE
    with (
        relaying(Setup(DOMAIN, tmp_path / "orders.sqlite", limits=limits)) as relay,
        httpx.Client(base_url=relay.url) as http,
        relay.client() as client,
    ):
        started = monotonic()
        found: list[str] = []
        query = {"series": "0x" + SERIES.id.hex(), "side": "bids"}
        while True:
            page = http.get("/orders", params=query)
            found += page.text.splitlines()
            if NEXT not in page.headers:
                break
            query["after"] = page.headers[NEXT]
        assert monotonic() - started < 20
        assert sorted(found) == sorted(lines)
        prices = [from_line(line)[1].order.price for line in found[::500]]
        assert prices == sorted(prices, reverse=True)
        started = monotonic()
        best = client.book(SERIES.id, 5)
        new = order(10**6, int(time()) + HOUR, maker="late", price=10_000)
        assert [one.status for one in client.post(DOMAIN, [new])] == [200]
        assert monotonic() - started < 1
        assert (best.best_bid, client.book(SERIES.id, 5).best_bid) == (9_998, 10_000)
        assert client.health().orders == MANY + 1
