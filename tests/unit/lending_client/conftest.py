"""A register with a vault of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from terahash.deployment import read_deployment
from terahash.plan import Plan
from terahash.session import Session
from tests.support.lending_desk import LendingDesk
from tests.support.market import connected


@pytest.fixture
def desk(tmp_path: Path) -> LendingDesk:
    """Nobody has lent or borrowed."""
    return LendingDesk(tmp_path)


@pytest.fixture
def commands(desk: LendingDesk, monkeypatch: pytest.MonkeyPatch) -> LendingDesk:
    """Its commands find its chain."""
    connected(desk, monkeypatch)
    return desk


def session(desk: LendingDesk, sender: str | None = None) -> Session:
    """Say who is to send; nobody by default."""
    return Session(desk.chain, read_deployment(desk.file), sender=sender)


def facts(plan: Plan) -> dict[str, object]:
    """Return what a plan says to machines."""
    return {fact.key: fact.value for fact in plan.facts if fact.key}


def functions(plan: Plan) -> list[str]:
    """Name what a plan sends, in order."""
    return [step.transaction.function for step in plan.steps]
