"""What bounds a loan: how much it may owe and why no more, and which tokens it does not need."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from terahash.lending.bounds import By, bound, free_tokens
from terahash.lending.models import Delivery
from terahash.lending.vault import Vault
from terahash.units import DAY
from tests.support.issuing import ONE
from tests.support.lending import BORROWER, DELIVERY
from tests.support.lending_desk import LendingDesk
from tests.support.market import USER

TOKENS = 1_000 * ONE


def _delivery(desk: LendingDesk, **terms: int) -> Vault:
    given = {"lltv": 7 * ONE // 10, "uncovered_cap": 10**9, **terms}
    vault = desk.open_vault(Delivery(**DELIVERY), **given)
    desk.covered = vault  # so that the desk lets it take money and tokens
    return vault


def test_bound__tokens__what_they_allow(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000)
    allowed = bound(desk.covered.state(), TOKENS, desk.covered.position(BORROWER))
    assert allowed.by is By.TOKENS
    assert allowed.most == desk.covered.position(BORROWER).max_borrow
    assert "post more" in allowed.why


def test_bound__no_cash__says_so(desk: LendingDesk) -> None:
    desk.buy(BORROWER, 10)
    allowed = bound(desk.covered.state(), TOKENS)
    assert (allowed.most, allowed.by) == (0, By.CASH)
    assert allowed.why.startswith("the vault has no more cash: ")


def test_bound__cash_that_others_owe__counts_what_the_loan_owes(desk: LendingDesk) -> None:
    desk.lend(desk.covered, 50_000)
    desk.post(desk.covered, 1_000)
    desk.do(BORROWER, desk.covered.borrow(30_000, BORROWER, BORROWER))
    allowed = bound(desk.covered.state(), TOKENS, desk.covered.position(BORROWER))
    assert (allowed.most, allowed.by) == (50_000, By.CASH)
    # What it owes already is no cash that it takes.
    desk.lend(desk.covered, 40_000)
    allowed = bound(desk.covered.state(), TOKENS, desk.covered.position(BORROWER))
    assert (allowed.most, allowed.by) == (82_952, By.TOKENS)


def test_bound__borrow_cap__says_how_much_it_is(desk: LendingDesk) -> None:
    desk.covered = vault = desk.open_vault(borrow_cap=20_000)
    desk.lend(vault)
    desk.buy(BORROWER, 10)
    allowed = bound(vault.state(), TOKENS)
    assert (allowed.most, allowed.by) == (20_000, By.BORROW_CAP)
    assert "no more than 20,000 sats" in allowed.why


def test_bound__uncovered_cap__says_how_much_it_is(desk: LendingDesk) -> None:
    vault = _delivery(desk, uncovered_cap=30_000)
    desk.lend(vault)
    desk.post(vault, 1_000)
    allowed = bound(vault.state(), TOKENS, vault.position(BORROWER))
    assert allowed.by is By.UNCOVERED_CAP
    assert allowed.most == vault.position(BORROWER).max_borrow
    assert "no more than 30,000 sats" in allowed.why


def test_bound__less_than_the_least_loan__says_both(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.buy(BORROWER, 10)
    allowed = bound(desk.covered.state(), 5 * ONE)
    assert (allowed.most, allowed.by) == (0, By.LEAST_LOAN)
    assert allowed.why.startswith("the 414 sats (0.00000414 BTC) that could be owed are less than")
    assert "least loan of 1,000 sats" in allowed.why


def _takes(desk: LendingDesk, vault: Vault, amount: int) -> str:
    """Try to take tokens back, and return why that is refused."""
    with desk.chain.undone():
        try:
            desk.do(BORROWER, vault.withdraw_collateral(amount, BORROWER, BORROWER))
        except ChainError as error:
            return error.reason
    return ""


@pytest.mark.parametrize("days", [0, 1])
@pytest.mark.parametrize("kind", ["covered", "delivery"])
def test_free_tokens__of_a_debt__not_one_part_of_a_token_more(
    desk: LendingDesk, kind: str, days: int
) -> None:
    vault = getattr(desk, kind)
    desk.owe(vault, 1_000, 60_000)
    for _ in range(days):
        desk.pass_day()
        desk.deliver()
    free = free_tokens(vault.state(), vault.position(BORROWER))
    assert 0 < free < TOKENS
    assert _takes(desk, vault, free) == ""
    assert _takes(desk, vault, free + 1) == "vault: above max ltv"


@pytest.mark.parametrize("others", [0, 10_000])
@pytest.mark.parametrize("borrowed", [100_000, 124_050])
def test_free_tokens__uncovered_cap__not_one_part_of_a_token_more(
    desk: LendingDesk, borrowed: int, others: int
) -> None:
    vault = _delivery(desk, uncovered_cap=30_000 + others)
    desk.owe(vault, 1_000, borrowed)
    if others:
        desk.post(vault, 1_000, USER)
        desk.do(USER, vault.borrow(94_050 + others, USER, USER))
    free = free_tokens(vault.state(), vault.position(BORROWER))
    assert (free > 0) == (borrowed == 100_000)
    if free:
        assert _takes(desk, vault, free) == ""
    assert _takes(desk, vault, free + 1) == "vault: above uncovered cap"


def test_free_tokens__no_debt_or_nothing_that_secures_it__all_or_none(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000)
    assert free_tokens(desk.covered.state(), desk.covered.position(BORROWER)) == TOKENS
    desk.do(BORROWER, desk.covered.borrow(60_000, BORROWER, BORROWER))
    for _ in range(42):
        desk.pass_day(5 * ONE)  # which does not earn its cost
    desk.chain.now += DAY
    state = desk.covered.state()
    assert state.is_valued and state.limit == 0
    assert free_tokens(state, desk.covered.position(BORROWER)) == 0
