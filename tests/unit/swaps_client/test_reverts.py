"""Every reason of the market has a sentence, and no sentence is of a reason that is gone."""

from __future__ import annotations

import re

import pytest

from terahash.chain import ChainError
from terahash.hashrate import reverts as hashrate
from terahash.reverts import explained
from terahash.swaps.reverts import REASONS
from tests.support.revm_chain import CONTRACTS

_REASON = re.compile(r'"([a-z]+: [^"]+)"')


def given() -> set[str]:
    return {
        reason
        for path in (CONTRACTS / "swaps").glob("*.vy")
        for reason in _REASON.findall(path.read_text())
    }


def test_reasons__of_the_contracts__all_and_no_others_explained() -> None:
    assert len(given()) > 50
    # A few are said by hashrate tokens, too.
    assert set(REASONS) == given() - set(hashrate.REASONS)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_reasons__sentence__says_more_than_the_reason(reason: str) -> None:
    sentence = REASONS[reason]
    assert sentence.endswith(".") and sentence[0].isupper()
    assert ":" in sentence or ", and" in sentence
    assert reason not in sentence


def test_explained__known_reason__sentence_and_reason() -> None:
    error = ChainError("PairMarket.settle", "market: window not over")
    assert explained(error) == (
        "The window is not over and final yet: wait. That takes one and a half to three days from "
        "its end. (market: window not over)"
    )
