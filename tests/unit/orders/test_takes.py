"""What takers are told that orders cost is what the market takes, to the satoshi."""

from __future__ import annotations

from random import Random

import pytest

from terahash.documents import Refusal
from terahash.orders.takes import cost, owned_by, side_of, standing, sweep
from terahash.orders.wire import Line
from terahash.session import RefusedError
from terahash.swaps.series import LOT
from terahash.swaps.trading import MAX_LEGS, Take
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.trading import FUND, MINER, OTHER, STRANGER

NOTHING = {DIFFICULTY: {True: 0, False: 0}}


def _take(desk: Desk, amount: int = 3 * LOT, **changes: object) -> Take:
    return Take(desk.signed(**changes), amount)


def _lines(desk: Desk, *takes: Take) -> list[Line]:
    domain = desk.market.domain
    return [Line(f"o:{number}", domain, take.signed) for number, take in enumerate(takes, 1)]


@pytest.mark.parametrize("seed", range(30))
def test_cost__any_orders_and_claims__what_fill_all_takes(desk: Desk, seed: int) -> None:
    """Both sides of two series in a row: claims that the first orders bring pay for later ones.

    Makers are paid before the taker pays, out of what others lock: here that is enough.
    """
    random = Random(seed)
    desk.mint(DIFFICULTY, 10**6, STRANGER.address, STRANGER.address)
    for series in (DIFFICULTY, JANUARY):
        for account in (FUND, MINER):
            sides = [account.address, STRANGER.address]
            random.shuffle(sides)
            minted = desk.trader.mint_pair(series, random.choice([1, LOT // 2, 2 * LOT]), *sides)
            desk.act(OTHER.address, minted)
    takes = [
        Take(
            desk.signed(
                random.choice([DIFFICULTY, JANUARY]),
                long=random.random() < 0.5,
                price=random.choice([0, 1, 4_000, 9_999, 10_000]),
                salt=salt,
            ),
            random.choice([LOT, 2 * LOT, 3 * LOT]),
        )
        for salt in range(6)
    ]
    said = cost(takes, owned_by(desk.market, FUND.address, takes))
    before = desk.doubles.sats(FUND.address)
    desk.act(FUND.address, desk.trader.fill_all(takes, said))
    assert before - desk.doubles.sats(FUND.address) == said


def test_sweep__less_than_there_is__best_prices_and_no_worse(desk: Desk) -> None:
    takes = [_take(desk, price=price, salt=price) for price in (4_200, 4_000, 4_100, 4_100)]
    chosen = sweep(takes, 4 * LOT, NOTHING)
    assert [take.signed.order.price for take in chosen.takes] == [4_000, 4_100, 4_100]
    assert (chosen.amount, chosen.limit) == (4 * LOT, 4_100)
    assert chosen.most == 4 * LOT * 4_100 // 10_000


def test_sweep__orders_that_want_longs__highest_price_first(desk: Desk) -> None:
    """Who takes them gets shorts, and pays the rest of the collateral."""
    takes = [_take(desk, long=True, price=price, salt=price) for price in (4_000, 4_200, 4_100)]
    chosen = sweep(takes, 4 * LOT, NOTHING)
    assert [take.signed.order.price for take in chosen.takes] == [4_200, 4_100]
    assert chosen.most == 4 * LOT * 5_900 // 10_000
    desk.act(
        FUND.address,
        desk.trader.sweep(DIFFICULTY, False, chosen.takes, 4 * LOT, chosen.limit, 4 * LOT),
    )
    assert desk.market.claims(FUND.address, DIFFICULTY) == (0, 4 * LOT)


def test_sweep__all__no_more_than_one_call_takes(desk: Desk) -> None:
    takes = [_take(desk, price=4_000 + salt, salt=salt) for salt in range(MAX_LEGS + 1)]
    chosen = sweep(takes, None, NOTHING)
    assert len(chosen.takes) == MAX_LEGS
    assert chosen.amount == MAX_LEGS * 3 * LOT
    with pytest.raises(RefusedError, match="480,000 claims, at most 16 orders"):
        sweep(takes, chosen.amount + LOT, NOTHING)


def test_sweep__claims_of_the_other_side__pay_for_it(desk: Desk) -> None:
    owned = {DIFFICULTY: {True: 0, False: 5_000}}
    assert sweep([_take(desk)], 2 * LOT, owned).most == 2 * LOT * 4 // 10 - 5_000


@pytest.mark.parametrize("amount", [0, -LOT, LOT + 1])
def test_sweep__no_whole_lots__refused(desk: Desk, amount: int) -> None:
    with pytest.raises(RefusedError, match="no whole lots"):
        sweep([_take(desk)], amount, NOTHING)


def test_standing__dead_and_twice__each_once_and_why(desk: Desk) -> None:
    good, dead = _take(desk), _take(desk, taker=OTHER.address)
    lines = [*_lines(desk, good, good, dead), Refusal("o:9", "no order")]
    found = standing(desk.market, lines, FUND.address)
    assert found.takes == [good]
    assert found.dead[0].startswith("o:3: taker: The order names another account")
    assert found.dead[1] == "o:9: no order"


def test_side_of__several_series_or_sides__none(desk: Desk) -> None:
    one = _take(desk)
    assert side_of([one, _take(desk, salt=2)]) == (DIFFICULTY, False)
    assert side_of([one, _take(desk, long=True)]) is None
    assert side_of([one, Take(desk.signed(JANUARY), LOT)]) is None
    assert side_of([]) is None
