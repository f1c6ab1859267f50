"""LendingVault.withdraw_collateral: without a debt freely, with one as far as it stays secured."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    ONE,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
    Loan,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused


def _withdraw(lending: Lending, amount: int) -> None:
    lending.send(BORROWER, "withdraw_collateral", amount, BORROWER, BORROWER)


def test_withdraw_collateral__without_a_debt__gives_tokens_back(lending: Lending) -> None:
    lending.post(100)
    arguments = ("withdraw_collateral", 40 * ONE, THIRD_BORROWER, BORROWER)
    assert lending.send(BORROWER, *arguments).logs == (
        (
            "CollateralWithdrawn",
            {"borrower": BORROWER, "receiver": THIRD_BORROWER, "amount": 40 * ONE},
        ),
        (
            "Transfer",
            {"sender": lending.address, "receiver": THIRD_BORROWER, "value": 40 * ONE},
        ),
    )
    assert lending.loan().collateral == 60 * ONE
    assert lending.tokens(THIRD_BORROWER) == 40 * ONE
    _withdraw(lending, 60 * ONE)
    assert lending.loan() == Loan(0, 0, 0, lending.issuance.read("index"))
    assert lending.tokens(lending.address) == 0


def test_withdraw_collateral__without_a_debt__reads_no_price(lending: Lending) -> None:
    lending.post(100)
    lending.set_worth(0)
    lending.set_standing(is_stopped=True, is_pending=True, is_refused=True)
    lending.send(GUARDIAN, "stop", True, True)
    lending.issuance.chain.now += 60 * DAY
    _withdraw(lending, 100 * ONE)
    assert lending.tokens(BORROWER) == 100 * ONE


def test_withdraw_collateral__with_a_debt__as_far_as_it_stays_secured(borrowed: Lending) -> None:
    """882 satoshi a token: 80,000 need 90.70 tokens, rounded up."""
    needed = -(-80_000 * ONE // 882)
    with pytest.raises(ChainError, match="above max ltv"):
        _withdraw(borrowed, 100 * ONE - needed + 1)
    _withdraw(borrowed, 100 * ONE - needed)
    assert borrowed.loan().collateral == needed


def test_withdraw_collateral__with_a_debt__counts_the_rewards_until_now(borrowed: Lending) -> None:
    pass_rewarded_day(borrowed)
    debt = borrowed.debt()
    assert 75_600 * FIXED <= debt < 75_602 * FIXED
    needed = -(-debt * ONE // (882 * FIXED))
    _withdraw(borrowed, 100 * ONE - needed)
    assert borrowed.loan().collateral == needed
    assert borrowed.debt() == debt


def test_withdraw_collateral__with_a_debt__needs_a_price(borrowed: Lending) -> None:
    borrowed.set_standing(is_refused=True)
    with refused("value: index stale"):
        _withdraw(borrowed, 1)
    # That no new loan is made does not matter.
    borrowed.set_standing(is_stopped=True)
    borrowed.send(GUARDIAN, "stop", True, True)
    _withdraw(borrowed, 1)
    assert borrowed.loan().collateral == 100 * ONE - 1


def test_withdraw_collateral__rewards__stay_in_the_vault(lending: Lending) -> None:
    lending.post(100)
    pass_rewarded_day(lending)
    credit = lending.loan().credit
    logs = lending.logged(BORROWER, "withdraw_collateral", 100 * ONE, SECOND_BORROWER, BORROWER)
    assert logs["Credited"] == {"borrower": BORROWER, "amount": credit, "credit": credit}
    assert lending.loan().credit == credit > 0
    pass_rewarded_day(lending)
    assert lending.loan().credit == credit


def test_withdraw_collateral__more_than_is_there__refused(borrowed: Lending) -> None:
    borrowed.send(BORROWER, "repay_all", BORROWER)
    for amount in (100 * ONE + 1, 2**88, 2**256 - 1):
        with refused("vault: above collateral"):
            _withdraw(borrowed, amount)
    _withdraw(borrowed, 100 * ONE)
