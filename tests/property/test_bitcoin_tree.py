"""The header tree against chains kept as lists, whatever the order of arrival."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.bitcoin.tree import HeaderTree, split
from terahash.errors import UnknownParentError
from tests.support.miner import EASY, checkpoint, mine

ROOT = checkpoint().block_hash


def name_of(raw: bytes) -> bytes:
    return sha256(sha256(raw).digest()).digest()


@cache
def branches() -> tuple[bytes, ...]:
    """Mine a bush of 40 headers: a trunk of eight, and branches that leave it and each other."""
    trunk, _ = mine(checkpoint(), 8)
    bush = split(trunk)
    tree = HeaderTree(checkpoint(), EASY)
    for raw in bush:
        tree.add(raw)
    for salt, (leaves_at, length) in enumerate(((0, 9), (3, 5), (3, 6), (10, 5), (20, 7)), start=1):
        headers, _ = mine(tree.state(name_of(bush[leaves_at])), length, salt)
        for raw in split(headers):
            tree.add(raw)
            bush.append(raw)
    return tuple(bush)


@given(st.permutations(range(40)), st.integers(0, 39), st.integers(0, 39))
def test_add__any_order_of_arrival__most_work_first_seen(
    order: list[int], one: int, other: int
) -> None:
    """Headers that come before their parents are refused, and offered again."""
    tree = HeaderTree(checkpoint(), EASY)
    paths: dict[bytes, list[bytes]] = {ROOT: []}  # every known block's headers since the root
    best = ROOT
    waiting = [branches()[i] for i in order]
    while waiting:
        late = []
        for raw in waiting:
            parent = raw[4:36]
            if parent not in paths:
                with pytest.raises(UnknownParentError):
                    tree.add(raw)
                late.append(raw)
                continue
            tree.add(raw)
            paths[name_of(raw)] = [*paths[parent], raw]
            if len(paths[name_of(raw)]) > len(paths[best]):  # all of one epoch: equal targets
                best = name_of(raw)
            assert tree.best.block_hash == best
        waiting = late
    assert len(tree) == 40
    first, second = (name_of(branches()[i]) for i in (one, other))
    common = [raw for raw in paths[first] if raw in paths[second]]
    found = tree.fork_point(tree.state(first), tree.state(second))
    assert found.block_hash == (name_of(common[-1]) if common else ROOT)
    for tip in (first, second):
        between = tree.headers_between(found, tree.state(tip))
        assert between == b"".join(paths[tip][len(common) :])
        assert [state.block_hash for state in tree.back_from(tree.state(tip))] == [
            *(name_of(raw) for raw in reversed(paths[tip])),
            ROOT,
        ]
