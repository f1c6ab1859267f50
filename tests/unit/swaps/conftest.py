"""What every instrument is tested on: 56 real block-days, and an easy chain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.facades import Bitcoin, bitcoin
from tests.support.indexing import Indexed, indexed


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    """The real epochs 408 to 411, final and closed with nothing proven, and a block of 412."""
    with bitcoin().undone() as built:
        yield built


@pytest.fixture
def base() -> Iterator[Indexed]:
    """An easy chain of 31 final days, epochs 1,354 to 1,356; nothing is recorded."""
    with indexed().undone() as built:
        yield built
