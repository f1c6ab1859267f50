"""What a liquidation comes to, worked out before it is sent, to the last unit."""

from __future__ import annotations

from contextlib import suppress

import pytest

from terahash.chain import ChainError, Receipt
from terahash.lending.liquidation import LiquidationError, ToReserve, closes, sold, to_reserve
from terahash.lending.models import FIXED, Delivery
from terahash.lending.vault import Vault
from tests.support.issuing import HOLDER, ISSUER, ONE, RICH, STRANGER, TERM
from tests.support.lending import BORROWER, LENDER, LIQUIDATOR
from tests.support.lending_desk import LendingDesk

OWED = 400_000


def _unhealthy(desk: LendingDesk, gained: int) -> None:
    desk.owe(desk.delivery, 1_000, OWED)
    desk.pass_day(gained)
    assert desk.delivery.position(BORROWER).is_unhealthy


def _log(receipt: Receipt) -> dict[str, int]:
    (log,) = (log for _, log in receipt.logs if "bad_debt" in log)
    return log


@pytest.mark.parametrize("gained", [20 * ONE, 12 * ONE, 0])
@pytest.mark.parametrize("paid", [1, 999, 250_001, OWED, 10**9])
def test_sold__by_debt__what_the_vault_does(desk: LendingDesk, gained: int, paid: int) -> None:
    _unhealthy(desk, gained)
    position = desk.delivery.position(BORROWER)
    quote = sold(position, paid)
    call = desk.delivery.liquidate(BORROWER, paid, 0, quote.seized, HOLDER)
    log = _log(desk.do(LIQUIDATOR, call))
    assert (log["paid"], log["seized"]) == quote
    assert desk.token.balance(HOLDER) == quote.seized


@pytest.mark.parametrize(("paid", "seized"), [(OWED, 0), (0, 1_000 * ONE), (10_000, 0)])
def test_sold__tokens_worth_less_than_the_debt__all_of_them_at_their_price(
    desk: LendingDesk, paid: int, seized: int
) -> None:
    desk.owe(desk.delivery, 1_000, OWED)
    for _ in range(15):
        desk.pass_day(5 * ONE)
    required = 27 * 1_000 * 10 // 4  # so poor that the rest of the reserve may be withdrawn
    desk.act(ISSUER, desk.token.withdraw_reserve(desk.token.backing().reserve - required))
    position = desk.delivery.position(BORROWER)
    quote = sold(position, paid, seized)
    bounds = (quote.seized, quote.paid)[seized != 0]
    log = _log(desk.do(LIQUIDATOR, desk.delivery.liquidate(BORROWER, paid, seized, bounds, HOLDER)))
    assert (log["paid"], log["seized"]) == quote
    assert (log["bad_debt"] > 0) == (quote.seized == 1_000 * ONE) == (paid != 10_000)


@pytest.mark.parametrize("gained", [20 * ONE, 12 * ONE, 0])
@pytest.mark.parametrize("seized", [1, ONE // 3, 500 * ONE + 7, 1_000 * ONE, 5_000 * ONE])
def test_sold__by_collateral__what_the_vault_does(
    desk: LendingDesk, gained: int, seized: int
) -> None:
    _unhealthy(desk, gained)
    position = desk.delivery.position(BORROWER)
    quote = sold(position, 0, seized)
    call = desk.delivery.liquidate(BORROWER, 0, seized, quote.paid, HOLDER)
    log = _log(desk.do(LIQUIDATOR, call))
    assert (log["paid"], log["seized"]) == quote
    assert desk.sats(LIQUIDATOR) == RICH - quote.paid


@pytest.mark.parametrize("gained", [20 * ONE, 12 * ONE])
def test_to_reserve__reserve_that_pays__what_the_vault_does(desk: LendingDesk, gained: int) -> None:
    _unhealthy(desk, gained)
    position, worth = desk.delivery.position(BORROWER), desk.delivery.state().worth
    quote = to_reserve(position, worth)
    log = _log(desk.do(LIQUIDATOR, desk.delivery.liquidate_to_reserve(BORROWER, HOLDER)))
    assert log["seized"] == quote.seized
    # The token rounds once where its value per token was rounded before.
    assert 0 <= log["paid"] - quote.proceeds <= 1
    assert 0 <= log["reward"] - quote.reward <= 1
    assert desk.sats(HOLDER) == log["reward"] > 0


@pytest.mark.parametrize(
    ("paid", "seized"), [(-5, 0), (0, -5), (0, 0), (5, 5), (5, -1), (-1, 5), (-1, -1)]
)
def test_sold__not_one_amount_above_zero__refused(
    desk: LendingDesk, paid: int, seized: int
) -> None:
    _unhealthy(desk, 12 * ONE)
    with pytest.raises(LiquidationError, match=f"{paid} satoshi and {seized} tokens: give one"):
        sold(desk.delivery.position(BORROWER), paid, seized)


def _drained(desk: LendingDesk, taken: int) -> None:
    """Let a loan be liquidatable whose tokens a reserve pays nothing for."""
    desk.owe(desk.covered, 1_000, 60_000)
    for _ in range(TERM):
        desk.pass_day(taken)


def test_sold__tokens_without_a_price__refused(desk: LendingDesk) -> None:
    _drained(desk, 5 * ONE)
    position = desk.covered.position(BORROWER)
    assert position.is_unhealthy and position.price == 0
    with pytest.raises(LiquidationError, match="no price"):
        sold(position, OWED)


def test_to_reserve__reserve_that_pays_nothing__the_vault_keeps_them_all(
    desk: LendingDesk,
) -> None:
    _drained(desk, 5 * ONE)
    position, worth = desk.covered.position(BORROWER), desk.covered.state().worth
    quote = to_reserve(position, worth)
    assert quote == ToReserve(1_000 * ONE, 0, 0, True)
    log = _log(desk.do(LIQUIDATOR, desk.covered.liquidate_to_reserve(BORROWER, HOLDER)))
    assert (log["seized"], log["paid"], log["reward"]) == quote[:3]
    assert log["bad_debt"] == position.debt
    assert desk.token.balance(desk.covered.address) == 1_000 * ONE


def _unpaid(desk: LendingDesk, days: int, *borrowers: str) -> Vault:
    """Open a vault with a loan each; let the issuer pay nothing until its reserve is empty."""
    terms = {"lltv": 95 * ONE // 100, "uncovered_cap": 10**9}
    vault = desk.open_vault(Delivery(8 * ONE // 10, 999 * ONE // 1_000, ONE), **terms)
    desk.covered = vault  # so that the desk lets it take money and tokens
    for borrower in borrowers:
        desk.owe(vault, 1_000, 1_200_000, borrower)
    for _ in range(days):
        desk.pass_day()
        desk.act(STRANGER, desk.token.accrue())
        with suppress(ChainError):  # nothing is overdue, or nothing is left
            desk.act(STRANGER, desk.token.cover())
    return vault


@pytest.mark.parametrize("days", [16, 24, 36])
@pytest.mark.parametrize("left", [None, 20_000])
def test_to_reserve__empty_reserve_that_owes__the_vault_keeps_what_it_says(
    desk: LendingDesk, days: int, left: int | None
) -> None:
    vault = _unpaid(desk, days, BORROWER)
    if left:
        desk.do(STRANGER, vault.repay(vault.position(BORROWER).owes - left, BORROWER))
    position, worth = vault.position(BORROWER), vault.state().worth
    assert worth.payout == 0 < worth.price and position.is_unhealthy
    quote = to_reserve(position, worth)
    log = _log(desk.do(LIQUIDATOR, vault.liquidate_to_reserve(BORROWER, HOLDER)))
    assert (log["seized"], log["paid"], log["reward"]) == (quote.seized, 0, 0)
    assert quote.is_kept and quote.proceeds == 0
    assert (quote.seized < 1_000 * ONE) == (left is not None)
    assert log["bad_debt"] == position.debt


def test_closes__debts_of_which_each_is_dust__together_they_are_not(desk: LendingDesk) -> None:
    """Three of 6,000 satoshi in a vault that has 10 million left, liquidated one by one."""
    borrowers = (BORROWER, LIQUIDATOR, STRANGER)
    vault = _unpaid(desk, 16, *borrowers)
    for borrower in borrowers:
        desk.do(LENDER, vault.repay(vault.position(borrower).owes - 6_000, borrower))
    desk.do(LENDER, vault.withdraw(vault.state().assets // FIXED - 10**7, LENDER, LENDER))
    said, kept = [], 0
    for borrower in borrowers:
        state, position = vault.state(), vault.position(borrower)
        kept += to_reserve(position, state.worth).seized
        said.append(closes(state, position.debt, kept))
        desk.do(LENDER, vault.liquidate_to_reserve(borrower, HOLDER))
        assert vault.position(vault.address).loan.collateral == kept
        assert vault.state().pool.keeps_tokens is said[-1]
    assert said == [False, True, True]
