"""A distribution with no supply divides by zero, or is lost. It waits for the next one with
holders.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import FOREVER, HOLDER, ISSUER, ONE, RICH, STRANGER, Issuance
from tests.support.relay import refused

SCALE = 10**27


def test_no_supply__what_came_in_before_the_first_holder__is_paid_with_the_next() -> None:
    issuance = Issuance()
    issuance.send(STRANGER, "deliver", 1_000_000)
    issuance.send(STRANGER, "deliver", 500_000)
    assert issuance.read("stream") == (0, 0, 1_500_000 * SCALE)
    issuance.mint(HOLDER, 1_000)
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) == 0  # a holder's coming is no distribution
    issuance.close()
    issuance.deliver()
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) == 1_543_999
    assert issuance.read("stream")[2] < SCALE


def test_no_supply__hardly_any__does_not_overflow_the_index() -> None:
    """With a supply of 10^-18 tokens one satoshi would overflow the index, and every later one."""
    issuance = Issuance()
    issuance.send(HOLDER, "mint", 1, FOREVER, HOLDER)
    issuance.send(STRANGER, "deliver", 300_000)
    ahead, _, queued = issuance.read("stream")
    assert ahead + queued == 300_000 * SCALE
    assert ahead <= 300_000 * SCALE // ONE  # no faster than a whole token's would be
    issuance.send(HOLDER, "mint", ONE - 1, FOREVER, HOLDER)
    issuance.send(STRANGER, "deliver", 1)
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) >= 300_000


def test_no_supply__what_no_holder_was_there_to_get__the_issuer_takes_out() -> None:
    issuance = Issuance()
    issuance.send(STRANGER, "deliver", 1_000_000)
    with refused("token: reserve needed"):
        issuance.send(ISSUER, "withdraw_reserve", 1_000_001)
    issuance.send(ISSUER, "withdraw_reserve", 1_000_000)
    assert issuance.sats(ISSUER) == RICH + 1_000_000
    assert issuance.sats(issuance.address) == issuance.read("stream")[2] == 0
