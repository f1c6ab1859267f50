"""QuorumFeed.rotate: an operator names its hot key, and nobody else's signatures notice."""

from __future__ import annotations

import pytest

from terahash.units import HOUR
from tests.support.issuing import FOREVER, NOBODY, STRANGER
from tests.support.quorum import (
    DELAY,
    FEED_ID,
    OWNER,
    START,
    QuorumFeed,
    Signed,
    account,
    cold,
    hot,
)
from tests.support.relay import refused
from tests.unit.quorum_feed.conftest import Seated

LATER = START + HOUR


def _name(quorum: QuorumFeed, operator: str, key: str) -> None:
    """Name a key that has signed for the operator."""
    quorum.send(operator, "rotate", *quorum.domain.sign_key(account(key), operator))


def _suspend(quorum: QuorumFeed, seat: int) -> None:
    pair = [quorum.sign(seat, value, START) for value in (1, 2)]
    quorum.send(STRANGER, "report_equivocation", FEED_ID, START, *pair)


def _of_all(quorum: QuorumFeed, at: int) -> list[Signed]:
    return [quorum.sign(seat, 5, at) for seat in range(len(quorum.operators))]


def test_rotate__first_key__is_named_and_signs() -> None:
    quorum = QuorumFeed(4, has_keys=False)
    for number, operator in enumerate(quorum.operators):
        key = hot(operator).address
        assert quorum.rotate(operator).logs == (
            ("KeyRotated", {"operator": operator, "key": key, "old": NOBODY}),
        )
        assert quorum.read("key_of", operator) == key
        if number == 1:
            with refused("feed: too few signed"):
                quorum.submit([quorum.sign(seat, 5, START) for seat in (0, 1)], START)
    quorum.submit(_of_all(quorum, START), START)
    assert quorum.read("latest", FEED_ID) == (5, START)


@pytest.mark.parametrize("seat", [0, 2, 4])
def test_rotate__another_key__takes_the_place_of_the_one_before(
    quorum: QuorumFeed, seat: int
) -> None:
    operator, before = quorum.operators[seat], _of_all(quorum, START)
    old = quorum.keys[operator].address
    receipt = quorum.rotate(operator, 1)
    key = hot(operator, 1).address
    assert receipt.logs == (("KeyRotated", {"operator": operator, "key": key, "old": old}),)
    assert quorum.read("key_of", operator) == key
    with refused("feed: not this operator's key"):
        quorum.submit(before, START)
    before[seat] = quorum.sign(seat, 5, START)
    quorum.submit(before, START)
    assert quorum.read("latest", FEED_ID) == (5, START)


def test_rotate__configuration_and_others_keys__stay(quorum: QuorumFeed) -> None:
    signed, views = _of_all(quorum, START), ("config", "epoch", "threshold", "operators")
    before = [quorum.read(view) for view in views]
    keys = [quorum.read("key_of", operator) for operator in quorum.operators[1:]]
    quorum.rotate(quorum.operators[0], 1)
    assert [quorum.read(view) for view in views] == before
    assert [quorum.read("key_of", operator) for operator in quorum.operators[1:]] == keys
    quorum.submit(signed[1:], START)
    assert quorum.read("latest", FEED_ID) == (5, START)


def test_rotate__key_that_ever_was_one__refused(quorum: QuorumFeed) -> None:
    operator, another = quorum.operators[:2]
    quorum.rotate(operator, 1)
    quorum.chain.now += DELAY
    wrong = {
        "its own": hot(operator, 1),
        "its own of before": hot(operator, 0),
        "another's": hot(another, 0),
    }
    for whose, key in wrong.items():
        with refused("feed: key was used before"):
            quorum.send(operator, "rotate", *quorum.domain.sign_key(key, operator))
        assert quorum.read("key_of", operator) == hot(operator, 1).address, whose
    with refused("feed: key was used before"):
        quorum.send(another, "rotate", *quorum.domain.sign_key(hot(operator), another))


def test_rotate__suspended__another_key_that_counts_no_more_than_the_old(
    quorum: QuorumFeed,
) -> None:
    """Whose key was stolen must be able to replace it before it is pardoned."""
    _suspend(quorum, 3)
    since = quorum.read("suspended_at", quorum.operators[3])
    quorum.rotate(quorum.operators[3], 1)
    assert quorum.read("key_of", quorum.operators[3]) == hot(quorum.operators[3], 1).address
    assert quorum.read("suspended_at", quorum.operators[3]) == since
    with refused("feed: not this operator's key"):
        quorum.submit(_of_all(quorum, START), START)


def test_rotate__suspended_and_pardoned__signs_with_the_key_that_it_named(
    quorum: QuorumFeed,
) -> None:
    _suspend(quorum, 3)
    quorum.rotate(quorum.operators[3], 1)
    quorum.chain.now += 1
    quorum.send(OWNER, "propose", quorum.operators, 3)
    at = quorum.chain.now = START + DELAY + 600
    quorum.send(STRANGER, "enact", quorum.operators, 3)
    quorum.submit(_of_all(quorum, at), at)
    assert quorum.read("latest", FEED_ID) == (5, at)


def test_rotate__others_keys_while_one_is_suspended__it_stays_suspended(
    quorum: QuorumFeed,
) -> None:
    _suspend(quorum, 3)
    quorum.rotate(quorum.operators[0], 1)
    signed = _of_all(quorum, START)
    with refused("feed: not this operator's key"):
        quorum.submit(signed, START)
    quorum.submit([signed[seat] for seat in (0, 1, 2, 4)], START)
    assert quorum.read("latest", FEED_ID) == (5, START)


@pytest.mark.parametrize("sender", [STRANGER, OWNER])
def test_rotate__anyone_who_is_not_seated__changes_no_seat(quorum: QuorumFeed, sender: str) -> None:
    keys = [quorum.read("key_of", operator) for operator in quorum.operators]
    _name(quorum, sender, "a stranger's key")
    assert quorum.read("key_of", sender) == account("a stranger's key").address
    assert [quorum.read("key_of", operator) for operator in quorum.operators] == keys
    forged = quorum.report(account("a stranger's key"), 5, START).signature
    for seat in (0, 5, 30):
        with refused("feed: not this operator's key"):
            quorum.submit([*_of_all(quorum, START)[1:4], (seat, 5, *forged)], START)
    quorum.submit(_of_all(quorum, START), START)
    assert quorum.read("latest", FEED_ID) == (5, START)


def test_rotate__named_before_it_is_seated__counts_from_the_first_second(
    quorum: QuorumFeed,
) -> None:
    wanted = [key.address for key in cold(7)]
    fresh = [operator for operator in wanted if operator not in quorum.operators]
    for operator in fresh:
        quorum.rotate(operator)
    quorum.send(OWNER, "propose", wanted, 5)
    at = quorum.chain.now = START + DELAY
    quorum.send(STRANGER, "enact", wanted, 5)
    quorum.operators = wanted
    quorum.submit(_of_all(quorum, at), at)
    assert quorum.read("latest", FEED_ID) == (5, at)


@pytest.mark.parametrize(("r", "vs"), [(0, 0), (1, 0), (FOREVER, 1), (0, 1 << 255 | 1), (5, 1)])
def test_rotate__signature_that_is_nobodys__refused(quorum: QuorumFeed, r: int, vs: int) -> None:
    operator = quorum.operators[0]
    with refused("ecdsa: invalid signature"):
        quorum.send(operator, "rotate", r, vs)
    assert quorum.read("key_of", operator) == hot(operator).address


def test_rotate__last_of_thirty_one__signs_with_the_new_key(seated: Seated) -> None:
    large = seated(31)
    large.rotate(large.operators[30], 1)
    config = large.read("config")
    large.submit([large.sign(seat, 5, START, config=config) for seat in range(10, 31)], START)
    assert large.read("latest", FEED_ID) == (5, START)
