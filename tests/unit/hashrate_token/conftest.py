"""The token's fixtures: issuances in whole numbers.

A day at 50 sats nets 44 after 2 % of fee and 5 of cost; 42 days of it are worth 1,848, of which the
reserve needs a quarter: 462. A token is sold for 48 a day, 2,016 for the term.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import BUYER, HOLDER, Issuance


@pytest.fixture
def issuance() -> Issuance:
    """Nothing sold, and the term about to begin."""
    return Issuance()


@pytest.fixture
def sold() -> Issuance:
    """A holder has 1,000 tokens, before the term: the reserve is 462,000, just what it must be."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    return issuance
