"""Fees that count before their block is final, or more than once, run ahead of the truth."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.bitcoin.state import DAY_BLOCKS
from tests.support.indexing import (
    ALL_GROUPS,
    FIRST_DAY,
    Claim,
    Index,
    indexed,
    rival,
)
from tests.support.relay import refused

DAY = FIRST_DAY + 1


@pytest.fixture
def index() -> Iterator[Index]:
    """The index with one open day."""
    with indexed().undone() as base:
        index = base.index()
        index.record(FIRST_DAY, DAY)
        yield index


def _richest(index: Index) -> int:
    return max(range(DAY_BLOCKS), key=index.mined[DAY].fees)


def test_fees_proven_twice__in_one_blob__count_once(index: Index) -> None:
    i = _richest(index)
    index.prove(DAY, [i] * 60)
    assert index.read("block_day", DAY)[3:5] == (index.mined[DAY].fees(i), 1 << i)


def test_fees_proven_twice__in_other_calls_and_other_groups__count_once(index: Index) -> None:
    i = _richest(index)
    for given in (1 << i // 12, ALL_GROUPS, ALL_GROUPS ^ 1 << (i // 12 + 1) % 12):
        index.send("prove_fees", *Claim.of(index.mined[DAY], given, [i, i]).arguments)
        assert index.read("block_day", DAY)[3:5] == (index.mined[DAY].fees(i), 1 << i)


def test_fees_proven_twice__before_their_day_is_final__refused(index: Index) -> None:
    base = indexed()
    last = FIRST_DAY + base.final - 1
    late = base.index(first_day=last)
    late.record(last)
    with refused("index: not the relay's days"):
        late.record(last + 1)
    with refused("index: not open"):
        late.prove(last + 1, [0])


def test_fees_proven_twice__of_a_fork_that_replaced_the_day__refused() -> None:
    """What was proven is of the final day for ever; the fork's own blocks never add to it."""
    agreed = FIRST_DAY + 20
    with indexed().undone() as base:
        index = base.index(first_day=agreed)
        index.record(agreed, agreed + 1)
        index.prove(agreed + 1, range(12))
        before = index.read("block_day", agreed + 1)
        fork = rival(agreed)
        fork.overtake(base)
        with refused("index: not the relay's days"):
            index.send("record", [tuple(fork.days[1])])
        claim = Claim.of(index.mined[agreed + 1], 1, [0])
        with refused("index: not the relay's days"):
            index.send("prove_fees", *claim._replace(day=fork.days[0]).arguments)
        assert index.read("block_day", agreed + 1) == before
