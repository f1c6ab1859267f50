"""What the plans of a vault share: what lets it take money and tokens, and whom it refuses."""

from __future__ import annotations

from terahash.deployment import NOBODY
from terahash.hashrate.amounts import sats, terahash
from terahash.lending.models import Position, State
from terahash.lending.reverts import REASONS
from terahash.lending.vault import Vault
from terahash.plan import Fact, Step
from terahash.session import RefusedError, Session
from terahash.text import printable

INTEREST = 100
"""Part of a debt that may come on top of it before a repayment is mined."""


def vault_fact(vault: Vault) -> Fact:
    """Say which vault it is."""
    text = f"{printable(vault.symbol)}, {printable(vault.name)}, {vault.address}"
    return Fact("vault", text, "vault", vault.address)


def bitcoin_fact(vault: Vault) -> Fact:
    """Say which bitcoin it is of."""
    return Fact("bitcoin", vault.btc, "btc", vault.btc)


def with_interest(position: Position) -> int:
    """Add to a debt, in satoshi, what may come on top of it until it is repaid."""
    return position.owes + -(-position.owes // INTEREST)


def posting(session: Session, vault: Vault, amount: int, borrower: str) -> list[Step]:
    """Post tokens of the sender's, after allowing the vault to take them."""
    steps = [Step(f"approve {terahash(amount)}", vault.approve_tokens(amount))]
    if session.sender:
        held, allowed = vault.tokens_of(session.sender)
        if held < amount:
            raise RefusedError(
                f"{session.sender} holds {terahash(held)}, and this takes {terahash(amount)}: buy "
                "more (`terahash mint`), or choose a smaller amount"
            )
        steps = [] if allowed >= amount else steps
    return [*steps, Step(f"post {terahash(amount)}", vault.post(amount, borrower))]


def bitcoin_steps(
    session: Session, vault: Vault, most: int, least: int | None = None
) -> list[Step]:
    """Let the vault take satoshi: at most so many, and at least so many as things stand."""
    needed = most if least is None else least
    steps = [Step(f"approve {sats(most)}", vault.approve_bitcoin(most))]
    if session.sender:
        held, allowed = vault.bitcoin_of(session.sender)
        if held < needed:
            raise RefusedError(
                f"{session.sender} holds {sats(held)}, and this takes {sats(needed)}: get more of "
                f"the bitcoin token {vault.btc}, or choose a smaller amount"
            )
        steps = [] if allowed >= most else steps
    return steps


def check_lends(vault: Vault, state: State) -> None:
    """Refuse where nothing is lent now, and say why."""
    check_valued(vault, state, "nothing is lent")
    if state.pool.loans_stopped:
        raise RefusedError(REASONS["vault: loans stopped"])
    if state.worth.is_stopped:
        raise RefusedError(REASONS["vault: valuation says stop"])


def check_valued(vault: Vault, state: State, what: str) -> None:
    """Refuse what takes a valuation where it does not answer, and say why it does not."""
    if not state.is_valued:
        raise RefusedError(f"{what} while tokens are not valued: {vault.unvalued()}")


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
