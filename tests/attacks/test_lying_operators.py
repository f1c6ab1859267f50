"""As many operators lie as may, together with whoever hands the reports in: what they can reach
lies between two values that honest operators signed.
"""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.support.chosen_nonce import QuickFeed
from tests.support.quorum import DELAY, FEED_ID, OWNER, START, Signed
from tests.support.relay import refused

LARGEST = 2**111 - 1


def _signed(quorum: QuickFeed, lie: int) -> list[Signed]:
    """Two of seven lie, and five say 100 to 104."""
    values = [lie, lie, 100, 101, 102, 103, 104]
    return [quorum.sign(seat, value, START) for seat, value in enumerate(values)]


@pytest.mark.parametrize("lie", [LARGEST, -LARGEST, 0, 105, 99])
@pytest.mark.parametrize("honest", [(0, 1, 2), (2, 3, 4), (0, 2, 4), (0, 1, 2, 3), range(5)])
def test_lying_operators__as_many_as_may__stay_between_honest_values(
    lie: int, honest: tuple[int, ...]
) -> None:
    quorum = QuickFeed(7)
    signed = _signed(quorum, lie)
    chosen = [*signed[:2], *(signed[2 + place] for place in honest)]
    quorum.submit(sorted(chosen, key=lambda one: one[1]), START)
    median, _ = quorum.read("latest", FEED_ID)
    assert 100 + min(honest) <= median <= 100 + max(honest)


def test_lying_operators__values_in_another_order__refused() -> None:
    """Who hands them in puts the lie in the middle."""
    quorum = QuickFeed(4)
    signed = [quorum.sign(seat, value, START) for seat, value in enumerate((LARGEST, 100, 101))]
    middle, *_ = signed
    for order in permutations(signed):
        if order[1] == middle or order[0] == middle:
            with refused("feed: values not ascending"):
                quorum.submit(order, START)
    assert quorum.read("latest", FEED_ID) == (0, 0)


def test_lying_operators__without_the_others__are_too_few() -> None:
    quorum = QuickFeed(7)
    signed = [quorum.sign(seat, LARGEST, START) for seat in (0, 1)]
    for one in (signed, [quorum.sign(2, 100, START), *signed], signed[:1], []):
        with refused("feed: too few signed"):
            quorum.submit(one, START)
    assert quorum.read("latest", FEED_ID) == (0, 0)


def test_lying_operators__threshold_that_they_could_turn__cannot_be_proposed() -> None:
    quorum = QuickFeed(7)
    for threshold in (1, 2, 3, 4):
        with refused("feed: threshold out of range"):
            quorum.send(OWNER, "propose", quorum.operators, threshold)
    quorum.send(OWNER, "propose", quorum.operators, 5)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "enact", quorum.operators, 5)
    assert quorum.read("threshold") == 5
