"""QuorumFeed.report_equivocation: two values for one feed and time suspend who signed them."""

from __future__ import annotations

import pytest

from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Report
from terahash.units import HOUR
from tests.support.chosen_nonce import digest, sign
from tests.support.issuing import FOREVER, STRANGER
from tests.support.quorum import (
    DELAY,
    FEED,
    FEED_ID,
    OWNER,
    START,
    QuorumFeed,
    Signed,
    account,
    hot,
)
from tests.support.relay import refused

LATER = START + FEED.period
POWER = bytes(FeedId.of("ERCOT North", 2, 3_600))


def _report(
    quorum: QuorumFeed,
    pair: list[Signed],
    at: int = START,
    feed: bytes = FEED_ID,
    sender: str = STRANGER,
) -> None:
    quorum.send(sender, "report_equivocation", feed, at, *pair)


def _pair(quorum: QuorumFeed, seat: int, first: int = 1, second: int = 2) -> list[Signed]:
    return [quorum.sign(seat, value, START) for value in (first, second)]


def _suspended(quorum: QuorumFeed) -> list[int]:
    """Say since when each operator has been suspended."""
    return [quorum.read("suspended_at", operator) for operator in quorum.operators]


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (-(2**255), 2**255 - 1)])
def test_report_equivocation__two_values__suspend(
    quorum: QuorumFeed, first: int, second: int
) -> None:
    operator, pair = quorum.operators[3], _pair(quorum, 3, first, second)
    quorum.chain.now += 1_234
    receipt = quorum.send(STRANGER, "report_equivocation", FEED_ID, START, *pair)
    assert receipt.logs == (
        (
            "Suspended",
            {
                "operator": operator,
                "key": hot(operator).address,
                "feed": FEED_ID,
                "at": START,
                "first": first,
                "second": second,
            },
        ),
    )
    assert _suspended(quorum) == [0, 0, 0, START + 1_234, 0]
    assert quorum.read("key_of", operator) == hot(operator).address


@pytest.mark.parametrize("seat", [0, 2, 4])
def test_report_equivocation__suspended__counts_no_more_and_the_others_do(
    quorum: QuorumFeed, seat: int
) -> None:
    signed = [quorum.sign(place, 5, START) for place in range(5)]
    config = quorum.read("config")
    _report(quorum, _pair(quorum, seat))
    with refused("feed: not this operator's key"):
        quorum.submit(signed, START)
    del signed[seat]
    quorum.submit(signed, START)
    assert quorum.read("latest", FEED_ID) == (5, START)
    assert quorum.read("config") == config


def test_report_equivocation__fewer_left_than_the_threshold__nothing_is_observed(
    quorum: QuorumFeed,
) -> None:
    quorum.observe(5, START)
    for seat in (0, 1, 2):
        _report(quorum, _pair(quorum, seat))
    quorum.chain.now = LATER
    with refused("feed: not this operator's key"):
        quorum.submit([quorum.sign(seat, 6, LATER) for seat in (2, 3, 4)], LATER)
    assert quorum.read("latest", FEED_ID) == (5, START)


def test_report_equivocation__anyone__may(quorum: QuorumFeed) -> None:
    for seat, sender in enumerate((OWNER, quorum.operators[1], quorum.operators[0])):
        _report(quorum, _pair(quorum, seat), sender=sender)
    assert _suspended(quorum) == [START, START, START, 0, 0]


@pytest.mark.parametrize(("feed", "at"), [(POWER, 0), (bytes(32), LATER), (b"\xff" * 32, 2**63)])
def test_report_equivocation__any_feed_and_time__suspend(
    quorum: QuorumFeed, feed: bytes, at: int
) -> None:
    pair = [quorum.sign(1, value, at, feed) for value in (1, 2)]
    _report(quorum, pair, at, feed)
    assert _suspended(quorum) == [0, START, 0, 0, 0]


@pytest.mark.parametrize(("first", "second"), [(0, 0), (4, 30), (31, FOREVER)])
def test_report_equivocation__places__are_not_read(
    quorum: QuorumFeed, first: int, second: int
) -> None:
    one, two = _pair(quorum, 3)
    _report(quorum, [(first, *one[1:]), (second, *two[1:])])
    assert _suspended(quorum) == [0, 0, 0, START, 0]


def test_report_equivocation__value_that_was_stored__suspends_too(quorum: QuorumFeed) -> None:
    signed = quorum.signed([1, 2, 3], START)
    quorum.submit(signed, START)
    _report(quorum, [signed[0], quorum.sign(0, 9, START)])
    assert _suspended(quorum) == [START, 0, 0, 0, 0]
    assert quorum.read("latest", FEED_ID) == (2, START)


def test_report_equivocation__one_value_signed_twice__refused(quorum: QuorumFeed) -> None:
    key = quorum.keys[quorum.operators[0]]
    hashed = digest(quorum.domain, Report(quorum.read("config"), FEED_ID, 5, START))
    again = [(0, 5, *sign(hashed, key, nonce)) for nonce in (2, 3)]
    assert again[0] != again[1]
    for pair in (again, [quorum.sign(0, 5, START), again[0]], again[:1] * 2):
        with refused("feed: one value"):
            _report(quorum, pair)
    assert _suspended(quorum) == [0] * 5


def test_report_equivocation__of_two_operators__refused(quorum: QuorumFeed) -> None:
    with refused("feed: two signers"):
        _report(quorum, [quorum.sign(0, 1, START), quorum.sign(1, 2, START)])
    assert _suspended(quorum) == [0] * 5


def test_report_equivocation__values_of_other_times_feeds_or_configurations__refused(
    quorum: QuorumFeed,
) -> None:
    first = quorum.sign(0, 1, START)
    others = {
        "time": quorum.sign(0, 2, LATER),
        "feed": quorum.sign(0, 2, START, POWER),
        "configuration": quorum.sign(0, 2, START, config=bytes(32)),
    }
    for what, second in others.items():
        for pair in ([first, second], [second, first]):
            with refused("feed: two signers"):
                _report(quorum, pair)
        assert _suspended(quorum) == [0] * 5, what


def test_report_equivocation__of_a_configuration_before__refused(quorum: QuorumFeed) -> None:
    pair = _pair(quorum, 0)
    quorum.send(OWNER, "propose", quorum.operators, 3)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "enact", quorum.operators, 3)
    again = quorum.sign(0, 3, START)
    with refused("feed: not an operator's key"):
        _report(quorum, pair)
    for old_and_new in ([pair[0], again], [again, pair[0]]):
        with refused("feed: two signers"):
            _report(quorum, old_and_new)
    assert _suspended(quorum) == [0] * 5


def test_report_equivocation__not_of_who_is_seated__refused(quorum: QuorumFeed) -> None:
    """Of a key that nobody named, of one that a stranger named, and of who has left."""
    stranger = account("a stranger's key")
    quorum.send(STRANGER, "rotate", *quorum.domain.sign_key(stranger, STRANGER))
    gone, *stay = quorum.operators
    quorum.send(OWNER, "propose", stay, 3)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "enact", stay, 3)
    for key in (account("nobody's key"), stranger, hot(gone)):
        signatures = [quorum.report(key, value, START).signature for value in (1, 2)]
        with refused("feed: not an operator's key"):
            _report(quorum, [(0, v, *s) for v, s in enumerate(signatures, 1)])
    assert _suspended(quorum) == [0] * 5


def test_report_equivocation__suspended_already__refused(quorum: QuorumFeed) -> None:
    pair = _pair(quorum, 2)
    _report(quorum, pair)
    quorum.chain.now += 1
    for again in (pair, _pair(quorum, 2, 7, 8)):
        with refused("feed: suspended"):
            _report(quorum, again)
    assert _suspended(quorum) == [0, 0, START, 0, 0]


def test_report_equivocation__key_replaced_an_hour_ago__answers(quorum: QuorumFeed) -> None:
    operator, pair = quorum.operators[1], _pair(quorum, 1)
    quorum.rotate(operator, 1)
    quorum.chain.now = START + HOUR
    receipt = quorum.send(STRANGER, "report_equivocation", FEED_ID, START, *pair)
    suspended = receipt.logs[0][1]
    assert (suspended["operator"], suspended["key"]) == (operator, hot(operator).address)
    assert _suspended(quorum) == [0, START + HOUR, 0, 0, 0]
    with refused("feed: not this operator's key"):
        quorum.submit([quorum.sign(seat, 5, START) for seat in (0, 1, 2)], START)


def test_report_equivocation__key_replaced_longer_ago__refused(quorum: QuorumFeed) -> None:
    pair = _pair(quorum, 1)
    quorum.rotate(quorum.operators[1], 1)
    for now in (START + HOUR + 1, START + 1_000 * HOUR):
        quorum.chain.now = now
        with refused("feed: key was retired"):
            _report(quorum, pair)
    assert _suspended(quorum) == [0] * 5


def test_report_equivocation__each_key__answers_from_its_own_rotation(quorum: QuorumFeed) -> None:
    operator = quorum.operators[1]
    first = _pair(quorum, 1)
    quorum.rotate(operator, 1)
    second = _pair(quorum, 1)
    quorum.chain.now += HOUR
    quorum.rotate(operator, 2)
    quorum.chain.now += HOUR
    for pair in (first, [first[0], second[1]], [second[0], first[1]]):
        with refused("feed: key was retired"):
            _report(quorum, pair)
    _report(quorum, second)
    assert _suspended(quorum) == [0, START + 2 * HOUR, 0, 0, 0]


def test_report_equivocation__signature_that_is_nobodys__refused(quorum: QuorumFeed) -> None:
    first, second = _pair(quorum, 0)
    for pair in ([(0, 1, 0, 0), (0, 2, 0, 0)], [first, (0, 2, 0, 0)], [(0, 1, 0, 0), second]):
        with refused("ecdsa: invalid signature"):
            _report(quorum, pair)
    assert _suspended(quorum) == [0] * 5


@pytest.mark.parametrize("is_old_first", [True, False])
def test_report_equivocation__rotated_between_the_two_values__suspends(
    quorum: QuorumFeed, is_old_first: bool
) -> None:
    """An operator answers for both of its keys: else it signs, rotates, and signs again."""
    operator = quorum.operators[1]
    old = quorum.sign(1, 1, START)
    quorum.rotate(operator, 1)
    new = quorum.sign(1, 2, START)
    quorum.chain.now += HOUR
    first, second = (old, new) if is_old_first else (new, old)
    receipt = quorum.send(STRANGER, "report_equivocation", FEED_ID, START, first, second)
    event = receipt.logs[0][1]
    key = hot(operator, int(is_old_first)).address
    assert (event["operator"], event["key"]) == (operator, key)
    assert (event["first"], event["second"]) == (first[1], second[1])
    assert _suspended(quorum) == [0, START + HOUR, 0, 0, 0]


def test_report_equivocation__key_that_it_named_while_suspended__answers_likewise(
    quorum: QuorumFeed,
) -> None:
    operator = quorum.operators[1]
    _report(quorum, _pair(quorum, 1))
    quorum.rotate(operator, 1)
    with refused("feed: suspended"):
        _report(quorum, _pair(quorum, 1))
    quorum.chain.now += 1
    quorum.send(OWNER, "propose", quorum.operators, 3)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "enact", quorum.operators, 3)
    assert _suspended(quorum) == [0] * 5
    _report(quorum, _pair(quorum, 1))
    assert _suspended(quorum) == [0, quorum.chain.now, 0, 0, 0]


def test_report_equivocation__old_key_beside_the_new__is_no_evidence_for_ever(
    quorum: QuorumFeed,
) -> None:
    """Whoever steals an old key must not suspend by what the operator signs today."""
    stolen = quorum.keys[quorum.operators[0]]
    quorum.rotate(quorum.operators[0], 1)
    quorum.chain.now += 3_601
    at = quorum.chain.now // 600 * 600
    honest = quorum.sign(0, 2, at)
    forged = (0, 1, *quorum.report(stolen, 1, at).signature)
    for pair in ([honest, forged], [forged, honest]):
        with refused("feed: key was retired"):
            quorum.send(STRANGER, "report_equivocation", FEED_ID, at, *pair)
