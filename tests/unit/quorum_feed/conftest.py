"""Quorum feeds that are made once a process, and are as new for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import pytest

from tests.support.chosen_nonce import QuickFeed
from tests.support.quorum import QuorumFeed

Seated = Callable[[int], QuorumFeed]
"""Makes a quorum feed of so many operators."""


@cache
def _made(count: int) -> QuorumFeed:
    return QuickFeed(count)


@contextmanager
def _fresh(count: int) -> Iterator[QuorumFeed]:
    quorum = _made(count)
    operators, keys = quorum.operators, dict(quorum.keys)
    with quorum.chain.undone():
        yield quorum
    quorum.operators, quorum.keys = operators, keys


@pytest.fixture
def quorum() -> Iterator[QuorumFeed]:
    """Five operators, of whom three must sign, and who have named their keys; it is midnight."""
    with _fresh(5) as quorum:
        yield quorum


@pytest.fixture
def seated() -> Iterator[Seated]:
    """Any number of operators."""
    with ExitStack() as stack:
        yield lambda count: stack.enter_context(_fresh(count))
