"""The facades' fixtures: real block-days and a quorum's feeds, as they are for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.facades import Bitcoin, bitcoin


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    """56 real block-days, closed and priced, and what a quorum observed; no facade yet."""
    with bitcoin().undone() as real:
        yield real
