"""The index's fixtures: a relay with final days, as it is for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.indexing import Index, Indexed, indexed


@pytest.fixture
def base() -> Iterator[Indexed]:
    """A relay with 31 final days and no index."""
    with indexed().undone() as base:
        yield base


@pytest.fixture
def light(base: Indexed) -> Index:
    """An index that begins with the first of 31 final days; nothing is recorded."""
    return base.index()
