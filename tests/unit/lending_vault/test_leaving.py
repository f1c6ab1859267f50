"""The last borrower and the last lender leave: nothing divides by zero, and only dust stays behind.

What may stay is less than a satoshi each: of a loan's credit, of a lender's last shares,
and of what the token rounds of the vault's earnings.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    BORROWERS,
    FEE_RECEIVER,
    FIXED,
    LENDER,
    LENDERS,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day


@pytest.fixture
def busy() -> Lending:
    """Three lenders, three borrowers, and two weeks of rewards and interest."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    for amount, lender in zip((10**6, 333_333, 7), LENDERS, strict=True):
        lending.lend(amount, lender)
    for tokens, borrower in zip((500, 300, 7), BORROWERS, strict=True):
        lending.post(tokens, borrower)
        lending.borrow(tokens * 800 + 123, borrower)
    for _ in range(7):
        pass_rewarded_day(lending)
        lending.send(STRANGER, "harvest", BORROWER)
    return lending


def _leave_all(lending: Lending, *lenders: str) -> None:
    for lender in lenders:
        most = lending.read("maxWithdraw", lender)
        if most != 0:
            lending.send(lender, "withdraw", most, lender, lender)


def _dust(lending: Lending) -> int:
    """Say what the vault holds, or could claim, in the end, satoshi."""
    return lending.sats(lending.address) + int(lending.issuance.read("claimable", lending.address))


def test_leaving__borrowers_then_lenders__leave_dust(busy: Lending) -> None:
    for borrower in BORROWERS:
        busy.send(borrower, "close", borrower, borrower)
    pool = busy.pool()
    assert pool.scaled == pool.lent == 0
    assert pool.assets == pool.cash
    assert busy.tokens(busy.address) == 0
    busy.send(STRANGER, "collect_fees")
    _leave_all(busy, *LENDERS, FEE_RECEIVER)
    assert busy.pool().cash < 4 * FIXED  # of four who left
    # Of three credits, four lenders and the token's own rounding.
    assert _dust(busy) <= 8
    assert busy.pool().rate > 0


def test_leaving__the_other_way_round__the_last_lender_waits_for_the_last_borrower(
    busy: Lending,
) -> None:
    _leave_all(busy, SECOND_LENDER)
    busy.send(BORROWER, "close", BORROWER, BORROWER)
    _leave_all(busy, *LENDERS)
    assert busy.pool().cash < FIXED
    busy.send(SECOND_BORROWER, "close", SECOND_BORROWER, SECOND_BORROWER)
    _leave_all(busy, *LENDERS)
    busy.send(THIRD_BORROWER, "close", THIRD_BORROWER, THIRD_BORROWER)
    busy.send(STRANGER, "collect_fees")
    _leave_all(busy, *LENDERS, FEE_RECEIVER)
    assert _dust(busy) <= 8


def test_leaving__with_rewards_pending__they_are_credited_first(busy: Lending) -> None:
    """Nobody harvests: the last to leave gets what its tokens have earned until then."""
    pass_rewarded_day(busy)
    before = busy.loan(BORROWER)
    assert before.scaled > 0
    paid = busy.asked(BORROWER, "close", BORROWER, BORROWER)
    busy.send(BORROWER, "close", BORROWER, BORROWER)
    assert paid == -(-before.scaled * busy.pool().index // 10**27 // FIXED)
    assert busy.loan(BORROWER).scaled == 0


def test_leaving__rewards_still_streaming__are_not_the_vaults_any_more(busy: Lending) -> None:
    """They go with the tokens."""
    busy.issuance.pass_day()
    busy.issuance.deliver()
    busy.chain.now += DAY // 2
    for borrower in BORROWERS:
        busy.send(borrower, "close", borrower, borrower)
    earned = busy.issuance.read("earned", busy.address)
    busy.chain.now += DAY
    assert busy.issuance.read("earned", busy.address) == earned
    assert busy.issuance.read("claimable", BORROWER) > 10_000
    busy.send(STRANGER, "collect_fees")
    _leave_all(busy, *LENDERS, FEE_RECEIVER)
    assert _dust(busy) <= 8


@pytest.mark.parametrize("function", ["liquidate", "liquidate_to_reserve"])
def test_leaving__last_borrower_is_liquidated__the_lenders_leave_with_the_rest(
    busy: Lending, function: str
) -> None:
    for borrower in (SECOND_BORROWER, THIRD_BORROWER):
        busy.send(borrower, "close", borrower, borrower)
    payout = int(busy.issuance.read("preview_redeem", ONE)) * ONE
    busy.set_worth(500 * ONE if function == "liquidate" else ONE, payout)
    arguments = (2**255, 0, 0, LIQUIDATOR) if function == "liquidate" else (LIQUIDATOR,)
    busy.send(LIQUIDATOR, function, BORROWER, *arguments)
    assert busy.pool().scaled == 0
    if busy.loan().collateral or busy.loan().credit >= FIXED:
        busy.send(BORROWER, "close", BORROWER, BORROWER)
    busy.send(STRANGER, "collect_fees")
    _leave_all(busy, *LENDERS, FEE_RECEIVER)
    assert busy.pool().cash < 5 * FIXED
    assert _dust(busy) <= 8


def test_leaving__everybody__and_coming_back_begins_anew(busy: Lending) -> None:
    for borrower in BORROWERS:
        busy.send(borrower, "close", borrower, borrower)
    busy.send(STRANGER, "collect_fees")
    _leave_all(busy, *LENDERS, FEE_RECEIVER)
    busy.chain.now += 400 * DAY
    dust = busy.pool().assets
    busy.lend(10**6, SECOND_LENDER)
    assert 10**6 - 1 <= busy.read("maxWithdraw", SECOND_LENDER) <= 10**6
    assert busy.pool().assets == dust + 10**6 * FIXED


def test_leaving__kept_tokens__earn_for_who_has_a_share_left(borrowed: Lending) -> None:
    """Who takes out all that is there keeps, by a part of its shares, its part of what comes."""
    borrowed.send(LENDER, "transfer", SECOND_LENDER, borrowed.shares(LENDER) // 2)
    borrowed.set_worth(0)
    borrowed.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    _leave_all(borrowed, LENDER)
    pass_rewarded_day(borrowed)
    before = borrowed.sats(SECOND_LENDER)
    _leave_all(borrowed, SECOND_LENDER)
    assert borrowed.sats(SECOND_LENDER) - before in (460_000 + 4_398, 460_000 + 4_399)
    # Nobody is left, and the tokens earn on: for the shares that nobody owns.
    pass_rewarded_day(borrowed)
    assert 4_399 * FIXED <= borrowed.pool().assets < 4_403 * FIXED
    assert borrowed.read("maxWithdraw", SECOND_LENDER) <= 4_400
