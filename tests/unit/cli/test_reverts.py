"""What users are told of every contract's reasons."""

from __future__ import annotations

import pytest

from terahash.reverts import REASONS


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_reasons__sentence__says_more_than_the_reason(reason: str) -> None:
    sentence = REASONS[reason]
    assert sentence.endswith(".") and sentence[0].isupper()
    assert ":" in sentence or ", and" in sentence
    assert reason not in sentence
