"""CoveredValue.assess: cash that nobody can take away, and nothing else.

Every figure is of a token, in satoshi.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, ONE, STRANGER
from tests.support.relay import refused
from tests.support.value_model import NO_LIMIT, Worth
from tests.support.valuing import COVERED, Valued

SATS = ONE
NO_WORTH = Worth(0, 0, 0, 0, 0, 0, 0, is_stopped=True, is_pending=False, is_overdue=False)


def _worth(valued: Valued) -> Worth:
    """Ask, and compare with the model as well."""
    worth = valued.check()[COVERED]
    assert isinstance(worth, Worth)
    return worth


def _pay(valued: Valued, amount: int) -> None:
    """Have every closed day accrued, and deliver so many satoshi."""
    valued.send(STRANGER, "accrue")
    valued.deliver(amount)


def _stop_paying(valued: Valued, days: int) -> None:
    for _ in range(days):
        valued.pass_day()
        valued.send(STRANGER, "accrue")


def test_assess__before_the_term__what_reference_secures_less_the_exit_fee(valued: Valued) -> None:
    worth = _worth(valued)
    assert worth.value == worth.covered == 95 * SATS * 99 // 100
    assert worth.payout == 462 * SATS * 99 // 100
    assert worth.most == NO_LIMIT
    assert (worth.index, worth.streaming) == (0, 0)
    assert not (worth.is_stopped or worth.is_pending or worth.is_overdue)


def test_assess__day_that_is_owed__counts_instead_of_what_it_secured(valued: Valued) -> None:
    valued.pass_day()
    worth = _worth(valued)
    assert worth.value == worth.covered == (44 * 10 + 37 * 25) * SATS // 10 * 99 // 100
    assert worth.payout == 462 * SATS * 99 // 100


def test_assess__day_that_is_paid__streams_without_a_fee_until_it_is_credited(
    valued: Valued,
) -> None:
    valued.pass_day()
    _pay(valued, 44_000)
    worth = _worth(valued)
    assert worth.streaming == pytest.approx(44 * SATS, abs=3 * 10**9)
    assert worth.value == 925 * SATS // 10 * 99 // 100 + worth.streaming
    valued.chain.now += DAY // 2
    worth = _worth(valued)
    assert worth.streaming == pytest.approx(22 * SATS, abs=3 * 10**9)
    assert worth.index == valued.read("index")
    assert worth.index * 10**9 == pytest.approx(22 * SATS, abs=3 * 10**9)


def test_assess__index_that_stands_still__a_day_less_for_each_whole_day(valued: Valued) -> None:
    for days in range(4):
        for second in (0, DAY - 1):
            with valued.undone():
                valued.chain.now += days * DAY + second
                assert _worth(valued).value == (38 - days) * 25 * SATS // 10 * 99 // 100
    valued.chain.now += 50 * DAY
    assert _worth(valued).value == 0


def test_assess__bitcoin_s_clock_ahead__no_day_more_than_are_left(valued: Valued) -> None:
    valued.close(seconds=3 * DAY)  # earns a day's 50, and costs three days' 15
    assert _worth(valued).value == (34 * 10 + 37 * 25) * SATS // 10 * 99 // 100


def test_assess__last_four_days__secure_nothing(valued: Valued) -> None:
    for _ in range(37):
        valued.pass_day()
        valued.deliver()
    worth = _worth(valued)
    assert worth.value == 25 * SATS // 10 * 99 // 100 + worth.streaming
    valued.pass_day()
    valued.deliver()
    for _ in range(4):
        worth = _worth(valued)
        assert worth.value == worth.streaming > 0
        valued.pass_day()
        valued.deliver()
    assert _worth(valued).payout == 0


def test_assess__reserve_below_what_is_secured__its_part_of_it(valued: Valued) -> None:
    """It paid two debts in the issuer's place, and most of a third."""
    for _ in range(2):
        _stop_paying(valued, 5)
        valued.send(STRANGER, "cover")
    _pay(valued, 1)
    valued.chain.now += 2 * DAY
    assert valued.read("reserve") == 22_000
    worth = _worth(valued)
    assert worth.payout == 22 * SATS * 99 // 100
    assert worth.value == worth.payout
    assert worth.is_stopped


def test_assess__surplus__is_paid_and_not_counted(valued: Valued) -> None:
    before = _worth(valued)
    valued.send(STRANGER, "fund_reserve", 10**6)
    worth = _worth(valued)
    assert worth.payout == 1_462 * SATS * 99 // 100
    assert worth.price == worth.payout
    assert worth.but_redemption() == before.but_redemption()
    valued.send(STRANGER, "fund_reserve", 10**6)
    assert _worth(valued).payout == 1_848 * SATS * 99 // 100  # no more than it is worth


# At what price a liquidation sells.


def test_assess__price__what_redemption_pays_where_that_is_most(valued: Valued) -> None:
    worth = _worth(valued)
    assert worth.price == worth.payout > worth.value


def test_assess__price__what_is_owed_and_streams_though_the_reserve_pays_less(
    valued: Valued,
) -> None:
    for days, paid in ((11, 0), (2, 100_000)):
        valued.pass_days(days)
        if paid:
            _pay(valued, paid)
        worth = _worth(valued)
        owed = valued.read("owed") // (1_000 * ONE)
        assert worth.price == owed + worth.streaming > max(worth.payout, worth.value)
    assert worth.streaming > 99 * SATS


def test_assess__price__the_value_where_that_is_most(valued: Valued) -> None:
    valued.send(ISSUER, "deliver", 1_000_000)  # a gift
    worth = _worth(valued)
    assert worth.price == worth.value > max(worth.payout, worth.streaming)


# Whether anything is lent, and what redemption is.


def test_assess__sold_out__is_lent_on(valued: Valued) -> None:
    valued.mint(BUYER, 9_000)
    assert not _worth(valued).is_stopped


def test_assess__short_of_the_ratio_by_a_satoshi__stopped(valued: Valued) -> None:
    valued.pass_day()
    valued.send(STRANGER, "fund_reserve", 32_999)
    assert _worth(valued).is_stopped
    valued.send(STRANGER, "fund_reserve", 1)
    assert not _worth(valued).is_stopped


def test_assess__reserve_below_the_debt__pending_within_the_grace(valued: Valued) -> None:
    _stop_paying(valued, 2)
    assert not _worth(valued).is_pending  # the reserve holds enough
    valued.pass_days(9)
    worth = _worth(valued)
    assert (worth.is_overdue, worth.is_pending) == (True, False)
    with valued.undone():
        valued.deliver()
        worth = _worth(valued)
        assert (worth.is_overdue, worth.is_pending) == (False, False)
    again = Valued()
    again.mint(BUYER, 1_000, HOLDER)
    again.pass_days(10)
    assert not _worth(again).is_pending
    again.pass_day()
    worth = _worth(again)
    assert (worth.is_stopped, worth.is_pending, worth.is_overdue) == (True, True, False)
    again.send(STRANGER, "fund_reserve", 22_000)  # 484 are owed to each, and 484 are there
    assert not _worth(again).is_pending


def test_assess__reserve_empty_within_the_grace__not_pending_and_with_a_satoshi_it_is(
    valued: Valued,
) -> None:
    """Of an empty reserve nothing can be paid, whenever that is."""
    _stop_paying(valued, 11)
    valued.send(STRANGER, "cover")
    valued.deliver()
    valued.pass_day()
    worth = _worth(valued)
    assert (worth.payout, worth.is_pending, worth.is_overdue) == (0, False, False)
    valued.send(STRANGER, "fund_reserve", 1)
    assert _worth(valued).is_pending


def test_assess__overdue__stopped_and_said(valued: Valued) -> None:
    valued.send(STRANGER, "fund_reserve", 10**7)
    _stop_paying(valued, 1)
    valued.chain.now += 3 * DAY
    assert not _worth(valued).is_stopped
    valued.chain.now += 1
    worth = _worth(valued)
    assert (worth.is_stopped, worth.is_pending, worth.is_overdue) == (True, False, True)


def test_assess__in_default__nothing_but_what_streams(valued: Valued) -> None:
    _stop_paying(valued, 11)
    valued.send(STRANGER, "cover")
    worth = _worth(valued)
    assert (worth.payout, worth.covered) == (0, worth.streaming)
    assert worth.streaming == pytest.approx(462 * SATS, abs=3 * 10**9)
    assert (worth.is_stopped, worth.is_pending, worth.is_overdue) == (True, False, True)
    valued.chain.now += DAY
    assert _worth(valued).value == 0


def test_assess__index_older_than_four_days__stopped(valued: Valued) -> None:
    valued.chain.now += 4 * DAY
    assert not _worth(valued).is_stopped
    valued.chain.now += 1
    assert _worth(valued).is_stopped


def test_assess__dead_index__redeems_without_cap_and_fee_and_covers_no_more() -> None:
    valued = Valued(last=180)
    valued.mint(BUYER, 1_000, HOLDER)
    assert valued.read("reserve") == 78 * 11_000
    valued.send(STRANGER, "fund_reserve", 10**7)
    valued.chain.now += 30 * DAY
    alive = _worth(valued)
    assert alive.payout == 78 * 44 * SATS * 99 // 100
    assert alive.value == (78 - 30 - 4) * 25 * SATS // 10 * 99 // 100
    valued.chain.now += 1
    dead = _worth(valued)
    assert dead.price == dead.payout == 10_858 * SATS
    assert dead.but_redemption() == alive.but_redemption()._replace(is_stopped=True)


def test_assess__dead_and_hardly_a_token_left__not_paid_more_than_it_is_worth(
    valued: Valued,
) -> None:
    valued.send(STRANGER, "fund_reserve", 10**7)
    for kept, payout in ((ONE, 0), (ONE - 1, 42 * 44 * SATS)):
        with valued.undone():
            valued.send(HOLDER, "redeem", 1_000 * ONE - kept, 0, HOLDER)
            share = valued.read("reserve") * SATS * ONE // kept
            assert share > 10**6 * SATS
            valued.chain.now += 31 * DAY
            assert _worth(valued).payout == (payout or share)


def test_assess__matured__worth_what_still_streams(valued: Valued) -> None:
    valued.pass_days(42)
    valued.send(STRANGER, "accrue")
    worth = _worth(valued)
    assert worth.value == worth.payout == 462 * SATS * 99 // 100
    assert worth.is_pending
    valued.deliver()
    worth = _worth(valued)
    assert (worth.payout, worth.value) == (0, worth.streaming)
    assert not worth.is_stopped
    valued.chain.now += 90 * DAY  # no index counts any more, and none is dead
    worth = _worth(valued)
    assert (worth.payout, worth.value, worth.is_stopped) == (0, 0, True)


def test_assess__no_supply__nothing_but_the_reward_index() -> None:
    assert _worth(Valued()) == NO_WORTH


def test_assess__everyone_left__nothing_but_the_reward_index(valued: Valued) -> None:
    valued.pass_day()
    valued.deliver()
    valued.chain.now += DAY
    index = valued.read("index")
    valued.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    assert valued.read("reserve") > 0
    assert _worth(valued) == NO_WORTH._replace(index=index)


def test_assess__dust_of_supply__is_valued_like_any_other(valued: Valued) -> None:
    valued.send(HOLDER, "redeem", 1_000 * ONE - 1, 0, HOLDER)
    worth = _worth(valued)
    assert worth.value == 95 * SATS * 99 // 100
    assert worth.payout == 42 * 44 * SATS * 99 // 100
    assert not worth.is_stopped


def test_assess__more_days_than_one_call_accrues__the_token_s_refusal() -> None:
    valued = Valued(last=400)
    valued.mint(BUYER, 1_000, HOLDER)
    valued.pass_days(65)
    with refused("token: accrue first"):
        valued.worth(COVERED)
    valued.send(STRANGER, "accrue")
    assert _worth(valued).is_stopped


@pytest.mark.parametrize("tokens", [1, 7, 333, 1_000])
def test_assess__payout__is_the_token_s_preview_short_of_a_satoshi(
    valued: Valued, tokens: int
) -> None:
    for days in (0, 3, 9):
        valued.pass_days(days)
        worth = _worth(valued)
        for surplus in (0, 10**7):
            with valued.undone():
                if surplus:
                    valued.send(STRANGER, "fund_reserve", surplus)
                worth = _worth(valued)
                paid = valued.read("preview_redeem", tokens * ONE)
                assert paid == worth.payout * tokens // ONE


def test_assess__whoever_asks__the_same(valued: Valued) -> None:
    with valued.chain.acting_as(STRANGER):
        assert valued.worth(COVERED) == _worth(valued)


def test_assess__after_everything_was_withdrawn__the_same(valued: Valued) -> None:
    valued.send(STRANGER, "fund_reserve", 10**6)
    valued.pass_day(gained=20 * ONE)
    before = _worth(valued)
    with refused("token: reserve needed"):
        valued.send(ISSUER, "withdraw_reserve", 1_147_076)
    valued.send(ISSUER, "withdraw_reserve", 1_147_075)
    after = _worth(valued)
    assert after.payout < before.payout
    assert after.but_redemption() == before.but_redemption()
