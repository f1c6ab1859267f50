"""The hashprice swap's fixtures: over 56 real block-days, and over an easy chain with coinbases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.facades import Bitcoin, bitcoin
from tests.support.indexing import Indexed, indexed
from tests.support.instruments import Instrument


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    """56 real block-days from January 1 to February 2024, closed with nothing proven."""
    with bitcoin().undone() as built:
        yield built


@pytest.fixture
def swap(real: Bitcoin) -> Instrument:
    """An instrument over the real days."""
    return Instrument.of(real.chain, "HashpriceSwap", real.index)


@pytest.fixture
def base() -> Iterator[Indexed]:
    """An easy chain of 31 final days; nothing is recorded."""
    with indexed().undone() as built:
        yield built
