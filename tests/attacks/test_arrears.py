"""An issuer that stops paying: the reserve pays in its place after the grace, until it is empty.
Then it is in default, sells and withdraws nothing, and is cured by paying.

A debt's clock stops only when all of it is paid, or a satoshi now and then would keep it from
ringing.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    ATTACKER,
    BUYER,
    HOLDER,
    ISSUER,
    ONE,
    RICH,
    SAT,
    STRANGER,
    Issuance,
)
from tests.support.relay import refused

SELLING, RUNNING, SHORTFALL, MATURED, OVERDUE, DEFAULT = range(6)
A_DAY = 44_000


@pytest.fixture
def issuance() -> Issuance:
    """A holder has 1,000 tokens, and the reserve 462,000 satoshi; the grace is 3 days."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    return issuance


def _unpaid_days(issuance: Issuance, count: int) -> None:
    for _ in range(count):
        issuance.pass_day()
        issuance.send(STRANGER, "accrue")


def test_arrears__never_paid__the_reserve_pays_until_default_and_payment_cures(
    issuance: Issuance,
) -> None:
    for reserve in (242_000, 22_000):
        _unpaid_days(issuance, 4)
        with refused("token: not overdue"):  # a debt of three days is not older than three days
            issuance.send(STRANGER, "cover")
        _unpaid_days(issuance, 1)
        assert issuance.read("status") == OVERDUE
        event = issuance.logged(STRANGER, "cover")["Covered"]
        assert event == {"amount": 5 * A_DAY, "reserve": reserve, "owed": 0}
        assert issuance.read("status") == SHORTFALL
    _unpaid_days(issuance, 5)
    event = issuance.logged(STRANGER, "cover")["Covered"]
    assert event == {"amount": 22_000, "reserve": 0, "owed": 198_000 * SAT}

    assert issuance.read("status") == DEFAULT
    with refused("token: in default"):
        issuance.mint(ATTACKER, 1)
    with refused("token: overdue"):
        issuance.send(ISSUER, "withdraw_reserve", 1)
    with refused("token: reserve is empty"):
        issuance.send(STRANGER, "cover")
    assert issuance.read("delivered") == 0

    issuance.deliver()
    assert issuance.read("status") == SHORTFALL
    assert issuance.read("owed") == issuance.read("unpaid_since") == 0
    assert issuance.read("delivered") == 198_000 * ONE
    assert issuance.read("due") == 660_000 * ONE
    needed = 1_000 * 27 * 11  # a quarter of 27 days of 44
    issuance.send(ISSUER, "fund_reserve", needed)
    assert issuance.read("status") == SELLING
    issuance.chain.now += DAY
    issuance.send(STRANGER, "claim", HOLDER)
    assert issuance.sats(HOLDER) == RICH + 15 * A_DAY - 1
    assert issuance.sats(ISSUER) == RICH + 1_554_000 - 198_000 - needed
    assert issuance.sats(issuance.address) == needed + 1


def test_arrears__a_satoshi_now_and_then__does_not_stop_the_clock(issuance: Issuance) -> None:
    _unpaid_days(issuance, 1)
    since = issuance.chain.now
    for _ in range(4):
        issuance.chain.now += DAY
        issuance.send(ISSUER, "deliver", 1)
    assert issuance.read("unpaid_since") == since
    assert issuance.logged(STRANGER, "cover")["Covered"]["amount"] == A_DAY - 4


def test_arrears__with_a_full_reserve__the_issuer_withdraws_nothing(issuance: Issuance) -> None:
    issuance.send(STRANGER, "fund_reserve", 10_000_000)
    _unpaid_days(issuance, 1)
    issuance.chain.now += 3 * DAY
    with issuance.undone():
        issuance.send(ISSUER, "withdraw_reserve", 1)
    issuance.chain.now += 1
    with refused("token: overdue"):
        issuance.send(ISSUER, "withdraw_reserve", 1)
    assert issuance.sats(issuance.address) == 10_462_000


def test_arrears__debts_that_nobody_accrued__are_not_hidden(issuance: Issuance) -> None:
    """What closed is owed whether anyone accrued it or not; only the clock waits for somebody."""
    issuance.pass_days(3)
    with refused("token: reserve needed"):
        issuance.send(ISSUER, "withdraw_reserve", 1)
    assert issuance.read("owed") == 3 * A_DAY * SAT
    with refused("token: not overdue"):
        issuance.send(STRANGER, "cover")
