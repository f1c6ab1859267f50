"""The valuation's fixtures: an issuance in whole numbers.

A holder has 1,000 tokens of 42 days at 44, of which the reserve holds a quarter: 462 for each. Of
that nobody can take 38 days of a quarter of 10: 95, less 1 % for leaving.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import BUYER, HOLDER
from tests.support.valuing import Valued


@pytest.fixture
def valued() -> Valued:
    """1,000 tokens are sold, and the term is about to begin."""
    valued = Valued()
    valued.mint(BUYER, 1_000, HOLDER)
    return valued
