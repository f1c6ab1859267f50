"""LendingVault.harvest, loan and pool: rewards are credited, interest accrues, whoever asks."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    ONE,
    RAY,
    SECOND_BORROWER,
    Lending,
    Loan,
)
from tests.support.lending_days import pass_rewarded_day

INDEX_SCALE = 10**27


def test_harvest__rewards__repay_the_debt(borrowed: Lending) -> None:
    before = borrowed.issuance.read("index")
    pass_rewarded_day(borrowed)
    index = borrowed.issuance.read("index")
    rewarded = 100 * ONE * (index - before) * FIXED // INDEX_SCALE
    assert 4_399 * FIXED < rewarded <= 4_400 * FIXED
    receipt = borrowed.send(STRANGER, "harvest", BORROWER)
    pool = borrowed.pool()
    assert receipt.logs == (
        ("Credited", {"borrower": BORROWER, "amount": rewarded, "credit": 0}),
        ("Accrued", {"index": RAY, "rate": 0}),
    )
    assert borrowed.loan() == Loan(100 * ONE, 80_000 * FIXED - rewarded, 0, index)
    assert pool.cash == 920_000 * FIXED + rewarded
    assert pool.scaled == 80_000 * FIXED - rewarded
    assert pool.credited == rewarded
    assert pool.assets == 10**6 * FIXED


def test_harvest__rewards_beyond_the_debt__are_the_borrowers(borrowed: Lending) -> None:
    borrowed.send(STRANGER, "repay", 79_000, BORROWER)
    pass_rewarded_day(borrowed)
    logs = borrowed.logged(STRANGER, "harvest", BORROWER)
    loan = borrowed.loan()
    assert logs["Credited"]["credit"] == loan.credit
    assert logs["Credited"]["amount"] == loan.credit + 1_000 * FIXED
    assert loan.scaled == borrowed.pool().scaled == 0
    assert borrowed.pool().cash == 10**6 * FIXED


def test_harvest__rewards_that_just_repay__leave_neither_debt_nor_credit(
    borrowed: Lending,
) -> None:
    """A debt of exactly what the tokens bring."""
    with borrowed.undone():
        pass_rewarded_day(borrowed)
        rewarded = 80_000 * FIXED - borrowed.debt()
    whole = rewarded // FIXED
    borrowed.send(STRANGER, "repay", 80_000 - whole, BORROWER)
    pass_rewarded_day(borrowed)
    borrowed.send(STRANGER, "harvest", BORROWER)
    assert borrowed.loan().scaled == 0
    assert borrowed.loan().credit == rewarded - whole * FIXED < FIXED


def test_harvest__again_in_the_same_moment__changes_nothing(borrowed: Lending) -> None:
    pass_rewarded_day(borrowed)
    borrowed.send(STRANGER, "harvest", BORROWER)
    before = borrowed.pool(), borrowed.loan()
    assert borrowed.send(STRANGER, "harvest", BORROWER).logs == ()
    assert (borrowed.pool(), borrowed.loan()) == before


def test_harvest__often_while_it_streams__brings_the_same_to_the_last_parts(
    borrowed: Lending,
) -> None:
    """Each time less than 2^-32 of a satoshi is cut."""
    borrowed.issuance.pass_day()
    borrowed.issuance.deliver()
    with borrowed.undone():
        borrowed.chain.now += DAY
        once = borrowed.debt()
    for _ in range(96):
        borrowed.chain.now += DAY // 96
        borrowed.send(STRANGER, "harvest", BORROWER)
    assert once <= borrowed.debt() <= once + 96


def test_harvest__token_that_rounds_at_each_touch__credits_no_more_than_it_says(
    borrowed: Lending,
) -> None:
    """Dust that is sent to the vault makes the token cut its earnings, each time a little."""
    borrowed.issuance.mint(STRANGER, 1)
    before = borrowed.issuance.read("index")
    borrowed.issuance.pass_day()
    borrowed.issuance.deliver()
    for _ in range(48):
        borrowed.chain.now += DAY // 48
        borrowed.issuance.send(STRANGER, "transfer", borrowed.address, 1)
    grown = borrowed.issuance.read("index") - before
    exact = 100 * ONE * grown * FIXED // INDEX_SCALE
    earned = borrowed.issuance.read("earned", borrowed.address)
    assert exact - 48 <= earned < exact
    logs = borrowed.logged(STRANGER, "harvest", BORROWER)
    assert logs["Credited"]["amount"] == borrowed.pool().credited == earned
    # Nothing is made up for later.
    assert "Credited" not in borrowed.logged(STRANGER, "harvest", BORROWER)


def test_harvest__one_loan__leaves_the_others_as_they_were(borrowed: Lending) -> None:
    borrowed.post(100, SECOND_BORROWER)
    pass_rewarded_day(borrowed)
    seen = borrowed.loan(SECOND_BORROWER)
    assert seen.credit > 0
    borrowed.send(STRANGER, "harvest", BORROWER)
    assert borrowed.loan(SECOND_BORROWER) == seen
    # Both were there all day: half of what came is each one's.
    assert borrowed.debt() == 80_000 * FIXED - seen.credit


def test_harvest__who_has_no_loan__changes_nothing(costly: Lending) -> None:
    costly.chain.now += DAY
    pool = costly.pool()
    logs = costly.logged(STRANGER, "harvest", STRANGER)
    assert "Credited" not in logs
    assert costly.pool() == pool
    assert costly.loan(STRANGER)[:3] == (0, 0, 0)


def test_harvest__in_any_standing__goes(borrowed: Lending) -> None:
    pass_rewarded_day(borrowed)
    borrowed.set_worth(0)
    borrowed.set_standing(is_stopped=True, is_pending=True, is_refused=True)
    borrowed.send(GUARDIAN, "stop", True, True)
    borrowed.send(STRANGER, "harvest", BORROWER)
    assert borrowed.loan().scaled < 75_602 * FIXED


def test_loan__interest_and_rewards_until_now__are_shown(costly: Lending) -> None:
    pass_rewarded_day(costly)
    loan, pool = costly.loan(), costly.pool()
    costly.send(STRANGER, "harvest", BORROWER)
    assert costly.loan() == loan
    # The pool as it is shown before a loan is credited, is that of its next call all the same.
    assert costly.pool()[:2] == pool[:2]
    assert costly.pool().cash > pool.cash


@pytest.mark.parametrize("days", [1, 10])
def test_pool__interest__is_split_between_lenders_and_the_till(costly: Lending, days: int) -> None:
    """A tenth is the fee receiver's."""
    costly.chain.now += days * DAY
    pool = costly.pool()
    interest = pool.lent - 882_000 * FIXED
    assert interest > 90 * days * FIXED
    till = pool.till * (pool.assets + FIXED) // (pool.shares + 10**6)
    assert interest // 10 - pool.assets // 10**12 <= till <= interest // 10
    assert pool.assets == 10**6 * FIXED + interest
    assert pool.shares == 10**12 + pool.till


def test_pool__at_the_target__costs_four_percent_a_year() -> None:
    lending = Lending("double", speed=0, fee=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(2_000)
    lending.borrow(900_000)
    lending.chain.now += 365 * DAY
    # exp(0.04)
    assert 0 <= 1_040_810_774_192_388_226_757_044_757 - lending.pool().index < 10
    assert lending.debt() // FIXED == 936_729


def test_harvest__smallest_part_of_a_satoshi__is_credited(lent: Lending) -> None:
    """2^-32 of one: what some five million parts of 10^-18 token earn in a day."""
    lent.issuance.mint(BORROWER, 100)
    lent.issuance.mint(SECOND_BORROWER, 1)
    lent.send(BORROWER, "post", 100 * ONE, BORROWER)
    before = lent.issuance.read("index")
    parts = -(-INDEX_SCALE // (FIXED * 44 * 10**9)) + 100_000
    lent.send(SECOND_BORROWER, "post", parts, SECOND_BORROWER)
    pass_rewarded_day(lent)
    grown = lent.issuance.read("index") - before
    assert parts * grown * FIXED // INDEX_SCALE == 1
    lent.send(STRANGER, "harvest", SECOND_BORROWER)
    assert lent.loan(SECOND_BORROWER).credit == 1


def test_harvest__without_a_debt__accrues_nothing(costly: Lending) -> None:
    """Whose loan costs nothing pays for nobody's interest."""
    costly.post(1, SECOND_BORROWER)
    costly.chain.now += DAY
    assert "Accrued" not in costly.logged(STRANGER, "harvest", SECOND_BORROWER)
    assert "Accrued" in costly.logged(STRANGER, "harvest", BORROWER)
