"""Merkle trees: a block that everybody knows, and a slower way to the same root."""

from __future__ import annotations

from hashlib import sha256

import pytest

from terahash.bitcoin.merkle import merkle_branch, merkle_root, root_of_branch

BLOCK_100_000 = [
    bytes.fromhex(txid)[::-1]
    for txid in (
        "8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
        "fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
        "6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
        "e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d",
    )
]
ROOT_100_000 = bytes.fromhex("f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766")[
    ::-1
]


def naive_node(txids: list[bytes], level: int, index: int) -> bytes:
    """Compute a node from above: a child that is missing on the right is its brother's copy."""
    if level == 0:
        return txids[index]
    left = naive_node(txids, level - 1, 2 * index)
    has_right = (2 * index + 1) << (level - 1) < len(txids)
    right = naive_node(txids, level - 1, 2 * index + 1) if has_right else left
    return sha256(sha256(left + right).digest()).digest()


def naive_depth(count: int) -> int:
    return (count - 1).bit_length()


def ids(count: int) -> list[bytes]:
    return [sha256(b"%d" % i).digest() for i in range(count)]


def test_merkle_root__block_100000__its_header_s() -> None:
    assert merkle_root(BLOCK_100_000) == ROOT_100_000


def test_merkle_root__one_transaction__its_id() -> None:
    assert merkle_root(BLOCK_100_000[:1]) == BLOCK_100_000[0]
    assert merkle_branch(BLOCK_100_000[:1]) == []


def test_merkle_root__no_transaction__refused() -> None:
    with pytest.raises(ValueError, match="at least one transaction"):
        merkle_root([])


@pytest.mark.parametrize("count", range(1, 21))
def test_merkle_root__count__that_of_the_naive_tree(count: int) -> None:
    txids = ids(count)
    assert merkle_root(txids) == naive_node(txids, naive_depth(count), 0)
    assert txids == ids(count), "the list that was given is as it was"


@pytest.mark.parametrize("count", range(1, 21))
def test_merkle_branch__every_index__leads_to_the_root_and_no_other_does(count: int) -> None:
    txids = ids(count)
    root = naive_node(txids, naive_depth(count), 0)
    for index, txid in enumerate(txids):
        branch = merkle_branch(txids, index)
        assert len(branch) == naive_depth(count)
        assert root_of_branch(txid, branch, index) == root
        assert root_of_branch(sha256(txid).digest(), branch, index) != root
        for level in range(len(branch)):
            tampered = [*branch[:level], sha256(branch[level]).digest(), *branch[level + 1 :]]
            assert root_of_branch(txid, tampered, index) != root
            if branch[level] != naive_node(txids, level, index >> level):
                assert root_of_branch(txid, branch, index ^ 1 << level) != root


@pytest.mark.parametrize("count", range(1, 21))
def test_merkle_branch__coinbase__siblings_are_the_naive_tree_s(count: int) -> None:
    txids = ids(count)
    expected = [
        naive_node(txids, level, 1) if 1 << level < count else naive_node(txids, level, 0)
        for level in range(naive_depth(count))
    ]
    assert merkle_branch(txids) == expected
    assert root_of_branch(txids[0], expected) == merkle_root(txids)


@pytest.mark.parametrize("index", [-1, 4, 5])
def test_merkle_branch__no_such_transaction__refused(index: int) -> None:
    with pytest.raises(IndexError, match=f"no transaction {index} among 4"):
        merkle_branch(BLOCK_100_000, index)


@pytest.mark.parametrize("count, copied", [(3, 1), (5, 1), (6, 2), (7, 1), (12, 4)])
def test_merkle_root__last_ids_repeated__ambiguous_as_in_bitcoin(count: int, copied: int) -> None:
    """CVE-2012-2459: a root does not say how many transactions there are.

    It cannot lift the index: a coinbase stays at index 0 in all of the lists that share a root.
    """
    txids = ids(count)
    longer = txids + txids[-copied:]
    assert merkle_root(longer) == merkle_root(txids)
    assert longer[0] == txids[0]
    assert merkle_root([*txids, sha256(b"another").digest()]) != merkle_root(txids)
