"""No rule for unprofitable mining: a live token stopped paying in 2022 and said nothing. Here
such a day owes nothing, an event names it, and the next good day owes all of its own.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import FIRST_DAY, HOLDER, ISSUER, ONE, SAT, STRANGER, Issuance

BELOW_COST = 4 * ONE
"""Sats of a day whose cost is 5."""


@pytest.fixture
def issuance() -> Issuance:
    """A holder has 1,000 tokens, and the term begins."""
    issuance = Issuance()
    issuance.mint(HOLDER, 1_000)
    return issuance


def test_unprofitable_days__owe_nothing_and_are_named(issuance: Issuance) -> None:
    for gained in (50 * ONE, BELOW_COST, 0, 50 * ONE, BELOW_COST):
        issuance.pass_day(gained)
    logs = issuance.send(STRANGER, "accrue").logs
    assert [arguments["day"] for name, arguments in logs if name == "Unprofitable"] == [
        FIRST_DAY + 3,
        FIRST_DAY + 4,
        FIRST_DAY + 6,
    ]
    assert issuance.read("owed") == 2 * 44_000 * SAT


def test_unprofitable_days__alone__leave_nobody_overdue(issuance: Issuance) -> None:
    issuance.pass_days(10, BELOW_COST)
    issuance.send(STRANGER, "accrue")
    issuance.pass_days(10, BELOW_COST)
    assert issuance.read("owed") == issuance.read("due") == issuance.read("unpaid_since") == 0
    assert not issuance.read("backing")[8]
    issuance.pass_day()
    assert issuance.read("owed") == 44_000 * SAT
    issuance.deliver()
    assert issuance.read("delivered") == 44_000 * ONE
    assert issuance.sats(ISSUER) > 0


def test_unprofitable_days__at_exactly_the_cost__owe_nothing_either(issuance: Issuance) -> None:
    """5 satoshi net of 2 % is 5 / 0.98: the least that pays is a hair above."""
    breakeven = 5 * ONE * 100 // 98
    issuance.pass_day(breakeven)
    assert issuance.read("owed") == 0
    issuance.pass_day(breakeven + ONE)
    assert issuance.read("owed") // SAT == 979
