"""The last holder leaves with rewards owed, streaming or queued: a division by zero, or money
that is nobody's. What is owed is paid at redemption, and the rest is credited at once.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import (
    BUYER,
    HOLDER,
    ISSUER,
    ONE,
    RICH,
    SAT,
    STRANGER,
    TERM,
    Issuance,
)


@pytest.fixture
def issuance() -> Issuance:
    """A holder has all 1,000 tokens."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    return issuance


def _redeem(issuance: Issuance) -> int:
    before = issuance.sats(HOLDER)
    issuance.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    return issuance.sats(HOLDER) - before


def _empty(issuance: Issuance) -> int:
    """Let the issuer take what is left of the reserve, and say how much it was."""
    left = int(issuance.read("reserve"))
    issuance.send(ISSUER, "withdraw_reserve", left)
    return left


def test_last_holder__after_the_term__is_paid_what_is_owed(issuance: Issuance) -> None:
    issuance.pass_days(TERM - 1)
    issuance.deliver()
    issuance.pass_day()
    assert issuance.read("owed") == 44_000 * SAT
    assert issuance.read("value") == 0
    assert _redeem(issuance) == 43_560  # less the exit fee
    assert issuance.read("owed") == issuance.read("unpaid_since") == 0
    assert _empty(issuance) == 462_000 - 43_560


def test_last_holder__with_a_stream__has_all_of_it_at_once(issuance: Issuance) -> None:
    issuance.pass_day()
    issuance.deliver()
    assert _redeem(issuance) == 457_380
    assert issuance.read("claimable", HOLDER) == 43_999  # and parts of one, not yet a satoshi
    issuance.send(STRANGER, "claim", HOLDER)
    assert issuance.sats(HOLDER) == RICH + 457_380 + 43_999
    assert _empty(issuance) == 4_620
    assert issuance.sats(issuance.address) == 1
    assert issuance.sats(ISSUER) == RICH + 1_554_000 - 44_000 + 4_620


def test_last_holder__who_came_for_a_queue__gets_no_more_than_its_stream(
    issuance: Issuance,
) -> None:
    """What was delivered above the top speed is not a last holder's, who may be one for a moment:
    it waits for later holders, or is the issuer's.
    """
    issuance.send(HOLDER, "redeem", 999 * ONE, 0, HOLDER)
    issuance.send(STRANGER, "deliver", 1_000_000)
    issuance.send(HOLDER, "redeem", ONE, 0, HOLDER)
    assert issuance.read("claimable", HOLDER) == 371_085
    issuance.send(HOLDER, "claim", HOLDER)
    left = issuance.sats(issuance.address)
    assert left == issuance.read("reserve") + 1_000_000 - 371_085
    issuance.send(ISSUER, "withdraw_reserve", left - 1)
    assert issuance.sats(issuance.address) == 1


def test_last_holder__gone__the_issuance_goes_on(issuance: Issuance) -> None:
    issuance.pass_day()
    issuance.deliver()
    _redeem(issuance)
    issuance.pass_day()
    assert issuance.read("owed") == 0
    issuance.mint(BUYER, 100)
    assert issuance.read("earned", BUYER) == 0
    issuance.pass_day()
    issuance.deliver()
    assert issuance.read("delivered") == (44_000 + 4_400) * ONE
    issuance.chain.now += 86_400
    assert issuance.read("claimable", BUYER) in (4_399, 4_400)
