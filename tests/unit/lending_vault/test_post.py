"""LendingVault.post: anyone's tokens, to secure anyone's loan."""

from __future__ import annotations

import pytest

from tests.support.issuing import BUYER, ONE
from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    NOBODY,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
    Loan,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused


def test_post__tokens__secure_a_loan_from_now_on(lending: Lending) -> None:
    lending.issuance.mint(BORROWER, 100)
    receipt = lending.send(BORROWER, "post", 30 * ONE, BORROWER)
    assert receipt.logs == (
        ("Posted", {"payer": BORROWER, "borrower": BORROWER, "amount": 30 * ONE}),
        ("Transfer", {"sender": BORROWER, "receiver": lending.address, "value": 30 * ONE}),
    )
    assert lending.loan() == Loan(30 * ONE, 0, 0, lending.issuance.read("index"))
    assert lending.tokens(lending.address) == 30 * ONE
    assert lending.tokens(BORROWER) == 70 * ONE
    lending.send(BORROWER, "post", 1, BORROWER)
    assert lending.loan().collateral == 30 * ONE + 1


def test_post__for_another__is_the_others(lending: Lending) -> None:
    lending.issuance.mint(BORROWER, 100)
    event = lending.logged(BORROWER, "post", 100 * ONE, SECOND_BORROWER)["Posted"]
    assert (event["payer"], event["borrower"]) == (BORROWER, SECOND_BORROWER)
    assert lending.loan(SECOND_BORROWER).collateral == 100 * ONE
    assert lending.loan(BORROWER).collateral == 0
    lending.send(SECOND_BORROWER, "withdraw_collateral", 1, SECOND_BORROWER, SECOND_BORROWER)


def test_post__tokens_that_have_earned_before__bring_only_what_they_earn_here(
    lending: Lending,
) -> None:
    lending.issuance.mint(BUYER, 100, BORROWER)
    pass_rewarded_day(lending)
    lending.send(BORROWER, "post", 100 * ONE, BORROWER)
    assert lending.loan().credit == 0
    pass_rewarded_day(lending)
    assert 4_399 * FIXED < lending.loan().credit < 4_401 * FIXED
    assert lending.issuance.read("claimable", BORROWER) == 4_399


def test_post__more_tokens__first_credits_those_that_were_there(lending: Lending) -> None:
    lending.post(100)
    pass_rewarded_day(lending)
    earned = lending.loan().credit
    lending.issuance.mint(BORROWER, 900)
    logs = lending.logged(BORROWER, "post", 900 * ONE, BORROWER)
    assert logs["Credited"] == {"borrower": BORROWER, "amount": earned, "credit": earned}
    assert lending.loan() == Loan(1_000 * ONE, 0, earned, lending.issuance.read("index"))


def test_post__to_a_debt__needs_no_price_and_no_leave(borrowed: Lending) -> None:
    borrowed.set_standing(is_stopped=True, is_pending=True, is_refused=True)
    borrowed.send(GUARDIAN, "stop", True, True)
    borrowed.post(1)
    assert borrowed.loan().collateral == 101 * ONE


def test_post__nothing__refused(lending: Lending) -> None:
    with refused("vault: nothing to post"):
        lending.send(BORROWER, "post", 0, BORROWER)


@pytest.mark.parametrize("number", [0, 1])
def test_borrower__nobody_or_the_vault__refused(borrowed: Lending, number: int) -> None:
    """The vault's own loan is where it keeps what it could not sell: no call touches that."""
    borrower = (NOBODY, borrowed.address)[number]
    borrowed.issuance.mint(BORROWER, 1)
    for function, arguments in (
        ("post", (ONE, borrower)),
        ("repay", (1, borrower)),
        ("repay_all", (borrower,)),
        ("harvest", (borrower,)),
        ("liquidate", (borrower, 1, 0, 0, BORROWER)),
        ("liquidate_to_reserve", (borrower, BORROWER)),
    ):
        with refused("vault: not a borrower"):
            borrowed.send(BORROWER, function, *arguments)
    assert borrowed.tokens(BORROWER) == ONE


@pytest.mark.parametrize("amount", [ONE + 1, 2**96, 2**255])
def test_post__tokens_that_one_has_not__moves_nothing(lending: Lending, amount: int) -> None:
    lending.issuance.mint(THIRD_BORROWER, 1)
    lending.post(1)
    with refused("token: insufficient balance"):
        lending.send(THIRD_BORROWER, "post", amount, THIRD_BORROWER)
    assert lending.loan(THIRD_BORROWER).collateral == 0
