"""LendingVault.authorize: who may act for a borrower, and who may not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.issuing import STRANGER
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    LENDER,
    ONE,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused

ACTS: dict[str, tuple[Any, ...]] = {
    "borrow": (1_000, THIRD_BORROWER, BORROWER),
    "withdraw_collateral": (1, THIRD_BORROWER, BORROWER),
    "withdraw_credit": (THIRD_BORROWER, BORROWER),
    "close": (THIRD_BORROWER, BORROWER),
}
"""What only the borrower may do, or whom it has authorized."""


@pytest.fixture
def credited(lent: Lending) -> Lending:
    """A borrower has tokens, and a credit."""
    lent.post(100)
    pass_rewarded_day(lent)
    return lent


def test_authorize__operator__is_shown_and_an_event_says_so(lending: Lending) -> None:
    for authorized in (True, True, False):
        receipt = lending.send(BORROWER, "authorize", STRANGER, authorized)
        assert receipt.logs == (
            (
                "AuthorizationSet",
                {"owner": BORROWER, "operator": STRANGER, "authorized": authorized},
            ),
        )
        assert lending.read("authorized", BORROWER, STRANGER) is authorized
    assert lending.read("authorized", STRANGER, BORROWER) is False


@pytest.mark.parametrize("function", ACTS)
def test_authorize__operator__acts_for_the_borrower(credited: Lending, function: str) -> None:
    credited.send(BORROWER, "authorize", STRANGER, True)
    before = credited.loan()
    credited.send(STRANGER, function, *ACTS[function])
    assert credited.loan() != before
    assert credited.sats(THIRD_BORROWER) + credited.tokens(THIRD_BORROWER) > 10**15


def test_authorize__operator_that_closes__pays_itself(borrowed: Lending) -> None:
    borrowed.send(BORROWER, "authorize", STRANGER, True)
    before = borrowed.sats(STRANGER), borrowed.sats(BORROWER)
    logs = borrowed.logged(STRANGER, "close", BORROWER, BORROWER)
    assert logs["Repaid"] == {"payer": STRANGER, "borrower": BORROWER, "amount": 80_000}
    assert (borrowed.sats(STRANGER), borrowed.sats(BORROWER)) == (before[0] - 80_000, before[1])
    assert borrowed.tokens(BORROWER) == 100 * ONE


@pytest.mark.parametrize("function", ACTS)
def test_authorize__who_is_not__refused(credited: Lending, function: str) -> None:
    """Another borrower's operator, the borrower as its operator's, a lender, one who was."""
    credited.send(SECOND_BORROWER, "authorize", ATTACKER, True)
    credited.send(STRANGER, "authorize", BORROWER, True)
    credited.send(BORROWER, "authorize", THIRD_BORROWER, True)
    credited.send(BORROWER, "authorize", THIRD_BORROWER, False)
    for actor in (ATTACKER, STRANGER, THIRD_BORROWER, LENDER, credited.terms["guardian"]):
        with refused("vault: not authorized"):
            credited.send(actor, function, *ACTS[function])
    assert credited.tokens(credited.address) == 100 * ONE


def test_authorize__operator__may_not_move_the_shares_of_who_authorized(lent: Lending) -> None:
    lent.send(LENDER, "authorize", STRANGER, True)
    assert lent.read("allowance", LENDER, STRANGER) == 0
