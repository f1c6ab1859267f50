"""What a guardian's stopping of new deposits and loans, or letting them go on, will do."""

from __future__ import annotations

from collections.abc import Sequence

from terahash.chain import Receipt
from terahash.deployment import NOBODY
from terahash.lending.reverts import REASONS
from terahash.lending.steps import vault_fact
from terahash.lending.vault import Vault
from terahash.plan import Fact, Plan, Step, logged
from terahash.session import RefusedError, Session


def stop_plan(
    session: Session, vault: Vault, deposits: bool | None = None, loans: bool | None = None
) -> Plan:
    """Stop new deposits and new loans, or let them go on.

    Args:
        session: of the guardian.
        vault: whose.
        deposits: whether they are stopped then; None to leave them as they are.
        loans: likewise.

    Raises:
        RefusedError: when the vault has no guardian, or it is not the one who sends.
    """
    guardian = vault.terms.guardian
    if guardian == NOBODY:
        raise RefusedError("this vault has no guardian: nobody stops its deposits and its loans")
    if session.sender not in (None, guardian):
        raise RefusedError(f"{REASONS['vault: not the guardian']} It is {guardian}'s.")
    pool = vault.state().pool
    before = (pool.deposits_stopped, pool.loans_stopped)
    after = (
        pool.deposits_stopped if deposits is None else deposits,
        pool.loans_stopped if loans is None else loans,
    )
    facts = [
        vault_fact(vault),
        Fact("new deposits", _said(before[0], after[0]), "deposits_stopped", after[0]),
        Fact("new loans", _said(before[1], after[1]), "loans_stopped", after[1]),
        Fact("guardian", guardian, "guardian", guardian),
    ]
    steps = []
    if after != before:
        steps = [Step("set what is stopped", vault.stop(*after))]

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Stopped")
        said = ("stopped" if log[name] else "open" for name in ("deposits", "loans"))
        return "New deposits are {}, and new loans are {}.".format(*said)

    return Plan("Stop, or let go on", facts, steps, done)


def _said(was: bool, is_: bool) -> str:
    if was == is_:
        return "stay stopped" if is_ else "stay open"
    return "are stopped" if is_ else "go on"
