"""LendingVault.borrow: how much, from what, and every rule that a new loan meets."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import FIRST_DAY, STRANGER
from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    ONE,
    RAY,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused


def test_borrow__satoshi__are_paid_and_owed(lent: Lending) -> None:
    lent.post(100)
    before = lent.sats(THIRD_BORROWER)
    receipt = lent.send(BORROWER, "borrow", 80_000, THIRD_BORROWER, BORROWER)
    assert receipt.logs == (
        ("Borrowed", {"borrower": BORROWER, "receiver": THIRD_BORROWER, "amount": 80_000}),
        (
            "Transfer",
            {"sender": lent.address, "receiver": THIRD_BORROWER, "value": 80_000},
        ),
    )
    assert lent.sats(THIRD_BORROWER) == before + 80_000
    assert lent.debt() == 80_000 * FIXED
    pool = lent.pool()
    assert (pool.cash, pool.lent) == (920_000 * FIXED, 80_000 * FIXED)
    assert lent.read("totalAssets") == 10**6


def test_borrow__again__adds_to_the_debt(borrowed: Lending) -> None:
    borrowed.borrow(1)
    borrowed.borrow(999)
    assert borrowed.debt() == 81_000 * FIXED
    assert borrowed.pool().scaled == borrowed.loan().scaled


def test_borrow__up_to_what_the_value_allows__goes(lent: Lending) -> None:
    """98 % of 90 % of 1,000 a token."""
    lent.post(100)
    with refused("vault: above max ltv"):
        lent.borrow(88_201)
    with lent.undone():
        lent.borrow(88_200)
    # A unit less of value, or of what may be lent, and a satoshi less goes.
    for value, most in ((1_000 * ONE - 1, 2**256 - 1), (2_000 * ONE, 882 * ONE - 1)):
        with lent.undone():
            lent.set_worth(value, most=most)
            with pytest.raises(ChainError):
                lent.borrow(88_200)
            lent.borrow(88_199)
    with lent.undone():
        lent.set_worth(2_000 * ONE, most=882 * ONE)
        lent.borrow(88_200)


def test_borrow__at_an_index_above_one__the_debt_is_rounded_up(costly: Lending) -> None:
    costly.chain.now += 12_345
    costly.post(10, SECOND_BORROWER)
    index = costly.pool().index
    assert index > RAY
    costly.borrow(3_333, SECOND_BORROWER)
    scaled = costly.loan(SECOND_BORROWER).scaled
    assert scaled == -(-3_333 * FIXED * RAY // index)
    assert 3_333 * FIXED <= costly.debt(SECOND_BORROWER) <= 3_333 * FIXED + 1


def test_borrow__with_a_credit__takes_it_first(lent: Lending) -> None:
    lent.post(100)
    pass_rewarded_day(lent)
    credit, cash = lent.loan().credit, lent.pool().cash
    lent.borrow(1_000)
    assert lent.loan().credit == credit - 1_000 * FIXED
    assert lent.loan().scaled == 0
    assert lent.pool().cash == cash
    lent.borrow(13_400)
    assert lent.loan().credit == 0
    assert lent.debt() == 14_400 * FIXED - credit
    assert lent.pool().cash == cash - lent.debt()


def test_borrow__from_a_credit_alone__meets_no_limit_of_loans(lending: Lending) -> None:
    """Nothing is lent: not even a lender is needed, nor a price above zero."""
    lending.post(100)
    pass_rewarded_day(lending)
    lending.set_worth(0)
    before = lending.sats(BORROWER)
    lending.borrow(4_399)
    assert lending.sats(BORROWER) == before + 4_399


def test_borrow__days_that_were_not_accrued__are_accrued(lent: Lending) -> None:
    """So that the issuer's grace runs."""
    lent.post(100)
    lent.issuance.pass_day()
    name, accrued = lent.borrow(80_000).logs[0]
    assert (name, accrued["day"]) == ("Accrued", FIRST_DAY + 2)
    assert lent.issuance.read("unpaid_since") == lent.chain.now


def test_borrow__nothing__refused(borrowed: Lending) -> None:
    with refused("vault: nothing to borrow"):
        borrowed.borrow(0)


def test_borrow__valuation_says_stop__refused(borrowed: Lending) -> None:
    borrowed.set_standing(is_stopped=True)
    with refused("vault: valuation says stop"):
        borrowed.borrow(1)
    borrowed.set_standing(is_pending=True)
    borrowed.borrow(1)


def test_borrow__valuation_does_not_answer__refused_in_its_words(borrowed: Lending) -> None:
    borrowed.set_standing(is_refused=True)
    with refused("value: index stale"):
        borrowed.borrow(1)
    assert borrowed.debt() == 80_000 * FIXED


@pytest.mark.parametrize("deposits", [False, True])
def test_borrow__stopped_by_the_guardian__refused_until_it_goes_on(
    borrowed: Lending, deposits: bool
) -> None:
    borrowed.send(GUARDIAN, "stop", deposits, True)
    with refused("vault: loans stopped"):
        borrowed.borrow(1)
    borrowed.send(GUARDIAN, "stop", deposits, False)
    borrowed.borrow(1)


@pytest.mark.parametrize("left", [0, 1, 999])
def test_borrow__debt_below_the_least__refused(lent: Lending, left: int) -> None:
    """A repayment may leave less; then the next loan has to make up for it."""
    lent.post(100)
    if left != 0:
        lent.borrow(80_000)
        lent.send(STRANGER, "repay", 80_000 - left, BORROWER)
    if left != 999:
        with refused("vault: below min borrow"):
            lent.borrow(999 - left)
    lent.borrow(1_000 - left)
    lent.borrow(1)
    assert lent.debt() == 1_001 * FIXED


@pytest.mark.parametrize("days", [0, 30])
def test_borrow__above_what_all_may_borrow__refused(days: int) -> None:
    """Interest counts."""
    lending = Lending("double", borrow_cap=100_000)
    lending.set_worth(1_000 * ONE)
    lending.lend(101_000)
    for borrower in (BORROWER, SECOND_BORROWER):
        lending.post(200, borrower)
        lending.borrow(45_000, borrower)
    lending.chain.now += days * DAY
    room = 100_000 - -(-lending.pool().lent // FIXED)
    assert room == 10_000 if days == 0 else 9_000 < room < 9_800
    with refused("vault: above borrow cap"):
        lending.borrow(room + 1, SECOND_BORROWER)
    lending.borrow(room, SECOND_BORROWER)
