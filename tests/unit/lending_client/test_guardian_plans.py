"""Plans of a guardian, who may stop new deposits and loans, and nothing else."""

from __future__ import annotations

import pytest

from terahash.lending.guardian_plans import stop_plan
from terahash.session import RefusedError
from tests.support.issuing import NOBODY, STRANGER
from tests.support.lending import GUARDIAN
from tests.support.lending_desk import LendingDesk
from tests.unit.lending_client.conftest import facts, functions, session


def _stopped(desk: LendingDesk) -> tuple[bool, bool]:
    pool = desk.covered.state().pool
    return pool.deposits_stopped, pool.loans_stopped


def test_stop_plan__one_of_the_two__leaves_the_other(desk: LendingDesk) -> None:
    for asked, then, said in (
        ({"deposits": True}, (True, False), "deposits are stopped, and new loans are open"),
        ({"loans": True}, (True, True), "deposits are stopped, and new loans are stopped"),
        ({"deposits": False}, (False, True), "deposits are open, and new loans are stopped"),
        ({"loans": False}, (False, False), "deposits are open, and new loans are open"),
    ):
        plan = stop_plan(session(desk, GUARDIAN), desk.covered, **asked)
        assert (facts(plan)["deposits_stopped"], facts(plan)["loans_stopped"]) == then
        (step,) = plan.steps
        assert said in plan.done([desk.act(GUARDIAN, step.transaction)])
        assert _stopped(desk) == then


def test_stop_plan__as_it_is__nothing_to_send(desk: LendingDesk) -> None:
    plan = stop_plan(session(desk), desk.covered, False, False)
    assert plan.steps == []
    assert [fact.text for fact in plan.facts[1:3]] == ["stay open", "stay open"]


def test_stop_plan__somebody_else__refused_with_whose_key_it_takes(desk: LendingDesk) -> None:
    with pytest.raises(RefusedError, match=f"Only the guardian stops .* It is {GUARDIAN}'s"):
        stop_plan(session(desk, STRANGER), desk.covered, True, True)


def test_stop_plan__nobody_sends__what_the_guardian_signs(desk: LendingDesk) -> None:
    assert functions(stop_plan(session(desk), desk.covered, True, True)) == ["stop"]


def test_stop_plan__vault_without_a_guardian__refused(desk: LendingDesk) -> None:
    vault = desk.open_vault(guardian=NOBODY)
    with pytest.raises(RefusedError, match="this vault has no guardian"):
        stop_plan(session(desk, STRANGER), vault, True, True)
