"""LendingVault's shares as an ERC-20: balances, allowances, and who may move what."""

from __future__ import annotations

import pytest

from tests.support.lending import (
    ATTACKER,
    FOREVER,
    LENDER,
    NOBODY,
    SECOND_LENDER,
    THIRD_LENDER,
    Lending,
)
from tests.support.relay import refused

ALL = 10**12
"""The lender's shares."""


def test_transfer__shares__move_and_an_event_says_so(lent: Lending) -> None:
    receipt = lent.send(LENDER, "transfer", SECOND_LENDER, 400)
    assert receipt.logs == (
        ("Transfer", {"sender": LENDER, "receiver": SECOND_LENDER, "value": 400}),
    )
    assert lent.shares(LENDER) == ALL - 400
    assert lent.shares(SECOND_LENDER) == 400
    assert lent.read("totalSupply") == ALL


def test_transfer__and_the_others__answer_true(lent: Lending) -> None:
    assert lent.asked(LENDER, "transfer", SECOND_LENDER, 1) is True
    assert lent.asked(LENDER, "approve", SECOND_LENDER, 1) is True
    assert lent.asked(LENDER, "transferFrom", LENDER, SECOND_LENDER, 1) is True


def test_transfer__nothing_or_to_oneself__changes_nothing(lent: Lending) -> None:
    lent.send(LENDER, "transfer", SECOND_LENDER, 0)
    lent.send(LENDER, "transfer", LENDER, ALL)
    lent.send(ATTACKER, "transferFrom", LENDER, ATTACKER, 0)
    assert lent.shares(LENDER) == ALL
    assert lent.shares(SECOND_LENDER) == lent.shares(ATTACKER) == 0


def test_transfer__of_everything__leaves_nothing(lent: Lending) -> None:
    lent.send(LENDER, "transfer", SECOND_LENDER, ALL)
    assert (lent.shares(LENDER), lent.shares(SECOND_LENDER)) == (0, ALL)


@pytest.mark.parametrize(
    ("actor", "function", "arguments"),
    [
        (LENDER, "transfer", (SECOND_LENDER, ALL + 1)),
        (LENDER, "transfer", (LENDER, ALL + 1)),
        (LENDER, "transfer", (SECOND_LENDER, FOREVER)),
        (ATTACKER, "transfer", (SECOND_LENDER, 1)),
        (THIRD_LENDER, "transferFrom", (LENDER, THIRD_LENDER, ALL + 1)),
        (LENDER, "transferFrom", (LENDER, THIRD_LENDER, ALL + 1)),
        (SECOND_LENDER, "redeem", (1, SECOND_LENDER, SECOND_LENDER)),
        (SECOND_LENDER, "withdraw", (1, SECOND_LENDER, SECOND_LENDER)),
        (SECOND_LENDER, "redeem", (ALL, SECOND_LENDER, SECOND_LENDER)),
        (THIRD_LENDER, "withdraw", (1, THIRD_LENDER, SECOND_LENDER)),
    ],
)
def test_balance__more_than_one_has__refused(
    lent: Lending, actor: str, function: str, arguments: tuple[object, ...]
) -> None:
    for owner in (LENDER, SECOND_LENDER):
        lent.send(owner, "approve", THIRD_LENDER, FOREVER)
    with refused("vault: above balance"):
        lent.send(actor, function, *arguments)
    assert lent.shares(LENDER) == lent.read("totalSupply") == ALL


def test_approve__allowance__is_set_and_replaced(lent: Lending) -> None:
    for amount in (5, 10, FOREVER, 0):
        assert lent.send(LENDER, "approve", SECOND_LENDER, amount).logs == (
            ("Approval", {"owner": LENDER, "spender": SECOND_LENDER, "value": amount}),
        )
        assert lent.read("allowance", LENDER, SECOND_LENDER) == amount
    assert lent.read("allowance", SECOND_LENDER, LENDER) == 0


def test_transferFrom__allowance__is_used_up(lent: Lending) -> None:
    lent.send(LENDER, "approve", SECOND_LENDER, 10)
    receipt = lent.send(SECOND_LENDER, "transferFrom", LENDER, THIRD_LENDER, 4)
    assert receipt.logs == (("Transfer", {"sender": LENDER, "receiver": THIRD_LENDER, "value": 4}),)
    assert lent.read("allowance", LENDER, SECOND_LENDER) == 6
    lent.send(SECOND_LENDER, "transferFrom", LENDER, THIRD_LENDER, 6)
    assert lent.read("allowance", LENDER, SECOND_LENDER) == 0
    assert lent.shares(THIRD_LENDER) == 10


def test_transferFrom__allowance_without_limit__stays(lent: Lending) -> None:
    lent.send(LENDER, "approve", SECOND_LENDER, FOREVER)
    lent.send(SECOND_LENDER, "transferFrom", LENDER, THIRD_LENDER, ALL)
    assert lent.read("allowance", LENDER, SECOND_LENDER) == FOREVER
    assert lent.shares(THIRD_LENDER) == ALL


def test_transferFrom__by_the_owner__needs_and_uses_no_allowance(lent: Lending) -> None:
    lent.send(LENDER, "approve", LENDER, 3)
    lent.send(LENDER, "transferFrom", LENDER, SECOND_LENDER, ALL)
    assert lent.read("allowance", LENDER, LENDER) == 3
    assert lent.shares(SECOND_LENDER) == ALL


@pytest.mark.parametrize("allowed", [0, 9, FOREVER - 1])
@pytest.mark.parametrize("function", ["transferFrom", "withdraw", "redeem"])
def test_allowance__more_than_was_allowed__refused(
    lent: Lending, function: str, allowed: int
) -> None:
    """2^256 - 2 is as good as none, for there are not so many shares: one less is the edge."""
    lent.send(LENDER, "approve", ATTACKER, min(allowed, ALL - 1))
    lent.send(LENDER, "approve", SECOND_LENDER, ALL)  # another's allowance does not help
    arguments = {
        "transferFrom": (LENDER, ATTACKER, min(allowed + 1, ALL)),
        "withdraw": (10**6, ATTACKER, LENDER),
        "redeem": (min(allowed + 1, ALL), ATTACKER, LENDER),
    }
    before = lent.sats(ATTACKER)
    with refused("vault: above allowance"):
        lent.send(ATTACKER, function, *arguments[function])
    assert lent.sats(ATTACKER) == before
    assert lent.shares(LENDER) == ALL


def test_shares__names_of_nobody__have_none(lent: Lending) -> None:
    assert lent.shares(NOBODY) == lent.shares(lent.address) == 0
