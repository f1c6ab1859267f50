"""The vault's fixtures, in whole numbers.

A token is worth what a test says: 1,000 satoshi to begin with, and so it redeems. A loan may reach
882 of them, and is liquidated above 900. Money costs nothing where a test does not say otherwise.
"""

from __future__ import annotations

import pytest

from tests.support.lending import BORROWER, LENDER, ONE, Lending

FREE = {"rate": 0, "speed": 0}
"""Terms by which no interest accrues."""


@pytest.fixture
def lending() -> Lending:
    """Nobody has lent or borrowed."""
    lending = Lending("double", **FREE)
    lending.set_worth(1_000 * ONE)
    return lending


@pytest.fixture
def lent(lending: Lending) -> Lending:
    """A lender has a million satoshi in it."""
    lending.lend(10**6, LENDER)
    return lending


@pytest.fixture
def borrowed(lent: Lending) -> Lending:
    """A borrower owes 80,000 satoshi, secured by 100 tokens, which are all that there are."""
    lent.post(100, BORROWER)
    lent.borrow(80_000, BORROWER)
    return lent


@pytest.fixture
def costly() -> Lending:
    """The same at 4 % a year to begin with, and of a million 882,000 are lent."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6, LENDER)
    lending.post(1_000, BORROWER)
    lending.borrow(882_000, BORROWER)
    return lending
