"""Every reason of the lending contracts has a sentence, and no sentence is of one that is gone."""

from __future__ import annotations

import re

import pytest

from terahash.chain import ChainError
from terahash.lending.reverts import REASONS
from terahash.reverts import REASONS as ALL
from terahash.reverts import explained
from tests.support.revm_chain import CONTRACTS

_REASON = re.compile(r'"((?:vault|value|registry|lens): [^"]+)"')


def given() -> set[str]:
    return {
        reason
        for path in (CONTRACTS / "lending").glob("*.vy")
        for reason in _REASON.findall(path.read_text())
    }


def test_reasons__of_the_contracts__all_and_no_others_explained() -> None:
    assert len(given()) > 50
    assert set(REASONS) == given()


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_reasons__sentence__says_what_to_do(reason: str) -> None:
    sentence = REASONS[reason]
    assert sentence.endswith(".") and sentence[0].isupper()
    assert ":" in sentence or ", and" in sentence
    assert reason not in sentence
    assert ALL[reason] == sentence


def test_explained__known_reason__sentence_and_reason() -> None:
    error = ChainError("LendingVault.deposit", "vault: deposits stopped")
    assert explained(error) == (
        "The guardian has stopped new deposits: wait. What is lent can be withdrawn. (vault: "
        "deposits stopped)"
    )
