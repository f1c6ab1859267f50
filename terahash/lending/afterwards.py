"""How a loan stands after what is going to be done with it."""

from __future__ import annotations

from terahash.hashrate.amounts import sats, terahash
from terahash.hashrate.models import EXACT
from terahash.hashrate.show import document
from terahash.lending.forecast import Borrowed, outlook
from terahash.lending.models import FIXED, UNCOUNTED, State
from terahash.lending.show import health_text, outlook_rows
from terahash.lending.vault import Vault
from terahash.lending.worth import read_collateral
from terahash.plan import Fact
from terahash.units import WAD

CLOSE = 105 * WAD // 100
"""A health below which a loan is said to be close to its liquidation."""


def after(
    vault: Vault, state: State, tokens: int, debt: int, rate: int | None = None
) -> list[Fact]:
    """Say how a loan stands afterwards, at a borrow rate, or at that of now.

    Args:
        vault: whose loan.
        state: of it, now.
        tokens: that secure it then.
        debt: fixed, then.
        rate: that it grows at then.
    """
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


def close_warnings(state: State, tokens: int, debt: int) -> list[str]:
    """Warn of a loan that is close to its liquidation afterwards."""
    health = _health(state, tokens, debt)
    if not state.is_valued or health >= CLOSE:
        return []
    return [f"the loan is close to its liquidation then: its health is {health_text(health)}"]


def _health(state: State, tokens: int, debt: int) -> int:
    if not debt:
        return UNCOUNTED
    return tokens * (state.worth.value * state.terms.lltv // WAD) * FIXED // EXACT * WAD // debt
