"""A relay that slept for a year must not be pushed out of finality's reach.

`finalize` takes at most 272 block-days at once. If anybody could follow the heaviest chain further
than that past the last final day, nothing would ever become final again.
"""

from __future__ import annotations

from terahash.bitcoin.network import Network
from terahash.bitcoin.state import DAY_BLOCKS, Day, extend
from terahash.bitcoin.target import to_bits
from tests.support.miner import checkpoint, mine
from tests.support.relay import CHALLENGE, deploy_relay, refused
from tests.support.revm_chain import RevmChain

# Far easier than other tests' chains, for it takes 37,000 blocks.
TRIVIAL = Network("trivial", limit=(1 << 252) - 1)
BACKLOG = 256


def test_backlog__a_year_of_headers__is_caught_up_by_one_account(chain: RevmChain) -> None:
    start = checkpoint()._replace(bits=to_bits(TRIVIAL.limit))
    relay = deploy_relay(chain, start, confirmations=1, limit=TRIVIAL.limit)
    days: list[Day] = []
    state = start
    for _ in range(BACKLOG):
        headers, _ = mine(state, DAY_BLOCKS, network=TRIVIAL)
        after = extend(state, headers, TRIVIAL, days=days)
        chain.now = after.time
        relay.submit(state, headers)
        state = after
    one, ahead = mine(state, network=TRIVIAL)
    chain.now = ahead.time + CHALLENGE
    with refused("relay: finalize first"):
        relay.submit(state, one)

    first_day = start.height // DAY_BLOCKS
    relay.finalize(days[:16], [day.leaf for day in days[16:-1]])
    assert relay.tip().final_day == first_day + 16
    relay.submit(state, one)
    chain.now += CHALLENGE
    for at in range(16, BACKLOG, 16):
        relay.finalize(days[at : at + 16], [day.leaf for day in days[at + 16 :]])
    assert relay.tip().final_day == first_day + BACKLOG
