"""The stream of `pro_rata`: everything that comes in vests over a day, to 10^-27 satoshi."""

from __future__ import annotations

from fractions import Fraction

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    STRANGER,
    Issuance,
)

SCALE = 10**27
TOP_SPEED = 2**32
"""Of the index, a second: 371,085 satoshi a day for a token."""


def _left(issuance: Issuance) -> int:
    """What the stream is still going to pay all tokens, satoshi x SCALE."""
    left: int = issuance.read("stream")[0] * issuance.read("totalSupply")
    return left


def _queued(issuance: Issuance) -> int:
    queued: int = issuance.read("stream")[2]
    return queued


def _end(issuance: Issuance) -> int:
    end: int = issuance.read("stream")[1]
    return end


def _with_supply(supply: int) -> Issuance:
    """An issuance whose holder has so many units of tokens."""
    issuance = Issuance()
    issuance.send(BUYER, "mint", supply, FOREVER, HOLDER)
    return issuance


@pytest.mark.parametrize("supply", [ONE, 3 * ONE + 1, 7_777 * ONE // 3])
@pytest.mark.parametrize("amount", [1, 99_983])
def test_deliver__any_time_of_the_day__has_vested_evenly(supply: int, amount: int) -> None:
    issuance = _with_supply(supply)
    issuance.send(ISSUER, "deliver", amount)
    start = issuance.chain.now
    for seconds in (0, 1, 599, 43_200, 86_399, 86_400, 86_401, 10**6):
        issuance.chain.now = start + seconds
        exact = Fraction(amount * SCALE, supply) * min(seconds, DAY) / DAY
        # The speed is cut to 2^-16 a second, and the growth to one.
        assert -1 <= exact - issuance.read("index") <= 1 + Fraction(DAY, 2**16)
    assert issuance.read("index") * supply + _queued(issuance) == amount * SCALE


def test_deliver__what_the_division_left_over__is_queued_and_comes_with_the_next() -> None:
    issuance = _with_supply(7 * ONE)
    total = 0
    for amount in (100, 1, 33_333, 2):
        issuance.send(ISSUER, "deliver", amount)
        total += amount * SCALE
        assert 0 < _queued(issuance) < 3 * 7 * ONE
        issuance.chain.now += DAY
        assert issuance.read("index") * 7 * ONE + _queued(issuance) == total


def test_deliver__while_the_stream_runs__ends_at_the_weighted_mean(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY // 4
    sold.send(ISSUER, "deliver", 2_160)
    # 6,480 with 64,800 seconds to go, and 2,160 with 86,400.
    assert _end(sold) == sold.chain.now + 70_200
    paid_until_now, queued = sold.read("index"), _queued(sold)
    assert _left(sold) + queued + paid_until_now * 1_000 * ONE == 10_800 * SCALE
    sold.chain.now += 35_100
    exact = paid_until_now + Fraction(8_640 * SCALE, 2 * 1_000 * ONE)
    assert abs(exact - sold.read("index")) < 4
    sold.chain.now += 35_100
    assert sold.read("claimable", HOLDER) == 10_799
    assert _left(sold) == 0


def test_deliver__when_the_last_stream_has_just_ended__a_day_from_now(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY
    sold.send(ISSUER, "deliver", 10)
    assert _end(sold) == sold.chain.now + DAY


def test_deliver__a_second_before_the_end__nothing_is_lost(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY - 1
    before = sold.read("index") * 1_000 * ONE + _left(sold) + _queued(sold)
    sold.send(ISSUER, "deliver", 1)
    # A tenth of a satoshi with a second to go, and one with a day.
    assert sold.chain.now + 78_545 <= _end(sold) <= sold.chain.now + 78_546
    after = sold.read("index") * 1_000 * ONE + _left(sold) + _queued(sold)
    assert before == 8_640 * SCALE
    assert after == 8_641 * SCALE


@pytest.mark.parametrize("supply", [ONE // 10, ONE - 1])
def test_deliver__to_less_than_one_token__a_part_vests_and_the_rest_waits(supply: int) -> None:
    issuance = _with_supply(supply)
    issuance.send(ISSUER, "deliver", 1_000)
    part = 1_000 * supply // ONE
    issuance.chain.now += DAY // 2
    assert part // 2 - 1 <= issuance.read("claimable", HOLDER) <= part // 2
    issuance.chain.now += DAY // 2
    assert issuance.read("claimable", HOLDER) in (part - 1, part)
    assert issuance.read("index") * supply + _queued(issuance) == 1_000 * SCALE
    issuance.send(BUYER, "mint", ONE - supply, FOREVER, HOLDER)
    issuance.send(ISSUER, "deliver", 1)
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) in (1_000, 1_001)


@pytest.mark.parametrize("tokens", [1, 1_000])
def test_deliver__more_than_the_top_speed__the_rest_waits(tokens: int) -> None:
    issuance = _with_supply(tokens * ONE)
    amount = 10**6 * tokens
    issuance.send(ISSUER, "deliver", amount)
    for days in range(1, 6):
        whole = issuance.read("index") * tokens * ONE + _left(issuance) + _queued(issuance)
        assert whole == (amount + days - 1) * SCALE
        assert _end(issuance) == issuance.chain.now + DAY
        issuance.chain.now += DAY
        if days <= 2:
            assert issuance.read("index") == days * DAY * TOP_SPEED
        issuance.send(STRANGER, "deliver", 1)
    assert amount + 3 <= issuance.read("claimable", HOLDER) <= amount + 4


def test_deliver__into_a_stream_at_its_top_speed__neither_faster_nor_longer_than_a_day() -> None:
    issuance = _with_supply(ONE)
    for _ in range(10):
        issuance.send(ISSUER, "deliver", 10**9)
        before = issuance.read("index")
        assert _end(issuance) <= issuance.chain.now + DAY
        issuance.chain.now += 1_000
        assert issuance.read("index") - before == 1_000 * TOP_SPEED


def test_mint__running_stream__keeps_its_speed_and_its_end(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_641)
    sold.chain.now += 40_000
    before, queued = sold.read("stream"), _queued(sold)
    paid = sold.logged(BUYER, "mint", 777 * ONE + 7, FOREVER, BUYER)["Minted"]["to_stream"]
    share = before[0] * (777 * ONE + 7)
    assert paid == -(-share // SCALE)
    assert sold.read("stream") == (*before[:2], queued + paid * SCALE - share)
    index = sold.read("index")
    sold.chain.now += DAY
    assert sold.read("index") == index + before[0]


def test_mint__stream_has_ended__pays_nothing_in(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_641)
    sold.chain.now += DAY
    before = sold.read("stream")
    assert sold.logged(BUYER, "mint", ONE, FOREVER, BUYER)["Minted"]["to_stream"] == 0
    assert sold.read("stream") == before


def test_redeem__what_has_not_vested__is_spread_among_those_who_stay(sold: Issuance) -> None:
    sold.send(HOLDER, "transfer", STRANGER, 300 * ONE)
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY // 2
    left, end, queued = sold.read("stream")
    index = sold.read("index")
    sold.send(HOLDER, "redeem", 700 * ONE, 0, HOLDER)
    assert sold.read("index") == index
    assert _end(sold) == end
    assert _left(sold) + _queued(sold) == left * 1_000 * ONE + queued
    assert 0 < _queued(sold) - queued < 3 * 300 * ONE
    sold.chain.now += DAY // 4
    exact = index + Fraction(4_320 * SCALE, 300 * ONE) / 2
    assert abs(exact - sold.read("index")) < 4
    sold.chain.now += DAY // 4
    assert sold.read("claimable", HOLDER) == 7 * 432
    assert sold.read("claimable", STRANGER) == 3 * 432 + 4_320 - 1


def test_redeem__stream_has_ended__leaves_it_so(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_641)
    sold.chain.now += DAY
    before = (sold.read("stream"), sold.read("index"))
    sold.send(HOLDER, "redeem", 999 * ONE, 0, HOLDER)
    assert (sold.read("stream"), sold.read("index")) == before
    assert sold.read("totalSupply") == ONE


def test_redeem__to_one_token__spread_to_whom_stays(sold: Issuance) -> None:
    sold.send(HOLDER, "transfer", STRANGER, ONE)
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY // 2
    left, end, queued = sold.read("stream")
    sold.send(HOLDER, "redeem", 999 * ONE, 0, HOLDER)
    after, end_after, queued_after = sold.read("stream")
    assert end_after == end
    assert after * ONE + queued_after == left * 1_000 * ONE + queued
    sold.chain.now += DAY
    assert sold.read("claimable", STRANGER) in (4_323, 4_324)


@pytest.mark.parametrize("stay", [ONE - 1, ONE // 1_000, 1])
def test_redeem__to_less_than_one_token__the_leaver_takes_its_part(
    sold: Issuance, stay: int
) -> None:
    sold.send(HOLDER, "transfer", STRANGER, stay)
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY // 2
    left, end, queued = sold.read("stream")
    earned = sold.read("earned", HOLDER)
    amount = 1_000 * ONE - stay
    sold.send(HOLDER, "redeem", amount, 0, HOLDER)
    assert sold.read("stream")[:2] == (left, end)
    gained = (sold.read("earned", HOLDER) - earned) * SCALE
    waiting = (_queued(sold) - queued) << 32
    assert 0 <= left * amount * 2**32 - gained - waiting < 2**32
    sold.chain.now += DAY
    assert sold.read("claimable", STRANGER) == (8_640 * stay // 10**21)


def test_redeem__last_holder__earns_what_has_not_vested(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_641)
    sold.chain.now += DAY // 3
    index = sold.read("index")
    rounded = _queued(sold)
    sold.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    earned = sold.read("earned", HOLDER)
    left, end, queued = sold.read("stream")
    assert (left, end) == (0, 0)
    assert 0 <= queued - rounded <= SCALE >> 32
    lost = (8_641 * SCALE - queued << 32) - earned * SCALE
    assert 0 <= lost < SCALE  # what was cut when the account was settled
    assert sold.read("index") == index
    sold.chain.now += DAY
    assert sold.read("index") == index
    assert sold.read("earned", HOLDER) == earned


def test_redeem__last_holder_while_much_is_queued__leaves_that() -> None:
    """Else whoever comes alone for a moment takes what nobody was there to earn."""
    issuance = _with_supply(ONE)
    issuance.send(ISSUER, "deliver", 10**6)
    queued = _queued(issuance)
    issuance.send(HOLDER, "redeem", ONE, 0, HOLDER)
    fits = DAY * TOP_SPEED * ONE
    assert queued == 10**6 * SCALE - fits
    assert issuance.read("claimable", HOLDER) == fits // SCALE
    assert 0 <= _queued(issuance) - queued <= SCALE >> 32
    issuance.send(ISSUER, "withdraw_reserve", 10**6 - fits // SCALE - 1)


def test_mint__after_the_last_holder_left__the_index_goes_on(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY // 2
    index = sold.read("index")
    sold.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    sold.mint(BUYER, 10)
    sold.send(ISSUER, "deliver", 100)
    sold.chain.now += DAY
    assert sold.read("claimable", BUYER) == 99
    assert abs(sold.read("index") - index - 10 * SCALE // ONE) <= 2
    assert sold.read("claimable", HOLDER) in (8_639, 8_640)


def test_redeem__a_second_before_the_end__what_is_left_does_not_run_away(sold: Issuance) -> None:
    """100 satoshi a token for a second would be 10^5 a second for the one that stays."""
    sold.send(HOLDER, "transfer", STRANGER, ONE)
    sold.send(ISSUER, "deliver", 10**8)
    sold.chain.now += DAY - 1
    left, end, queued = sold.read("stream")
    sold.send(HOLDER, "redeem", 999 * ONE, 0, HOLDER)
    assert sold.read("stream")[:2] == (TOP_SPEED, end)
    assert sold.read("stream")[0] * ONE + _queued(sold) == left * 1_000 * ONE + queued
