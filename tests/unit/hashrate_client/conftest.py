"""A register with one issuance."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.market import Market


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path)
