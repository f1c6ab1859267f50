"""A part of 10^-18 token, for a satoshi, is put where it alone would be the whole supply: to price
buyers out, to hold the reserve of a dead index, to take a leaver's stream, or to be overdue.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import (
    ATTACKER,
    BUYER,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    RICH,
    SAT,
    STRANGER,
    TERM,
    Issuance,
)
from tests.support.relay import refused

RESERVE = 13_860_000


def _with_dust() -> Issuance:
    issuance = Issuance()
    issuance.send(ATTACKER, "mint", 1, FOREVER, ATTACKER)
    return issuance


def test_dust__delivered_a_satoshi_again_and_again__prices_no_buyer_out() -> None:
    issuance = _with_dust()
    for _ in range(10):
        issuance.send(ATTACKER, "deliver", 1)
        issuance.chain.now += 3_600
    fair = 1_000 * 48 * TERM
    paid = issuance.logged(BUYER, "mint", 1_000 * ONE, FOREVER, BUYER)["Minted"]["cost"]
    # All that streams is the ten satoshi: a thousand tokens pay in no more than a thousand times.
    assert fair <= paid <= fair + 10 * 1_000 + 1


def test_dust__on_a_dead_index__gets_its_value_and_the_issuer_the_rest() -> None:
    issuance = _with_dust()
    issuance.send(ISSUER, "fund_reserve", RESERVE)
    issuance.chain.now += 5 * DAY
    with refused("token: index stale"):
        issuance.send(ISSUER, "withdraw_reserve", 1)
    issuance.chain.now += 30 * DAY
    with refused("token: nothing to redeem"):
        issuance.send(ATTACKER, "redeem", 1, 0, ATTACKER)
    with refused("token: reserve needed"):
        issuance.send(ISSUER, "withdraw_reserve", RESERVE + 1)
    issuance.send(ISSUER, "withdraw_reserve", RESERVE)
    assert issuance.read("reserve") == 1  # what the dust is worth, rounded up
    assert issuance.sats(ISSUER) == RICH


def test_dust__half_a_token_on_a_dead_index__value_to_the_holder_whoever_is_first() -> None:
    for issuer_first in (False, True):
        issuance = Issuance()
        issuance.send(BUYER, "mint", ONE // 2, FOREVER, HOLDER)
        issuance.send(STRANGER, "fund_reserve", RESERVE)
        issuance.chain.now += 36 * DAY
        worth = TERM * 44 // 2
        before = issuance.sats(HOLDER)
        if issuer_first:
            issuance.send(ISSUER, "withdraw_reserve", issuance.read("reserve") - worth)
            with refused("token: reserve needed"):
                issuance.send(ISSUER, "withdraw_reserve", 1)
        issuance.send(HOLDER, "redeem", ONE // 2, 0, HOLDER)
        assert issuance.sats(HOLDER) - before == worth


def test_dust__left_behind_by_the_last_holder__does_not_take_its_stream() -> None:
    issuance = _with_dust()
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.pass_day()
    issuance.deliver()
    issuance.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    assert issuance.read("claimable", HOLDER) == 44_000
    issuance.chain.now += DAY
    before = issuance.sats(ATTACKER)
    issuance.send(ATTACKER, "mint", ONE, FOREVER, ATTACKER)
    issuance.send(ATTACKER, "deliver", 1)
    issuance.send(ATTACKER, "redeem", ONE + 1, 0, ATTACKER)
    issuance.send(ATTACKER, "claim", ATTACKER)
    assert issuance.sats(ATTACKER) < before


def test_dust__owed_less_than_a_satoshi__is_not_overdue_and_makes_no_later_debt_old() -> None:
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.send(ATTACKER, "mint", 1, FOREVER, ATTACKER)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.send(ISSUER, "deliver", 44_000)  # and 44 x 10^-18 satoshi are left
    assert 0 < issuance.read("owed") < SAT
    assert issuance.read("unpaid_since") == 0
    issuance.pass_days(3)
    issuance.chain.now += 1
    assert issuance.read("backing")[8] is False
    issuance.send(STRANGER, "accrue")
    since = issuance.chain.now
    assert issuance.read("unpaid_since") == since
    issuance.chain.now += 3 * DAY
    assert issuance.read("backing")[8] is False
    issuance.chain.now += 1
    assert issuance.read("backing")[8] is True
