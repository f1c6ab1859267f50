"""A miner of easy blocks: synthetic chains that obey every rule of Bitcoin but its difficulty.

A block takes 4,096 hashes, so a chain of some thousand is minutes of one core and a fork a moment.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from terahash.bitcoin.header import Header, double_sha256
from terahash.bitcoin.merkle import merkle_branch, merkle_root, root_of_branch
from terahash.bitcoin.network import Network, subsidy
from terahash.bitcoin.state import State, extend
from terahash.bitcoin.target import to_bits, to_target, work

EASY = Network("easy", limit=(1 << 244) - 1)
EASY_BITS = to_bits(EASY.limit)
TRIVIAL = Network("trivial", limit=(1 << 252) - 1)
"""Far easier than other tests' chains, for those that take tens of thousands of blocks."""
GENESIS_TIME = 1_600_000_000
SPACING = 600
_NUMBERS = struct.Struct("<III")


@lru_cache(maxsize=100_000)
def _nonce(prefix: bytes, time: int, bits: int) -> int:
    """Find the lowest nonce that meets the target; remembered, for tests mine the same blocks."""
    first, rest = hashlib.sha256(prefix[:64]), prefix[64:]
    target = to_target(bits)
    for nonce in range(1 << 32):
        attempt = first.copy()
        attempt.update(rest + _NUMBERS.pack(time, bits, nonce))
        if int.from_bytes(hashlib.sha256(attempt.digest()).digest(), "little") <= target:
            return nonce
    raise AssertionError("no nonce meets the target")


def seal(header: Header) -> bytes:
    """Find a nonce for a header and return its 80 bytes, whatever its other fields say."""
    prefix = struct.pack("<i", header.version) + header.parent + header.merkle_root
    return header._replace(nonce=_nonce(prefix, header.time, header.bits)).serialize()


def unsealed(raw: bytes) -> bytes:
    """Change a header's nonce so that its hash misses its target, and nothing else is wrong."""
    header = Header.parse(raw)
    target = to_target(header.bits)
    while int.from_bytes(header.hash, "little") <= target:
        header = header._replace(nonce=header.nonce + 1)
    return header.serialize()


def checkpoint(epoch: int = 1) -> State:
    """Build the State before the first block of an epoch, as a relay's constructor takes it."""
    header = Header(4, bytes(32), double_sha256(b"checkpoint"), GENESIS_TIME, EASY_BITS, 0)
    height = epoch * 2_016 - 1
    start = GENESIS_TIME - 2_015 * SPACING
    earlier = [GENESIS_TIME - SPACING * i for i in range(1, 11)]
    return State.checkpoint(header, height, height * work(EASY.limit), start, earlier)


def next_header(
    state: State, time: int | None = None, salt: int = 0, network: Network = EASY
) -> Header:
    """Prepare the header after a State, to be changed or sealed.

    Args:
        state: of the parent.
        time: unix seconds; ten minutes after the parent unless given.
        salt: makes another block at the same place.
    """
    height = state.height + 1
    return Header(
        version=4,
        parent=state.block_hash,
        merkle_root=double_sha256(b"%d %d" % (height, salt)),
        time=state.time + SPACING if time is None else time,
        bits=state.next_bits(network),
        nonce=0,
    )


def mine(
    state: State, count: int = 1, salt: int = 0, spacing: int = SPACING, network: Network = EASY
) -> tuple[bytes, State]:
    """Mine blocks on a State; return their headers, 80 bytes each, and the State after them."""
    headers = []
    for _ in range(count):
        header = seal(next_header(state, state.time + spacing, salt, network))
        state = extend(state, header, network)
        headers.append(header)
    return b"".join(headers), state


class Block(NamedTuple):
    """A block with transactions: its header, its coinbase without witness, and the branch."""

    header: bytes
    coinbase: bytes
    branch: list[bytes]


def coinbase(height: int, value: int, salt: int = 0, others: Sequence[bytes] = ()) -> bytes:
    """Serialize a coinbase that pays a value (satoshi), as pools write it, without its witness.

    Args:
        height: of its block.
        value: of its first output.
        salt: makes another of the same value.
        others: up to 250 more outputs, each as `output` serializes it.
    """
    script = b"\x04" + height.to_bytes(4, "little") + b"mined by a test %d" % salt
    commitment = b"\x6a\x24\xaa\x21\xa9\xed" + double_sha256(b"witness %d" % salt)
    paid = output(value, b"\x00\x14" + double_sha256(b"payout")[:20])
    return b"".join(
        (
            b"\x02\x00\x00\x00\x01",
            bytes(32),
            b"\xff" * 4,
            bytes([len(script)]),
            script,
            b"\xff" * 4,
            bytes([2 + len(others)]),
            paid + b"".join(others) + output(0, commitment),
            bytes(4),
        )
    )


def output(value: int, script: bytes) -> bytes:
    """Serialize an output: its value (satoshi) and its script, of up to 65,535 bytes."""
    size = len(script)
    length = bytes([size]) if size < 0xFD else b"\xfd" + size.to_bytes(2, "little")
    return value.to_bytes(8, "little") + length + script


def mine_block(state: State, fees: int, transactions: int = 10, salt: int = 0) -> Block:
    """Mine a block whose coinbase takes these fees (satoshi) beside its subsidy."""
    height = state.height + 1
    raw = coinbase(height, subsidy(height) + fees, salt)
    others = [double_sha256(b"%d %d %d" % (height, salt, i)) for i in range(1, transactions)]
    txids = [double_sha256(raw), *others]
    header = next_header(state, salt=salt)._replace(merkle_root=merkle_root(txids))
    return Block(seal(header), raw, merkle_branch(txids))


def mine_coinbase(
    state: State,
    raw: bytes,
    branch: list[bytes],
    time: int | None = None,
    network: Network = EASY,
) -> Block:
    """Mine a block that commits to a coinbase under any siblings, as a full block's tree would."""
    root = root_of_branch(double_sha256(raw), branch)
    header = next_header(state, time, network=network)._replace(merkle_root=root)
    return Block(seal(header), raw, branch)
