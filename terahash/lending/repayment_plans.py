"""What repaying a loan, or closing it, will do."""

from __future__ import annotations

from collections.abc import Sequence

from terahash.chain import Receipt
from terahash.hashrate.amounts import sats, terahash
from terahash.lending.afterwards import after
from terahash.lending.models import FIXED
from terahash.lending.reverts import REASONS
from terahash.lending.steps import (
    bitcoin_fact,
    bitcoin_steps,
    check_authorized,
    check_receiver,
    vault_fact,
    with_interest,
)
from terahash.lending.vault import Vault
from terahash.plan import Fact, Plan, Step, logged
from terahash.session import RefusedError, Session


def repay_plan(session: Session, vault: Vault, amount: int | None, borrower: str) -> Plan:
    """Repay so many satoshi of a loan, or all of it. Anyone may.

    Raises:
        RefusedError: for none, or when the sender has fewer.
    """
    if amount == 0:
        raise RefusedError(REASONS["vault: nothing to repay"])
    state, position = vault.state(), vault.position(borrower)
    least, most = position.owes, with_interest(position)
    if amount is not None:
        least, most = min(amount, least), min(amount, most)
    facts = [
        vault_fact(vault),
        Fact("repay", sats(least), "amount", least),
        Fact("loan of", borrower, "borrower", borrower),
        *after(vault, state, position.loan.collateral, max(position.debt - least * FIXED, 0)),
        bitcoin_fact(vault),
    ]
    if most > least:
        facts.insert(2, Fact("at most", f"{sats(most)}, with interest until then", "most", most))
    if not least:
        return Plan("Repay", facts, [], lambda _: "")
    repayment = vault.repay_all(borrower) if amount is None else vault.repay(most, borrower)
    steps = [
        *bitcoin_steps(session, vault, most, least),
        Step(f"repay {sats(least)}", repayment),
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        paid, owes = logged(receipts, "Repaid")["amount"], vault.position(borrower).owes
        return f"Repaid {sats(paid)}; the loan owes {sats(owes)}."

    return Plan("Repay", facts, steps, done)


def close_plan(session: Session, vault: Vault, receiver: str, borrower: str) -> Plan:
    """Repay everything, and take all tokens and the credit back."""
    check_receiver(vault, receiver)
    check_authorized(session, vault, borrower)
    position = vault.position(borrower)
    most = with_interest(position)
    facts = [
        vault_fact(vault),
        Fact("repay", sats(position.owes), "amount", position.owes),
        Fact("at most", f"{sats(most)}, with interest until then", "most", most),
        Fact("take back", terahash(position.loan.collateral), "tokens", str(position.loan[0])),
        Fact("and credit", sats(position.credit), "credit", position.credit),
        Fact("for", receiver, "receiver", receiver),
        Fact("loan of", borrower, "borrower", borrower),
        bitcoin_fact(vault),
    ]
    if position.is_empty:
        return Plan("Close a loan", facts, [], lambda _: "")
    approval = bitcoin_steps(session, vault, most, position.owes) if position.owes else []

    def done(receipts: Sequence[Receipt]) -> str:
        paid = sum(log["amount"] for name, log in receipts[-1].logs if name == "Repaid")
        return f"Closed the loan of {borrower}: {sats(paid)} were repaid."

    closing = Step("close the loan", vault.close(receiver, borrower))
    return Plan("Close a loan", facts, [*approval, closing], done)
