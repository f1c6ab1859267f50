"""DeliveryValue.assess: what is covered, and what the issuer is expected to deliver.

Every figure is of a token, in satoshi.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, ONE, STRANGER
from tests.support.relay import refused
from tests.support.value_model import Rules, Worth
from tests.support.valuing import COVERED, DELIVERY, Valued

SATS = ONE
NO_WORTH = Worth(0, 0, 0, 0, 0, 0, 0, is_stopped=True, is_pending=False, is_overdue=False)


def _worth(valued: Valued) -> Worth:
    """Ask, and compare with the model as well."""
    worth = valued.check()[DELIVERY]
    assert isinstance(worth, Worth)
    return worth


def _cash(valued: Valued) -> Worth:
    return valued.worth(COVERED)


def _sold(days: int = 42, rules: Rules | None = None, **terms: int) -> Valued:
    rules = rules or Rules(decay=ONE)
    valued = Valued(rules=rules, **{"last": 102 + days, **terms})
    valued.mint(BUYER, 1_000, HOLDER)
    return valued


def test_assess__before_the_term__the_days_to_come_at_a_stressed_hashprice(valued: Valued) -> None:
    worth = _worth(valued)
    assert worth.value == 42 * 342 * SATS // 10
    assert worth.most == worth.covered + (worth.value - worth.covered) // 4
    assert worth.price == worth.value
    assert worth == _cash(valued)._replace(value=worth.value, most=worth.most, price=worth.price)
    assert not worth.is_stopped


def test_assess__what_is_owed_and_what_streams__counts_in_full(valued: Valued) -> None:
    valued.send(STRANGER, "fund_reserve", 10**7)  # the ratio holds whatever is owed
    valued.pass_day()
    assert _worth(valued).value == 41 * 342 * SATS // 10 + 44 * SATS
    valued.deliver()
    worth = _worth(valued)
    assert worth.value == 41 * 342 * SATS // 10 + worth.streaming
    assert worth.streaming == pytest.approx(44 * SATS, abs=3 * 10**9)


@pytest.mark.parametrize(
    ("gained", "lowest"),
    [
        ([50] * 11 + [48, 60, 61], 50 * 11 + 48 + 60 + 61),  # two weeks: less than 52.14
        ([60] * 11 + [40, 41, 45], 42 * 14),  # three days
        ([50] * 11 + [60, 60, 45], 45 * 14),  # one
    ],
)
def test_assess__hashprice__is_the_lowest_of_one_day_three_and_two_weeks(
    gained: list[int], lowest: int
) -> None:
    valued = _sold(days=100)
    valued.send(STRANGER, "fund_reserve", 10**7)
    for sats in gained:
        valued.pass_day(gained=sats * ONE)
        valued.deliver()
    worth = _worth(valued)
    hashprice = lowest * SATS // 14
    day = hashprice * 8 // 10 * 98 // 100 - 5 * SATS
    assert worth.value == 86 * day + worth.streaming


def test_assess__hashprice_that_covers_the_cost_only_unstressed__worth_what_is_covered(
    valued: Valued,
) -> None:
    valued.send(STRANGER, "fund_reserve", 10**7)
    for _ in range(14):
        valued.pass_day(gained=6 * ONE)
        valued.deliver()
    assert valued.read("backing")[7] == 10 * SATS
    assert valued.read("owed") == 0
    worth = _worth(valued)
    # 80 % of 6, less 2 %, is less than the cost of 5; at 6 a day nets 0.88.
    assert worth.value == worth.covered == worth.most == _cash(valued).value


def test_assess__more_covered_than_expected__worth_what_is_covered() -> None:
    valued = _sold(ratio=ONE, reference=47 * ONE, exit_fee=0)
    worth = _worth(valued)
    assert worth.value == worth.covered == worth.most == 38 * 47 * SATS
    assert worth.value > 42 * 342 * SATS // 10


def test_assess__surplus__counts_for_nothing(valued: Valued) -> None:
    before = _worth(valued)
    valued.send(STRANGER, "fund_reserve", 10**7)
    worth = _worth(valued)
    assert worth.payout == 1_848 * SATS * 99 // 100 > worth.value
    assert worth.price == worth.payout
    assert worth.but_redemption() == before.but_redemption()


@pytest.mark.parametrize(("phi", "most"), [(0, 9_405), (ONE, 143_640), (ONE // 10, 22_828_5)])
def test_assess__phi__is_what_of_the_rest_may_be_lent(phi: int, most: int) -> None:
    valued = _sold(rules=Rules(decay=ONE, phi=phi))
    scale = 1_000 if phi == ONE // 10 else 100
    assert _worth(valued).most == most * SATS // scale


def test_assess__stress__is_taken_off_the_hashprice() -> None:
    valued = _sold(rules=Rules(decay=ONE, stress=ONE // 2))
    assert _worth(valued).value == 42 * 195 * SATS // 10  # 25, less 2 %, less 5


def test_assess__decay__each_day_a_tenth_less_than_the_one_before() -> None:
    valued = _sold(rules=Rules(decay=9 * ONE // 10), days=7, reference=ONE)
    weights = sum(9**i * 10 ** (6 - i) for i in range(7))  # 5.217031
    assert _worth(valued).value == 342 * SATS // 10 * weights // 10**6


def test_assess__decay__of_a_term_that_has_not_begun_counts_from_today() -> None:
    rules = Rules(decay=9 * ONE // 10)
    valued = _sold(first=105, days=10, rules=rules, reference=ONE)
    for away in (3, 2, 1, 0):
        weights = sum(9**i * 10 ** (9 - i) for i in range(away, away + 7))
        assert _worth(valued).value == 342 * SATS // 10 * weights // 10**9
        valued.pass_day()


def test_assess__index_behind__days_that_passed_are_not_expected(valued: Valued) -> None:
    for days in range(4):
        with valued.undone():
            valued.chain.now += days * DAY
            assert _worth(valued).value == (42 - days) * 342 * SATS // 10


# An issuer in trouble.


def test_assess__short_by_a_debt_within_the_grace__worth_the_same_and_not_lent_on(
    valued: Valued,
) -> None:
    """The reserve holds 462, where 451 are needed and 44 are owed."""
    valued.pass_day()
    worth = _worth(valued)
    assert worth.value == 41 * 342 * SATS // 10 + 44 * SATS
    assert worth.is_stopped
    assert worth.most == worth.covered == _cash(valued).covered


def test_assess__reserve_paid_in_the_issuer_s_place__the_part_that_is_left_of_the_ratio(
    valued: Valued,
) -> None:
    for _ in range(5):
        valued.pass_day()
        valued.send(STRANGER, "accrue")
    valued.send(STRANGER, "cover")
    worth = _worth(valued)
    beyond = 37 * 342 * SATS // 10 + worth.streaming - worth.covered
    # 242 of the 407 that 37 days of 44 need.
    assert worth.value == worth.covered + beyond * (242 * ONE // 407) // ONE
    assert worth.most == worth.covered < worth.value
    assert (worth.is_stopped, worth.is_pending, worth.is_overdue) == (True, True, False)
    valued.send(STRANGER, "fund_reserve", 165_000)
    worth = _worth(valued)
    assert not worth.is_pending
    assert worth.value == worth.covered + beyond
    assert not worth.is_stopped


def test_assess__overdue__worth_what_is_covered_whatever_is_expected(valued: Valued) -> None:
    valued.send(STRANGER, "fund_reserve", 10**7)
    valued.pass_day()
    valued.send(STRANGER, "accrue")
    valued.chain.now += 3 * DAY
    assert _worth(valued).value > 1_000 * SATS
    valued.chain.now += 1
    worth = _worth(valued)
    assert worth == _cash(valued)._replace(most=worth.covered)
    assert worth.is_overdue
    valued.chain.now += 2 * DAY  # needs no hashprice, however old that is, but to give up a debt
    worth = _worth(valued)
    assert worth == _cash(valued)._replace(most=worth.covered, is_pending=True)


def test_assess__in_default__worth_what_still_streams(valued: Valued) -> None:
    for _ in range(11):
        valued.pass_day()
        valued.send(STRANGER, "accrue")
    valued.send(STRANGER, "cover")
    worth = _worth(valued)
    assert worth.value == worth.most == worth.covered == worth.streaming > 0
    assert (worth.payout, worth.is_overdue, worth.is_pending) == (0, True, False)
    # It is not sold for that, nor for what is owed: 31 days may still bring what was promised.
    owed = valued.read("owed") // valued.read("totalSupply")
    assert worth.price == owed + worth.streaming + 31 * 342 * SATS // 10


# An index that stands still.


def test_assess__index_older_than_four_days__refuses_until_it_is_dead(valued: Valued) -> None:
    valued.chain.now += 4 * DAY
    assert _worth(valued).value == 38 * 342 * SATS // 10
    valued.chain.now += 1
    with refused("value: index stale"):
        valued.worth(DELIVERY)
    assert valued.check()[DELIVERY] == "value: index stale"
    valued.chain.now += 26 * DAY - 1
    assert valued.check()[DELIVERY] == "value: index stale"
    valued.chain.now += 1
    worth = _worth(valued)
    assert worth.payout == 462 * SATS
    assert worth == _cash(valued)._replace(most=worth.covered)


def test_assess__dead_index__worth_what_is_covered_and_no_surplus() -> None:
    valued = _sold(days=100)
    valued.send(STRANGER, "fund_reserve", 10**7)
    valued.chain.now += 30 * DAY + 1
    worth = _worth(valued)
    assert worth.value == worth.most == worth.covered == 66 * 25 * SATS // 10 * 99 // 100
    assert worth.payout == 11_100 * SATS
    assert worth.is_stopped


def test_assess__term_over__worth_what_is_owed_and_needs_no_index(valued: Valued) -> None:
    valued.pass_days(42)
    valued.send(STRANGER, "accrue")
    assert _worth(valued).value == 42 * 44 * SATS
    valued.deliver()
    for days in (0, 1, 5, 90):
        valued.chain.now += days * DAY
        worth = _worth(valued)
        assert worth.value == worth.most == worth.streaming
    assert worth.value == 0


def test_assess__no_supply__nothing_however_old_the_index_is() -> None:
    valued = Valued()
    assert _worth(valued) == NO_WORTH
    valued.chain.now += 5 * DAY
    assert _worth(valued) == NO_WORTH


def test_assess__everyone_left__nothing_but_the_reward_index(valued: Valued) -> None:
    valued.pass_day()
    valued.deliver()
    valued.chain.now += DAY
    index = valued.read("index")
    valued.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    assert _worth(valued) == NO_WORTH._replace(index=index)


def test_assess__dust_of_supply__is_valued_like_any_other(valued: Valued) -> None:
    before = _worth(valued)
    valued.send(HOLDER, "redeem", 1_000 * ONE - 1, 0, HOLDER)
    worth = _worth(valued)
    assert worth.payout == 1_848 * SATS * 99 // 100
    assert worth.but_redemption() == before.but_redemption()


def test_assess__more_days_than_one_call_accrues__the_token_s_refusal() -> None:
    valued = _sold(days=300)
    valued.pass_days(65)
    with refused("token: accrue first"):
        valued.worth(DELIVERY)


def test_assess__issuer_withdraws_everything_it_may__the_same(valued: Valued) -> None:
    valued.send(STRANGER, "fund_reserve", 10**6)
    valued.pass_day(gained=20 * ONE)
    before = _worth(valued)
    valued.send(ISSUER, "withdraw_reserve", valued.withdrawable())
    after = _worth(valued)
    assert after.payout < before.payout
    assert after.but_redemption() == before.but_redemption()
