"""Orders to be signed: what the market takes, and nothing else; and what makers should know."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.orders.build import (
    MAX_DURATION,
    BandError,
    DeadlineError,
    LotError,
    Party,
    PartyError,
    PriceError,
    SeriesError,
    build_order,
    deadline,
    order_of,
)
from terahash.orders.doubts import check_deadline, check_money, check_series, determined_at
from terahash.orders.order import OrderError
from terahash.orders.preflight import preflight
from terahash.products.product import Product, Side
from terahash.swaps.series import LOT, MAX_BOUND, MAX_CLAIMS, TICKS
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.taking import give
from tests.support.trading import FUND, MINER, NOBODY, RICH, START, STRANGER

PARTY = Party(MINER.address, START + 100)
SOUND: dict[str, Any] = {
    "series": DIFFICULTY,
    "side": Side.SHORT,
    "claims": 3 * LOT,
    "price": 4_000,
    "party": PARTY,
    "now": START,
}


def _series(**changes: Any) -> dict[str, Any]:
    return {"series": DIFFICULTY._replace(**changes)}


def _party(**changes: Any) -> dict[str, Any]:
    return {"party": PARTY._replace(**changes)}


REFUSED: list[tuple[dict[str, Any], type[OrderError], str]] = [
    ({"claims": 0}, LotError, "0 claims are no whole lots of 10,000"),
    ({"claims": -LOT}, LotError, "no whole lots"),
    ({"claims": LOT + 1}, LotError, "take 10,000, or a lot more"),
    ({"claims": 3 * LOT - 1}, LotError, "take 20,000, or a lot more"),
    ({"claims": MAX_CLAIMS // LOT * LOT + LOT}, LotError, "no whole lots"),
    ({"price": -1}, PriceError, "price of -1 is not from 0 to 10,000 ticks"),
    ({"price": TICKS + 1}, PriceError, "price of 10,001"),
    (_party(deadline=START), DeadlineError, "not in the future: 2023-11-14 22:13 UTC"),
    (_party(deadline=0), DeadlineError, "not in the future"),
    (_party(deadline=START + MAX_DURATION + 1), DeadlineError, "more than 366 days ahead"),
    (_party(deadline=2**256), DeadlineError, "more than 366 days ahead"),
    (_party(maker=NOBODY), PartyError, "maker is the zero address"),
    (_party(taker=MINER.address.lower()), PartyError, "maker and taker are one account"),
    (_series(floor=5, cap=4), BandError, "bounds are reversed: floor is 5, cap 4"),
    (_series(floor=5, cap=5), BandError, "bounds are equal"),
    (_series(cap=MAX_BOUND + 1), BandError, "beyond 2\\^200"),
    (_series(floor=-MAX_BOUND - 1), BandError, "beyond 2\\^200"),
    (_series(fallback_share=TICKS + 1), BandError, "fallback share of 10,001"),
    (_series(instrument=2), SeriesError, "instrument 2 and kind 0, and there are: 0 DIFFICULTY"),
    (_series(kind=2), SeriesError, "1 HASHPRICE \\(0 BTC, 1 SUBSIDY\\)"),
    (_series(end=500), SeriesError, "window is empty: it starts at 500, and ends at 500"),
]


@pytest.mark.parametrize(("changes", "error", "said"), REFUSED)
def test_build_order__what_no_market_takes__refused_for_its_own_reason(
    changes: dict[str, Any], error: type[OrderError], said: str
) -> None:
    assert build_order(**SOUND).amount == 3 * LOT
    with pytest.raises(error, match=said) as refused:
        build_order(**(SOUND | changes))
    assert type(refused.value) is error


@given(
    st.sampled_from(list(Side)),
    st.integers(1, MAX_CLAIMS // LOT),
    st.integers(0, TICKS),
    st.integers(1, MAX_DURATION),
)
def test_build_order__anything_sound__as_it_was_said(
    side: Side, lots: int, price: int, seconds: int
) -> None:
    party = Party(MINER.address, deadline(START, duration=seconds), 7, FUND.address)
    order = build_order(DIFFICULTY, side, lots * LOT, price, party, START, salt=9)
    assert order == (
        MINER.address,
        FUND.address,
        DIFFICULTY,
        side is Side.LONG,
        lots * LOT,
        price,
        START + seconds,
        7,
        9,
    )


def test_build_order__same_wish_twice__two_orders() -> None:
    """With one salt, filling one would fill the other."""
    salts = {build_order(**SOUND).salt for _ in range(100)}
    assert len(salts) == 100
    assert max(salts).bit_length() > 240 and max(salts) < 2**256


def test_build_order__sound__taken_on_chain(desk: Desk) -> None:
    order = build_order(**SOUND)
    signed = desk.market.domain.sign(MINER, order)
    assert preflight(desk.market, signed, FUND.address) == (3 * LOT, None, "")


@pytest.mark.parametrize("side", Side)
def test_order_of__leg_of_a_product__locks_what_the_product_says(desk: Desk, side: Side) -> None:
    leg = Product("swap", DIFFICULTY, side, 5 * LOT, 4_000)
    signed = desk.market.domain.sign(MINER, order_of(leg, PARTY, START))
    with desk.chain.acting_as(FUND.address):
        desk.chain.send("PairMarket", desk.market.address, "fill", DIFFICULTY, signed.fill(5 * LOT))
    assert RICH - desk.doubles.sats(MINER.address) == leg.locks
    assert RICH - desk.doubles.sats(FUND.address) == leg.other.locks
    held = desk.market.claims(MINER.address, DIFFICULTY)
    assert held == ((5 * LOT, 0) if side is Side.LONG else (0, 5 * LOT))


def test_deadline__time_or_duration__exactly_one() -> None:
    assert deadline(START, until=START + 5) == deadline(START, duration=5) == START + 5
    for given_times in ({}, {"until": START + 5, "duration": 5}):
        with pytest.raises(DeadlineError, match="a deadline, or a duration, and not both"):
            deadline(START, **given_times)


def test_check_series__open__nothing_to_say(desk: Desk) -> None:
    assert check_series(desk.market, DIFFICULTY) == []


def test_check_series__not_open_yet__warns_that_nobody_can_take_it(desk: Desk) -> None:
    (warning,) = check_series(desk.market, DIFFICULTY._replace(kind=1))
    assert "terahash order open" in warning


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": 9}, "settles on no such kind"),
        ({"instrument": 7}, "no instrument of that number"),
    ],
)
def test_check_series__unknown__refused(desk: Desk, changes: dict[str, int], said: str) -> None:
    with pytest.raises(SeriesError, match=f"nobody can open this series.*{said}"):
        check_series(desk.market, DIFFICULTY._replace(**changes))


def test_check_series__known_or_settled__refused(desk: Desk) -> None:
    desk.finish(DIFFICULTY.cap)
    with pytest.raises(SeriesError, match="last reading of the window is determined"):
        check_series(desk.market, DIFFICULTY)
    desk.act(STRANGER.address, desk.trader.settle(DIFFICULTY))
    with pytest.raises(SeriesError, match="is settled"):
        check_series(desk.market, DIFFICULTY)


def test_check_deadline__after_the_window_ends__warned(desk: Desk) -> None:
    """Who watches Bitcoin would take the order knowing what it settles at."""
    early = desk.order(JANUARY, deadline=JANUARY.end - 1)
    late = early._replace(deadline=JANUARY.end)
    assert check_deadline(desk.market, early) == []
    (warning,) = check_deadline(desk.market, late)
    assert "orders should expire before the last reading is determined" in warning
    assert "2024-02-01 00:00" in warning


def test_check_deadline__no_relay_answers__cannot_say(desk: Desk) -> None:
    assert check_deadline(desk.market, desk.order(deadline=START + 300 * 86_400)) == []


@pytest.mark.parametrize(
    ("kind", "height", "blocks"),
    [
        (0, 2_016 * 501 - 1, 0),  # the first block of the last epoch has its difficulty
        (0, 2_016 * 501 - 2, 1),
        (0, 2_016 * 501, 0),
        (0, 2_016 * 500, 2_015),
        (1, 2_016 * 500, 4_032),
        (1, 2_016 * 502 - 1, 1),
        (1, 2_016 * 502, 0),
    ],
)
def test_determined_at__epochs__before_its_blocks_at_ten_percent_haste(
    kind: int, height: int, blocks: int
) -> None:
    series = DIFFICULTY._replace(kind=kind)
    assert determined_at(series, height, START) == START + blocks * 6_000 // 11


def test_determined_at__other_windows__their_end_or_not_known() -> None:
    assert determined_at(JANUARY, None, START) == JANUARY.end
    assert determined_at(DIFFICULTY, None, START) is None
    assert determined_at(DIFFICULTY._replace(instrument=5), 1, START) is None


def test_check_money__maker_covers_less__warned_of_each(desk: Desk) -> None:
    order = desk.order()
    assert check_money(desk.market, order) == []
    give(desk, MINER, 17_999, 18_000)
    (poor,) = check_money(desk.market, order)
    assert "17,999 of the 18,000 sats" in poor and "send it some" in poor
    give(desk, MINER, 18_000, 17_998)
    (few,) = check_money(desk.market, order)
    assert "17,998 of the 18,000 sats" in few and "approve more" in few
    desk.act(FUND.address, desk.trader.mint_pair(DIFFICULTY, 2, MINER.address, STRANGER.address))
    assert check_money(desk.market, order) == []
