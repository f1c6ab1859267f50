"""Disputes that anybody could invent would freeze an honest relay for ever."""

from __future__ import annotations

from tests.support.miner import checkpoint
from tests.support.relay import CHALLENGE, deploy_relay, follow, mine_days, refused
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
