"""An operator signs two values for one time, and hides behind a new key or an old proposal; or
somebody has one suspended that did nothing wrong.
"""

from __future__ import annotations

from terahash.feeds.reports import Report
from terahash.units import HOUR
from tests.support.chosen_nonce import QuickFeed, digest, sign
from tests.support.issuing import ATTACKER, STRANGER
from tests.support.quorum import DELAY, FEED, FEED_ID, OWNER, START, Signed, hot
from tests.support.relay import refused

LIAR = 4
NOT_THE_KEY = "feed: not this operator's key"


def _two_values(quorum: QuickFeed, seat: int) -> list[Signed]:
    return [quorum.sign(seat, value, START) for value in (5, 9)]


def _report(quorum: QuickFeed, pair: list[Signed], sender: str = STRANGER) -> None:
    quorum.send(sender, "report_equivocation", FEED_ID, START, *pair)


def test_equivocation__proven__the_liar_counts_no_more() -> None:
    quorum = QuickFeed()
    pair = _two_values(quorum, LIAR)
    others = [quorum.sign(seat, 6, START) for seat in (0, 1)]
    _report(quorum, pair)
    for signed in ([pair[0], *others], [*others, pair[1]]):
        with refused(NOT_THE_KEY):
            quorum.submit(signed, START)
    assert quorum.read("latest", FEED_ID) == (0, 0)


def test_equivocation__rotated_ahead_of_the_proof__suspended_all_the_same() -> None:
    quorum = QuickFeed()
    pair, operator = _two_values(quorum, LIAR), quorum.operators[LIAR]
    quorum.rotate(operator, 1)
    quorum.chain.now += HOUR // 2
    quorum.rotate(operator, 2)
    quorum.chain.now += HOUR // 2
    _report(quorum, pair)
    assert quorum.read("suspended_at", operator) == quorum.chain.now
    with refused(NOT_THE_KEY):
        quorum.submit([quorum.sign(seat, 6, START) for seat in (0, 1, LIAR)], START)


def test_equivocation__second_value_with_another_key__suspended_all_the_same() -> None:
    quorum = QuickFeed()
    operator = quorum.operators[LIAR]
    one = quorum.sign(LIAR, 5, START)
    quorum.rotate(operator, 1)
    _report(quorum, [one, quorum.sign(LIAR, 9, START)])
    assert quorum.read("suspended_at", operator) == START
    with refused(NOT_THE_KEY):
        quorum.submit([quorum.sign(seat, 6, START) for seat in (0, 1, LIAR)], START)


def test_equivocation__thief_of_an_old_key__cannot_suspend() -> None:
    """The operator noticed, and named another key; the thief signs what it likes with the old."""
    quorum = QuickFeed()
    stolen = hot(quorum.operators[0])
    quorum.rotate(quorum.operators[0], 1)
    quorum.chain.now += HOUR + 1
    at = quorum.chain.now // FEED.period * FEED.period
    pair = [(0, value, *quorum.report(stolen, value, at).signature) for value in (5, 9)]
    with refused("feed: key was retired"):
        quorum.send(ATTACKER, "report_equivocation", FEED_ID, at, *pair)
    quorum.observe(6, at)
    assert quorum.read("latest", FEED_ID) == (6, at)


def test_equivocation__thief_had_it_suspended__cannot_again_once_it_is_pardoned() -> None:
    """Suspended, it names another key: the stolen one is dead before the pardon is in force."""
    quorum = QuickFeed()
    stolen, operator = hot(quorum.operators[0]), quorum.operators[0]
    _report(quorum, _two_values(quorum, 0), ATTACKER)
    quorum.rotate(operator, 1)
    quorum.chain.now += 1
    quorum.send(OWNER, "propose", quorum.operators, 3)
    quorum.chain.now += DELAY
    quorum.send(ATTACKER, "enact", quorum.operators, 3)
    pair = [(0, value, *quorum.report(stolen, value, START).signature) for value in (5, 9)]
    with refused("feed: key was retired"):
        _report(quorum, pair, ATTACKER)
    at = quorum.chain.now // FEED.period * FEED.period
    quorum.observe(6, at)
    assert quorum.read("latest", FEED_ID) == (6, at)


def test_equivocation__proposal_from_before__does_not_pardon() -> None:
    """The owner has one pending all the time, to bring its friend back in a moment."""
    quorum = QuickFeed()
    quorum.send(OWNER, "propose", quorum.operators, 3)
    quorum.chain.now += DELAY
    at = quorum.chain.now
    _report(quorum, _two_values(quorum, LIAR))
    quorum.send(OWNER, "enact", quorum.operators, 3)
    assert quorum.read("suspended_at", quorum.operators[LIAR]) == at
    with refused(NOT_THE_KEY):
        quorum.submit([quorum.sign(seat, 6, at) for seat in (0, 1, LIAR)], at)


def test_equivocation__one_value_signed_twice__is_none() -> None:
    """An operator that restored its database, or whose signer draws nonces, signs again."""
    quorum = QuickFeed()
    hashed = digest(quorum.domain, Report(quorum.read("config"), FEED_ID, 5, START))
    key = quorum.keys[quorum.operators[0]]
    pair = [(0, 5, *sign(hashed, key, nonce)) for nonce in (2, 3)]
    assert pair[0] != pair[1]
    with refused("feed: one value"):
        _report(quorum, pair, ATTACKER)
    quorum.submit([pair[1], *(quorum.sign(seat, 6, START) for seat in (1, 2))], START)
    assert quorum.read("latest", FEED_ID) == (6, START)


def test_equivocation__values_of_two_operators__are_none() -> None:
    quorum = QuickFeed()
    with refused("feed: two signers"):
        _report(quorum, [quorum.sign(0, 5, START), quorum.sign(1, 9, START)], ATTACKER)
    quorum.observe(6, START)
    assert quorum.read("latest", FEED_ID) == (6, START)


def test_equivocation__values_of_two_times_or_configurations__are_none() -> None:
    """A price moves between two times; after a change operators sign the same time anew."""
    quorum = QuickFeed()
    first = quorum.sign(0, 5, START)
    with refused("feed: two signers"):
        _report(quorum, [first, quorum.sign(0, 9, START + FEED.period)], ATTACKER)
    quorum.send(OWNER, "propose", quorum.operators, 3)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "enact", quorum.operators, 3)
    with refused("feed: two signers"):
        _report(quorum, [first, quorum.sign(0, 9, START)], ATTACKER)
    assert quorum.read("suspended_at", quorum.operators[0]) == 0
