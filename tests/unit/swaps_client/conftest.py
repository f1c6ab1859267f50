"""A market with three series, and its clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A market with three series, of which nothing is traded yet."""
    return Desk(tmp_path)
