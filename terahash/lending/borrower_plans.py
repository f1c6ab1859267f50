"""What borrowing from a vault, and repaying it, will do."""

from __future__ import annotations

from collections.abc import Sequence

from terahash.chain import Receipt
from terahash.deployment import NOBODY
from terahash.hashrate.amounts import percent, sats, terahash
from terahash.hashrate.models import EXACT
from terahash.hashrate.show import document
from terahash.lending.forecast import Borrowed, outlook
from terahash.lending.leverage import Limits
from terahash.lending.models import FIXED, UNCOUNTED, Position, State
from terahash.lending.reverts import REASONS
from terahash.lending.show import health_text, outlook_rows
from terahash.lending.steps import (
    bitcoin_fact,
    bitcoin_steps,
    check_authorized,
    check_lends,
    check_receiver,
    posting,
    vault_fact,
)
from terahash.lending.vault import Vault
from terahash.lending.worth import read_collateral
from terahash.plan import Fact, Plan, Step, logged
from terahash.session import RefusedError, Session
from terahash.units import WAD

INTEREST = 100
"""Part of a debt that may come on top of it before a repayment is mined."""
CLOSE = 105 * WAD // 100
"""A health below which a loan is said to be close to its liquidation."""


def borrow_plan(
    session: Session, vault: Vault, amount: int, receiver: str, borrower: str, posted: int = 0
) -> Plan:
    """Borrow satoshi, after posting tokens of the sender's if there are any to post.

    Raises:
        RefusedError: when less can be borrowed, or the sender may not.
    """
    check_receiver(vault, receiver)
    check_authorized(session, vault, borrower)
    state, position = vault.state(), vault.position(borrower)
    check_lends(state)
    tokens = position.loan.collateral + posted
    most = position.max_borrow
    if posted:
        most = max(Limits.of(state, position).debt(tokens) - position.owes, 0) + position.credit
    if amount > most:
        said = f"at most {sats(most)} can be borrowed against {terahash(tokens)} now"
        raise RefusedError(f"{said}: borrow less, or post more (--post)")
    lent = max(amount * FIXED - position.loan.credit, 0)
    rate = state.rate_with(lent)
    facts = [vault_fact(vault), Fact("borrow", sats(amount), "amount", amount)]
    if posted:
        facts.append(Fact("post", terahash(posted), "posted", str(posted)))
    facts += [
        Fact("for", receiver, "receiver", receiver),
        Fact("loan of", borrower, "borrower", borrower),
        Fact("costs then", f"{percent(rate)} a year, which moves", "rate", str(rate)),
        *_after(vault, state, tokens, position.debt + lent, rate),
        bitcoin_fact(vault),
    ]
    steps = posting(session, vault, posted, borrower) if posted else []
    steps.append(Step(f"borrow {sats(amount)}", vault.borrow(amount, receiver, borrower)))

    def done(receipts: Sequence[Receipt]) -> str:
        return f"Borrowed {sats(logged(receipts, 'Borrowed')['amount'])}."

    warnings = _close_warnings(state, tokens, position.debt + lent)
    return Plan("Borrow", facts, steps, done, warnings)


def post_plan(session: Session, vault: Vault, amount: int, borrower: str) -> Plan:
    """Add tokens of the sender's to what secures a loan."""
    if borrower in (NOBODY, vault.address):
        raise RefusedError(REASONS["vault: not a borrower"])
    state, position = vault.state(), vault.position(borrower)
    facts = [
        vault_fact(vault),
        Fact("post", terahash(amount), "amount", str(amount)),
        Fact("loan of", borrower, "borrower", borrower),
        *_after(vault, state, position.loan.collateral + amount, position.debt),
    ]
    warnings = []
    if session.sender not in (None, borrower):
        warnings.append(f"the tokens are {borrower}'s then, and so is what they earn")

    def done(receipts: Sequence[Receipt]) -> str:
        return f"Posted {terahash(logged(receipts, 'Posted')['amount'])}."

    return Plan("Post tokens", facts, posting(session, vault, amount, borrower), done, warnings)


def withdraw_collateral_plan(
    session: Session, vault: Vault, amount: int | None, receiver: str, borrower: str
) -> Plan:
    """Take tokens back; None for all of them.

    Raises:
        RefusedError: when the loan has fewer, or the sender may not.
    """
    check_receiver(vault, receiver)
    check_authorized(session, vault, borrower)
    state, position = vault.state(), vault.position(borrower)
    taken = position.loan.collateral if amount is None else amount
    left = position.loan.collateral - taken
    if left < 0:
        raise RefusedError(
            f"the loan has {terahash(position.loan.collateral)}: choose a smaller amount"
        )
    facts = [
        vault_fact(vault),
        Fact("take back", terahash(taken), "amount", str(taken)),
        Fact("for", receiver, "receiver", receiver),
        Fact("loan of", borrower, "borrower", borrower),
        *_after(vault, state, left, position.debt),
    ]
    withdrawal = vault.withdraw_collateral(taken, receiver, borrower)
    steps = [Step(f"take back {terahash(taken)}", withdrawal)] if taken else []

    def done(receipts: Sequence[Receipt]) -> str:
        return f"Took back {terahash(logged(receipts, 'CollateralWithdrawn')['amount'])}."

    warnings = _close_warnings(state, left, position.debt)
    return Plan("Take tokens back", facts, steps, done, warnings)


def credit_plan(session: Session, vault: Vault, receiver: str, borrower: str) -> Plan:
    """Take what rewards have brought beyond a debt."""
    check_receiver(vault, receiver)
    check_authorized(session, vault, borrower)
    credit = vault.position(borrower).credit
    facts = [
        vault_fact(vault),
        Fact("credit", sats(credit), "amount", credit),
        Fact("for", receiver, "receiver", receiver),
        Fact("loan of", borrower, "borrower", borrower),
    ]
    withdrawal = vault.withdraw_credit(receiver, borrower)
    steps = [Step(f"take {sats(credit)}", withdrawal)] if credit else []

    def done(receipts: Sequence[Receipt]) -> str:
        return f"{sats(logged(receipts, 'CreditWithdrawn')['amount'])} were paid to {receiver}."

    return Plan("Take the credit", facts, steps, done)


def harvest_plan(vault: Vault, borrower: str) -> Plan:
    """Have a loan credited what its tokens have earned; it counts without that, too."""
    position = vault.position(borrower)
    facts = [
        vault_fact(vault),
        Fact("loan of", borrower, "borrower", borrower),
        Fact("debt", sats(position.owes), "debt", position.owes),
        Fact("credit", sats(position.credit), "credit", position.credit),
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        events = [log for name, log in receipts[-1].logs if name == "Credited"]
        return f"{sats(sum(log['amount'] for log in events) // FIXED)} were credited."

    return Plan("Credit rewards", facts, [Step("credit rewards", vault.harvest(borrower))], done)


def authorize_plan(vault: Vault, operator: str, authorized: bool) -> Plan:
    """Let an account borrow, withdraw and close on the sender's behalf, or no longer."""
    facts = [
        vault_fact(vault),
        Fact("account", operator, "operator", operator),
        Fact("may act", "yes" if authorized else "no longer", "authorized", authorized),
    ]
    what = "authorize" if authorized else "end the authorization of"
    step = Step(f"{what} {operator}", vault.authorize(operator, authorized))
    warnings = []
    if authorized:
        warnings.append(
            f"{operator} will be able to borrow against all your tokens here, and to take them, "
            "until you end it"
        )

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "AuthorizationSet")
        may = "may" if log["authorized"] else "may no longer"
        return f"{log['operator']} {may} act on behalf of {log['owner']}."

    return Plan("Authorize", facts, [step], done, warnings)


def repay_plan(session: Session, vault: Vault, amount: int | None, borrower: str) -> Plan:
    """Repay so many satoshi of a loan, or all of it. Anyone may."""
    state, position = vault.state(), vault.position(borrower)
    least = position.owes if amount is None else min(amount, position.owes)
    most = _with_interest(position) if amount is None else amount
    facts = [
        vault_fact(vault),
        Fact("repay", sats(least), "amount", least),
        Fact("loan of", borrower, "borrower", borrower),
        *_after(vault, state, position.loan.collateral, max(position.debt - least * FIXED, 0)),
        bitcoin_fact(vault),
    ]
    if amount is None:
        facts.insert(2, Fact("at most", f"{sats(most)}, with interest until then", "most", most))
    if not least:
        return Plan("Repay", facts, [], lambda _: "")
    repayment = vault.repay_all(borrower) if amount is None else vault.repay(amount, borrower)
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
    most = _with_interest(position)
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


def _with_interest(position: Position) -> int:
    """Add to a debt what may come on top of it until it is repaid."""
    return position.owes + -(-position.owes // INTEREST)


def _after(
    vault: Vault, state: State, tokens: int, debt: int, rate: int | None = None
) -> list[Fact]:
    """Say how a loan stands afterwards, at a borrow rate, or at that of now."""
    owes = -(-debt // FIXED)
    facts = [
        Fact("tokens then", terahash(tokens), "tokens_after", str(tokens)),
        Fact("debt then", sats(owes), "debt_after", owes),
    ]
    if not debt:
        return facts
    if not state.is_valued:
        said = "not known: the valuation does not answer now"
        return [*facts, Fact("health then", said, "health_after", None)]
    health = _health(state, tokens, debt)
    loan = Borrowed(tokens, debt, state.terms.lltv, state.borrow_rate if rate is None else rate)
    collateral = read_collateral(vault)
    looked = outlook(loan, collateral)
    facts += [
        Fact("health then", health_text(health), "health_after", str(health)),
        *(Fact(name, text) for name, text in outlook_rows(looked, collateral).items()),
    ]
    facts[-1] = facts[-1]._replace(key="outlook", value=document(looked))
    return facts


def _health(state: State, tokens: int, debt: int) -> int:
    if not debt:
        return UNCOUNTED
    return tokens * (state.worth.value * state.terms.lltv // WAD) * FIXED // EXACT * WAD // debt


def _close_warnings(state: State, tokens: int, debt: int) -> list[str]:
    health = _health(state, tokens, debt)
    if not state.is_valued or health >= CLOSE:
        return []
    return [f"the loan is close to its liquidation then: its health is {health_text(health)}"]
