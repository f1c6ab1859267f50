"""Every reason of the contracts has a sentence, and no sentence is of a reason that is gone."""

from __future__ import annotations

import re

from terahash.chain import ChainError
from terahash.hashrate.reverts import REASONS
from terahash.reverts import explained
from tests.support.revm_chain import CONTRACTS

OURS = ("token: ", "factory: ")
_REASON = re.compile(r'"((?:token|factory): [^"]+)"')


def given() -> set[str]:
    return {
        reason
        for path in (CONTRACTS / "hashrate").glob("*.vy")
        for reason in _REASON.findall(path.read_text())
    }


def test_reasons__of_the_contracts__all_and_no_others_explained() -> None:
    assert len(given()) > 50
    assert {reason for reason in REASONS if reason.startswith(OURS)} == given()


def test_explained__known_reason__sentence_and_reason() -> None:
    error = ChainError("HashrateToken.mint", "token: above capacity")
    assert explained(error) == (
        "The issuer sells no more than its capacity: buy fewer, or wait until it is raised. "
        "(token: above capacity)"
    )


def test_explained__unknown_reason__the_chains_own_message() -> None:
    assert explained(ChainError("X.y", "odd", "")) == "X.y failed: odd"
