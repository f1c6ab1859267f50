"""Merkle trees of transactions: how a header commits to every transaction of its block."""

from __future__ import annotations

from terahash.bitcoin.header import double_sha256


def _parents(row: list[bytes]) -> list[bytes]:
    if len(row) % 2:  # Bitcoin pairs an odd last hash with itself
        row = [*row, row[-1]]
    return [double_sha256(row[i] + row[i + 1]) for i in range(0, len(row), 2)]


def merkle_root(txids: list[bytes]) -> bytes:
    """Compute the root of a block's transaction ids (32 bytes each, internal byte order).

    Raises:
        ValueError: for no ids; every block has a coinbase.
    """
    if not txids:
        raise ValueError("a block has at least one transaction, its coinbase")
    row = txids
    while len(row) > 1:
        row = _parents(row)
    return row[0]


def merkle_branch(txids: list[bytes], index: int = 0) -> list[bytes]:
    """List the siblings from a transaction up to the root, lowest first.

    Raises:
        IndexError: when the block has no transaction at that index.
    """
    if not 0 <= index < len(txids):
        raise IndexError(f"no transaction {index} among {len(txids)}")
    branch, row = [], txids
    while len(row) > 1:
        sibling = min(index ^ 1, len(row) - 1)
        branch.append(row[sibling])
        row, index = _parents(row), index // 2
    return branch


def root_of_branch(txid: bytes, branch: list[bytes], index: int = 0) -> bytes:
    """Fold a transaction id with its siblings into the root that they prove."""
    node = txid
    for level, sibling in enumerate(branch):
        node = double_sha256(sibling + node if index >> level & 1 else node + sibling)
    return node
