"""The valuation's fixtures: an issuance in whole numbers.

A holder has 1,000 tokens of 42 days; 94.05 of each is covered. At 80 % of its hashprice of 50 a day
nets 34.2. What comes later counts like what comes tomorrow, if a test does not say otherwise.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import BUYER, HOLDER, ONE
from tests.support.value_model import Rules
from tests.support.valuing import Valued


@pytest.fixture
def valued() -> Valued:
    """1,000 tokens are sold, and the term is about to begin."""
    valued = Valued(rules=Rules(decay=ONE))
    valued.mint(BUYER, 1_000, HOLDER)
    return valued
