"""What lending to a vault, and leaving it again, will do."""

from __future__ import annotations

from collections.abc import Sequence

from terahash.chain import Receipt, Transaction
from terahash.hashrate.amounts import percent, sats
from terahash.lending.models import FIXED, State
from terahash.lending.rates import supply_rate, utilisation
from terahash.lending.reverts import REASONS
from terahash.lending.show import shares_text
from terahash.lending.steps import bitcoin_fact, bitcoin_steps, check_receiver, vault_fact
from terahash.lending.vault import Vault
from terahash.plan import Fact, Plan, Step, logged
from terahash.session import RefusedError, Session


def deposit_plan(session: Session, vault: Vault, amount: int, receiver: str) -> Plan:
    """Lend satoshi.

    Raises:
        RefusedError: when the vault takes fewer, or the sender has fewer.
    """
    check_receiver(vault, receiver)
    state, room = vault.state(), vault.max_deposit()
    if amount > room:
        reason = "closed by a loss" if state.pool.keeps_tokens else "above supply cap"
        if state.pool.deposits_stopped:
            reason = "deposits stopped"
        raise RefusedError(f"{REASONS[f'vault: {reason}']} At most {sats(room)} can be lent now.")
    shares = vault.preview_deposit(amount)
    if not shares:
        raise RefusedError(REASONS["vault: nothing to lend"])
    rate, used = (one(state, deposited=amount * FIXED) for one in (supply_rate, utilisation))
    facts = [
        vault_fact(vault),
        Fact("lend", sats(amount), "amount", amount),
        Fact("for", f"{shares_text(shares)} shares, to {receiver}", "shares", str(shares)),
        Fact("earns then", f"{percent(rate)} a year, which moves", "rate", str(rate)),
        Fact("lent out then", percent(used), "utilisation", str(used)),
        bitcoin_fact(vault),
    ]
    what = f"lend {sats(amount)}"
    steps = [*bitcoin_steps(session, vault, amount), Step(what, vault.deposit(amount, receiver))]

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Deposit")
        return f"Lent {sats(log['assets'])} for {shares_text(log['shares'])} shares."

    return Plan("Lend", facts, steps, done, _lender_warnings(state))


def withdraw_plan(vault: Vault, amount: int, receiver: str, owner: str) -> Plan:
    """Take satoshi out.

    Raises:
        RefusedError: for none, or when the owner has less, or the vault less cash.
    """
    check_receiver(vault, receiver)
    if not amount:
        raise RefusedError(REASONS["vault: nothing to withdraw"])
    lender = vault.lender(owner)
    if amount > lender.withdrawable:
        raise RefusedError(
            f"{owner} has lent {sats(lender.assets)}, of which {sats(lender.withdrawable)} can be "
            "withdrawn now: take less, or wait until loans are repaid"
        )
    shares = vault.preview_withdraw(amount)
    return _leaving(vault, amount, shares, vault.withdraw(amount, receiver, owner), receiver)


def redeem_plan(vault: Vault, shares: int | None, receiver: str, owner: str) -> Plan:
    """Give shares back, or as many as there is cash for.

    Raises:
        RefusedError: for none, or when the owner has fewer, or the vault less cash.
    """
    check_receiver(vault, receiver)
    if shares == 0:
        raise RefusedError(REASONS["vault: nothing to withdraw"])
    most = vault.max_redeem(owner)
    given = most if shares is None else shares
    if given > most:
        raise RefusedError(
            f"{owner} has {shares_text(vault.shares(owner))} shares, of which {shares_text(most)} "
            "can be given back now: give fewer, or wait until loans are repaid"
        )
    assets = vault.preview_redeem(given)
    return _leaving(vault, assets, given, vault.redeem(given, receiver, owner), receiver)


def fees_plan(vault: Vault) -> Plan:
    """Hand the fee receiver its shares."""
    waiting, receiver = vault.state().pool.till, vault.terms.fee_receiver
    facts = [
        vault_fact(vault),
        Fact("waiting", f"{shares_text(waiting)} shares", "shares", str(waiting)),
        Fact("worth", sats(vault.preview_redeem(waiting)), "worth", vault.preview_redeem(waiting)),
        Fact("for", receiver, "receiver", receiver),
    ]
    steps = [Step("collect the fees", vault.collect_fees())] if waiting else []

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "FeesCollected")
        return f"{shares_text(log['shares'])} shares went to {log['receiver']}."

    return Plan("Collect fees", facts, steps, done)


def _leaving(vault: Vault, assets: int, shares: int, call: Transaction, receiver: str) -> Plan:
    facts = [
        vault_fact(vault),
        Fact("take out", sats(assets), "amount", assets),
        Fact("for", f"{shares_text(shares)} shares", "shares", str(shares)),
        Fact("paid to", receiver, "receiver", receiver),
    ]
    steps = [Step(f"take out {sats(assets)}", call)] if shares else []

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Withdraw")
        return f"Took out {sats(log['assets'])} for {shares_text(log['shares'])} shares."

    return Plan("Withdraw", facts, steps, done)


def _lender_warnings(state: State) -> list[str]:
    if state.terms.is_covered:
        return []
    return [
        "lenders here carry the risk that the issuer does not deliver, up to "
        f"{sats(state.terms.uncovered_cap)} of all loans together, and interest"
    ]
