"""Every reason of the market has a sentence, and no sentence is of a reason that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import snekmate

from terahash.chain import ChainError
from terahash.hashrate import reverts as hashrate
from terahash.reverts import explained
from terahash.swaps.reverts import REASONS
from tests.support.revm_chain import CONTRACTS

_REASON = re.compile(r'"([a-z0-9]+: [^"]+)"')
NOT_EXPORTED = {
    "erc20: access is denied",
    "erc20: minter is owner address",
    "erc20: minter is the zero address",
    "erc20: new owner is the zero address",
}
NEVER_REACHED = {
    "erc20: burn from the zero address",  # which has no tokens: the amount is zero
    "erc20: mint to the zero address",  # our own check of receivers comes before
    "erc20: transfer from the zero address",  # its allowance is used up before, and refused
}
"""Of snekmate's token, what no call of a claim's token gets to."""


def given() -> set[str]:
    token = Path(snekmate.__path__[0]) / "tokens" / "erc20.vy"
    said = {
        reason
        for path in [*(CONTRACTS / "swaps").glob("*.vy"), token]
        for reason in _REASON.findall(path.read_text())
    }
    assert said > NOT_EXPORTED | NEVER_REACHED
    return said - NOT_EXPORTED - NEVER_REACHED


def test_reasons__of_the_contracts__all_and_no_others_explained() -> None:
    assert len(given()) > 50
    # A few are said by hashrate tokens, too.
    assert set(REASONS) == given() - set(hashrate.REASONS)


def test_explained__known_reason__sentence_and_reason() -> None:
    error = ChainError("PairMarket.settle", "market: window not over")
    assert explained(error) == (
        "The window is not over and final yet: wait. That takes one and a half to three days from "
        "its end. (market: window not over)"
    )
