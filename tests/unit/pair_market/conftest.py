"""A market with one open series."""

from __future__ import annotations

import pytest

from tests.support.trading import Market


@pytest.fixture
def market() -> Market:
    """A market with one open series."""
    return Market()
