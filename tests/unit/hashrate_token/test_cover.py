"""HashrateToken.cover: the reserve pays what was left unpaid for longer than the grace."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FIRST_DAY,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    SAT,
    STRANGER,
    Issuance,
)
from tests.support.relay import refused

OVERDUE, IN_DEFAULT = 4, 5
DAYS_A_CALL = 64


@pytest.fixture
def overdue(sold: Issuance) -> Issuance:
    """44,000 satoshi are owed since a second longer than the grace."""
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY + 1
    return sold


@pytest.fixture
def broke(sold: Issuance) -> Issuance:
    """484,000 satoshi are owed for 11 days, most of them for longer than the grace."""
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.pass_days(10)
    return sold


def test_cover__debt_as_old_as_the_grace__refused_and_a_second_later_paid(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY
    with refused("token: not overdue"):
        sold.send(STRANGER, "cover")
    sold.chain.now += 1
    assert sold.send(STRANGER, "cover").logs == (
        ("Covered", {"amount": 44_000, "reserve": 418_000, "owed": 0}),
    )


def test_cover__reserve__pays_holders_over_a_day(overdue: Issuance) -> None:
    with overdue.chain.acting_as(STRANGER):
        assert overdue.read("cover") == 44_000
    assert overdue.read("reserve") == 418_000
    assert overdue.read("owed") == overdue.read("unpaid_since") == 0
    assert overdue.read("due") == 44_000 * ONE
    assert overdue.read("delivered") == 0
    assert overdue.sats(overdue.address) == 462_000
    assert overdue.read("claimable", HOLDER) == 0
    assert overdue.read("stream")[1] == overdue.chain.now + DAY
    overdue.chain.now += DAY // 2
    assert overdue.read("claimable", HOLDER) == 21_999
    overdue.chain.now += DAY // 2
    assert overdue.read("claimable", HOLDER) == 43_999


def test_cover__delivered_in_part__pays_the_rest(overdue: Issuance) -> None:
    overdue.send(ISSUER, "deliver", 40_000)
    assert overdue.logged(STRANGER, "cover")["Covered"] == {
        "amount": 4_000,
        "reserve": 458_000,
        "owed": 0,
    }
    assert overdue.read("delivered") == 40_000 * ONE
    assert overdue.read("due") == 44_000 * ONE


def test_cover__fraction_of_a_satoshi__is_paid_rounded_up(issuance: Issuance) -> None:
    issuance.send(BUYER, "mint", ONE + 1, FOREVER, HOLDER)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.chain.now += 3 * DAY + 1
    event = issuance.logged(STRANGER, "cover")["Covered"]
    assert event == {"amount": 45, "reserve": 463 - 45, "owed": 0}
    assert issuance.read("delivered") == 0


def test_cover__days_that_closed_meanwhile__are_paid_too(overdue: Issuance) -> None:
    overdue.close()
    assert overdue.send(STRANGER, "cover").logs == (
        (
            "Accrued",
            {"day": FIRST_DAY + 3, "days": 1, "per_token": 44 * ONE, "owed": 88_000 * SAT},
        ),
        ("Covered", {"amount": 88_000, "reserve": 374_000, "owed": 0}),
    )


def test_cover__more_is_owed_than_the_reserve_has__pays_all_of_it(broke: Issuance) -> None:
    assert broke.read("status") == OVERDUE
    since = broke.read("unpaid_since")
    assert broke.logged(STRANGER, "cover")["Covered"] == {
        "amount": 462_000,
        "reserve": 0,
        "owed": 22_000 * SAT,
    }
    assert broke.read("owed") == 22_000 * SAT
    assert broke.read("due") == 484_000 * ONE
    assert broke.read("delivered") == 0
    assert broke.read("unpaid_since") == since
    assert broke.read("status") == IN_DEFAULT
    with refused("token: reserve is empty"):
        broke.send(STRANGER, "cover")


def test_cover__default__is_cured_by_paying(broke: Issuance) -> None:
    broke.send(STRANGER, "cover")
    broke.send(STRANGER, "deliver", 21_999)
    assert broke.read("status") == IN_DEFAULT
    broke.send(STRANGER, "deliver", 1)
    assert broke.read("status") not in (OVERDUE, IN_DEFAULT)
    assert broke.read("delivered") == 22_000 * ONE


def test_cover__reserve_is_filled_again__pays_on(broke: Issuance) -> None:
    broke.send(STRANGER, "cover")
    broke.send(ISSUER, "fund_reserve", 21_999)
    assert broke.logged(STRANGER, "cover")["Covered"]["owed"] == SAT
    broke.send(ISSUER, "fund_reserve", 10)
    assert broke.logged(STRANGER, "cover")["Covered"] == {"amount": 1, "reserve": 9, "owed": 0}
    assert broke.read("delivered") == 0


def test_cover__nothing_is_owed__refused(sold: Issuance) -> None:
    sold.chain.now += 10 * DAY
    with refused("token: not overdue"):
        sold.send(STRANGER, "cover")


def test_cover__days_closed_long_ago_and_accrued_by_the_call__refused(sold: Issuance) -> None:
    sold.pass_day()
    sold.chain.now += 10 * DAY
    with refused("token: not overdue"):  # nobody had said until now that it was owed
        sold.send(STRANGER, "cover")


def test_cover__more_days_behind_than_a_call_accrues__refused() -> None:
    issuance = Issuance(last=FIRST_DAY + 202)
    issuance.mint(BUYER, 1_000)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.pass_days(DAYS_A_CALL + 1)
    with refused("token: accrue first"):
        issuance.send(STRANGER, "cover")
    issuance.send(STRANGER, "accrue")
    assert issuance.logged(STRANGER, "cover")["Covered"]["reserve"] == 0


def test_cover__term_over_and_index_dead__pays(sold: Issuance) -> None:
    sold.pass_days(41)
    sold.deliver()
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 40 * DAY
    sold.chain.send("IndexDouble", sold.index, "dispute", FIRST_DAY)
    assert sold.logged(STRANGER, "cover")["Covered"]["amount"] == 44_000


def test_cover__more_than_a_day_can_pay__is_paid_and_the_rest_queued(issuance: Issuance) -> None:
    issuance.mint(BUYER, 1, HOLDER)
    issuance.send(STRANGER, "fund_reserve", 10**11)
    issuance.pass_day(gained=20 * 10**9 * ONE)
    issuance.send(STRANGER, "accrue")
    issuance.chain.now += 3 * DAY + 1
    owed = issuance.read("owed") // SAT
    issuance.send(STRANGER, "cover")
    assert issuance.read("owed") == 0
    assert issuance.read("reserve") == 10**11 + 462 - owed
    ahead, _, queued = issuance.read("stream")
    assert ahead * ONE + queued == owed * 10**27
