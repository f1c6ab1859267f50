"""Times in the future, checked on a batch's last header alone: one boundary block dated far ahead,
hidden inside a batch, cut the difficulty by four."""

from __future__ import annotations

import pytest

from terahash.bitcoin.state import MAX_FUTURE, extend
from tests.support.miner import EASY, checkpoint, mine, next_header, seal
from tests.support.relay import deploy_relay, follow, follows, refused
from tests.support.revm_chain import RevmChain
from tests.support.trunks import trunk


def test_future_time__boundary_block_hidden_in_a_batch__refused(chain: RevmChain) -> None:
    headers, _ = trunk("steady")
    relay = deploy_relay(chain)
    state, _ = follow(chain, relay, checkpoint(), headers)
    far = seal(next_header(state, state.time + 4 * 1_209_600))
    boundary = extend(state, far, EASY)
    back = seal(next_header(boundary, state.time + 1_200))
    after = extend(boundary, back, EASY)
    chain.now = state.time + 1_200
    assert after.time <= chain.now + MAX_FUTURE
    with refused("relay: time too far ahead"):
        relay.submit(state, far + back)
    assert follows(relay, state)


@pytest.mark.parametrize("place", [0, 1, 12, 29])
def test_future_time__anywhere_in_a_batch__refused(chain: RevmChain, place: int) -> None:
    relay = deploy_relay(chain)
    headers, state = mine(checkpoint(), place) if place else (b"", checkpoint())
    chain.now = state.time + 600
    far = seal(next_header(state, chain.now + MAX_FUTURE + 1))
    after, last = extend(state, far, EASY), chain.now
    for _ in range(30 - place):
        last = max(last + 1, after.median_time + 1)
        header = seal(next_header(after, last))
        after, far = extend(after, header, EASY), far + header
    assert after.time <= chain.now + MAX_FUTURE
    with refused("relay: time too far ahead"):
        relay.submit(checkpoint(), headers + far)
    assert follows(relay, checkpoint())
