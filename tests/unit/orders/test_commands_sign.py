"""`terahash order sign`: what is signed is shown whole, and nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from terahash.orders.wire import from_line
from terahash.products.documents import package_document, product_document
from terahash.products.package import Strip
from terahash.products.product import Product, Side
from terahash.swaps.series import LOT
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.market import USER
from tests.support.taking import (
    SIGN,
    signed_by_command,
)
from tests.support.trading import FUND, OTHER, START


def _json_file(desk: Desk, document: Any) -> Path:
    file = desk.file.parent / "quote.json"
    file.write_text(document.model_dump_json())
    return file


def test_sign__series_by_options__shown_whole_and_printed(desk: Desk) -> None:
    """What a wallet would show: the contract, what it locks, who may take it and until when."""
    result = signed_by_command(desk, *SIGN, "--taker", FUND.address)
    assert result.exit_code == 0, result.stderr
    domain, signed = from_line(result.stdout.strip())
    assert domain == desk.market.domain
    assert domain.signer(signed) == USER
    order = signed.order._replace(salt=0)
    assert order == desk.order(
        maker=USER, taker=FUND.address, deadline=START + 3_600, price=4_000, salt=0
    )
    for said in (
        "epochs 500 to 501",
        "70 T to 90 T",
        "78 T",
        "short locks    18,000 sats",
        f"taker          {FUND.address}",
        "until          2023-11-14 23:13 UTC",
        f"hash           0x{domain.digest(signed.order).hex()}",
        desk.market.address,
    ):
        assert said in result.stderr
    assert desk.chain.sent == []
    assert desk.market.fillable(signed, FUND.address) == (3 * LOT, "")


def test_sign__not_agreed__prints_no_order(desk: Desk) -> None:
    result = desk.run("order", "sign", *SIGN, "--for", "1h", key=True, answer="n\n")
    assert result.exit_code == 1
    assert "signature" not in result.stdout
    asked = desk.run("order", "sign", *SIGN, "--for", "1h", "--json", key=True)
    assert (asked.exit_code, asked.stdout) == (2, "")


def test_sign__counter_of_the_maker__named(desk: Desk) -> None:
    desk.act(USER, desk.trader.cancel_all())
    _, signed = from_line(signed_by_command(desk, *SIGN).stdout.strip())
    assert signed.order.counter == 1


def test_sign__quote__every_leg_an_order(desk: Desk) -> None:
    legs = tuple(
        Product("forward", one, Side.LONG, lots * LOT, 4_000)
        for lots, one in enumerate((DIFFICULTY, JANUARY), 2)
    )
    single = signed_by_command(desk, _json_file(desk, product_document(legs[0])))
    assert from_line(single.stdout.strip())[1].order.long
    both = signed_by_command(
        desk, _json_file(desk, package_document(Strip("strip", legs))), "--json"
    )
    orders = [from_line(line)[1].order for line in both.stdout.splitlines()]
    assert [order.series for order in orders] == [DIFFICULTY, JANUARY]
    assert [order.amount for order in orders] == [2 * LOT, 3 * LOT]
    assert "can be taken without the others" in both.stderr


def test_sign__what_is_doubtful__warned_and_still_signed(desk: Desk) -> None:
    """A series that nobody opened, a deadline behind its end, and a maker without money."""
    held = desk.doubles.sats(USER)
    with desk.chain.acting_as(USER):
        desk.chain.send("BitcoinDouble", desk.doubles.btc, "transfer", OTHER.address, held)
    series = JANUARY._replace(floor=JANUARY.floor + 1)
    leg = Product("forward", series, Side.SHORT, LOT, 4_000)
    file = _json_file(desk, product_document(leg))
    result = desk.run("order", "sign", file, "--for", "200d", "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    for said in ("terahash order open", "orders should expire before", "maker's bitcoin covers 0"):
        assert said in result.stderr
    assert from_line(result.stdout.strip())[1].order.series == series


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([*SIGN[:4], "--claims", 5, "--price", "78T"], 1, "no whole lots of 10,000"),
        ([*SIGN[:6], "--price", "78.0001T"], 1, "not a tick"),
        ([*SIGN[:6], "--price", "95T"], 1, "not between"),
        ([*SIGN[:6], "--price", "10001ticks"], 1, "price of 10,001"),
        ([*SIGN, "--taker", USER], 1, "maker and taker are one account"),
        ([*SIGN[:6]], 2, "give --side, --price"),
        ([*SIGN, "--notional", 3], 2, "give --side, --price"),
        (["--side", "long"], 2, "give a QUOTE, or --series"),
        (["--series", "0xffffff", *SIGN[2:]], 1, "no open series is called"),
    ],
)
def test_sign__what_no_market_takes__refused(
    desk: Desk, arguments: list[Any], code: int, said: str
) -> None:
    result = signed_by_command(desk, *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ([], "give a deadline, or a duration"),
        (["--for", "1h", "--until", "2024-01-01"], "give a deadline, or a duration"),
        (["--until", "2023-11-14"], "deadline is not in the future"),
        (["--for", "400d"], "more than 366 days ahead"),
        (["--for", "soon"], "write 30m, 12h or 7d"),
    ],
)
def test_sign__deadline__one_and_in_the_future(desk: Desk, when: list[str], said: str) -> None:
    result = desk.run("order", "sign", *SIGN, *when, "--yes", key=True)
    assert result.exit_code != 0 and result.stdout == ""
    assert said in result.stderr


def test_sign__known_series__refused(desk: Desk) -> None:
    desk.finish(DIFFICULTY.cap)
    result = signed_by_command(desk, *SIGN)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "last reading of the window is determined" in result.stderr


def test_sign__notional__the_claims_that_give_it(desk: Desk) -> None:
    """1,500 sats for each of 20 T."""
    result = signed_by_command(desk, *SIGN[:4], "--notional", "1500", "--price", "4000ticks")
    assert from_line(result.stdout.strip())[1].order.amount == 3 * LOT
