"""Observations are kept until they are of use, or handed in before their time: whoever times them
would pick the price.
"""

from __future__ import annotations

from terahash.units import DAY, HOUR
from tests.support.chosen_nonce import QuickFeed
from tests.support.issuing import ATTACKER
from tests.support.quorum import FEED, FEED_ID, START
from tests.support.relay import refused


def test_timed_observation__a_day_without_any__only_the_last_hour_is_left_to_pick_from() -> None:
    """The operators signed all day, and nobody handed anything in."""
    quorum = QuickFeed()
    times = range(START, START + DAY, FEED.period)
    signed = {at: quorum.signed([at - START] * 3, at) for at in times}
    now = quorum.chain.now = START + DAY
    for at in times:
        if at < now - HOUR:
            with refused("feed: observed too long ago"):
                quorum.submit(signed[at], at, sender=ATTACKER)
    oldest = now - HOUR
    quorum.submit(signed[oldest], oldest, sender=ATTACKER)
    assert quorum.read("first_at_or_after", FEED_ID, START, 0) == (DAY - HOUR, oldest, True)


def test_timed_observation__first_after_a_time__is_final_an_hour_later() -> None:
    """A contract that has waited for an hour cannot be given another price after it looked."""
    quorum = QuickFeed()
    quorum.observe(5, START)
    expiry = START + FEED.period
    signed = {at: quorum.signed([9] * 3, at) for at in (expiry, expiry + HOUR)}
    quorum.chain.now = expiry + HOUR + 1
    assert quorum.read("first_at_or_after", FEED_ID, expiry, 0) == (0, 0, False)
    with refused("feed: observed too long ago"):
        quorum.submit(signed[expiry], expiry, sender=ATTACKER)
    quorum.submit(signed[expiry + HOUR], expiry + HOUR)
    assert quorum.read("first_at_or_after", FEED_ID, expiry, 0) == (9, expiry + HOUR, True)


def test_timed_observation__ahead_of_its_time__refused() -> None:
    """Operators whose clocks are wrong sign ahead; nobody can make use of it before."""
    quorum = QuickFeed()
    ahead = START + FEED.period
    signed = quorum.signed([9] * 3, ahead)
    for early in (FEED.period, 300, 61):
        quorum.chain.now = ahead - early
        with refused("feed: observed in the future"):
            quorum.submit(signed, ahead, sender=ATTACKER)
    assert quorum.read("latest", FEED_ID) == (0, 0)
    quorum.chain.now = ahead - 60
    quorum.submit(signed, ahead)
    assert quorum.read("latest", FEED_ID) == (9, ahead)
