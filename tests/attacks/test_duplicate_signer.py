"""One operator signs often enough to be a quorum of its own."""

from __future__ import annotations

import pytest

from tests.support.chosen_nonce import QuickFeed
from tests.support.quorum import FEED_ID, START
from tests.support.relay import refused


@pytest.mark.parametrize("values", [(9, 9, 9), (7, 8, 9)])
def test_duplicate_signer__often_enough_for_a_quorum__refused(values: tuple[int, ...]) -> None:
    quorum = QuickFeed()
    with refused("feed: operator signed twice"):
        quorum.submit([quorum.sign(4, value, START) for value in values], START)
    assert quorum.read("latest", FEED_ID) == (0, 0)


def test_duplicate_signer__beside_another__is_no_third() -> None:
    quorum = QuickFeed()
    others = [quorum.sign(0, 1, START), quorum.sign(4, 2, START)]
    for third in (0, 4):
        signed = [*others, quorum.sign(third, 9, START)]
        with refused("feed: operator signed twice"):
            quorum.submit(signed, START)
        assert quorum.read("latest", FEED_ID) == (0, 0)
