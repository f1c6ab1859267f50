"""An index of 10^18 for a token of 8 decimals: a small distribution rounds to zero and is lost.

So the index counts 10^-27 satoshi, and what a division leaves over comes in with the next.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import HOLDER, ISSUER, ONE, Issuance

HOUR = 3_600
WHOLE_NETWORK = 10**8
"""TH/s, the most that may be sold."""


def test_index_scale__one_satoshi_at_a_time_to_the_largest_supply__arrives() -> None:
    issuance = Issuance(capacity=WHOLE_NETWORK * ONE)
    issuance.mint(HOLDER, WHOLE_NETWORK)
    for _ in range(100):
        issuance.send(ISSUER, "deliver", 1)
        issuance.chain.now += HOUR
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) == 99  # of 100; the rest is queued
    assert issuance.read("stream")[0] == 0


def test_index_scale__what_a_division_leaves_over__comes_in_with_the_next() -> None:
    """At this supply each division leaves a tenth of a satoshi over, or more."""
    issuance = Issuance(capacity=WHOLE_NETWORK * ONE)
    issuance.mint(HOLDER, WHOLE_NETWORK)
    for _ in range(500):
        issuance.send(ISSUER, "deliver", 1)
        issuance.chain.now += HOUR
    issuance.chain.now += DAY
    _, _, queued = issuance.read("stream")
    assert issuance.read("claimable", HOLDER) == 499
    exact = issuance.read("index") * WHOLE_NETWORK * ONE + queued
    assert exact == 500 * 10**27
