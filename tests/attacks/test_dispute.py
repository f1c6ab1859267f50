"""Disputes that anybody could invent would freeze an honest relay for ever."""

from __future__ import annotations

from terahash.bitcoin.target import to_bits
from tests.support.miner import TRIVIAL, checkpoint
from tests.support.relay import (
    CHALLENGE,
    deploy_relay,
    follow,
    follows,
    grow,
    mine_days,
    refused,
)
from tests.support.revm_chain import RevmChain


def test_dispute__from_a_day_before_the_checkpoint__refused(chain: RevmChain) -> None:
    """Unknown days and the checkpoint's read the same, zero, so the heaviest chain's own leaves
    would fold to its head from any of them, and contradict a day that was never final."""
    relay = deploy_relay(chain, confirmations=1)
    headers, _ = mine_days(checkpoint(), 2, beyond=1)
    _, days = follow(chain, relay, checkpoint(), headers)
    chain.now += CHALLENGE
    relay.finalize(days)
    leaves = [day.leaf for day in days]
    for day in (0, 5, 12, 10**6, 2**256 - 1):
        with refused("relay: day not final"):
            relay.dispute(day, leaves)
    assert relay.disputed_from() == 0


def test_dispute__head_no_deeper_than_the_day__refused(chain: RevmChain) -> None:
    """A heavier, shorter branch moves the head back to the day before the last final one. That
    says nothing about the last yet, so no leaves at all must not pass for its contradiction."""
    start = checkpoint()._replace(bits=to_bits(TRIVIAL.limit // 4))
    relay = deploy_relay(chain, start, confirmations=100, limit=TRIVIAL.limit)
    common, days = grow(chain, relay, start, 13 * 144, 0, 600)
    _, last = grow(chain, relay, common, 144 + 100, 1, 40_000)
    chain.now += CHALLENGE
    relay.finalize(days + last)
    fast, _ = grow(chain, relay, common, 144, 2, 1)
    while not follows(relay, fast):
        fast, _ = grow(chain, relay, fast, 1, 2, 1)
    day = relay.tip().final_day - 1
    assert relay.head() == relay.day_chain(day)
    with refused("relay: no contradiction"):
        relay.dispute(day, [])
    assert relay.disputed_from() == 0
