"""A minority block at the start of an epoch must not leave its time behind.

Block 961632 had one, eight deep: a relay that kept its time refuses the next honest retarget.
"""

from __future__ import annotations

from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import extend
from tests.support.miner import EASY, checkpoint, mine, next_header, seal
from tests.support.relay import CHALLENGE, deploy_relay, follow, follows
from tests.support.revm_chain import RevmChain
from tests.support.trunks import trunk


def test_boundary_fork__minority_start_seen_first__next_retarget_from_the_heaviest(
    chain: RevmChain,
) -> None:
    relay = deploy_relay(chain, confirmations=1)
    minority = seal(next_header(checkpoint(), checkpoint().time + 7_000))
    chain.now = checkpoint().time + 7_000
    relay.submit(checkpoint(), minority)
    orphan = extend(checkpoint(), minority, EASY)
    more, orphan = mine(orphan, 7)
    chain.now = orphan.time
    relay.submit(extend(checkpoint(), minority, EASY), more)
    assert follows(relay, orphan)

    headers, _ = trunk("steady")
    state, days = follow(chain, relay, checkpoint(), headers)
    assert state.epoch_start != orphan.epoch_start
    boundary, after = mine(state, 3)
    _, last = follow(chain, relay, state, boundary)
    assert follows(relay, after)
    assert relay.tip().height == 4_033

    chain.now += CHALLENGE
    relay.finalize((days + last)[:14])
    assert relay.epoch(1).start == state.epoch_start


def test_boundary_fork__two_starts_kept_apart(chain: RevmChain) -> None:
    """Both branches stay valid at once, each with its own start, until one is heavier."""
    relay = deploy_relay(chain)
    headers, state = trunk("steady")
    follow(chain, relay, checkpoint(), headers)
    last, end = mine(state)
    chain.now = end.time + 8_000
    relay.submit(state, last)
    early, late = (seal(next_header(end, end.time + wait)) for wait in (1, 7_500))
    relay.submit(end, early)
    relay.submit(end, late)
    for start, wait in ((early, 1), (late, 7_500)):
        branch = extend(end, start, EASY)
        assert branch.epoch_start == end.time + wait
        header, after = mine(branch)
        chain.now = max(chain.now, after.time)
        relay.submit(branch, header)
        assert relay.known(after)
    assert len(headers) == 2_015 * HEADER_SIZE
