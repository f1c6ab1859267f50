"""DeliveryValue.assess over halvings: half of the hashprice from the block-day in which one comes.

Blocks 210,000 and 420,000 are the 48th of block-day 1,458 and the 96th of 2,916; 630,000 is the
first of 4,375. Every figure is of a token, in satoshi; a term of 100 days at 50 nets 34.2 before a
halving and 14.6 after it, stressed.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import BUYER, HOLDER, ONE, STRANGER
from tests.support.value_model import Rules, Worth
from tests.support.valuing import DELIVERY, Valued

SATS = ONE
FULL, HALF, QUARTER = 342 * SATS // 10, 146 * SATS // 10, 48 * SATS // 10
PLAIN = Rules(decay=ONE)


def _worth(valued: Valued) -> Worth:
    worth = valued.check()[DELIVERY]
    assert isinstance(worth, Worth)
    return worth


def _sold(first: int, days: int = 100, rules: Rules = PLAIN, **terms: int) -> Valued:
    """Begin a term on a block-day, two days after the index."""
    valued = Valued(first - 2, rules, last=first + days, reference=ONE, price=50 * ONE, **terms)
    valued.mint(BUYER, 1_000, HOLDER)
    return valued


@pytest.mark.parametrize("halving", [1_458, 2_916, 4_375])
def test_halvings__inside_the_term__half_from_its_day_on(halving: int) -> None:
    for before in (1, 30, 99):
        worth = _worth(_sold(halving - before))
        assert worth.value == before * FULL + (100 - before) * HALF


def test_halvings__on_the_first_day_of_the_term__half_of_everything() -> None:
    assert _worth(_sold(4_375)).value == 100 * HALF


def test_halvings__on_the_first_day_after_the_term__nothing_changes() -> None:
    assert _worth(_sold(4_375, days=7)).value == 7 * HALF
    assert _worth(_sold(4_368, days=7)).value == 7 * FULL
    assert _worth(_sold(4_367, days=9)).value == 8 * FULL + HALF


def test_halvings__two_in_the_longest_term__a_quarter_after_the_second() -> None:
    worth = _worth(_sold(1_440, days=1_500, cost=0, fee=0))
    # 18 days of 40, 1,458 of 20, and 24 of 10.
    assert worth.value == (18 * 40 + 1_458 * 20 + 24 * 10) * SATS


def test_halvings__with_decay__each_day_by_its_own_distance() -> None:
    rules = Rules(decay=9 * ONE // 10)
    worth = _worth(_sold(1_456, days=7, rules=rules))
    weighed = sum((FULL if i < 2 else HALF) * 9**i * 10 ** (6 - i) for i in range(7))
    assert worth.value == weighed // 10**6


def test_halvings__cost_that_half_does_not_pay__nothing_after_it() -> None:
    worth = _worth(_sold(1_428, cost=20 * ONE))
    assert worth.value == 30 * 192 * SATS // 10  # 19.6 are left of 20 a day after it


@pytest.mark.parametrize(("halving", "earlier"), [(1_458, 48), (2_916, 96), (4_375, 0)])
def test_halvings__newest_day_is_its_own__counts_what_its_last_block_earns(
    halving: int, earlier: int
) -> None:
    """Blocks before the halving paid twice as much: the day earned up to two thirds more."""
    valued = _sold(halving - 40)
    valued.send(STRANGER, "fund_reserve", 10**7)
    valued.pass_days(40)
    gained = 25 * ONE * (144 + earlier) // 144
    valued.pass_day(gained=gained)
    valued.deliver()
    worth = _worth(valued)
    last = gained * 144 // (144 + earlier)
    assert worth.value == 59 * (last * 8 // 10 * 98 // 100 - 5 * SATS) + worth.streaming
    assert worth.value - worth.streaming == pytest.approx(59 * HALF, abs=100)
    valued.pass_day(gained=25 * ONE)
    valued.deliver()
    worth = _worth(valued)
    assert worth.value == 58 * HALF + worth.streaming


def test_halvings__passed_while_the_index_was_behind__half_of_everything() -> None:
    valued = _sold(1_455)
    valued.chain.now += 3 * 86_400
    assert _worth(valued).value == 97 * HALF


def test_halvings__before_a_term_that_has_not_begun__are_counted() -> None:
    valued = Valued(1_400, PLAIN, first=2_950, last=2_957, reference=ONE, price=50 * ONE)
    valued.mint(BUYER, 1_000, HOLDER)
    assert _worth(valued).value == 7 * QUARTER
