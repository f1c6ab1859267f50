"""Proof of work counts against the header's own target, neither the last epoch's nor another."""

from __future__ import annotations

from terahash.bitcoin.header import Header
from terahash.bitcoin.state import State, extend
from terahash.bitcoin.target import to_bits, to_target
from tests.support.miner import EASY, checkpoint, next_header, seal
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
