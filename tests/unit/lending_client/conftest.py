"""A register with a vault of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.lending_desk import LendingDesk


@pytest.fixture
def desk(tmp_path: Path) -> LendingDesk:
    """Nobody has lent or borrowed."""
    return LendingDesk(tmp_path)
