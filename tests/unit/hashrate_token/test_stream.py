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
from tests.support.relay import refused

SCALE = 10**27
LARGEST_INDEX = 2**64 - 1


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
@pytest.mark.parametrize("amount", [1, 999_983])
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


def test_deliver__below_one_token__waits_until_there_is_one() -> None:
    issuance = _with_supply(ONE - 1)
    for _ in range(2):
        issuance.send(ISSUER, "deliver", 1_000)
        issuance.chain.now += DAY
    assert issuance.read("stream") == (0, 0, 2_000 * SCALE)
    assert issuance.read("index") == issuance.read("claimable", HOLDER) == 0
    issuance.send(BUYER, "mint", 1, FOREVER, HOLDER)
    assert issuance.read("stream") == (0, 0, 2_000 * SCALE)
    issuance.send(ISSUER, "deliver", 8)
    assert _left(issuance) + _queued(issuance) == 2_008 * SCALE
    assert _end(issuance) == issuance.chain.now + DAY
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) in (2_007, 2_008)


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


@pytest.mark.parametrize("stay", [ONE, ONE - 1])
def test_redeem__to_one_token_or_less__spread_or_queued(sold: Issuance, stay: int) -> None:
    sold.send(HOLDER, "transfer", STRANGER, stay)
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY // 2
    left, end, queued = sold.read("stream")
    sold.send(HOLDER, "redeem", 1_000 * ONE - stay, 0, HOLDER)
    after, end_after, queued_after = sold.read("stream")
    assert end_after == end
    if stay == ONE:
        assert after * ONE + queued_after == left * 1_000 * ONE + queued
        assert after > 999 * left
    else:  # theirs keeps running, and the others' waits
        assert after == left
        assert queued_after == queued + left * (1_000 * ONE - stay)
    sold.chain.now += DAY
    assert sold.read("claimable", STRANGER) == (4_324 if stay == ONE else 8)


def test_redeem__last_holder__earns_what_has_not_vested_and_what_is_queued(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_641)
    sold.chain.now += DAY // 3
    index = sold.read("index")
    sold.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    earned = sold.read("earned", HOLDER)
    assert (8_641 << 32) - 2 <= earned <= 8_641 << 32
    left, end, queued = sold.read("stream")
    assert (left, end) == (0, 0)
    assert queued < 2 * SCALE >> 32
    assert sold.read("index") == index
    sold.chain.now += DAY
    assert sold.read("index") == index
    assert sold.read("earned", HOLDER) == earned


def test_redeem__last_holder_of_less_than_one_token__gets_the_queue() -> None:
    issuance = _with_supply(ONE // 2)
    issuance.send(ISSUER, "deliver", 1_000)
    issuance.send(HOLDER, "redeem", ONE // 2, 0, HOLDER)
    assert issuance.read("claimable", HOLDER) == 1_000
    assert issuance.read("stream") == (0, 0, 0)


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


def test_redeem__what_is_left_does_not_fit_the_stream__is_queued(issuance: Issuance) -> None:
    """A second before the end, 100 satoshi a token become 10^6 for the one that stays."""
    issuance.mint(BUYER, 10_000, HOLDER)
    issuance.send(HOLDER, "transfer", STRANGER, ONE)
    for _ in range(9):
        issuance.send(ISSUER, "deliver", 96 * 10**8)  # 8,640,000 satoshi a token
    issuance.chain.now += DAY - 1
    left, end, queued = issuance.read("stream")
    assert left == pytest.approx(100 * SCALE // ONE, rel=1e-6)
    issuance.send(HOLDER, "redeem", 9_999 * ONE, 0, HOLDER)
    assert issuance.read("stream") == (left, end, queued + left * 9_999 * ONE)
    assert issuance.read("totalSupply") == ONE


def _filled(tokens: int) -> Issuance:
    """The index stands at 10^19 of 1.8 x 10^19 when the stream ends: 10^10 satoshi a token."""
    issuance = Issuance()
    issuance.mint(BUYER, tokens, HOLDER)
    issuance.pass_day(gained=10**10 * ONE)
    issuance.send(STRANGER, "accrue")
    issuance.send(ISSUER, "deliver", tokens * 9 * 10**9)
    return issuance


def test_redeem__what_is_left_does_not_fit_the_index__is_queued() -> None:
    issuance = _filled(4)
    issuance.send(HOLDER, "transfer", STRANGER, ONE)
    issuance.send(HOLDER, "transfer", BUYER, 2 * ONE)
    left, end, queued = issuance.read("stream")
    issuance.send(HOLDER, "redeem", ONE, 0, HOLDER)  # 12 x 10^9 for each who stays
    spread = issuance.read("stream")[0]
    assert abs(3 * spread - 4 * left) <= 4
    queued = _queued(issuance)
    issuance.send(BUYER, "redeem", 2 * ONE, 0, BUYER)  # 36 x 10^9 for the last
    assert issuance.read("stream") == (spread, end, queued + spread * 2 * ONE)
    issuance.chain.now += DAY
    assert issuance.read("claimable", STRANGER) == 11_999_999_999


def test_deliver__index_is_full_to_the_last_unit__and_refused_beyond() -> None:
    issuance = _filled(1)
    issuance.chain.now += DAY
    at = issuance.read("index")
    room = LARGEST_INDEX - at - issuance.read("stream")[0]
    issuance.pass_day(gained=10**10 * ONE)
    issuance.send(STRANGER, "accrue")
    fits = room * ONE // SCALE
    with refused("token: stream is full"):
        issuance.send(ISSUER, "deliver", fits + 1)
    issuance.send(ISSUER, "deliver", fits)
    issuance.chain.now += DAY
    assert 0 <= LARGEST_INDEX - issuance.read("index") <= SCALE // ONE


def test_redeem__last_holder_of_a_queue_of_more_than_64_bits__refused() -> None:
    """Ever again 10^8 tokens pay in 1.8 x 10^18 satoshi and leave them behind."""
    issuance = Issuance(capacity=10**8 * ONE)
    issuance.fund(BUYER, 2**66)
    issuance.send(BUYER, "mint", ONE // 2, FOREVER, HOLDER)
    issuance.mint(BUYER, 99_999_999)
    issuance.pass_day(gained=18 * 10**9 * ONE)
    for _ in range(20):  # so that tokens cost little again
        issuance.close(gained=0)
    issuance.send(STRANGER, "accrue")
    issuance.send(BUYER, "deliver", FOREVER)
    for _ in range(10):
        issuance.send(BUYER, "redeem", 99_999_999 * ONE, 0, BUYER)
        issuance.send(BUYER, "mint", 99_999_999 * ONE, FOREVER, BUYER)
    with issuance.undone():
        issuance.send(BUYER, "redeem", 99_999_999 * ONE, 0, BUYER)
        assert _queued(issuance) > 2**64 * SCALE
        with refused("token: queue too large"):
            issuance.send(HOLDER, "redeem", ONE // 2, 0, HOLDER)
    assert issuance.read("balanceOf", HOLDER) == ONE // 2
