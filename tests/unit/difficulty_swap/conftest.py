"""The difficulty swap's fixtures: over 56 real block-days, and over an easy chain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.facades import Bitcoin, bitcoin
from tests.support.indexing import Indexed, indexed
from tests.support.instruments import Instrument


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    """The real epochs 408 to 411, final, and the first block of 412."""
    with bitcoin().undone() as built:
        yield built


@pytest.fixture
def swap(real: Bitcoin) -> Instrument:
    """An instrument over the real epochs."""
    return Instrument.of(real.chain, "DifficultySwap", real.index)


@pytest.fixture
def base() -> Iterator[Indexed]:
    """An easy chain of 31 final days: epochs 1,354 to 1,356."""
    with indexed().undone() as built:
        yield built
