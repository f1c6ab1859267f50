"""An operator names a key that is not its own: another's, to bar it from it or to answer with its
signatures, or one that signs from a second seat too.
"""

from __future__ import annotations

from tests.support.chosen_nonce import QuickFeed
from tests.support.issuing import ATTACKER
from tests.support.quorum import FEED_ID, START, account, hot
from tests.support.relay import refused


def test_rogue_key__named_with_the_owners_own_signature__is_not_named() -> None:
    """Whoever sees an operator's call before it is mined calls with the same two words first."""
    quorum = QuickFeed(has_keys=False)
    victim, rogue = quorum.operators[:2]
    key = hot(victim)
    signature = quorum.domain.sign_key(key, victim)
    for sender in (rogue, ATTACKER):
        quorum.send(sender, "rotate", *signature)
        assert quorum.read("key_of", sender) != key.address
    quorum.send(victim, "rotate", *signature)
    assert quorum.read("key_of", victim) == key.address


def test_rogue_key__signed_for_another_contract__is_not_named() -> None:
    quorum = QuickFeed(has_keys=False)
    other = QuickFeed(chain=quorum.chain, has_keys=False)
    operator = quorum.operators[0]
    signature = other.domain.sign_key(hot(operator), operator)
    quorum.send(operator, "rotate", *signature)
    assert quorum.read("key_of", operator) != hot(operator).address


def test_rogue_key__in_two_seats__refused() -> None:
    """One key, of which two operators say that it is theirs, would sign for both."""
    quorum = QuickFeed()
    one, two = quorum.operators[:2]
    shared = account("a shared key")
    quorum.send(one, "rotate", *quorum.domain.sign_key(shared, one))
    for key in (shared, hot(one)):
        with refused("feed: key was used before"):
            quorum.send(two, "rotate", *quorum.domain.sign_key(key, two))
    signature = quorum.report(shared, 9, START).signature
    with refused("feed: not this operator's key"):
        quorum.submit([quorum.sign(2, 5, START), (0, 9, *signature), (1, 9, *signature)], START)
    assert quorum.read("latest", FEED_ID) == (0, 0)


def test_rogue_key__retired_and_named_again__refused() -> None:
    """A key that may have been stolen never comes back, nor does it end to answer any later."""
    quorum = QuickFeed()
    operator = quorum.operators[0]
    quorum.rotate(operator, 1)
    quorum.chain.now += 10**9
    with refused("feed: key was used before"):
        quorum.rotate(operator, 0)
    assert quorum.read("key_of", operator) == hot(operator, 1).address
