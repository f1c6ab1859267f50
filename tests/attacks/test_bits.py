"""nBits: whoever may choose it may mine for free."""

from __future__ import annotations

import pytest

from terahash.bitcoin.header import Header
from terahash.bitcoin.target import to_target
from tests.support.miner import checkpoint, mine, next_header, seal
from tests.support.relay import deploy_relay, follows, refused
from tests.support.revm_chain import RevmChain


def _sealed(bits: int) -> bytes:
    """Mine a block that meets whatever target it claims, so that only the claim is wrong."""
    header = Header.parse(seal(next_header(checkpoint())._replace(bits=bits)))
    assert int.from_bytes(header.hash, "little") <= to_target(bits)
    return header.serialize()


@pytest.mark.parametrize("bits", [0x207FFFFF, 0x1F100000, 0x1F0FFFFE])
def test_bits__easier_or_harder_than_expected_with_work_to_match__refused(
    chain: RevmChain, bits: int
) -> None:
    relay = deploy_relay(chain)
    assert bits != checkpoint().next_bits()
    chain.now = checkpoint().time + 600
    with refused("relay: unexpected bits"):
        relay.submit(checkpoint(), _sealed(bits))
    assert follows(relay, checkpoint())


def test_bits__harder_target_whose_bits_are_a_subset__refused(chain: RevmChain) -> None:
    """A comparison by mask takes expected & claimed == claimed for equality."""
    relay = deploy_relay(chain)
    first, state = mine(checkpoint())
    chain.now = state.time + 600
    relay.submit(checkpoint(), first)
    expected = state.next_bits()
    claimed = expected & ~(1 << (expected & -expected).bit_length() - 1)
    assert claimed != expected
    assert claimed & expected == claimed
    with refused("relay: unexpected bits"):
        relay.submit(state, seal(next_header(state)._replace(bits=claimed)))
    assert follows(relay, state)


def test_bits__checked_before_proof_of_work(chain: RevmChain) -> None:
    """A test that changes nBits and sees bad proof of work has not reached the check of nBits."""
    relay = deploy_relay(chain)
    header = Header.parse(mine(checkpoint())[0])
    chain.now = header.time
    changed = header._replace(bits=header.bits - 1)
    assert int.from_bytes(changed.hash, "little") > to_target(changed.bits)
    with refused("relay: unexpected bits"):
        relay.submit(checkpoint(), changed.serialize())


def test_bits__lowest_difficulty_after_twenty_minutes__refused(chain: RevmChain) -> None:
    """Test networks allow it; behind any flag it would make this network's proofs forgeable."""
    relay = deploy_relay(chain)
    first, state = mine(checkpoint())
    late = next_header(state, state.time + 1_201)
    chain.now = late.time
    relay.submit(checkpoint(), first)
    with refused("relay: unexpected bits"):
        relay.submit(state, seal(late._replace(bits=0x1F0FFFFF)))
    assert follows(relay, state)
