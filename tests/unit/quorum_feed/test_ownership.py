"""QuorumFeed's owner: handed over in two steps, and it can do nothing but propose."""

from __future__ import annotations

from tests.support.issuing import NOBODY, STRANGER
from tests.support.quorum import OWNER, SUBMITTER, QuorumFeed, cold
from tests.support.relay import refused

FOUR = [key.address for key in cold(4)]


def test_transfer_ownership__accepted__only_the_new_owner_proposes(quorum: QuorumFeed) -> None:
    assert quorum.send(OWNER, "transfer_ownership", STRANGER).logs == (
        ("OwnershipTransferStarted", {"previous_owner": OWNER, "new_owner": STRANGER}),
    )
    assert (quorum.read("owner"), quorum.read("pending_owner")) == (OWNER, STRANGER)
    assert quorum.send(STRANGER, "accept_ownership").logs == (
        ("OwnershipTransferred", {"previous_owner": OWNER, "new_owner": STRANGER}),
    )
    assert (quorum.read("owner"), quorum.read("pending_owner")) == (STRANGER, NOBODY)
    quorum.send(STRANGER, "propose", FOUR, 3)
    for function, args in (("propose", (FOUR, 4)), ("cancel_proposal", ())):
        with refused("ownable: caller is not the owner"):
            quorum.send(OWNER, function, *args)


def test_transfer_ownership__not_accepted__changes_nothing(quorum: QuorumFeed) -> None:
    quorum.send(OWNER, "transfer_ownership", STRANGER)
    with refused("ownable: caller is not the owner"):
        quorum.send(STRANGER, "propose", FOUR, 3)
    quorum.send(OWNER, "transfer_ownership", NOBODY)
    with refused("ownable_2step: caller is not the new owner"):
        quorum.send(STRANGER, "accept_ownership")
    assert quorum.read("owner") == OWNER


def test_transfer_ownership__anyone_but_the_owner__refused(quorum: QuorumFeed) -> None:
    for sender in (STRANGER, quorum.operators[0]):
        with refused("ownable: caller is not the owner"):
            quorum.send(sender, "transfer_ownership", sender)


def test_accept_ownership__anyone_but_whom_it_was_offered__refused(quorum: QuorumFeed) -> None:
    quorum.send(OWNER, "transfer_ownership", STRANGER)
    with refused("ownable_2step: caller is not the new owner"):
        quorum.send(SUBMITTER, "accept_ownership")


def test_functions__of_everyone__are_these_and_no_others(quorum: QuorumFeed) -> None:
    """Nothing stops it, upgrades it, gives its owner up, or writes an observation but `submit`."""
    functions = quorum.chain._codec.contract("QuorumFeed").members("function")
    changing = {one["name"] for one in functions if one["stateMutability"] != "view"} - {"VERSION"}
    assert changing == {
        "submit",
        "rotate",
        "report_equivocation",
        "propose",
        "cancel_proposal",
        "enact",
        "transfer_ownership",
        "accept_ownership",
    }
    assert {one["stateMutability"] for one in functions} == {"view", "nonpayable"}
