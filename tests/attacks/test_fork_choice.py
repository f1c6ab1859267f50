"""The chain with the most work is followed: not the longest, and of equals the first seen."""

from __future__ import annotations

from terahash.bitcoin.state import State, extend
from terahash.relay import Relay
from tests.support.miner import EASY, checkpoint, mine, next_header, seal
from tests.support.relay import became_best, deploy_relay, follow, follows
from tests.support.revm_chain import RevmChain
from tests.support.trunks import trunk


def _boundary(chain: RevmChain) -> tuple[Relay, State, State]:
    """Follow the crowded trunk and end its epoch twice: early (harder next) and late (easier)."""
    headers, _ = trunk("crowded")
    relay = deploy_relay(chain)
    state, _ = follow(chain, relay, checkpoint(), headers)
    ends = []
    for after in (302_400, 1_209_600):
        header = seal(next_header(state, state.epoch_start + after))
        chain.now = max(chain.now, state.epoch_start + after)
        relay.submit(state, header)
        ends.append(extend(state, header, EASY))
    harder, easier = ends
    return relay, harder, easier


def test_fork__shorter_with_more_work__is_followed(chain: RevmChain) -> None:
    """Two blocks at four times the difficulty outweigh five."""
    relay, harder, easier = _boundary(chain)
    headers, longer = mine(easier, 5)
    chain.now = longer.time
    relay.submit(easier, headers)
    assert follows(relay, longer)
    headers, heavier = mine(harder, 2)
    relay.submit(harder, headers)
    assert heavier.height < longer.height
    assert heavier.chainwork > longer.chainwork
    assert follows(relay, heavier)
    assert relay.tip().height == heavier.height


def test_fork__longer_with_less_work__is_not_followed(chain: RevmChain) -> None:
    relay, harder, easier = _boundary(chain)
    headers, heavier = mine(harder, 2)
    chain.now = max(chain.now, heavier.time)
    relay.submit(harder, headers)
    headers, longer = mine(easier, 5)
    chain.now = max(chain.now, longer.time)
    relay.submit(easier, headers)
    assert relay.known(longer)
    assert follows(relay, heavier)


def test_fork__equal_work__first_seen_stays(chain: RevmChain) -> None:
    relay = deploy_relay(chain)
    headers, first = mine(checkpoint(), 2)
    other, second = mine(checkpoint(), 2, salt=1)
    chain.now = first.time
    assert became_best(relay.submit(checkpoint(), headers))
    assert not became_best(relay.submit(checkpoint(), other))
    assert first.chainwork == second.chainwork
    one, third = mine(second)
    chain.now = third.time
    assert became_best(relay.submit(second, one))
    assert follows(relay, third)


def test_fork__boundary_block__counts_with_its_own_work(chain: RevmChain) -> None:
    """Counted with no work, or the last epoch's, the better boundary block would not win."""
    relay, harder, easier = _boundary(chain)
    one, light = mine(easier)
    chain.now = light.time
    relay.submit(easier, one)
    two, heavy = mine(harder)
    relay.submit(harder, two)
    assert follows(relay, heavy)
    assert relay.tip().work == heavy.chainwork > light.chainwork
