"""`terahash order fill`, `cancel` and `open`: nothing is sent that was not shown."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.orders.wire import from_line, to_line
from terahash.swaps.models import CANCELLED
from terahash.swaps.series import LOT
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.market import USER
from tests.support.taking import (
    SIGN,
    orders_file,
    several,
    signed_by_command,
)
from tests.support.trading import FUND, MINER, OTHER, RICH, START, trader


def test_fill__one_order__shown_and_taken(desk: Desk) -> None:
    file = orders_file(desk, desk.signed())
    result = desk.run("order", "fill", file, "--amount", 2 * LOT, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert "pay at most    8,000 sats" in result.stdout
    assert "Took 20,000 claims of 1 order." in result.stdout
    assert desk.chain.sent == ["fill"]
    assert desk.market.claims(USER, DIFFICULTY) == (2 * LOT, 0)
    assert RICH - desk.doubles.sats(USER) == 8_000
    rest = desk.run("order", "fill", file, "--yes", key=True)
    assert "Took 10,000 claims" in rest.stdout


def test_fill__not_agreed_or_no_key__nothing_sent(desk: Desk) -> None:
    file = orders_file(desk, desk.signed())
    assert desk.run("order", "fill", file, key=True, answer="n\n").exit_code == 1
    unsent = desk.json("order", "fill", file, "--from", USER)
    assert desk.chain.sent == []
    assert desk.market.claims(USER, DIFFICULTY) == (0, 0)
    assert unsent["facts"]["pays"] == "12000"
    assert unsent["facts"]["orders"][0]["maker"] == MINER.address
    assert unsent["transactions"][0]["to"] == desk.market.address


def test_fill__bitcoin_not_approved__approved_exactly_first(desk: Desk) -> None:
    desk.act(USER, desk.trader.approve_bitcoin(11_999))
    result = desk.run("order", "fill", orders_file(desk, desk.signed()), "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert desk.chain.sent == ["approve", "fill"]
    assert desk.market.bitcoin_of(USER).allowed == 0
    assert desk.market.claims(USER, DIFFICULTY) == (3 * LOT, 0)


@pytest.mark.parametrize(
    ("changes", "amount", "said"),
    [
        ({"taker": OTHER.address}, [], "names another account"),
        ({"deadline": START - 1}, [], "deadline has passed"),
        ({}, ["--amount", 4 * LOT], "30,000 claims are left"),
        ({}, ["--amount", 5], "whole lots"),
        ({"amount": 9_000 * 10**9, "price": 9_999}, [], "which holds 1,000,000,000,000 sats"),
    ],
)
def test_fill__cannot_be__refused_before_anything_is_sent(
    desk: Desk, changes: dict[str, Any], amount: list[Any], said: str
) -> None:
    file = orders_file(desk, desk.signed(**changes))
    result = desk.run("order", "fill", file, *amount, "--yes", key=True)
    assert result.exit_code == 1
    assert said in result.stderr
    assert desk.chain.sent == []


def test_fill__several_of_a_side__best_first_and_dead_ones_left_away(desk: Desk) -> None:
    orders = [*several(desk, [4_200, 4_000, 4_100]), desk.signed(deadline=START - 1)]
    file = orders_file(desk, *orders)
    file.write_text(file.read_text() + "nonsense\n")
    result = desk.run("order", "fill", file, "--amount", 4 * LOT, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert desk.chain.sent == ["sweep"]
    assert "orders.jsonl:4: deadline:" in result.stderr
    assert "orders.jsonl:5: an order is one JSON object" in result.stderr
    assert RICH - desk.doubles.sats(USER) == 3 * LOT * 4 // 10 + LOT * 41 // 100
    assert desk.market.claims(USER, DIFFICULTY) == (4 * LOT, 0)


def test_fill__fewer_left_than_min__all_undone(desk: Desk) -> None:
    """One maker's money covers one of its two orders."""
    maker = trader("poor maker")
    desk.chain.send("BitcoinDouble", desk.doubles.btc, "mint", maker.address, 18_000)
    desk.act(maker.address, desk.trader.approve_bitcoin(RICH))
    orders = [
        desk.market.domain.sign(maker, desk.order(maker=maker.address, salt=salt))
        for salt in range(2)
    ]
    file = orders_file(desk, *orders)
    refused = desk.run("order", "fill", file, "--min", 6 * LOT, "--yes", key=True)
    assert refused.exit_code == 1
    assert "market: too little taken" in refused.stderr
    assert desk.market.claims(USER, DIFFICULTY) == (0, 0)
    assert desk.run("order", "fill", file, "--yes", key=True).exit_code == 0
    assert desk.market.claims(USER, DIFFICULTY) == (3 * LOT, 0)


def test_fill__package__all_or_nothing_with_one_payment(desk: Desk) -> None:
    file = orders_file(desk, desk.signed(), desk.signed(JANUARY, long=True))
    alone = desk.run("order", "fill", file, "--yes", key=True)
    assert alone.exit_code == 1 and "--package" in alone.stderr
    result = desk.run("order", "fill", file, "--package", "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert desk.chain.sent == ["fill_all"]
    assert RICH - desk.doubles.sats(USER) == 12_000 + 18_000
    assert desk.market.claims(USER, DIFFICULTY) == (3 * LOT, 0)
    assert desk.market.claims(USER, JANUARY) == (0, 3 * LOT)
    again = desk.run("order", "fill", file, "--package", "--yes", key=True)
    assert again.exit_code == 1 and "Nothing is left" in again.stderr


def test_fill__taker_covers_one_of_two__refused_before_anything_is_sent(desk: Desk) -> None:
    held = desk.doubles.sats(USER) - 20_000
    with desk.chain.acting_as(USER):
        desk.chain.send("BitcoinDouble", desk.doubles.btc, "transfer", OTHER.address, held)
    file = orders_file(desk, desk.signed(), desk.signed(salt=2))
    for option in (["--package"], []):
        result = desk.run("order", "fill", file, *option, "--yes", key=True)
        assert result.exit_code == 1
        assert "holds 20,000 sats (0.00020000 BTC), and this takes 24,000 sats" in result.stderr
        assert desk.chain.sent == []


def test_fill__package_that_pays_the_taker__says_receive(desk: Desk) -> None:
    desk.mint(DIFFICULTY, 9 * LOT, USER, USER)
    file = orders_file(desk, desk.signed(), desk.signed(JANUARY))
    document = desk.json("order", "fill", file, "--package", "--from", USER)
    assert document["facts"]["pays"] == str(12_000 - 30_000 + 12_000)
    assert "receive" in desk.run("order", "fill", file, "--package", "--from", USER).stdout


def test_fill__package_with_amounts__wrong_usage(desk: Desk) -> None:
    file = orders_file(desk, desk.signed())
    for option in ("--amount", "--min"):
        result = desk.run("order", "fill", file, "--package", option, LOT, "--from", USER)
        assert result.exit_code == 2


def test_fill__more_orders_than_the_chain_is_asked_about__refused(desk: Desk) -> None:
    line = to_line(desk.market.domain, desk.signed()) + "\n"
    file = desk.file.parent / "many.jsonl"
    file.write_text(line * 257)
    result = desk.run("order", "fill", file, "--from", USER)
    assert result.exit_code == 1 and "more than 256 orders" in result.stderr
    file.write_text("\n")
    assert "there are no orders" in desk.run("order", "fill", file, "--from", USER).stderr


def test_cancel__orders__cannot_be_taken_any_more(desk: Desk) -> None:
    file = desk.file.parent / "own.jsonl"
    file.write_text(signed_by_command(desk, *SIGN).stdout + signed_by_command(desk, *SIGN).stdout)
    orders = [from_line(line)[1] for line in file.read_text().splitlines()]
    result = desk.run("order", "cancel", file, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert "Cancelled 2 orders." in result.stdout
    assert [desk.market.filled(one.order) for one in orders] == [CANCELLED, CANCELLED]
    again = desk.run("order", "cancel", file, "--yes", key=True)
    assert again.exit_code == 0 and desk.chain.sent == []
    assert "it was cancelled already" in again.stderr


def test_cancel__all__no_order_from_before_counts(desk: Desk) -> None:
    signed = from_line(signed_by_command(desk, *SIGN).stdout.strip())[1]
    result = desk.run("order", "cancel", "--all", "--yes", key=True)
    assert result.exit_code == 0 and "Cancelled all orders" in result.stdout
    assert desk.market.counter(USER) == 1
    assert desk.market.fillable(signed, FUND.address) == (0, "market: order cancelled")


def test_cancel__order_of_an_old_counter__left_away(desk: Desk) -> None:
    """It costs gas, and changes nothing."""
    file = desk.file.parent / "own.jsonl"
    file.write_text(signed_by_command(desk, *SIGN).stdout)
    desk.act(USER, desk.trader.cancel_all())
    result = desk.run("order", "cancel", file, "--yes", key=True)
    assert result.exit_code == 0 and desk.chain.sent == []
    assert "it was cancelled already" in result.stderr


def test_cancel__not_ones_own_or_of_elsewhere__refused(desk: Desk) -> None:
    file = orders_file(desk, desk.signed())
    result = desk.run("order", "cancel", file, "--yes", key=True)
    assert result.exit_code == 1 and f"is of {MINER.address}" in result.stderr
    elsewhere = desk.market.domain._replace(chain_id=2)
    file.write_text(to_line(elsewhere, desk.signed()))
    result = desk.run("order", "cancel", file, "--yes", key=True)
    assert result.exit_code == 1 and "another market or chain" in result.stderr
    assert desk.run("order", "cancel", "--from", USER).exit_code == 2
    assert desk.run("order", "cancel", file, "--all", "--from", USER).exit_code == 2


def test_open__series_of_orders__opened_once(desk: Desk) -> None:
    series = DIFFICULTY._replace(kind=1)
    signed = desk.signed(series)
    file = orders_file(desk, signed, desk.signed(series, salt=2), desk.signed())
    assert desk.market.fillable(signed, FUND.address)[1] == "market: series not open"
    result = desk.run("order", "open", file, "--yes", key=True)
    assert result.exit_code == 0 and "Opened 1 series." in result.stdout
    assert "open already" in result.stdout
    assert desk.market.fillable(signed, FUND.address) == (3 * LOT, "")


def test_open__terms_that_the_instrument_refuses__refused(desk: Desk) -> None:
    file = orders_file(desk, desk.signed(DIFFICULTY._replace(kind=9)))
    result = desk.run("order", "open", file, "--yes", key=True)
    assert result.exit_code == 1 and "cannot be opened" in result.stderr
    assert desk.chain.sent == []
