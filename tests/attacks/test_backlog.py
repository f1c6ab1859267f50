"""A relay that slept for a year: it must neither be stuck for ever nor refuse the honest chain.

`finalize` takes 272 block-days at once. Without `connect`, whoever brings more headers than that
pushes the head out of its reach. With a limit on headers instead, a fork of a few old blocks would
become final while the honest chain, heavier by far, is refused.
"""

from __future__ import annotations

from functools import cache

import pytest

from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend, keccak256
from terahash.bitcoin.target import to_bits
from terahash.relay import Relay
from tests.support.miner import TRIVIAL, checkpoint, mine
from tests.support.relay import CHALLENGE, day_chain, deploy_relay, follows, refused
from tests.support.revm_chain import RevmChain

DAYS = 300
START = checkpoint()._replace(bits=to_bits(TRIVIAL.limit))
FIRST_DAY = START.height // DAY_BLOCKS + 1


@cache
def _year() -> tuple[list[tuple[State, bytes]], list[Day], State]:
    """Mine the batches and days of most of a year, and the block that buries the last."""
    batches, days, state = [], list[Day](), START
    for count in (DAY_BLOCKS,) * DAYS + (1,):
        headers, _ = mine(state, count, network=TRIVIAL)
        batches.append((state, headers))
        state = extend(state, headers, TRIVIAL, days=days)
    return batches, days, state


def _awake(chain: RevmChain) -> tuple[Relay, list[Day]]:
    """Bring all of it to a relay that has nothing final, and wait for the challenge."""
    batches, days, tip = _year()
    relay = deploy_relay(chain, START, confirmations=1, limit=TRIVIAL.limit)
    chain.now = tip.time
    for anchor, headers in batches:
        relay.submit(anchor, headers)
    assert follows(relay, tip)
    chain.now += CHALLENGE
    return relay, days


def test_backlog__longer_than_one_call__is_finalized_by_one_account(chain: RevmChain) -> None:
    relay, pending = _awake(chain)
    days = pending
    calls = 0
    while pending:
        ripe = relay.ripe(pending, chain.now)
        for link, leaves in ripe.connections:
            relay.connect(link, leaves)
            calls += 1
        relay.finalize(ripe.days, ripe.rest, ripe.hops)
        calls += 1
        pending = pending[len(ripe.days) :]
    assert relay.tip().final_day == FIRST_DAY + DAYS - 1
    assert relay.day_chain(FIRST_DAY + DAYS - 1) == relay.head()
    assert len(days) == DAYS
    assert calls <= -(-DAYS // 16) + 2


def test_backlog__hops__must_be_connected_and_reach_the_head(chain: RevmChain) -> None:
    relay, days = _awake(chain)
    links = [day_chain(days[:count]) for count in range(DAYS + 1)]
    leaves = [day.leaf for day in days]
    given, rest = days[:16], leaves[16:272]
    with refused("relay: days miss the head"):
        relay.finalize(given, rest)
    with refused("relay: hop not connected"):
        relay.finalize(given, rest, [links[300]])
    relay.connect(links[272], leaves[272:290])
    relay.connect(links[290], [bytes(32), *leaves[291:]])  # another chain: true, and of no use
    with refused("relay: days miss the head"):
        relay.finalize(given, rest, [links[290]])
    with refused("relay: hop not connected"):
        relay.finalize(given, rest, [links[290], links[300]])
    receipt = relay.connect(links[290], leaves[290:])
    assert receipt.logs == (("Connected", {"chain": links[290], "later": links[300]}),)
    relay.finalize(given, rest, [links[290], links[300]])
    assert relay.tip().final_day == FIRST_DAY + 15


@pytest.mark.parametrize("agreed", [0, 9])
def test_backlog__dispute_over_more_days_than_one_call_names(chain: RevmChain, agreed: int) -> None:
    """A false branch became final while nobody looked; the year of truth after it freezes it."""
    batches, days, tip = _year()
    relay = deploy_relay(chain, START, confirmations=1, limit=TRIVIAL.limit)
    fork, false = batches[agreed][0], list[Day]()
    chain.now = tip.time
    for anchor, headers in batches[:agreed]:
        relay.submit(anchor, headers)
    for count in (DAY_BLOCKS, DAY_BLOCKS, 1):
        headers, _ = mine(fork, count, 1, network=TRIVIAL)
        relay.submit(fork, headers)
        fork = extend(fork, headers, TRIVIAL, days=false)
    chain.now += CHALLENGE
    relay.finalize(days[:agreed] + false)
    for anchor, headers in batches[agreed:]:
        relay.submit(anchor, headers)
    leaves, link = [day.leaf for day in days[agreed:]], relay.day_chain(FIRST_DAY + agreed - 1)
    middle = link
    for leaf in leaves[:100]:
        middle = keccak256(middle + leaf)
    relay.connect(middle, leaves[100:])
    with refused("relay: no contradiction"):
        relay.connect(link, leaves)
        relay.dispute(FIRST_DAY + agreed - 1, [], [relay.head()])
    relay.dispute(FIRST_DAY + agreed - 1, leaves[:100], [relay.head()])
    assert relay.disputed_from() == FIRST_DAY + agreed
