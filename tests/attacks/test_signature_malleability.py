"""Signatures that are nobody's, and the second form of those that are somebody's.

`ecrecover` answers nonsense with the zero address, and seats without a key hold zero. And of each
signature there is a twin with a high s, which whoever sees the first can calculate.
"""

from __future__ import annotations

import pytest

from terahash.feeds.reports import Compact, Report
from tests.support.chosen_nonce import ORDER, QuickFeed, digest, signed_with
from tests.support.issuing import ATTACKER
from tests.support.quorum import FEED_ID, START, QuorumFeed, Signed
from tests.support.relay import refused

HIGH_S = 2**255 - 1
"""The highest s that fits beside the parity; half of the curve's order is a little less."""
NONSENSE = {"zeros": (0, 0), "no point": (5, 1), "beyond the order": (ORDER, 1)}


def _two(quorum: QuorumFeed) -> list[Signed]:
    """Two operators sign: one less than it takes."""
    return [quorum.sign(seat, 7, START) for seat in (1, 2)]


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("seat", [0, 5, 30])
def test_signature_malleability__nobodys_signature_for_a_seat_without_a_key__refused(
    seat: int, nonsense: tuple[int, int]
) -> None:
    """The first operator has not named its key yet, and there is no sixth or last one."""
    quorum = QuickFeed(has_keys=False)
    for operator in quorum.operators[1:]:
        quorum.rotate(operator)
    with refused("ecdsa: invalid signature"):
        quorum.submit([*_two(quorum), (seat, 9, *nonsense)], START, sender=ATTACKER)
    assert quorum.read("latest", FEED_ID) == (0, 0)


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_signature_malleability__nobodys_signature_for_a_suspended_seat__refused(
    nonsense: tuple[int, int],
) -> None:
    quorum = QuickFeed()
    pair = [quorum.sign(0, value, START) for value in (1, 2)]
    quorum.send(ATTACKER, "report_equivocation", FEED_ID, START, *pair)
    with refused("ecdsa: invalid signature"):
        quorum.submit([*_two(quorum), (0, 9, *nonsense)], START, sender=ATTACKER)
    assert quorum.read("latest", FEED_ID) == (0, 0)


def test_signature_malleability__high_s__refused_where_its_twin_counts() -> None:
    """So high an s seldom fits; an operator can make itself a key of which one signature does."""
    quorum = QuickFeed()
    operator = quorum.operators[0]
    report = Report(quorum.read("config"), FEED_ID, 5, START)
    key, high = signed_with(digest(quorum.domain, report), HIGH_S, nonce=3)
    quorum.send(operator, "rotate", *quorum.domain.sign_key(key, operator))
    twin = Compact(high.r, (1 - (high.vs >> 255)) << 255 | ORDER - HIGH_S)
    with refused("ecdsa: invalid signature `s` value"):
        quorum.submit([(0, 5, *high), *_two(quorum)], START, sender=ATTACKER)
    quorum.submit([(0, 5, *twin), *_two(quorum)], START)
    assert quorum.read("latest", FEED_ID) == (7, START)
