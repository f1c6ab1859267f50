"""Plans of repaying a loan: how much is approved, and how much is paid."""

from __future__ import annotations

import pytest

from terahash.lending.repayment_plans import repay_plan
from terahash.session import RefusedError
from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import BORROWER
from tests.support.lending_desk import LendingDesk
from tests.unit.lending_client.conftest import facts, session

OWED = 60_000


@pytest.mark.parametrize(
    ("amount", "approved"),
    [(10_000, 10_000), (OWED, OWED), (60_100, 60_100), (90_000, 60_600), (10**15, 60_600)],
)
def test_repay_plan__an_amount__no_more_is_approved_than_the_debt_may_grow_to(
    desk: LendingDesk, amount: int, approved: int
) -> None:
    desk.owe(desk.covered, 1_000, OWED)
    plan = repay_plan(session(desk, STRANGER), desk.covered, amount, BORROWER)
    approval, repayment = (step.transaction for step in plan.steps)
    assert (approval.function, approval.arguments[1]) == ("approve", approved)
    assert facts(plan)["amount"] == min(amount, OWED)
    assert facts(plan).get("most") == (approved if approved > OWED else None)
    desk.chain.now += DAY
    desk.act(STRANGER, approval)
    receipt = desk.act(STRANGER, repayment)
    owes = desk.covered.position(BORROWER).owes
    assert owes == (0 if amount > OWED + 10 else OWED + 2 - amount)
    assert plan.done([receipt]).endswith(f"the loan owes {owes:,} sats ({owes / 10**8:.8f} BTC).")


def test_repay_plan__nothing__refused(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, OWED)
    with pytest.raises(RefusedError, match="zero satoshi were given"):
        repay_plan(session(desk, STRANGER), desk.covered, 0, BORROWER)
