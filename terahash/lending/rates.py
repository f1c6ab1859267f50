"""What borrowing costs and lending earns at one moment: the vault's own curve, to the last digit.

Rates are nominal, per year, times 10^18: at a rate r that stays, a debt is exp(r x years) times as
much. Amounts are fixed (satoshi times 2^32).
"""

from __future__ import annotations

from terahash.lending.models import State
from terahash.units import WAD


def utilisation(state: State, lent: int = 0, deposited: int = 0) -> int:
    """Say which share of what lenders have is lent, once so much more is lent and deposited."""
    return (state.lent + lent) * WAD // max(state.assets + deposited, 1)


def borrow_rate(state: State, lent: int = 0, deposited: int = 0) -> int:
    """Say what debts grow at, once so much more is lent and deposited."""
    terms, used = state.terms, utilisation(state, lent, deposited)
    if terms.target < used:
        above = (used - terms.target) * WAD // (WAD - terms.target)
        return state.pool.rate * (WAD + (terms.steepness - WAD) * above // WAD) // WAD
    below = (terms.target - used) * WAD // terms.target
    return state.pool.rate * (WAD - (WAD - WAD * WAD // terms.steepness) * below // WAD) // WAD


def supply_rate(state: State, lent: int = 0, deposited: int = 0) -> int:
    """Say what shares grow at after the fee, once so much more is lent and deposited."""
    used = utilisation(state, lent, deposited)
    earned = borrow_rate(state, lent, deposited) * used // WAD
    return earned * (WAD - state.terms.fee) // WAD
