"""What 1 TH/s owes: the contract's debt to the last digit, from wherever it is computed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.proof import SHIPPED_PROOFS, read_proofs
from terahash.bitcoin.state import Day
from terahash.chain import ChainError
from terahash.errors import IndexRangeError
from terahash.hashprice import block_days
from terahash.hashprice_index import HashpriceIndex, Reading
from terahash.hashrate.calculator import (
    from_block_days,
    from_index,
    from_readings,
    net_earned,
    net_hashprice,
    window,
)
from terahash.headers import SHIPPED_ARCHIVE
from terahash.units import DAY
from tests.support.issuing import FIRST_DAY, ONE, START, STRANGER
from tests.support.market import USER, Market

GAINS = (50 * ONE + 7, 4 * ONE, 0, 5 * ONE * 50 // 49 + 1, 123 * ONE + 456_789)
"""What block-days earn: three of them nothing, or little, beyond the cost."""


def test_from_index__days_above_and_below_cost__the_contracts_debt(market: Market) -> None:
    market.buy(USER, 7)
    for gained in GAINS:
        market.pass_day(gained)
    market.act(STRANGER, market.token.accrue())
    first = market.terms.first
    index = HashpriceIndex(market.chain, market.index)
    owed = from_index(index, first, first + len(GAINS), market.terms)
    assert market.token.backing().owed == 7 * ONE * owed.net
    # The fourth earns more than its cost, by less than the last digit.
    assert owed.unprofitable == [first + 1, first + 2, first + 3]
    assert [day.number for day in owed.days] == list(range(first, first + 5))
    assert [day.gross for day in owed.days] == list(GAINS)


def test_from_index__more_days_than_one_reading_gives__all_of_them(market: Market) -> None:
    for _ in range(70):
        market.pass_day()
    index = HashpriceIndex(market.chain, market.index)
    first = FIRST_DAY + 1
    owed = from_index(index, first, first + 71, market.terms)
    assert len(owed.days) == 71
    assert owed.net == 71 * 44 * ONE
    assert from_index(index, first, first, market.terms).net == 0


def test_from_index__day_that_is_open__refused(market: Market) -> None:
    index = HashpriceIndex(market.chain, market.index)
    with pytest.raises(IndexRangeError, match="not all closed: the newest is 101"):
        from_index(index, FIRST_DAY + 1, FIRST_DAY + 3, market.terms)
    with pytest.raises(ChainError) as caught:
        from_index(index, FIRST_DAY + 3, FIRST_DAY + 4, market.terms)
    assert caught.value.reason == "index: not closed"


def test_from_index__days_that_run_backwards__refused(market: Market) -> None:
    index = HashpriceIndex(market.chain, market.index)
    with pytest.raises(IndexRangeError, match="no block-days run from 102 to before 101"):
        from_index(index, FIRST_DAY + 2, FIRST_DAY + 1, market.terms)


def test_from_readings__longer_day__costs_more(market: Market) -> None:
    readings = [Reading(START, 0, 0), Reading(START + 2 * DAY, 100 * ONE, 0)]
    owed = from_readings(FIRST_DAY + 1, readings, market.terms)
    assert owed.net == 98 * ONE - 10 * ONE
    assert owed.days[0].seconds == 2 * DAY


def test_from_block_days__real_headers__as_their_readings(market: Market) -> None:
    contents: list[Day] = []
    for _ in Archive.open(SHIPPED_ARCHIVE).batches(contents):
        pass
    fees = {proof.height: proof.fees for proof in read_proofs(SHIPPED_PROOFS)}
    days = list(block_days(contents, 5_712, fees))
    owed = from_block_days(days, 5_720, 5_762, market.terms)
    readings = [Reading(day.end, day.earned, day.floor_earned) for day in days]
    assert owed == from_readings(5_720, readings[5_720 - 5_714 : 5_762 - 5_713], market.terms)
    assert len(owed.days) == 42
    whole = from_block_days(days, days[0].number, days[-1].number + 1, market.terms)
    assert whole.days[0].gross == days[0].earned
    assert sum(day.gross for day in whole.days) == days[-1].earned
    assert sum(day.seconds for day in whole.days) == days[-1].end - days[0].start
    with pytest.raises(IndexRangeError, match="block-days 5712 to 5719 are not all in the index"):
        from_block_days(days, 5_712, 5_720, market.terms)
    with pytest.raises(IndexRangeError, match="which covers none"):
        from_block_days([], 1, 2, market.terms)


@given(
    earned=st.integers(0, 10**30),
    seconds=st.integers(1, 10**7),
    fee=st.integers(0, ONE // 2),
    cost=st.integers(0, 10**27),
)
def test_net_earned__anything__the_exact_value_rounded_down(
    earned: int, seconds: int, fee: int, cost: int
) -> None:
    exact = Fraction(earned * (ONE - fee), ONE) - Fraction(cost * seconds, DAY)
    assert net_earned(earned, seconds, fee, cost) == max(0, exact.__floor__())


def test_net_hashprice__newest_day__the_unit_that_the_contract_values_by(market: Market) -> None:
    newest = window(market.chain, market.index)
    assert newest.day == FIRST_DAY + 1
    assert net_hashprice(newest.last, market.terms.fee, market.terms.cost) == 44 * ONE
    assert market.token.backing().unit == 44 * ONE
    assert net_hashprice(5 * ONE, 0, 5 * ONE + 1) == 0
