"""Operators are changed behind the backs of those who rely on them: at once, or for others than
were proposed; and an operator that changes its key stops all the others.
"""

from __future__ import annotations

import pytest

from tests.support.chosen_nonce import QuickFeed
from tests.support.issuing import ATTACKER
from tests.support.quorum import DELAY, FEED_ID, OWNER, START, cold
from tests.support.relay import refused

PUPPETS = [key.address for key in cold(4, "puppet")]


@pytest.mark.parametrize("seconds", [0, 1, DELAY - 1])
def test_configuration_change__before_the_delay_is_over__refused(seconds: int) -> None:
    quorum = QuickFeed()
    quorum.send(OWNER, "propose", PUPPETS, 3)
    quorum.chain.now += seconds
    with refused("feed: delay not over"):
        quorum.send(OWNER, "enact", PUPPETS, 3)
    assert quorum.read("operators") == quorum.operators


def test_configuration_change__put_in_place_of_an_old_proposal__waits_anew() -> None:
    """The owner has something harmless stand for a week, and swaps it in the last second."""
    quorum = QuickFeed()
    quorum.send(OWNER, "propose", quorum.operators, 4)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "propose", PUPPETS, 3)
    with refused("feed: delay not over"):
        quorum.send(OWNER, "enact", PUPPETS, 3)
    assert quorum.read("operators") == quorum.operators


def test_configuration_change__withdrawn_and_proposed_again__waits_anew() -> None:
    quorum = QuickFeed()
    quorum.send(OWNER, "propose", PUPPETS, 3)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "cancel_proposal")
    with refused("feed: not proposed"):
        quorum.send(OWNER, "enact", PUPPETS, 3)
    quorum.send(OWNER, "propose", PUPPETS, 3)
    with refused("feed: delay not over"):
        quorum.send(OWNER, "enact", PUPPETS, 3)
    assert quorum.read("operators") == quorum.operators


def test_configuration_change__others_than_proposed__refused() -> None:
    quorum = QuickFeed()
    quorum.send(OWNER, "propose", quorum.operators, 4)
    quorum.chain.now += DELAY
    for sender in (OWNER, ATTACKER):
        for operators, threshold in ((PUPPETS, 4), (quorum.operators, 3)):
            with refused("feed: not proposed"):
                quorum.send(sender, "enact", operators, threshold)
    assert (quorum.read("operators"), quorum.read("threshold")) == (quorum.operators, 3)


def test_configuration_change__one_operators_new_key__voids_nobody_elses_signatures() -> None:
    """Else an operator could stop the feed: it would change its key again and again."""
    quorum = QuickFeed()
    signed = [quorum.sign(seat, 5, START) for seat in (0, 1, 2)]
    for number in (1, 2, 3):
        quorum.rotate(quorum.operators[4], number)
    quorum.submit(signed, START)
    assert quorum.read("latest", FEED_ID) == (5, START)
