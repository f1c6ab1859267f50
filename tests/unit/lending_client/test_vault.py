"""The client of one vault: what it reads, and what its transactions do when they are sent."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError, Transaction
from terahash.lending.models import FIXED, UNCOUNTED, Delivery
from terahash.units import DAY
from tests.support.issuing import HOLDER, ONE, RICH, STRANGER
from tests.support.lending import BORROWER, DELIVERY, GUARDIAN, LENDER, LIQUIDATOR
from tests.support.lending_desk import LendingDesk
from tests.support.market import USER

LENT = 10**9


def test_terms__of_each_kind__say_how_it_is_secured(desk: LendingDesk) -> None:
    covered, delivery = desk.covered, desk.delivery
    assert covered.terms == desk.vault_terms(valuation=covered.terms.valuation)
    assert covered.terms.is_covered and not delivery.terms.is_covered
    assert covered.delivery is None
    assert delivery.delivery == Delivery(**DELIVERY)
    assert (covered.symbol, covered.name) == ("tvcHASH", "Terahash covered vault of HASH")
    assert (covered.btc, covered.token.address) == (desk.btc, desk.token.address)
    assert covered.terms.max_ltv == 882 * ONE // 1_000


def test_state__lent_and_borrowed__pool_rates_and_worth(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    state = desk.covered.state()
    assert (state.vault, state.symbol) == (desk.covered.address, "tvcHASH")
    assert state.terms == desk.covered.terms
    assert (state.lent, state.assets) == (60_000 * FIXED, LENT * FIXED)
    assert state.pool.cash == (LENT - 60_000) * FIXED
    assert state.utilisation == 60_000 * ONE // LENT
    assert ONE // 100 < state.borrow_rate < ONE // 99
    assert state.limit == state.worth.value * state.terms.max_ltv // ONE
    assert state.is_valued and not state.worth.is_stopped


def test_limit__of_a_delivery_vault__is_what_may_be_lent_at_most(desk: LendingDesk) -> None:
    desk.buy(BORROWER, 10)
    worth = desk.delivery.state().worth
    assert desk.delivery.state().limit == worth.most < worth.value * 686 // 1_000


def test_position__borrower__debt_health_and_room(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    position = desk.covered.position(BORROWER)
    assert (position.borrower, position.owes, position.credit) == (BORROWER, 60_000, 0)
    assert position.loan.collateral == 1_000 * ONE
    assert position.value == 94_050
    assert position.health == position.value * 9 * ONE // 10 // 60_000
    assert position.max_borrow == 94_050 * 882 // 1_000 - 60_000
    assert not (position.is_empty or position.is_unhealthy)


def test_positions__more_than_one_call_shows__all_in_order(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    accounts = ["0x" + f"{number:040x}" for number in range(1, 66)] + [BORROWER]
    found = desk.covered.positions(accounts)
    assert [one.borrower.lower() for one in found] == [one.lower() for one in accounts]
    assert found[-1] == desk.covered.position(BORROWER)
    assert all(one.is_empty for one in found[:-1])
    assert desk.covered.positions([]) == []


def test_borrowers__everyone_who_ever_had_tokens__once(desk: LendingDesk) -> None:
    desk.buy(USER, 10)
    desk.do(USER, desk.covered.post(ONE, BORROWER))
    desk.do(USER, desk.covered.post(ONE, USER))
    desk.do(USER, desk.covered.post(ONE, BORROWER))
    assert desk.covered.borrowers() == [BORROWER, USER]
    assert desk.delivery.borrowers() == []


def test_lender__some_is_lent__what_can_be_taken_out(desk: LendingDesk) -> None:
    desk.lend(desk.covered, 100_000)
    desk.post(desk.covered, 1_000)
    desk.do(BORROWER, desk.covered.borrow(60_000, BORROWER, BORROWER))
    lender = desk.covered.lender(LENDER)
    assert lender == (LENDER, 100_000 * 10**6, 100_000, 40_000)
    assert desk.covered.max_deposit() == 10**12 - 100_000
    assert desk.covered.max_redeem(LENDER) // 10**6 == 40_000
    assert desk.covered.lender(STRANGER) == (STRANGER, 0, 0, 0)


def test_deposit__as_previewed__shares(desk: LendingDesk) -> None:
    shares = desk.covered.preview_deposit(LENT)
    desk.do(LENDER, desk.covered.deposit(LENT, HOLDER))
    assert desk.covered.shares(HOLDER) == shares == LENT * 10**6
    assert desk.sats(LENDER) == RICH - LENT


def test_deposit__unsent__changes_nothing(desk: LendingDesk) -> None:
    unsent = desk.covered.deposit(LENT, LENDER)
    assert unsent == Transaction("LendingVault", desk.covered.address, "deposit", (LENT, LENDER))
    assert desk.covered.shares(LENDER) == 0


def test_withdraw_and_redeem__as_previewed__satoshi(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    shares = desk.covered.preview_withdraw(1_000)
    desk.do(LENDER, desk.covered.withdraw(1_000, HOLDER, LENDER))
    assert desk.sats(HOLDER) == 1_000
    left = desk.covered.shares(LENDER)
    assert left == LENT * 10**6 - shares
    assets = desk.covered.preview_redeem(left)
    desk.do(LENDER, desk.covered.redeem(left, HOLDER, LENDER))
    assert desk.sats(HOLDER) == 1_000 + assets == LENT


def test_loan__posted_borrowed_repaid_and_closed(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    before = desk.sats(BORROWER)
    desk.do(STRANGER, desk.covered.repay(10_000, BORROWER))
    assert desk.covered.position(BORROWER).owes == 50_000
    desk.do(BORROWER, desk.covered.withdraw_collateral(ONE, HOLDER, BORROWER))
    assert desk.token.balance(HOLDER) == ONE
    desk.do(BORROWER, desk.covered.close(BORROWER, BORROWER))
    assert desk.covered.position(BORROWER).is_empty
    assert desk.sats(BORROWER) == before - 50_000
    assert desk.token.balance(BORROWER) == 999 * ONE


def test_repay_all__by_anyone__nothing_is_owed(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    desk.chain.now += DAY
    owes = desk.covered.position(BORROWER).owes
    desk.do(STRANGER, desk.covered.repay_all(BORROWER))
    position = desk.covered.position(BORROWER)
    assert (position.debt, position.health, position.is_empty) == (0, UNCOUNTED, False)
    assert desk.sats(STRANGER) == 2 * RICH - owes  # its market has made it rich, too


def test_credit__rewards_beyond_the_debt__taken(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 1_000)
    desk.pass_day()
    desk.deliver()
    desk.do(STRANGER, desk.covered.harvest(BORROWER))
    credit = desk.covered.position(BORROWER).credit
    assert credit > 42_000
    desk.do(BORROWER, desk.covered.withdraw_credit(HOLDER, BORROWER))
    assert desk.sats(HOLDER) == credit


def test_authorize__and_no_longer__who_may_borrow(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 10_000)
    borrowing = desk.covered.borrow(1_000, STRANGER, BORROWER)
    assert not desk.covered.is_authorized(BORROWER, STRANGER)
    desk.do(BORROWER, desk.covered.authorize(STRANGER, True))
    assert desk.covered.is_authorized(BORROWER, STRANGER)
    desk.do(STRANGER, borrowing)
    desk.do(BORROWER, desk.covered.authorize(STRANGER, False))
    with pytest.raises(ChainError) as caught:
        desk.do(STRANGER, borrowing)
    assert caught.value.reason == "vault: not authorized"


def test_operators__some_ended_and_some_of_others__those_that_may_now(desk: LendingDesk) -> None:
    assert desk.covered.operators(BORROWER) == []
    for owner, operator, authorized in (
        (BORROWER, STRANGER, True),
        (BORROWER, USER, False),
        (BORROWER, HOLDER, True),
        (LENDER, USER, True),
        (BORROWER, STRANGER, False),
        (BORROWER, LIQUIDATOR, True),
    ):
        desk.do(owner, desk.covered.authorize(operator, authorized))
    assert desk.covered.operators(BORROWER) == [LIQUIDATOR, HOLDER]
    assert desk.delivery.operators(BORROWER) == []


def test_unvalued__index_is_stale__why_in_words(desk: LendingDesk) -> None:
    desk.buy(BORROWER, 10)
    assert desk.delivery.unvalued() == ""
    desk.chain.now += 4 * DAY + 1
    assert not desk.delivery.state().is_valued
    assert desk.delivery.unvalued().endswith("(value: index stale)")
    assert desk.covered.unvalued() == ""


def test_fees__collected__shares_of_the_interest(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    desk.chain.now += 30 * DAY
    till = desk.covered.state().pool.till
    assert till > 0
    desk.do(STRANGER, desk.covered.collect_fees())
    assert desk.covered.shares(desk.covered.terms.fee_receiver) == till
    assert desk.covered.state().pool.till == 0


def test_stop__guardian__said_by_the_state(desk: LendingDesk) -> None:
    desk.do(GUARDIAN, desk.covered.stop(True, False))
    pool = desk.covered.state().pool
    assert (pool.deposits_stopped, pool.loans_stopped) == (True, False)
    with pytest.raises(ChainError) as caught:
        desk.lend(desk.covered)
    assert caught.value.reason == "vault: deposits stopped"


def test_liquidate__unhealthy__both_ways(desk: LendingDesk) -> None:
    desk.owe(desk.delivery, 1_000, 400_000)
    desk.pass_day(12 * ONE)
    assert desk.delivery.position(BORROWER).is_unhealthy
    with desk.chain.undone():
        desk.do(LIQUIDATOR, desk.delivery.liquidate(BORROWER, 10_000, 0, 1, HOLDER))
        assert desk.token.balance(HOLDER) > 0
    with desk.chain.undone():
        desk.do(LIQUIDATOR, desk.delivery.liquidate(BORROWER, 0, ONE, RICH, HOLDER))
        assert desk.token.balance(HOLDER) == ONE
    desk.do(LIQUIDATOR, desk.delivery.liquidate_to_reserve(BORROWER, HOLDER))
    assert desk.sats(HOLDER) > 0


def test_funds__of_bitcoin_and_tokens__held_and_allowed(desk: LendingDesk) -> None:
    desk.buy(USER, 10)
    with desk.chain.acting_as(USER):
        desk.covered.approve_bitcoin(77).send(desk.chain)
        desk.covered.approve_tokens(88).send(desk.chain)
    assert desk.covered.bitcoin_of(USER) == (desk.sats(USER), 77)
    assert desk.covered.tokens_of(USER) == (10 * ONE, 88)
