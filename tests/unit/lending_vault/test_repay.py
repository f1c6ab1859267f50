"""LendingVault.repay and repay_all: anyone pays, never more than is owed."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    FIXED,
    FOREVER,
    GUARDIAN,
    LENDER,
    ONE,
    RAY,
    SECOND_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused


def test_repay__part__reduces_the_debt(borrowed: Lending) -> None:
    before = borrowed.sats(BORROWER)
    receipt = borrowed.send(BORROWER, "repay", 30_000, BORROWER)
    assert receipt.logs == (
        ("Repaid", {"payer": BORROWER, "borrower": BORROWER, "amount": 30_000}),
        ("Transfer", {"sender": BORROWER, "receiver": borrowed.address, "value": 30_000}),
    )
    assert borrowed.sats(BORROWER) == before - 30_000
    assert borrowed.debt() == 50_000 * FIXED
    assert borrowed.pool().cash == 950_000 * FIXED
    assert borrowed.loan().collateral == 100 * ONE


def test_repay__by_anyone__pays_for_the_borrower(borrowed: Lending) -> None:
    before = borrowed.sats(STRANGER)
    event = borrowed.logged(STRANGER, "repay", 1, BORROWER)["Repaid"]
    assert (event["payer"], event["borrower"]) == (STRANGER, BORROWER)
    assert borrowed.sats(STRANGER) == before - 1
    assert borrowed.debt() == 79_999 * FIXED


@pytest.mark.parametrize("amount", [80_000, 80_001, 10**12, FOREVER])
def test_repay__everything_or_more__pays_what_is_owed(borrowed: Lending, amount: int) -> None:
    before = borrowed.sats(STRANGER)
    assert borrowed.asked(STRANGER, "repay", amount, BORROWER) == 80_000
    borrowed.send(STRANGER, "repay", amount, BORROWER)
    assert borrowed.sats(STRANGER) == before - 80_000
    assert borrowed.loan().scaled == borrowed.pool().scaled == 0
    assert borrowed.pool().cash == 10**6 * FIXED


def test_repay_all__debt__is_paid_and_returned(borrowed: Lending) -> None:
    before = borrowed.sats(STRANGER)
    assert borrowed.asked(STRANGER, "repay_all", BORROWER) == 80_000
    event = borrowed.logged(STRANGER, "repay_all", BORROWER)["Repaid"]
    assert event == {"payer": STRANGER, "borrower": BORROWER, "amount": 80_000}
    assert borrowed.sats(STRANGER) == before - 80_000
    assert borrowed.loan().scaled == 0


def test_repay__after_interest__part_is_rounded_against_the_borrower(costly: Lending) -> None:
    costly.chain.now += DAY
    index, scaled = costly.pool().index, costly.loan().scaled
    costly.send(BORROWER, "repay", 777, BORROWER)
    assert costly.loan().scaled == scaled - 777 * FIXED * RAY // index
    assert costly.pool().scaled == costly.loan().scaled


def test_repay__last_part_of_a_satoshi__is_the_lenders(costly: Lending) -> None:
    costly.chain.now += DAY
    debt, assets = costly.debt(), costly.pool().assets
    assert debt % FIXED != 0
    assert costly.asked(BORROWER, "repay_all", BORROWER) == debt // FIXED + 1
    costly.send(BORROWER, "repay_all", BORROWER)
    assert costly.loan().scaled == costly.loan().credit == 0
    assert assets < costly.pool().assets < assets + FIXED


def test_repay__rewards_until_now__repay_first(borrowed: Lending) -> None:
    pass_rewarded_day(borrowed)
    assert borrowed.asked(STRANGER, "repay_all", BORROWER) == 75_601


def test_repay__in_any_standing__goes(borrowed: Lending) -> None:
    borrowed.set_worth(0)
    borrowed.set_standing(is_stopped=True, is_pending=True, is_refused=True)
    borrowed.send(GUARDIAN, "stop", True, True)
    borrowed.chain.now += 60 * DAY
    borrowed.send(BORROWER, "repay", 1, BORROWER)
    borrowed.send(BORROWER, "repay_all", BORROWER)
    assert borrowed.loan().scaled == 0


def test_repay__rewards_that_repaid_everything__leave_a_credit(borrowed: Lending) -> None:
    borrowed.send(STRANGER, "repay", 79_000, BORROWER)
    pass_rewarded_day(borrowed)
    borrowed.send(STRANGER, "harvest", BORROWER)
    loan = borrowed.loan()
    assert loan.scaled == 0
    assert 3_399 * FIXED < loan.credit <= 3_400 * FIXED
    assert borrowed.pool().cash == 10**6 * FIXED


def test_repay__nothing_or_no_debt__refused(borrowed: Lending) -> None:
    for function, arguments in (
        ("repay", (0, BORROWER)),
        ("repay", (1, SECOND_BORROWER)),
        ("repay_all", (LENDER,)),
        ("repay_all", (STRANGER,)),
    ):
        with refused("vault: nothing to repay"):
            borrowed.send(STRANGER, function, *arguments)
