"""How an issuance gets to take bitcoin: by a signature where that will do, else by an approval."""

from __future__ import annotations

from typing import NamedTuple

from terahash.hashrate.amounts import sats
from terahash.hashrate.models import Signature
from terahash.hashrate.permit import Permits
from terahash.hashrate.token import HashrateToken
from terahash.plan import Step
from terahash.session import RefusedError, Session
from terahash.units import HOUR

VALID = HOUR
"""Seconds that a permit can wait to be mined."""
DELEGATED = bytes.fromhex("ef0100")
"""What the code of an account begins with that has delegated to a contract (EIP-7702)."""


class Funding(NamedTuple):
    """What lets the issuance take satoshi: transactions to send first, or a permit, or neither."""

    steps: list[Step]
    permit: Signature | None = None


def funding(session: Session, token: HashrateToken, most: int, least: int) -> Funding:
    """Choose how the issuance gets an allowance.

    Args:
        session: who pays.
        token: the issuance.
        most: satoshi that it may take.
        least: satoshi that it will take at least, as things stand.

    Raises:
        RefusedError: when the sender has less than it takes.
    """
    approval = [Step(f"approve {sats(most)}", token.approve_bitcoin(most))]
    if session.sender is None:
        return Funding(approval)
    held, allowed = token.bitcoin_of(session.sender)
    if held < least:
        raise RefusedError(f"{session.sender} holds {sats(held)}, and this takes {sats(least)}")
    if allowed >= most:
        return Funding([])
    # A contract's signature is checked in other ways than its key's.
    if session.account and not session.chain.code(session.sender):
        permits = Permits(session.chain, token.terms.btc)
        if domain := permits.domain():
            deadline = session.chain.now + VALID
            return Funding([], permits.sign(domain, session.account, token.address, most, deadline))
    return Funding(approval)


def is_pool(session: Session, account: str) -> bool:
    """Say whether an account is a contract, which earns what it may be unable to claim."""
    code = session.chain.code(account)
    return bool(code) and not code.startswith(DELEGATED)
