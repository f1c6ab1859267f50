"""An issuer funds the reserve before anyone has bought, or the last holder leaves some behind. Who
then buys at a discount to the value owns all of it, redeems at the value, and comes again.
"""

from __future__ import annotations

from tests.support.issuing import ATTACKER, BUYER, FOREVER, ISSUER, ONE, Issuance
from tests.support.relay import refused

RESERVE = 13_860_000


def test_empty_issuance__bought_at_a_discount__refused_while_the_reserve_is_there() -> None:
    issuance = Issuance(price=40 * ONE)  # and a block-day is worth 44
    issuance.send(ISSUER, "fund_reserve", RESERVE)
    with refused("token: price below reserve"):
        issuance.send(ATTACKER, "mint", 1_000 * ONE, FOREVER, ATTACKER)
    issuance.send(ISSUER, "withdraw_reserve", RESERVE)
    issuance.mint(BUYER, 1_000)


def test_empty_issuance__after_a_day_of_dear_fees__refused_likewise() -> None:
    issuance = Issuance()
    issuance.send(ISSUER, "fund_reserve", RESERVE)
    issuance.pass_day(gained=150 * ONE)
    with refused("token: price below reserve"):
        issuance.send(ATTACKER, "mint", 1_000 * ONE, FOREVER, ATTACKER)


def test_empty_issuance__at_the_value__nobody_gains() -> None:
    issuance = Issuance()
    issuance.send(ISSUER, "fund_reserve", RESERVE)
    before = issuance.sats(ATTACKER)
    for _ in range(5):
        issuance.mint(ATTACKER, 1_000)
        issuance.send(ATTACKER, "redeem", 1_000 * ONE, 0, ATTACKER)
        assert issuance.sats(ATTACKER) < before
    assert issuance.read("reserve") >= RESERVE
