"""Plans of a liquidation: what it costs and brings, and what is left of the loan."""

from __future__ import annotations

import pytest

from terahash.lending.liquidation_plans import liquidate_plan, liquidate_to_reserve_plan
from terahash.plan import Plan
from terahash.session import RefusedError
from terahash.units import DAY
from tests.support.issuing import HOLDER, ONE, TERM
from tests.support.lending import BORROWER, LENDER, LIQUIDATOR
from tests.support.lending_desk import LendingDesk
from tests.unit.lending_client.conftest import facts, session

SLIPPAGE = ONE // 100


@pytest.fixture
def unhealthy(desk: LendingDesk) -> LendingDesk:
    """A loan of 400,000 satoshi in the second vault is liquidatable, and there is nothing owed."""
    desk.owe(desk.delivery, 1_000, 400_000)
    desk.pass_day(20 * ONE)
    assert desk.delivery.position(BORROWER).is_unhealthy
    return desk


def _plan(desk: LendingDesk, paid: int = 0, seized: int = 0) -> Plan:
    arguments = (desk.delivery, BORROWER, HOLDER, SLIPPAGE, paid, seized)
    return liquidate_plan(session(desk, LIQUIDATOR), *arguments)


@pytest.mark.parametrize("paid", [0, 10**9])
def test_liquidate_plan__whole_debt_mined_later__no_dust_is_left(
    unhealthy: LendingDesk, paid: int
) -> None:
    desk = unhealthy
    owes = desk.delivery.position(BORROWER).owes
    plan = _plan(desk, paid)
    assert facts(plan)["paid"] == owes
    approval, liquidation = (step.transaction for step in plan.steps)
    assert approval.arguments[1] == facts(plan)["most"] == owes + -(-owes // 100)
    desk.chain.now += DAY
    assert desk.delivery.position(BORROWER).owes > owes
    desk.act(LIQUIDATOR, approval)
    desk.act(LIQUIDATOR, liquidation)
    position = desk.delivery.position(BORROWER)
    assert position.debt == 0 < position.loan.collateral


def test_liquidate_plan__part_of_it__pays_that_and_no_more(unhealthy: LendingDesk) -> None:
    plan = _plan(unhealthy, 10_000)
    assert plan.steps[0].transaction.arguments[1] == 10_000
    assert "most" not in facts(plan)


@pytest.mark.parametrize(("paid", "seized"), [(0, 0), (10_000, 0), (0, 10 * ONE)])
def test_liquidate_plan__gain__is_what_the_tokens_are_worth_beyond_what_is_paid(
    unhealthy: LendingDesk, paid: int, seized: int
) -> None:
    said = facts(_plan(unhealthy, paid, seized))
    price = unhealthy.delivery.state().worth.price
    assert said["worth"] == int(str(said["seized"])) * price // 10**36
    assert said["gain"] == int(str(said["worth"])) - int(str(said["paid"])) > 0


def test_plans__issuer_is_late__warned_that_the_reserve_pays_first(desk: LendingDesk) -> None:
    desk.owe(desk.delivery, 1_000, 400_000)
    for _ in range(5):
        desk.pass_day()
        desk.act(HOLDER, desk.token.accrue())
    assert desk.delivery.position(BORROWER).is_unhealthy
    for plan in (_plan(desk), liquidate_to_reserve_plan(desk.delivery, BORROWER, HOLDER)):
        assert any("the issuer is late" in warning for warning in plan.warnings)
    # Whoever buys counts on it, and whoever has the reserve pay does not.
    assert [len(plan.warnings) for plan in (_plan(desk), plan)] == [2, 1]
    assert "has still to deliver: it may never" in _plan(desk).warnings[1]
    desk.act(HOLDER, desk.token.cover())
    assert not desk.delivery.position(BORROWER).is_unhealthy


def test_plans__not_valued__refused_with_the_valuations_reason(unhealthy: LendingDesk) -> None:
    unhealthy.chain.now += 4 * DAY + 1
    for plan in (
        lambda: _plan(unhealthy),
        lambda: liquidate_to_reserve_plan(unhealthy.delivery, BORROWER, HOLDER),
    ):
        with pytest.raises(RefusedError, match=r"advance the index \(`terahash-oracle once`\)"):
            plan()


def test_liquidate_to_reserve_plan__it_pays__tokens_are_redeemed(unhealthy: LendingDesk) -> None:
    plan = liquidate_to_reserve_plan(unhealthy.delivery, BORROWER, HOLDER)
    (fact,) = (fact for fact in plan.facts if fact.key == "seized")
    assert fact.name == "redeem"
    assert "is_kept" not in facts(plan) and plan.warnings == []


@pytest.mark.parametrize(
    ("owed", "left", "closes"),
    [
        (1_000, 10**6, True),  # 1,000 satoshi at least
        (60_000, 60_000_000, True),  # and a thousandth of what lenders have left
        (60_000, 61_000_000, False),
        (60_000, 10**9 - 60_000, False),
    ],
)
def test_liquidate_to_reserve_plan__it_pays_nothing__says_that_the_vault_keeps_them(
    desk: LendingDesk, owed: int, left: int, closes: bool
) -> None:
    desk.owe(desk.covered, 1_000, owed)
    out = 10**9 - owed - left
    if out:
        desk.do(LENDER, desk.covered.withdraw(out, LENDER, LENDER))
    for _ in range(TERM):
        desk.pass_day(5 * ONE)  # which does not earn its cost
    plan = liquidate_to_reserve_plan(desk.covered, BORROWER, HOLDER)
    (fact,) = (fact for fact in plan.facts if fact.key == "seized")
    assert (fact.name, fact.value) == ("the vault keeps", str(1_000 * ONE))
    assert facts(plan)["is_kept"] is True
    assert "redeem" not in [fact.name for fact in plan.facts]
    assert plan.warnings[0].endswith("and the vault takes no more deposits") is closes
    receipt = desk.do(LIQUIDATOR, plan.steps[0].transaction)
    assert plan.done([receipt]).startswith("The vault keeps 1,000 TH/s. ")
    assert (desk.covered.max_deposit() == 0) is closes
