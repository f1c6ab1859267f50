"""DifficultySwap on the real block-days."""

from __future__ import annotations

import pytest

from tests.support.facades import Bitcoin
from tests.support.instruments import Instrument


@pytest.fixture
def swap(real: Bitcoin) -> Instrument:
    """The instrument over the real index."""
    return Instrument.of(real.chain, "DifficultySwap", real.index)
