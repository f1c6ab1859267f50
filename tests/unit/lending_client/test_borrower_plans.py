"""Plans of who borrows: what they refuse before anything is sent, and what they promise."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from terahash.lending.borrower_plans import (
    authorize_plan,
    borrow_plan,
    post_plan,
    withdraw_collateral_plan,
)
from terahash.lending.models import Delivery
from terahash.session import RefusedError
from terahash.units import DAY
from tests.support.issuing import NOBODY, ONE, STRANGER
from tests.support.lending import BORROWER, DELIVERY
from tests.support.lending_desk import LendingDesk
from tests.unit.lending_client.conftest import facts, functions, session


@pytest.mark.parametrize("amount", [0, 1, 500, 999])
def test_borrow_plan__less_than_the_least_loan__refused_before_tokens_are_posted(
    desk: LendingDesk, amount: int
) -> None:
    desk.lend(desk.covered)
    desk.buy(BORROWER, 100)
    why = "Zero satoshi cannot be borrowed: name an amount"
    if amount:
        why = f"would owe {amount} sats .* least loan of this vault is 1,000 .* at least 1,000 sats"
    with pytest.raises(RefusedError, match=why):
        borrow_plan(
            session(desk, BORROWER), desk.covered, amount, BORROWER, BORROWER, posted=100 * ONE
        )


def test_borrow_plan__the_least_loan__what_the_vault_lends(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.buy(BORROWER, 100)
    arguments = (session(desk, BORROWER), desk.covered, 1_000, BORROWER, BORROWER, 100 * ONE)
    plan = borrow_plan(*arguments)
    assert functions(plan) == ["approve", "post", "borrow"]
    for step in plan.steps:
        desk.act(BORROWER, step.transaction)
    assert desk.covered.position(BORROWER).owes == 1_000


def test_borrow_plan__a_debt_is_there__a_satoshi_more_is_lent(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 1_000)
    plan = borrow_plan(session(desk, BORROWER), desk.covered, 1, BORROWER, BORROWER)
    desk.do(BORROWER, plan.steps[-1].transaction)
    assert desk.covered.position(BORROWER).owes == 1_001


def test_borrow_plan__of_the_credit__needs_no_least_loan(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 1_000)
    desk.pass_day()
    desk.deliver()
    assert desk.covered.position(BORROWER).credit > 40_000
    plan = borrow_plan(session(desk, BORROWER), desk.covered, 500, BORROWER, BORROWER)
    desk.do(BORROWER, plan.steps[-1].transaction)
    assert desk.covered.position(BORROWER).owes == 0
    # A little beyond it is a loan, and one too small.
    with pytest.raises(RefusedError, match="least loan of this vault"):
        borrow_plan(
            session(desk, BORROWER),
            desk.covered,
            desk.covered.position(BORROWER).credit + 2,
            BORROWER,
            BORROWER,
        )


@pytest.mark.parametrize("posted", [0, 1])
@pytest.mark.parametrize(
    ("terms", "lent", "why"),
    [
        ({}, 0, "the vault has no more cash: borrow less, or wait"),
        ({}, 10**9, "they allow no more: borrow less, or post more"),
        ({"borrow_cap": 9_000}, 10**9, "the vault lends no more than 9,000 sats"),
    ],
)
def test_borrow_plan__more_than_is_lent__what_bounds_it(
    desk: LendingDesk, terms: dict[str, int], lent: int, why: str, posted: int
) -> None:
    desk.covered = vault = desk.open_vault(**{"fee": 0, **terms})
    desk.lend(vault, lent or 1_000)
    if not lent:
        desk.do("0x" + "11" * 20, vault.withdraw(1_000, "0x" + "11" * 20, "0x" + "11" * 20))
    desk.post(vault, 1_000)
    desk.buy(BORROWER, 1)
    with pytest.raises(RefusedError, match=f"can be borrowed against 1,00.*, for {why}"):
        borrow_plan(session(desk, BORROWER), vault, 90_000, BORROWER, BORROWER, posted * ONE)


def test_borrow_plan__beyond_the_uncovered_cap__what_bounds_it(desk: LendingDesk) -> None:
    terms = {"lltv": 7 * ONE // 10, "uncovered_cap": 30_000}
    desk.covered = vault = desk.open_vault(Delivery(**DELIVERY), **terms)
    desk.lend(vault)
    desk.post(vault, 1_000)
    with pytest.raises(RefusedError, match="beyond what cash covers all loans together may owe no"):
        borrow_plan(session(desk, BORROWER), vault, 200_000, BORROWER, BORROWER)


def test_post_plan__no_tokens__refused(desk: LendingDesk) -> None:
    with pytest.raises(RefusedError, match="Zero tokens secure nothing: name an amount"):
        post_plan(session(desk, BORROWER), desk.covered, 0, BORROWER)


def test_post_plan__more_than_is_held__refused_with_what_is(desk: LendingDesk) -> None:
    desk.buy(BORROWER, 3)
    with pytest.raises(RefusedError, match=f"{BORROWER} holds 3 TH/s, and this takes 5 TH/s: buy"):
        post_plan(session(desk, BORROWER), desk.covered, 5 * ONE, BORROWER)


@pytest.mark.parametrize("sender", [None, BORROWER])
def test_withdraw_collateral_plan__a_debt_needs_them__refused_with_the_most(
    desk: LendingDesk, sender: str | None
) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    arguments = (BORROWER, BORROWER)
    for amount in (None, 277 * ONE):
        with pytest.raises(RefusedError, match=r"at most 276.* can be taken back while the loan"):
            withdraw_collateral_plan(session(desk, sender), desk.covered, amount, *arguments)
    plan = withdraw_collateral_plan(session(desk, sender), desk.covered, 276 * ONE, *arguments)
    desk.do(BORROWER, plan.steps[0].transaction)


def test_withdraw_collateral_plan__not_valued__refused_with_a_debt_alone(
    desk: LendingDesk,
) -> None:
    desk.owe(desk.delivery, 1_000, 60_000)
    desk.chain.now += 4 * DAY + 1
    arguments = (session(desk), desk.delivery, ONE, BORROWER, BORROWER)
    with pytest.raises(RefusedError, match=r"not valued: The newest .*advance the index"):
        withdraw_collateral_plan(*arguments)
    desk.do(BORROWER, desk.delivery.repay_all(BORROWER))
    desk.do(BORROWER, withdraw_collateral_plan(*arguments).steps[0].transaction)
    assert desk.token.balance(BORROWER) == ONE


def test_withdraw_collateral_plan__none__refused(desk: LendingDesk) -> None:
    desk.post(desk.covered, 10)
    with pytest.raises(RefusedError, match="zero was given: name an amount"):
        withdraw_collateral_plan(session(desk), desk.covered, 0, BORROWER, BORROWER)


def test_authorize_plan__nobody_or_the_sender__refused(desk: LendingDesk) -> None:
    given = session(desk, BORROWER)
    for operator in (NOBODY, desk.covered.address):
        with pytest.raises(RefusedError, match=f"nobody acts with the account {operator}"):
            authorize_plan(given, desk.covered, operator, True)
    with pytest.raises(RefusedError, match=f"{BORROWER} sends this, and acts for itself anyway"):
        authorize_plan(given, desk.covered, BORROWER, True)
    # An end of it harms nobody.
    assert functions(authorize_plan(given, desk.covered, BORROWER, False)) == ["authorize"]
    assert facts(authorize_plan(given, desk.covered, STRANGER, True))["operator"] == STRANGER


def test_borrow_plan__allowed_to_the_satoshi__the_vault_agrees(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000)
    most = desk.covered.position(BORROWER).max_borrow
    given = session(desk, BORROWER)
    with pytest.raises(RefusedError, match="at most"):
        borrow_plan(given, desk.covered, most + 1, BORROWER, BORROWER)
    with pytest.raises(ChainError):
        desk.do(BORROWER, desk.covered.borrow(most + 1, BORROWER, BORROWER))
    plan = borrow_plan(given, desk.covered, most, BORROWER, BORROWER)
    desk.do(BORROWER, plan.steps[-1].transaction)
