"""QuorumFeed.__init__: who is seated, who may propose others, and what can be neither."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terahash.units import DAY
from tests.support.issuing import NOBODY, STRANGER
from tests.support.quorum import DELAY, FEED_ID, OWNER, START, QuorumFeed, cold
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

COLD = [key.address for key in cold(31)]


@pytest.fixture
def unnamed() -> QuorumFeed:
    """Five operators whose keys are not named yet."""
    return QuorumFeed(has_keys=False)


def _deploy(
    owner: str = OWNER,
    operators: list[str] = COLD[:4],
    threshold: int = 3,
    delay: int = DELAY,
) -> tuple[RevmChain, str]:
    chain = RevmChain(START)
    return chain, chain.deploy("QuorumFeed", owner, operators, threshold, delay)


def test_constructor__operators__are_seated_and_have_no_keys(unnamed: QuorumFeed) -> None:
    read = unnamed.read
    assert (read("operators"), read("threshold"), read("epoch")) == (unnamed.operators, 3, 1)
    assert (read("owner"), read("pending_owner")) == (OWNER, NOBODY)
    assert (read("DELAY"), read("VERSION")) == (DELAY, "0.1.0")
    assert (read("proposal"), read("proposed_at")) == (bytes(32), 0)
    for operator in unnamed.operators:
        assert (read("key_of", operator), read("suspended_at", operator)) == (NOBODY, 0)
    assert read("latest_round", FEED_ID) == (0, 0, 0)


def test_constructor__config__commits_to_chain_contract_epoch_operators_and_threshold(
    unnamed: QuorumFeed,
) -> None:
    words = ["uint256", "address", "uint256", "address[]", "uint256"]
    committed = encode(words, [1, unnamed.address, 1, unnamed.operators, 3])
    assert unnamed.read("config") == keccak(committed)


def test_constructor__domain__is_this_contract_on_this_chain(unnamed: QuorumFeed) -> None:
    domain = (b"\x0f", "Terahash quorum feed", "0.1.0", 1, unnamed.address, bytes(32), [])
    assert unnamed.read("eip712Domain") == domain


def test_constructor__events__say_the_owner_and_the_configuration(unnamed: QuorumFeed) -> None:
    *_, ownership, configured = unnamed.chain.deployed[unnamed.address].logs
    assert (ownership[0], ownership[1]["new_owner"]) == ("OwnershipTransferred", OWNER)
    assert configured == (
        "Configured",
        {
            "config": unnamed.read("config"),
            "epoch": 1,
            "operators": unnamed.operators,
            "threshold": 3,
        },
    )


def test_constructor__book__is_no_code_that_anybody_could_run(unnamed: QuorumFeed) -> None:
    creator = bytes.fromhex(unnamed.address[2:])
    book = "0x" + keccak(b"\xd6\x94" + creator + b"\x01")[12:].hex()
    code = unnamed.chain._evm.get_code(book)
    words = unnamed.read("config") + (3).to_bytes(32) + bytes(32 * 31)
    assert code is not None and code[: 1 + 32 * 33] == b"\0" + words
    assert unnamed.chain._evm.message_call(STRANGER, book) == b""


@pytest.mark.parametrize(
    "changes",
    [
        {"operators": COLD[:1], "threshold": 1},
        {"operators": COLD, "threshold": 21},
        {"operators": COLD, "threshold": 31},
        {"threshold": 4},
        {"delay": DAY},
        {"delay": 30 * DAY},
        {"owner": COLD[0]},
    ],
)
def test_constructor__at_the_edge_of_what_is_allowed__stands(changes: dict[str, Any]) -> None:
    chain, address = _deploy(**changes)
    terms = {"owner": OWNER, "operators": COLD[:4], "threshold": 3, "delay": DELAY} | changes
    for name, value in terms.items():
        view = "DELAY" if name == "delay" else name
        assert chain.call("QuorumFeed", address, view) == value


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("feed: no owner", {"owner": NOBODY}),
        ("feed: delay not 1d..30d", {"delay": DAY - 1}),
        ("feed: delay not 1d..30d", {"delay": 30 * DAY + 1}),
        ("feed: delay not 1d..30d", {"delay": 0}),
        ("feed: no operators", {"operators": [], "threshold": 0}),
        ("feed: no operators", {"operators": [], "threshold": 1}),
        ("feed: operators not ascending", {"operators": [NOBODY, *COLD[:3]]}),
        ("feed: operators not ascending", {"operators": [NOBODY], "threshold": 1}),
        ("feed: operators not ascending", {"operators": [*COLD[:3], COLD[2]]}),
        ("feed: operators not ascending", {"operators": [COLD[1], COLD[0], *COLD[2:4]]}),
        ("feed: threshold out of range", {"threshold": 2}),
        ("feed: threshold out of range", {"threshold": 5}),
    ],
)
def test_constructor__beyond_what_is_allowed__refused(reason: str, changes: dict[str, Any]) -> None:
    with refused(reason):
        _deploy(**changes)


def test_constructor__thirty_two_operators__refused() -> None:
    with refused(""):
        _deploy(operators=[key.address for key in cold(32)], threshold=32)
