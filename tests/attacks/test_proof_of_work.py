"""Proof of work counts against the header's own target, neither the last epoch's nor another."""

from __future__ import annotations

import pytest

from terahash.bitcoin.header import Header
from terahash.bitcoin.network import Network
from terahash.bitcoin.state import State, extend
from terahash.bitcoin.target import to_bits, to_target
from terahash.relay import Relay
from tests.support.miner import EASY, checkpoint, mine, next_header, seal
from tests.support.relay import deploy_relay, follows, refused
from tests.support.revm_chain import RevmChain


def _after_epoch(target: int, span: int) -> State:
    """Build a checkpoint whose epoch had this target and lasted so long."""
    start = checkpoint()
    return start._replace(bits=to_bits(target), epoch_start=start.time - span)


def _sealed_between(state: State, low: int, high: int) -> bytes:
    """Mine the next block with a hash above one target and at most another."""
    salt = 0
    while True:
        raw = seal(next_header(state, salt=salt))
        if low < int.from_bytes(Header.parse(raw).hash, "little") <= high:
            return raw
        salt += 1


def test_proof_of_work__easier_new_target_missed_by_the_old__accepted(chain: RevmChain) -> None:
    """Real ones at 151200, 689472, 711648 and 745920 stopped a relay that looked at the old."""
    start = _after_epoch(EASY.limit // 4, 4 * 1_209_600)
    target = to_target(start.next_bits(EASY))
    assert target > to_target(start.bits)
    relay = deploy_relay(chain, start)
    raw = _sealed_between(start, to_target(start.bits), target)
    chain.now = start.time + 600
    relay.submit(start, raw)
    assert follows(relay, extend(start, raw, EASY))


def test_proof_of_work__harder_new_target_met_only_by_the_old__refused(chain: RevmChain) -> None:
    start = _after_epoch(EASY.limit, 302_400)
    target = to_target(start.next_bits(EASY))
    assert target < to_target(start.bits)
    relay = deploy_relay(chain, start)
    header = next_header(start)
    while not target < int.from_bytes(header.hash, "little") <= to_target(start.bits):
        header = header._replace(nonce=header.nonce + 1)
    chain.now = start.time + 600
    with refused("relay: insufficient work"):
        relay.submit(start, header.serialize())
    assert follows(relay, start)


def test_proof_of_work__hash_read_from_the_wrong_end__refused(chain: RevmChain) -> None:
    """Leading zeros in internal byte order are the number's low end, and prove nothing."""
    relay = deploy_relay(chain)
    header, target = next_header(checkpoint()), to_target(checkpoint().next_bits(EASY))
    while not int.from_bytes(header.hash, "big") <= target < int.from_bytes(header.hash, "little"):
        header = header._replace(nonce=header.nonce + 1)
    chain.now = header.time
    with refused("relay: insufficient work"):
        relay.submit(checkpoint(), header.serialize())


WIDE = Network("wide", limit=(1 << 253) - 1)
"""As easy as a relay may be told: targets of 32 bytes."""


@pytest.mark.parametrize("bit", range(8))
def test_proof_of_work__mantissa_met_and_a_bit_set_above_it__refused(
    chain: RevmChain, bit: int
) -> None:
    """A quick look at the mantissa alone would make blocks nearly free."""
    relay = deploy_relay(chain)
    header = next_header(checkpoint())
    target, size = to_target(header.bits), header.bits >> 24
    number = int.from_bytes(header.hash, "little")
    while number % (1 << 8 * size) > target or not number >> (8 * size + bit) & 1:
        header = header._replace(nonce=header.nonce + 1)
        number = int.from_bytes(header.hash, "little")
    chain.now = header.time
    with refused("relay: insufficient work"):
        relay.submit(checkpoint(), header.serialize())


def test_proof_of_work__mantissa_equal_and_more_below_it__refused(chain: RevmChain) -> None:
    start = checkpoint()._replace(bits=0x201FFFFF)
    relay = deploy_relay(chain, start, limit=WIDE.limit)
    # Found among 2^24: the hash begins with the target's own three bytes.
    header = next_header(start, network=WIDE)._replace(nonce=308_972)
    number, target = int.from_bytes(header.hash, "little"), to_target(header.bits)
    assert number > target
    assert number >> 232 == target >> 232
    chain.now = header.time
    with refused("relay: insufficient work"):
        relay.submit(start, header.serialize())


@pytest.mark.parametrize(
    ("bits", "span", "size"), [(0x20008000, 302_400, 31), (0x1F7FFFFF, 4_838_400, 32)]
)
def test_proof_of_work__retarget_to_a_size_of_another_byte__the_new_one_counts(
    chain: RevmChain, bits: int, span: int, size: int
) -> None:
    """What is known of the target from its bits must move with it, in either direction."""
    start = checkpoint()._replace(bits=bits, epoch_start=checkpoint().time - span)
    relay = deploy_relay(chain, start, limit=WIDE.limit)
    header = next_header(start, network=WIDE)
    assert header.bits >> 24 == size
    chain.now = header.time
    _try_hashes_near_the_target(chain, relay, start, header)


def test_proof_of_work__inside_an_epoch__just_above_the_target_refused(chain: RevmChain) -> None:
    """What is known of the target when a batch begins, not at a retarget."""
    relay = deploy_relay(chain)
    headers, state = mine(checkpoint())
    header = next_header(state)
    chain.now = header.time
    relay.submit(checkpoint(), headers)
    _try_hashes_near_the_target(chain, relay, state, header)


def _try_hashes_near_the_target(
    chain: RevmChain, relay: Relay, state: State, header: Header
) -> None:
    """Submit the header with nonces whose hashes lie below, and up to twice above, the target."""
    target, good, bad = to_target(header.bits), 0, 0
    while good < 3 or bad < 30:
        number = int.from_bytes(header.hash, "little")
        if number <= target and good < 3:
            with chain.undone():
                relay.submit(state, header.serialize())
            good += 1
        elif target < number < target * 2 and bad < 30:
            with refused("relay: insufficient work"):
                relay.submit(state, header.serialize())
            bad += 1
        header = header._replace(nonce=header.nonce + 1)
