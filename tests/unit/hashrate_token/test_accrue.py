"""HashrateToken.accrue and checkpoint: every closed day of the term owes what it netted, once."""

from __future__ import annotations

from fractions import Fraction

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

FIRST = FIRST_DAY + 2
DAYS_A_CALL = 64


def _long(**terms: int) -> Issuance:
    """An issuance of 200 days, of which 1,000 tokens are sold."""
    issuance = Issuance(last=FIRST + 200, **terms)
    issuance.mint(BUYER, 1_000, HOLDER)
    return issuance


def _accrued(issuance: Issuance) -> int:
    """Accrue; return how many days it says that they were."""
    with issuance.chain.acting_as(STRANGER):
        days: int = issuance.read("accrue")
    return days


def test_accrue__one_day__owes_every_token_its_net(sold: Issuance) -> None:
    sold.pass_day()
    assert sold.send(STRANGER, "accrue").logs == (
        ("Accrued", {"day": FIRST, "days": 1, "per_token": 44 * ONE, "owed": 44_000 * SAT}),
    )
    assert sold.read("owed") == 44_000 * SAT
    assert sold.read("due") == 44_000 * ONE
    assert sold.read("unpaid_since") == sold.chain.now
    assert sold.read("reserve") == 462_000
    assert sold.read("backing")[5:7] == (FIRST + 1, 41)


def test_accrue__several_days__are_added_to_what_is_owed(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    since = sold.chain.now
    sold.pass_day(gained=25 * ONE)
    sold.pass_day(gained=10 * ONE)
    event = sold.logged(STRANGER, "accrue")["Accrued"]
    netted = Fraction(195, 10) + Fraction(48, 10)
    owed = 44_000 + netted * 1_000
    assert event == {"day": FIRST + 1, "days": 2, "per_token": netted * ONE, "owed": owed * SAT}
    assert sold.read("due") == owed * ONE
    assert sold.read("unpaid_since") == since


def test_accrue__nothing_closed_since__does_nothing(sold: Issuance) -> None:
    assert _accrued(sold) == 0
    assert sold.send(STRANGER, "accrue").logs == ()
    sold.pass_day()
    assert _accrued(sold) == 1
    assert _accrued(sold) == 0
    assert sold.read("owed") == 44_000 * SAT


def test_accrue__day_before_the_term__owes_nothing(issuance: Issuance) -> None:
    later = Issuance(first=FIRST + 1)
    later.mint(BUYER, 1_000)
    later.pass_day()
    assert _accrued(later) == 0
    later.pass_day()
    assert later.logged(STRANGER, "accrue")["Accrued"]["day"] == FIRST + 1
    assert later.read("owed") == 44_000 * SAT


def test_accrue__days_after_the_term__owe_nothing(sold: Issuance) -> None:
    sold.pass_days(41)
    assert _accrued(sold) == 41
    sold.pass_days(5)
    assert _accrued(sold) == 1
    assert sold.read("owed") == 42 * 44_000 * SAT
    assert sold.read("backing")[5:7] == (FIRST + 42, 0)
    sold.pass_days(70)
    assert _accrued(sold) == 0


@pytest.mark.parametrize("seconds", [60_000, 86_400, 100_001, 7])
def test_accrue__day_of_any_length__cost_runs_by_time(sold: Issuance, seconds: int) -> None:
    sold.pass_day(50 * ONE, seconds)
    net = 49 * ONE - Fraction(5 * ONE * seconds, DAY)
    per_token = net.numerator // net.denominator
    event = sold.logged(STRANGER, "accrue")["Accrued"]
    assert event["per_token"] == per_token
    assert event["owed"] == sold.read("owed") == 1_000 * ONE * per_token


def test_accrue__fraction_of_fee__rounds_down_once(sold: Issuance) -> None:
    sold.pass_day(50 * ONE + 1)  # 49 and 98 % of 10^-18
    assert sold.logged(STRANGER, "accrue")["Accrued"]["per_token"] == 44 * ONE
    sold.pass_day(50 * ONE + 50)
    assert sold.logged(STRANGER, "accrue")["Accrued"]["per_token"] == 44 * ONE + 49


def test_accrue__day_below_its_cost__owes_nothing_and_an_event_says_so(sold: Issuance) -> None:
    sold.pass_day(5 * ONE)  # 4.9 after the fee
    assert sold.send(STRANGER, "accrue").logs == (
        ("Accrued", {"day": FIRST, "days": 1, "per_token": 0, "owed": 0}),
        ("Unprofitable", {"day": FIRST}),
    )
    assert sold.read("unpaid_since") == 0


def test_accrue__days_below_their_cost__are_not_netted_with_others(sold: Issuance) -> None:
    for gained in (50, 0, 1, 25, 5):
        sold.pass_day(gained * ONE)
    assert sold.send(STRANGER, "accrue").logs == (
        (
            "Accrued",
            {"day": FIRST, "days": 5, "per_token": 63 * ONE + ONE // 2, "owed": 63_500 * SAT},
        ),
        ("Unprofitable", {"day": FIRST + 1}),
        ("Unprofitable", {"day": FIRST + 2}),
        ("Unprofitable", {"day": FIRST + 4}),
    )


def test_accrue__day_at_its_cost_exactly__owes_nothing() -> None:
    issuance = Issuance(fee=0)
    issuance.mint(BUYER, 1_000)
    issuance.pass_day(5 * ONE)
    assert issuance.logged(STRANGER, "accrue")["Unprofitable"] == {"day": FIRST}
    issuance.pass_day(5 * ONE + 1)
    logs = issuance.logged(STRANGER, "accrue")
    assert logs == {
        "Accrued": {"day": FIRST + 1, "days": 1, "per_token": 1, "owed": 1_000 * ONE},
    }


def test_accrue__64_days__fit_one_call() -> None:
    issuance = _long()
    issuance.pass_days(DAYS_A_CALL)
    event = issuance.logged(STRANGER, "accrue")["Accrued"]
    assert event["days"] == DAYS_A_CALL
    assert event["owed"] == DAYS_A_CALL * 44_000 * SAT


def test_accrue__65_days__take_two_calls() -> None:
    issuance = _long()
    issuance.pass_days(DAYS_A_CALL)
    issuance.pass_day(5 * ONE)
    assert _accrued(issuance) == DAYS_A_CALL
    assert issuance.logged(STRANGER, "accrue") == {
        "Accrued": {
            "day": FIRST + DAYS_A_CALL,
            "days": 1,
            "per_token": 0,
            "owed": DAYS_A_CALL * 44_000 * SAT,
        },
        "Unprofitable": {"day": FIRST + DAYS_A_CALL},
    }


def test_accrue__64_unprofitable_days__are_all_named() -> None:
    issuance = _long()
    issuance.pass_days(DAYS_A_CALL, gained=0)
    names = issuance.send(STRANGER, "accrue").logs[1:]
    assert names == tuple(("Unprofitable", {"day": FIRST + i}) for i in range(DAYS_A_CALL))


def test_accrue__nothing_sold__days_pass_and_owe_nobody(issuance: Issuance) -> None:
    issuance.pass_days(2)
    assert issuance.send(STRANGER, "accrue").logs == (
        ("Accrued", {"day": FIRST, "days": 2, "per_token": 88 * ONE, "owed": 0}),
    )
    issuance.mint(BUYER, 1_000)
    assert issuance.read("owed") == issuance.read("unpaid_since") == 0
    assert issuance.read("backing")[5:7] == (FIRST + 2, 40)


def test_accrue__fraction_of_a_satoshi_due__is_kept_to_18_digits(issuance: Issuance) -> None:
    issuance.send(BUYER, "mint", ONE + 1, ONE, HOLDER)
    issuance.pass_day(ONE * 25)  # 19.5 a token, and 19.5 x 10^-18
    issuance.send(STRANGER, "accrue")
    assert issuance.read("owed") == 39 * SAT // 2 + 39 * ONE // 2
    assert issuance.read("due") == 39 * ONE // 2 + 19


def test_accrue__debt_of_more_than_192_bits__refused() -> None:
    issuance = Issuance(capacity=10**8 * ONE)
    issuance.mint(BUYER, 10**8)
    issuance.pass_day(gained=2**192 // (10**8 * ONE) * 100 // 98 + 6 * ONE)
    with refused("token: debt too large"):
        issuance.send(STRANGER, "accrue")


def test_accrue__debt_of_192_bits__stands() -> None:
    # 2^192 - 1 is a supply times a net hashprice.
    supply = 17 * 241 * 257 * 18_446_744_069_414_584_321
    net, rest = divmod(2**192 - 1, supply)
    assert rest == 0
    issuance = Issuance(capacity=10**8 * ONE, fee=0, cost=0)
    issuance.send(BUYER, "mint", supply, 10**15, HOLDER)
    issuance.pass_day(gained=net)
    issuance.send(STRANGER, "accrue")
    assert issuance.read("owed") == 2**192 - 1
    issuance.send(ISSUER, "deliver", 1)
    assert issuance.read("owed") == 2**192 - 1 - SAT


def test_checkpoint__closed_days__are_accrued(sold: Issuance) -> None:
    sold.pass_days(3)
    assert sold.send(STRANGER, "checkpoint").logs == (
        ("Accrued", {"day": FIRST, "days": 3, "per_token": 132 * ONE, "owed": 132_000 * SAT}),
    )
    assert sold.read("unpaid_since") == sold.chain.now
    assert sold.send(STRANGER, "checkpoint").logs == ()


def test_checkpoint__more_days_behind_than_a_call_accrues__refused() -> None:
    issuance = _long()
    issuance.pass_days(DAYS_A_CALL + 1)
    with refused("token: accrue first"):
        issuance.send(STRANGER, "checkpoint")
    assert _accrued(issuance) == DAYS_A_CALL
    issuance.send(STRANGER, "checkpoint")
    assert issuance.read("owed") == (DAYS_A_CALL + 1) * 44_000 * SAT


def test_checkpoint__64_days__fit() -> None:
    issuance = _long()
    issuance.pass_days(DAYS_A_CALL)
    assert issuance.logged(STRANGER, "checkpoint")["Accrued"]["days"] == DAYS_A_CALL


def test_accrue__debt_of_exactly_a_satoshi__begins_now_in_views_and_for_ever_after() -> None:
    issuance = Issuance(cost=0, fee=0)
    issuance.mint(BUYER, 1)
    issuance.pass_day(gained=ONE)
    assert issuance.read("owed") == SAT
    assert issuance.read("unpaid_since") == issuance.chain.now
    assert not issuance.read("backing")[-3]
    issuance.send(STRANGER, "accrue")
    assert issuance.read("unpaid_since") == issuance.chain.now


def test_accrue__mint_that_makes_it_a_satoshi__begins_with_that() -> None:
    """Tokens that are bought later are owed as much as those before, and pay that in."""
    issuance = Issuance(cost=0, fee=0)
    issuance.send(BUYER, "mint", ONE // 2, FOREVER, BUYER)
    issuance.pass_day(gained=ONE)
    issuance.send(STRANGER, "accrue")
    assert (issuance.read("owed"), issuance.read("unpaid_since")) == (SAT // 2, 0)
    issuance.chain.now += DAY
    issuance.send(BUYER, "mint", ONE, FOREVER, BUYER)
    assert issuance.read("owed") == SAT * 3 // 2
    assert issuance.read("unpaid_since") == issuance.chain.now
