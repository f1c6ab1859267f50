"""Every reason of feeds and facades has a sentence, and no sentence is of a reason that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import snekmate

from terahash.chain import ChainError
from terahash.feeds.reverts import REASONS
from terahash.hashrate.reverts import REASONS as HASHRATE
from terahash.reverts import REASONS as ALL
from terahash.reverts import explained
from tests.support.revm_chain import CONTRACTS

_REASON = re.compile(r'"((?:feed|facade): [^"]+)"')
_ECDSA = re.compile(r'"(ecdsa: [^"]+)"')


def given() -> set[str]:
    ours = {
        reason
        for path in (CONTRACTS / "feeds").glob("*.vy")
        for reason in _REASON.findall(path.read_text())
    }
    ecdsa = Path(snekmate.__path__[0]) / "utils" / "ecdsa.vy"
    return ours | set(_ECDSA.findall(ecdsa.read_text()))


def test_reasons__of_the_contracts__all_and_no_others_explained() -> None:
    assert len(given()) > 40
    assert set(REASONS) == given()


def test_explained__any_groups_reason__its_sentence() -> None:
    assert ALL.keys() >= REASONS.keys() | HASHRATE.keys()
    assert not REASONS.keys() & HASHRATE.keys()
    assert explained(ChainError("QuorumFeed.submit", "feed: too few signed")) == (
        "Fewer operators signed than the threshold: collect more reports. (feed: too few signed)"
    )
    owner = ChainError("QuorumFeed.propose", "ownable: caller is not the owner")
    assert explained(owner).startswith("Only the owner may do this")
