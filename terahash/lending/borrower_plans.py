"""What borrowing from a vault, and what secures it, will do."""

from __future__ import annotations

from collections.abc import Sequence

from terahash.chain import Receipt
from terahash.deployment import NOBODY
from terahash.hashrate.amounts import percent, sats, terahash
from terahash.lending.afterwards import after, close_warnings
from terahash.lending.bounds import bound, free_tokens
from terahash.lending.models import FIXED, Position, State
from terahash.lending.rates import borrow_rate
from terahash.lending.reverts import REASONS
from terahash.lending.steps import (
    bitcoin_fact,
    check_authorized,
    check_lends,
    check_receiver,
    check_valued,
    posting,
    vault_fact,
)
from terahash.lending.vault import Vault
from terahash.plan import Fact, Plan, Step, logged
from terahash.session import RefusedError, Session


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
    check_lends(vault, state)
    tokens = position.loan.collateral + posted
    lent = _lent(state, position, tokens, amount, bool(posted))
    rate = borrow_rate(state, lent)
    facts = [vault_fact(vault), Fact("borrow", sats(amount), "amount", amount)]
    if posted:
        facts.append(Fact("post", terahash(posted), "posted", str(posted)))
    facts += [
        Fact("for", receiver, "receiver", receiver),
        Fact("loan of", borrower, "borrower", borrower),
        Fact("costs then", f"{percent(rate)} a year, which moves", "rate", str(rate)),
        *after(vault, state, tokens, position.debt + lent, rate),
        bitcoin_fact(vault),
    ]
    steps = posting(session, vault, posted, borrower) if posted else []
    steps.append(Step(f"borrow {sats(amount)}", vault.borrow(amount, receiver, borrower)))

    def done(receipts: Sequence[Receipt]) -> str:
        return f"Borrowed {sats(logged(receipts, 'Borrowed')['amount'])}."

    warnings = close_warnings(state, tokens, position.debt + lent)
    return Plan("Borrow", facts, steps, done, warnings)


def post_plan(session: Session, vault: Vault, amount: int, borrower: str) -> Plan:
    """Add tokens of the sender's to what secures a loan.

    Raises:
        RefusedError: when there are none to add, or nobody to add them for.
    """
    if borrower in (NOBODY, vault.address):
        raise RefusedError(REASONS["vault: not a borrower"])
    if not amount:
        raise RefusedError(REASONS["vault: nothing to post"])
    state, position = vault.state(), vault.position(borrower)
    facts = [
        vault_fact(vault),
        Fact("post", terahash(amount), "amount", str(amount)),
        Fact("loan of", borrower, "borrower", borrower),
        *after(vault, state, position.loan.collateral + amount, position.debt),
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
        RefusedError: when the loan has fewer, or its debt needs them, or the sender may not.
    """
    check_receiver(vault, receiver)
    check_authorized(session, vault, borrower)
    state, position = vault.state(), vault.position(borrower)
    if amount == 0:
        raise RefusedError(REASONS["vault: nothing to withdraw"])
    taken = position.loan.collateral if amount is None else amount
    left = position.loan.collateral - taken
    if left < 0:
        raise RefusedError(
            f"the loan has {terahash(position.loan.collateral)}: choose a smaller amount"
        )
    if taken and position.debt:
        check_valued(vault, state, "no tokens that secure a debt are given back")
        most = free_tokens(state, position)
        if taken > most:
            raise RefusedError(
                f"at most {terahash(most)} can be taken back while the loan owes "
                f"{sats(position.owes)}: take fewer, or repay some first (`terahash repay`)"
            )
    facts = [
        vault_fact(vault),
        Fact("take back", terahash(taken), "amount", str(taken)),
        Fact("for", receiver, "receiver", receiver),
        Fact("loan of", borrower, "borrower", borrower),
        *after(vault, state, left, position.debt),
    ]
    withdrawal = vault.withdraw_collateral(taken, receiver, borrower)
    steps = [Step(f"take back {terahash(taken)}", withdrawal)] if taken else []

    def done(receipts: Sequence[Receipt]) -> str:
        return f"Took back {terahash(logged(receipts, 'CollateralWithdrawn')['amount'])}."

    warnings = close_warnings(state, left, position.debt)
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


def authorize_plan(session: Session, vault: Vault, operator: str, authorized: bool) -> Plan:
    """Let an account borrow, withdraw and close on the sender's behalf, or no longer.

    Raises:
        RefusedError: when the account is nobody's, or the sender's own.
    """
    if authorized and operator in (NOBODY, vault.address):
        raise RefusedError(f"nobody acts with the account {operator}: name another")
    if authorized and operator == session.sender:
        raise RefusedError(f"{operator} sends this, and acts for itself anyway: name another")
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


def _lent(state: State, position: Position, tokens: int, amount: int, is_posted: bool) -> int:
    """Say what of an amount is lent, fixed: what is beyond the credit.

    Raises:
        RefusedError: when the vault would not lend it.
    """
    if not amount:
        raise RefusedError(REASONS["vault: nothing to borrow"])
    most = position.max_borrow
    allowed = bound(state, tokens, position)
    if is_posted:
        most = max(allowed.most - position.owes, 0) + position.credit
    if amount > most:
        said = f"at most {sats(most)} can be borrowed against {terahash(tokens)} now, for "
        raise RefusedError(said + allowed.why)
    lent = max(amount * FIXED - position.loan.credit, 0)
    missing = state.terms.min_borrow * FIXED - position.debt - lent
    if lent and missing > 0:
        raise RefusedError(
            f"the loan would owe {sats(-(-(position.debt + lent) // FIXED))}, and the least loan "
            f"of this vault is {sats(state.terms.min_borrow)}: borrow at least "
            f"{sats(amount + -(-missing // FIXED))}"
        )
    return lent
