"""The tokens of one series' claims, both open, in a market where nothing else has happened."""

from __future__ import annotations

import pytest

from tests.support.claim_tokens import LONG, SHORT, ClaimTokens


@pytest.fixture
def tokens() -> ClaimTokens:
    """A register without a token."""
    return ClaimTokens()


@pytest.fixture
def long(tokens: ClaimTokens) -> str:
    """The token of the long."""
    return tokens.open(LONG)


@pytest.fixture
def short(tokens: ClaimTokens) -> str:
    """The token of the short."""
    return tokens.open(SHORT)
