"""An observation is put behind the last one, where somebody's price was settled already."""

from __future__ import annotations

import pytest

from tests.support.chosen_nonce import QuickFeed
from tests.support.issuing import ATTACKER
from tests.support.quorum import FEED, FEED_ID, START
from tests.support.relay import refused

EXPIRY = START + FEED.period
LATER = START + 3 * FEED.period


def _settled(quorum: QuickFeed) -> tuple[int, int, bool]:
    """Read what a contract that expires would settle on."""
    value, at, is_known = quorum.read("first_at_or_after", FEED_ID, EXPIRY, 0)
    return value, at, is_known


@pytest.mark.parametrize("at", [EXPIRY, EXPIRY + FEED.period, START])
def test_inserted_observation__of_a_real_quorum__refused(at: int) -> None:
    """All have signed it in time, and somebody has kept it until it was of use."""
    quorum = QuickFeed()
    quorum.observe(5, START)
    kept = quorum.signed([9, 9, 9], at)
    quorum.chain.now = LATER
    quorum.observe(6, LATER)
    assert _settled(quorum) == (6, LATER, True)
    with refused("feed: not newer"):
        quorum.submit(kept, at, sender=ATTACKER)
    assert _settled(quorum) == (6, LATER, True)
    assert quorum.read("latest_round", FEED_ID) == (2, 6, LATER)


def test_inserted_observation__another_quorum_for_the_same_time__refused() -> None:
    """Who did not sign the first time signs a higher value."""
    quorum = QuickFeed()
    quorum.chain.now = EXPIRY
    quorum.observe(6, EXPIRY)
    others = [quorum.sign(seat, 9, EXPIRY) for seat in (2, 3, 4)]
    with refused("feed: not newer"):
        quorum.submit(others, EXPIRY, sender=ATTACKER)
    assert _settled(quorum) == (6, EXPIRY, True)
