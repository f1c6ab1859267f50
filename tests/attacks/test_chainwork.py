"""Chainwork that outgrows its type: in 96 bits it overflowed at block 849,138, and a bridge stood
still for a month."""

from __future__ import annotations

import pytest

from tests.support.miner import checkpoint, mine
from tests.support.relay import deploy_relay, follows, refused
from tests.support.revm_chain import RevmChain


@pytest.mark.parametrize("width", [64, 96, 127])
def test_chainwork__crosses_a_width__goes_on(chain: RevmChain, width: int) -> None:
    start = checkpoint()._replace(chainwork=(1 << width) - 4_096)
    relay = deploy_relay(chain, start)
    headers, after = mine(start, 3)
    chain.now = after.time
    relay.submit(start, headers)
    assert after.chainwork > 1 << width
    assert follows(relay, after)
    assert relay.tip().work == after.chainwork


def test_chainwork__beyond_its_place_in_the_tip__refused_not_cut(chain: RevmChain) -> None:
    start = checkpoint()._replace(chainwork=(1 << 128) - 4_096)
    relay = deploy_relay(chain, start)
    headers, after = mine(start, 3)
    chain.now = after.time
    with refused("relay: chainwork too large"):
        relay.submit(start, headers)
    assert relay.tip().work == start.chainwork
