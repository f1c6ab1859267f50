"""QuorumFeed.propose, cancel_proposal and enact: other operators, after a delay in public."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terahash.chain import ChainError
from tests.support.issuing import NOBODY, STRANGER
from tests.support.quorum import DELAY, FEED_ID, OWNER, START, QuorumFeed, cold
from tests.support.relay import refused
from tests.unit.quorum_feed.conftest import Seated

READY = START + DELAY
NOT_THE_OWNER = "ownable: caller is not the owner"
OTHERS = [key.address for key in cold(7)]
"""The five, and two more."""


def _hash(operators: list[str], threshold: int) -> bytes:
    return keccak(encode(["address[]", "uint256"], [operators, threshold]))


def _config(quorum: QuorumFeed, epoch: int, operators: list[str], threshold: int) -> bytes:
    kinds = ["uint256", "address", "uint256", "address[]", "uint256"]
    return keccak(encode(kinds, [1, quorum.address, epoch, operators, threshold]))


def _suspend(quorum: QuorumFeed, seat: int) -> None:
    pair = [quorum.sign(seat, value, START) for value in (1, 2)]
    quorum.send(STRANGER, "report_equivocation", FEED_ID, START, *pair)


def _change(quorum: QuorumFeed, operators: list[str], threshold: int) -> None:
    """Propose a set, and enact it as soon as it can be."""
    quorum.send(OWNER, "propose", operators, threshold)
    quorum.chain.now += DELAY
    quorum.send(STRANGER, "enact", operators, threshold)
    quorum.operators = operators


def _counts(quorum: QuorumFeed, seat: int) -> bool:
    """Say whether a seat's signature counts together with all the others'."""
    at = quorum.chain.now // 600 * 600
    seats = range(len(quorum.operators))
    signed = [quorum.sign(i, 5, at) for i in seats if i == seat or _has_key(quorum, i)]
    with quorum.chain.undone():
        try:
            quorum.submit(signed, at)
        except ChainError as error:
            assert error.reason == "feed: not this operator's key"
            return False
    return True


def _has_key(quorum: QuorumFeed, seat: int) -> bool:
    operator = quorum.operators[seat]
    named = bool(int(quorum.read("key_of", operator), 16))
    return named and not quorum.read("suspended_at", operator)


def test_propose__set__stands_in_public_and_changes_nothing_yet(quorum: QuorumFeed) -> None:
    config = quorum.read("config")
    receipt = quorum.send(OWNER, "propose", OTHERS, 6)
    proposed = {"operators": OTHERS, "threshold": 6, "ready_at": READY}
    assert receipt.logs == (("Proposed", proposed),)
    assert (quorum.read("proposal"), quorum.read("proposed_at")) == (_hash(OTHERS, 6), START)
    assert (quorum.read("config"), quorum.read("epoch")) == (config, 1)
    assert (quorum.read("operators"), quorum.read("threshold")) == (quorum.operators, 3)
    quorum.observe(5, START)
    assert quorum.read("latest", FEED_ID) == (5, START)


def test_propose__another_after_it__takes_its_place(quorum: QuorumFeed) -> None:
    quorum.send(OWNER, "propose", OTHERS, 6)
    quorum.chain.now = READY - 1
    quorum.send(OWNER, "propose", OTHERS, 5)
    assert quorum.read("proposed_at") == READY - 1
    quorum.chain.now = READY + DELAY
    with refused("feed: not proposed"):
        quorum.send(OWNER, "enact", OTHERS, 6)
    quorum.send(OWNER, "enact", OTHERS, 5)
    assert quorum.read("threshold") == 5


@pytest.mark.parametrize("operator", [True, False])
def test_propose__anyone_but_the_owner__refused(quorum: QuorumFeed, operator: bool) -> None:
    with refused(NOT_THE_OWNER):
        quorum.send(quorum.operators[0] if operator else STRANGER, "propose", OTHERS, 5)
    assert quorum.read("proposal") == bytes(32)


@pytest.mark.parametrize("count", range(1, 32))
def test_propose__threshold__of_a_two_thirds_quorum_up_to_all(
    quorum: QuorumFeed, count: int
) -> None:
    operators = [key.address for key in cold(count)]
    least = 2 * ((count - 1) // 3) + 1
    for threshold in (least, count):
        quorum.send(OWNER, "propose", operators, threshold)
        assert quorum.read("proposal") == _hash(operators, threshold)
    quorum.send(OWNER, "cancel_proposal")
    for threshold in (0, least - 1, count + 1, 2**256 - 1):
        with refused("feed: threshold out of range"):
            quorum.send(OWNER, "propose", operators, threshold)
    assert quorum.read("proposal") == bytes(32)


@pytest.mark.parametrize(
    ("reason", "operators"),
    [
        ("feed: no operators", []),
        ("feed: operators not ascending", [NOBODY, *OTHERS[:4]]),
        ("feed: operators not ascending", [*OTHERS[:4], OTHERS[3]]),
        ("feed: operators not ascending", [OTHERS[0], *OTHERS[:4]]),
        ("feed: operators not ascending", [*OTHERS[:3], OTHERS[4], OTHERS[3]]),
    ],
)
def test_propose__no_set__refused(quorum: QuorumFeed, reason: str, operators: list[str]) -> None:
    with refused(reason):
        quorum.send(OWNER, "propose", operators, 3)
    assert quorum.read("proposal") == bytes(32)


def test_cancel_proposal__withdrawn__can_never_be_enacted(quorum: QuorumFeed) -> None:
    quorum.send(OWNER, "propose", OTHERS, 5)
    assert quorum.send(OWNER, "cancel_proposal").logs == (("ProposalCancelled", {}),)
    assert quorum.read("proposal") == bytes(32)
    quorum.chain.now = READY
    with refused("feed: not proposed"):
        quorum.send(OWNER, "enact", OTHERS, 5)
    assert quorum.read("epoch") == 1


def test_cancel_proposal__nothing_proposed__refused(quorum: QuorumFeed) -> None:
    with refused("feed: nothing proposed"):
        quorum.send(OWNER, "cancel_proposal")
    _change(quorum, OTHERS, 5)
    with refused("feed: nothing proposed"):
        quorum.send(OWNER, "cancel_proposal")


def test_cancel_proposal__anyone_but_the_owner__refused(quorum: QuorumFeed) -> None:
    quorum.send(OWNER, "propose", OTHERS, 5)
    for sender in (STRANGER, quorum.operators[0]):
        with refused(NOT_THE_OWNER):
            quorum.send(sender, "cancel_proposal")
    assert quorum.read("proposal") == _hash(OTHERS, 5)


@pytest.mark.parametrize("sender", [STRANGER, OWNER])
def test_enact__delay_over__in_force_whoever_asks(quorum: QuorumFeed, sender: str) -> None:
    quorum.send(OWNER, "propose", OTHERS, 6)
    quorum.chain.now = READY
    receipt = quorum.send(sender, "enact", OTHERS, 6)
    config = _config(quorum, 2, OTHERS, 6)
    configured = {"config": config, "epoch": 2, "operators": OTHERS, "threshold": 6}
    assert receipt.logs == (("Configured", configured),)
    assert (quorum.read("config"), quorum.read("epoch")) == (config, 2)
    assert (quorum.read("operators"), quorum.read("threshold")) == (OTHERS, 6)
    assert quorum.read("proposal") == bytes(32)


def test_enact__a_second_too_early__refused(quorum: QuorumFeed) -> None:
    quorum.send(OWNER, "propose", OTHERS, 5)
    quorum.chain.now = READY - 1
    for sender in (OWNER, STRANGER):
        with refused("feed: delay not over"):
            quorum.send(sender, "enact", OTHERS, 5)
    assert quorum.read("operators") == quorum.operators


def test_enact__anything_but_what_is_proposed__refused(quorum: QuorumFeed) -> None:
    quorum.chain.now = READY
    with refused("feed: not proposed"):
        quorum.send(OWNER, "enact", quorum.operators, 3)
    quorum.send(OWNER, "propose", OTHERS, 5)
    quorum.chain.now += DELAY
    for operators, threshold in ((OTHERS, 6), (OTHERS[1:], 5), (quorum.operators, 5), ([], 0)):
        with refused("feed: not proposed"):
            quorum.send(OWNER, "enact", operators, threshold)
    quorum.send(OWNER, "enact", OTHERS, 5)
    with refused("feed: not proposed"):
        quorum.send(OWNER, "enact", OTHERS, 5)
    assert quorum.read("epoch") == 2


def test_enact__long_after__still_in_force(quorum: QuorumFeed) -> None:
    quorum.send(OWNER, "propose", OTHERS, 5)
    quorum.chain.now = READY + 100 * DELAY
    quorum.send(STRANGER, "enact", OTHERS, 5)
    assert quorum.read("operators") == OTHERS


def test_enact__who_stays__keeps_its_key_and_who_leaves_counts_no_more(
    quorum: QuorumFeed,
) -> None:
    gone, *stay = quorum.operators
    keys = [quorum.read("key_of", operator) for operator in stay]
    at = START + DELAY
    config = _config(quorum, 2, stay, 3)
    forged = quorum.report(quorum.keys[gone], 5, at, config=config).signature
    _change(quorum, stay, 3)
    assert [quorum.read("key_of", operator) for operator in stay] == keys
    signed = [quorum.sign(seat, 5, at) for seat in range(3)]
    for seat in (3, 4):
        with refused("feed: not this operator's key"):
            quorum.submit([*signed, (seat, 5, *forged)], at)
    quorum.submit(signed, at)
    assert quorum.read("latest", FEED_ID) == (5, at)


def test_enact__other_threshold__counts_at_once(quorum: QuorumFeed) -> None:
    _change(quorum, quorum.operators, 5)
    at = quorum.chain.now
    signed = [quorum.sign(seat, 5, at) for seat in range(5)]
    with refused("feed: too few signed"):
        quorum.submit(signed[:4], at)
    quorum.submit(signed, at)
    assert quorum.read("latest", FEED_ID) == (5, at)


def test_enact__thirty_one_after_one_and_one_after_thirty_one__observe(seated: Seated) -> None:
    large, quorum = seated(31), seated(1)
    many = large.operators
    for operator in many:
        if operator not in quorum.keys:
            quorum.rotate(operator)
    alone = quorum.operators
    for operators in (many, alone):
        _change(quorum, operators, quorum_of(len(operators)))
        at, config = quorum.chain.now, quorum.read("config")
        seats = range(quorum_of(len(operators)))
        quorum.submit([quorum.sign(i, i, at, config=config) for i in seats], at)
        assert quorum.read("latest", FEED_ID) == (len(seats) // 2, at)


def quorum_of(count: int) -> int:
    """Twice those that may lie, and one."""
    return 2 * ((count - 1) // 3) + 1


def test_enact__proposed_after_the_suspension__pardons(quorum: QuorumFeed) -> None:
    _suspend(quorum, 3)
    quorum.chain.now += 1
    assert not _counts(quorum, 3)
    _change(quorum, quorum.operators, 3)
    assert quorum.read("suspended_at", quorum.operators[3]) == 0
    assert _counts(quorum, 3)


@pytest.mark.parametrize("seconds", [0, 1, DELAY])
def test_enact__proposed_before_the_suspension__does_not_pardon(
    quorum: QuorumFeed, seconds: int
) -> None:
    quorum.send(OWNER, "propose", quorum.operators, 3)
    quorum.chain.now += seconds
    _suspend(quorum, 3)
    suspended_at = quorum.chain.now
    quorum.chain.now = READY
    quorum.send(OWNER, "enact", quorum.operators, 3)
    assert quorum.read("suspended_at", quorum.operators[3]) == suspended_at
    assert not _counts(quorum, 3)
    assert _counts(quorum, 2)


def test_enact__in_the_second_of_the_suspension__does_not_pardon(quorum: QuorumFeed) -> None:
    _suspend(quorum, 3)
    _change(quorum, quorum.operators, 3)
    assert quorum.read("suspended_at", quorum.operators[3]) == START


def test_enact__suspended_who_is_not_in_the_set__pardoned_when_it_comes_back(
    quorum: QuorumFeed,
) -> None:
    everyone, out = quorum.operators, quorum.operators[3]
    _suspend(quorum, 3)
    quorum.chain.now += 1
    _change(quorum, [operator for operator in everyone if operator != out], 3)
    assert quorum.read("suspended_at", out) == START
    _change(quorum, everyone, 3)
    assert quorum.read("suspended_at", out) == 0
    assert _counts(quorum, 3)
