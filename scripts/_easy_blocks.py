"""A block-day whose fees can be proven: easy in work, and as the main network's in all else.

Headers prove no fees and only one coinbase is shipped, while gas depends on the size of a coinbase
and on the number of its siblings. Here are blocks of the shapes of real ones.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from itertools import cycle, islice
from typing import NamedTuple

from terahash.bitcoin.header import Header
from terahash.bitcoin.network import Network, subsidy
from terahash.bitcoin.proof import CoinbaseProof
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.bitcoin.target import to_bits, to_target
from terahash.units import MINUTE

EASY = Network("easy", limit=(1 << 252) - 1)
"""Sixteen hashes a block."""


class Shape(NamedTuple):
    """What the size of a proof and its work depend on.

    Attributes:
        script: bytes of the coinbase's input script.
        zeros: how many of those are zero, which cost less.
        outputs: bytes of each output's script.
        siblings: of the coinbase in the block's Merkle tree.
    """

    script: int
    zeros: int
    outputs: tuple[int, ...]
    siblings: int


SHAPES = (
    Shape(65, 10, (25,), 11),  # block 383,616: 150 bytes
    Shape(94, 9, (25, 38), 11),  # 481,829: 226
    Shape(75, 10, (22, 38), 12),  # 574,200: 204
    Shape(86, 13, (23, 23, 38, 47, 43), 11),  # 830,000: 356
    Shape(49, 7, (22, 38), 11),  # 831,328: 178
    Shape(49, 5, (22, 38), 12),  # 831,329: 178
    Shape(86, 16, (23, 23, 38, 47, 43), 12),  # 831,330: 356
    Shape(100, 41, (25, 25, 38, 47, 44), 12),  # 831,331: 375
)
"""Of real blocks; on average 253 bytes and eleven and a half siblings."""


class EasyDay(NamedTuple):
    """A block-day with what proves its fees.

    Attributes:
        number: height // 144.
        day: its content, as the relay makes it final.
        roots: the Merkle roots of its blocks.
        proofs: of its blocks, whose shapes take turns.
    """

    number: int
    day: Day
    roots: list[bytes]
    proofs: list[CoinbaseProof]


def mine_day(state: State, fees: int) -> tuple[bytes, State, EasyDay]:
    """Mine the block-day after a State, with so much in fees (satoshi) in every block.

    Returns:
        Its 144 headers, the State after them, and what proves its fees.
    """
    headers, proofs, days = [], [], list[Day]()
    for shape in islice(cycle(SHAPES), DAY_BLOCKS):
        proofs.append(_proof(shape, state.height + 1, fees))
        headers.append(mine(state, proofs[-1].root))
        state = extend(state, headers[-1], EASY, days=days)
    (day,) = days
    roots = [proof.root for proof in proofs]
    return b"".join(headers), state, EasyDay(state.height // DAY_BLOCKS, day, roots, proofs)


def mine(state: State, root: bytes) -> bytes:
    """Mine the header of a block with this Merkle root, ten minutes after a State's."""
    bits = state.next_bits(EASY)
    header = Header(4, state.block_hash, root, state.time + 10 * MINUTE, bits, 0)
    while int.from_bytes(header.hash, "little") > to_target(bits):
        header = header._replace(nonce=header.nonce + 1)
    return header.serialize()


def easy(state: State) -> State:
    """Give a checkpoint the easiest target, at which the next blocks are mined."""
    return state._replace(bits=to_bits(EASY.limit))


def _proof(shape: Shape, height: int, fees: int) -> CoinbaseProof:
    """Build a block's coinbase, whose first output takes everything, and its siblings."""
    number = height.to_bytes(3, "little")
    outputs = [
        struct.pack("<QB", 0 if i else subsidy(height) + fees, size)
        + _noise(f"output {height} {i}", size)
        for i, size in enumerate(shape.outputs)
    ]
    coinbase = b"".join(
        (
            b"\x01\0\0\0\x01" + bytes(32) + b"\xff" * 4,
            bytes([shape.script, len(number)]) + number,
            _noise(f"script {height}", shape.script - shape.zeros - 1 - len(number)),
            bytes(shape.zeros),
            b"\xff" * 4 + bytes([len(outputs)]),
            *outputs,
            bytes(4),
        )
    )
    branch = (_noise(f"sibling {height} {i}", 32) for i in range(shape.siblings))
    return CoinbaseProof(height, coinbase, tuple(branch))


def _noise(seed: str, size: int) -> bytes:
    """Stand in for scripts and hashes: bytes that are rarely zero, the same in every run."""
    blocks = (sha256(f"{seed} {i}".encode()).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]
