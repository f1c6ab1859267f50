"""A lens on vaults whose valuation tests set."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.lending.models import Position, State
from tests.support.lending import BORROWER, ONE, Lending

LENT = 10**9
"""Satoshi that the lender has lent, but for tests that say otherwise."""


class Lens:
    """A lens, the vault that it looks at, and how a borrower gets there."""

    def __init__(self, lent: int = LENT, kind: str = "double", **terms: Any) -> None:
        self.lending = Lending(kind, **terms)
        self.chain = self.lending.chain
        # A single vault needs no register, and any contract is one for it.
        self.address = self.chain.deploy("LendingLens", self.lending.address)
        if lent:
            self.lending.lend(lent)

    def post(self, tokens: int = 1_000, value: int = 100 * ONE, **worth: int) -> None:
        """Have the borrower post whole tokens, each of so much value."""
        self.lending.post(tokens)
        self.lending.set_worth(value, **worth)

    def state(self) -> State:
        """Read the vault."""
        return State.read(self._read("state", self.lending.address))

    def position(self, borrower: str = BORROWER) -> Position:
        """Read a loan."""
        return Position.read(self._read("position", self.lending.address, borrower))

    def positions(self, *borrowers: str) -> list[Position]:
        """Read loans together."""
        found = self._read("positions", self.lending.address, list(borrowers))
        return [Position.read(one) for one in found]

    def _read(self, function: str, *args: Any) -> Any:
        return self.chain.call("LendingLens", self.address, function, *args)


@pytest.fixture
def lens() -> Lens:
    """A lender has lent, and nobody has borrowed."""
    return Lens()
