"""What the plans of a vault share: what lets it take money and tokens, and whom it refuses."""

from __future__ import annotations

from terahash.deployment import NOBODY
from terahash.hashrate.amounts import sats, terahash
from terahash.lending.models import Funds, State
from terahash.lending.reverts import REASONS
from terahash.lending.vault import Vault
from terahash.plan import Fact, Step
from terahash.session import RefusedError, Session
from terahash.text import printable


def vault_fact(vault: Vault) -> Fact:
    """Say which vault it is."""
    text = f"{printable(vault.symbol)}, {printable(vault.name)}, {vault.address}"
    return Fact("vault", text, "vault", vault.address)


def bitcoin_fact(vault: Vault) -> Fact:
    """Say which bitcoin it is of."""
    return Fact("bitcoin", vault.btc, "btc", vault.btc)


def posting(session: Session, vault: Vault, amount: int, borrower: str) -> list[Step]:
    """Post tokens of the sender's, after allowing the vault to take them."""
    funds = vault.tokens_of(session.sender) if session.sender else None
    approval = Step(f"approve {terahash(amount)}", vault.approve_tokens(amount))
    steps = _approved(session, funds, approval, terahash(amount), amount, amount)
    return [*steps, Step(f"post {terahash(amount)}", vault.post(amount, borrower))]


def bitcoin_steps(
    session: Session, vault: Vault, most: int, least: int | None = None
) -> list[Step]:
    """Let the vault take satoshi: at most so many, and at least so many as things stand."""
    needed = most if least is None else least
    funds = vault.bitcoin_of(session.sender) if session.sender else None
    approval = Step(f"approve {sats(most)}", vault.approve_bitcoin(most))
    return _approved(session, funds, approval, sats(needed), most, needed)


def _approved(
    session: Session, funds: Funds | None, approval: Step, text: str, most: int, least: int
) -> list[Step]:
    if funds is None:
        return [approval]
    if funds.held < least:
        raise RefusedError(f"{session.sender} holds less than {text}, which this takes")
    return [] if funds.allowed >= most else [approval]


def check_lends(state: State) -> None:
    """Refuse where nothing is lent now, and say why."""
    if not state.is_valued:
        raise RefusedError("the valuation does not answer now, and nothing is lent without it")
    if state.pool.loans_stopped:
        raise RefusedError(REASONS["vault: loans stopped"])
    if state.worth.is_stopped:
        raise RefusedError(REASONS["vault: valuation says stop"])


def check_authorized(session: Session, vault: Vault, borrower: str) -> None:
    """Refuse who may not act for a borrower."""
    sender = session.sender
    if sender in (None, borrower) or vault.is_authorized(borrower, str(sender)):
        return
    raise RefusedError(REASONS["vault: not authorized"])


def check_receiver(vault: Vault, receiver: str) -> None:
    """Refuse a receiver that cannot use what it is sent."""
    if receiver in (NOBODY, vault.address):
        raise RefusedError(REASONS["vault: receiver cannot receive"])
