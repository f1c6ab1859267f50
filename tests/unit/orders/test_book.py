"""The book of orders: best first, once each, on the disk, and fast with a hundred thousand."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from terahash.deployment import NOBODY
from terahash.orders.book import MAX_AMOUNT, Book
from terahash.orders.book_file import BookError
from terahash.orders.order import Domain, Order, SignedOrder
from terahash.orders.wire import read_lines, to_line
from terahash.swaps.series import LOT, Series, series

MARKET = "0x" + "11" * 20
DOMAIN = Domain(1, MARKET)
DIFFICULTY = series(0, 0, 500, 502, 100, 200, 5_000)
HASHRATE = series(0, 1, 500, 502, 100, 200, 5_000)
MAKER, RIVAL, TAKER = ("0x" + digit * 40 for digit in ("a", "b", "c"))
MANY = 100_000
ROOT = Path(__file__).parents[3]


def order(salt: int, **changes: Any) -> SignedOrder:
    fields = {"maker": MAKER, "taker": NOBODY, "series": DIFFICULTY, "long": True}
    numbers = {"amount": LOT, "price": 5_000, "deadline": 1_000, "counter": 0, "salt": salt}
    return SignedOrder(Order(**{**fields, **numbers, **changes}), bytes(65))


def salts(book: Book, long: bool, **options: Any) -> list[int]:
    """Say which orders a side lists, by their salts."""
    return [entry.signed.order.salt for entry in book.side(DIFFICULTY.id, long, **options)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "book.sqlite"


@pytest.fixture
def book(file: Path) -> Iterator[Book]:
    opened = Book(file, DOMAIN)
    yield opened
    opened.close()


# Sides


def test_side__bids__highest_price_first_then_first_come(book: Book) -> None:
    for salt, price in enumerate((4_000, 6_000, 5_000, 6_000)):
        book.add(order(salt, price=price))
    assert salts(book, long=True) == [1, 3, 2, 0]
    assert salts(book, long=False) == []


def test_side__offers__lowest_price_first_then_first_come(book: Book) -> None:
    for salt, price in enumerate((6_000, 4_000, 5_000, 4_000)):
        book.add(order(salt, price=price, long=False))
    assert salts(book, long=False) == [1, 3, 2, 0]


def test_side__page_by_page__every_order_once(book: Book) -> None:
    for salt in range(25):
        book.add(order(salt, price=5_000 + salt % 3))
    pages = page = book.side(DIFFICULTY.id, True, 4)
    while page := book.side(DIFFICULTY.id, True, 4, after=(page[-1].rank, page[-1].arrival)):
        pages = pages + page
    assert pages == book.side(DIFFICULTY.id, True)
    assert len(pages) == 25


def test_side__another_series__left_out(book: Book) -> None:
    book.add(order(1))
    book.add(order(2, series=HASHRATE))
    assert salts(book, long=True) == [1]
    assert [(one, count) for one, count in book.series()] == [(DIFFICULTY, 1), (HASHRATE, 1)]


def test_side__for_one_taker__neither_best_nor_deep_for_others(book: Book) -> None:
    book.add(order(1, price=4_000))
    book.add(order(2, price=9_000, taker=TAKER))
    assert salts(book, long=True) == [1]
    assert salts(book, long=True, taker=TAKER) == [2]
    assert book.best(DIFFICULTY.id) == (4_000, None)
    assert [level.price for level in book.depth(DIFFICULTY.id).bids] == [4_000]


# Best and depth


def test_best__both_sides__highest_bid_and_lowest_offer(book: Book) -> None:
    assert book.best(DIFFICULTY.id) == (None, None)
    for salt, (long, price) in enumerate(
        ((True, 0), (True, 4_900), (True, 4_800), (False, 5_200), (False, 5_100), (False, 10_000))
    ):
        book.add(order(salt, long=long, price=price))
    assert book.best(DIFFICULTY.id) == (4_900, 5_100)


def test_depth__levels__claims_that_remain_at_each_price(book: Book) -> None:
    for salt, price in enumerate((5_000, 5_000, 4_000)):
        book.add(order(salt, price=price, amount=3 * LOT))
    book.set_remaining(DOMAIN.digest(order(1, amount=3 * LOT).order), LOT)
    assert book.depth(DIFFICULTY.id).bids == [(5_000, 4 * LOT, 2), (4_000, 3 * LOT, 1)]
    assert book.depth(DIFFICULTY.id, levels=1).bids == [(5_000, 4 * LOT, 2)]


def test_depth__amounts_of_all_bitcoin__added_exactly(book: Book) -> None:
    for salt in range(3):
        book.add(order(salt, amount=MAX_AMOUNT))
    assert book.depth(DIFFICULTY.id).bids == [(5_000, 3 * MAX_AMOUNT, 3)]


# Adding and removing


def test_add__again__once(book: Book) -> None:
    assert book.add(order(1))
    assert not book.add(order(1))
    assert (book.count(), book.count(MAKER)) == (1, 1)


def test_add__numbers_beyond_64_bits__come_back_whole(book: Book) -> None:
    signed = order(2**256 - 1, deadline=2**255, counter=2**200)
    book.add(signed)
    found = book.get(DOMAIN.digest(signed.order))
    assert found is not None
    assert found.signed.order[6:] == signed.order[6:]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": LOT + 1}, "amount"),
        ({"amount": MAX_AMOUNT + LOT}, "amount"),
        ({"price": 10_001}, "price"),
        ({"price": -1}, "price"),
    ],
)
def test_add__what_no_market_takes__refused(book: Book, changes: dict[str, int], why: str) -> None:
    with pytest.raises(BookError, match=f"its {why}"):
        book.add(order(1, **changes))
    assert book.count() == 0


def test_remove__there_or_not__said(book: Book) -> None:
    book.add(order(1))
    digest = DOMAIN.digest(order(1).order)
    assert book.remove(digest)
    assert not book.remove(digest)
    assert (book.count(), book.count(MAKER), book.largest_maker()) == (0, 0, None)


def test_expire__deadline_past__removed_and_named(book: Book) -> None:
    for salt, deadline in enumerate((99, 100, 101)):
        book.add(order(salt, deadline=deadline))
    assert book.expire(100) == [DOMAIN.digest(order(0, deadline=99).order)]
    assert salts(book, long=True) == [1, 2]


def test_of_maker__any_capitals__its_orders_alone(book: Book) -> None:
    book.add(order(1))
    book.add(order(2, maker=RIVAL))
    book.add(order(3, deadline=500))
    written = "0x" + MAKER[2:].upper()
    assert [entry.signed.order.salt for entry in book.of_maker(written)] == [1, 3]
    assert book.largest_maker() == (MAKER, 2)
    assert book.first_to_expire(MAKER) == DOMAIN.digest(order(3, deadline=500).order)


def test_transaction__that_fails__leaves_nothing(book: Book) -> None:
    with pytest.raises(ZeroDivisionError), book.transaction():
        book.add(order(1))
        book.remove(DOMAIN.digest(order(1).order))
        book.add(order(2))
        raise ZeroDivisionError
    assert (book.count(), book.largest_maker()) == (0, None)


# Lines


def test_import_lines__of_an_export__the_same_book(book: Book, tmp_path: Path) -> None:
    for salt in range(20):
        book.add(order(salt, price=5_000 + salt % 4))
    text = "\n".join(book.export_lines()).encode()
    other = Book(tmp_path / "other.sqlite", DOMAIN)
    imported = other.import_lines(read_lines(io.BytesIO(text), "x"), lambda *_: None)
    assert (imported.added, imported.known, imported.refusals) == (20, 0, [])
    assert [entry.line for entry in other.entries()] == [entry.line for entry in book.entries()]
    again = other.import_lines(read_lines(io.BytesIO(text), "x"), lambda *_: None)
    assert (again.added, again.known) == (0, 20)


def test_import_lines__more_than_one_transaction_takes__none_is_lost(book: Book) -> None:
    count = 2 * 1_000 + 500
    text = "\n".join(to_line(DOMAIN, order(salt)) for salt in range(count)).encode()
    imported = book.import_lines(read_lines(io.BytesIO(text), "x"), lambda *_: None)
    assert imported.added == count
    assert {entry.signed.order.salt for entry in book.entries()} == set(range(count))


def test_import_lines__garbage_strangers_and_refused__named_and_the_rest_kept(book: Book) -> None:
    lines = [
        to_line(DOMAIN, order(1)),
        "{}",
        to_line(DOMAIN._replace(chain_id=2), order(2)),
        to_line(DOMAIN, order(3)),
        to_line(DOMAIN, order(4, amount=1)),
        to_line(DOMAIN, order(5)),
    ]
    read = read_lines(io.BytesIO("\n".join(lines).encode()), "x")
    imported = book.import_lines(
        read, lambda _, signed: "not signed" if signed.order.salt == 3 else None
    )
    assert salts(book, long=True) == [1, 5]
    assert [one.where for one in imported.refusals] == ["x:2", "x:3", "x:4", "x:5"]
    assert "on chain 2" in imported.refusals[1].why
    assert imported.refusals[2].why == "not signed"


# The file


def test_open__another_market_or_chain__refused(book: Book, file: Path) -> None:
    for other in (DOMAIN._replace(chain_id=2), DOMAIN._replace(address=RIVAL)):
        with pytest.raises(BookError, match="not of"):
            Book(file, other)


def test_open__no_book__refused_and_left_as_it_was(file: Path) -> None:
    file.write_bytes(b"my diary\n" * 1_000)
    with pytest.raises(BookError, match="cannot be opened"):
        Book(file, DOMAIN)
    assert file.read_bytes() == b"my diary\n" * 1_000


def test_open__two_at_a_time__each_sees_what_the_other_added(book: Book, file: Path) -> None:
    other = Book(file, DOMAIN)
    book.add(order(1))
    other.add(order(2))
    assert salts(book, long=True) == salts(other, long=True) == [1, 2]
    other.close()


def test_open__every_commit__waits_for_the_disk(book: Book) -> None:
    full = 2  # what a power cut would take, a killed process would not: no test can pull the plug
    assert book.rows.execute("PRAGMA synchronous").fetchone() == (full,)
    assert book.rows.execute("PRAGMA journal_mode").fetchone() == ("wal",)


ENDLESS = """
import sys
from pathlib import Path
from terahash.orders.book import Book
from tests.unit.orders.test_book import DOMAIN, order
book = Book(Path(sys.argv[1]), DOMAIN)
for salt in range(10**9):
    book.add(order(salt))
    print(salt, flush=True)
"""


def test_add__process_killed__what_was_acknowledged_is_there(file: Path) -> None:
    command = [sys.executable, "-c", ENDLESS, file]
    adding = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    assert adding.stdout is not None
    said = [adding.stdout.readline() for _ in range(50)]
    os.kill(adding.pid, signal.SIGKILL)
    said += adding.stdout.readlines()
    adding.wait()
    adding.stdout.close()
    whole = [int(line) for line in said if line.endswith(b"\n")]
    book = Book(file, DOMAIN)
    assert len(whole) >= 50
    assert set(whole) <= set(salts(book, long=True))
    assert book.count() == len(book.side(DIFFICULTY.id, True)) == book.count(MAKER)
    book.close()


# A hundred thousand


def many(terms: Series) -> Iterator[SignedOrder]:
    """Write orders of 200 makers, bids below 5,000 and offers above, in no order of prices."""
    for salt in range(MANY):
        away = salt * 7_919 % 4_999 + 1
        long = salt % 2 == 0
        yield order(
            salt,
            series=terms,
            maker=f"0x{salt % 200 + 1:040x}",
            long=long,
            price=5_000 - away if long else 5_000 + away,
            amount=(salt % 9 + 1) * LOT,
        )


def timed(times: int, read: Any) -> float:
    """Return the seconds that a read took, the best of so many times."""
    taken = []
    for _ in range(times):
        started = perf_counter()
        read()
        taken.append(perf_counter() - started)
    return min(taken)


def test_book__a_hundred_thousand_orders__best_and_depth_at_once(book: Book) -> None:
    expected: dict[tuple[bool, int], list[int]] = {}
    with book.transaction():
        for signed in many(DIFFICULTY):
            book.add(signed)
            level = expected.setdefault((signed.order.long, signed.order.price), [])
            level.append(signed.order.amount)
    assert book.count() == MANY
    depth = book.depth(DIFFICULTY.id)
    for long, levels in ((True, depth.bids), (False, depth.offers)):
        prices = sorted((p for side, p in expected if side is long), reverse=long)
        assert [level.price for level in levels] == prices
        assert all(
            (level.amount, level.orders)
            == (sum(expected[long, level.price]), len(expected[long, level.price]))
            for level in levels
        )
    assert book.best(DIFFICULTY.id) == (depth.bids[0].price, depth.offers[0].price)
    last = book.side(DIFFICULTY.id, True)[MANY // 4]
    after = (last.rank, last.arrival)
    assert timed(20, lambda: book.best(DIFFICULTY.id)) < 0.005
    assert timed(20, lambda: book.depth(DIFFICULTY.id, 20)) < 0.02
    assert timed(20, lambda: book.side(DIFFICULTY.id, True, 100, NOBODY, after)) < 0.02
    assert timed(20, book.count) < 0.005
