"""`terahash order verify` and `book`: what others sent, before anybody trusts it."""

from __future__ import annotations

import json

from terahash.orders.wire import from_line, to_line
from tests.support.desk import DIFFICULTY, Desk
from tests.support.taking import (
    give,
    orders_file,
    several,
)
from tests.support.trading import FUND, MINER, START

ID = "0x" + DIFFICULTY.id.hex()


def test_verify__orders__who_signed_and_what_can_be_taken(desk: Desk) -> None:
    good, forged = desk.signed(), desk.signed(salt=2)._replace(signature=b"\1" * 65)
    domain = desk.market.domain._replace(chain_id=5)
    file = orders_file(desk, good, forged)
    elsewhere = to_line(domain, domain.sign(MINER, desk.order()))
    file.write_text(file.read_text() + elsewhere + "\n{}\n")
    result = desk.run("order", "verify", file)
    assert result.exit_code == 1
    assert "by its maker's key" in result.stdout and "not by its maker" in result.stdout
    assert "can be taken  30,000 claims" in result.stdout
    assert "signed for chain 5, and this is chain 1" in result.stdout
    assert "orders.jsonl:4 does not count" in result.stdout
    document = json.loads(desk.run("order", "verify", file, "--json").stdout)
    assert [one["signed"] for one in document["orders"]] == ["key", "nobody", "key"]
    assert [one["cause"] for one in document["orders"]] == [None, "signer", "chain"]
    assert len(document["refusals"]) == 1


def test_verify__with_a_taker__looks_at_its_money(desk: Desk) -> None:
    file = orders_file(desk, desk.signed())
    assert desk.run("order", "verify", file).exit_code == 0
    give(desk, FUND, 0, 0)
    assert desk.run("order", "verify", file).exit_code == 0
    result = desk.run("order", "verify", file, "--taker", FUND.address)
    assert result.exit_code == 1 and "which holds 0 sats" in result.stdout


def test_verify__a_line_is_no_order__fails_though_the_others_are_good(desk: Desk) -> None:
    file = orders_file(desk, desk.signed())
    assert desk.run("order", "verify", file).exit_code == 0
    file.write_text(file.read_text() + "nonsense\n")
    assert desk.run("order", "verify", file).exit_code == 1


def test_verify__nonsense_terms__shown_and_refused(desk: Desk) -> None:
    """Nobody opened such a series: nothing is calculated from it."""
    odd = DIFFICULTY._replace(instrument=200, floor=5, cap=5, start=2**64 - 1, end=2**64 - 1)
    result = desk.run("order", "verify", orders_file(desk, desk.signed(odd, deadline=2**256 - 1)))
    assert result.exit_code == 1
    assert "Nobody has opened this series" in result.stdout


def test_book__orders_added__best_first_with_depth(desk: Desk) -> None:
    offers, bids = several(desk, [4_200, 4_100]), several(desk, [3_900, 4_000], long=True)
    dead = desk.signed(deadline=START - 1)
    book = desk.file.parent / "orders.book"
    missing = desk.run("order", "book", book)
    assert missing.exit_code == 2 and "there is no book" in missing.stderr
    result = desk.run("order", "book", book, "--add", orders_file(desk, *offers, *bids, dead))
    assert result.exit_code == 0, result.stderr
    assert "4 added, 0 known before" in result.stderr
    assert "orders.jsonl:5 is not added: The order's deadline has passed" in result.stderr
    document = desk.json("order", "book", book, "--series", ID, "--levels", 1)["series"][0]
    assert document["bids"] == [{"price": 4_000, "amount": "30000", "orders": 1}]
    assert document["offers"] == [{"price": 4_100, "amount": "30000", "orders": 1}]
    best = next(line for line in result.stdout.splitlines() if "78 T (4,000 ticks)" in line)
    assert "78.2 T (4,100 ticks)" in best
    exported = desk.run("order", "book", book, "--export").stdout.splitlines()
    assert {from_line(line)[1] for line in exported} == {*offers, *bids}
