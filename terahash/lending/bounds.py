"""What bounds a loan: how much may be owed, for which reason, and how many tokens it needs."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from terahash.hashrate.amounts import sats
from terahash.hashrate.models import EXACT
from terahash.lending.leverage import Limits
from terahash.lending.models import FIXED, Position, State


class By(Enum):
    """What of it all allows the least."""

    TOKENS = auto()
    CASH = auto()
    BORROW_CAP = auto()
    UNCOVERED_CAP = auto()
    LEAST_LOAN = auto()


class Bound(NamedTuple):
    """How much may be owed, and why no more.

    Attributes:
        most: satoshi; zero where that would be less than the least loan.
        by: what bounds it.
        why: in words, and what to do.
    """

    most: int
    by: By
    why: str


def bound(state: State, tokens: int, position: Position | None = None) -> Bound:
    """Say how much may be owed against tokens, and why no more.

    Args:
        state: of the vault, which lends now.
        tokens: that secure it.
        position: the loan; None for one that is still to begin.
    """
    limits, terms, owes = Limits.of(state, position), state.terms, position.owes if position else 0
    debts = {
        By.TOKENS: tokens * limits.each // EXACT,
        By.CASH: owes + state.pool.cash // FIXED,
        By.BORROW_CAP: owes + max(terms.borrow_cap - -(-state.lent // FIXED), 0),
    }
    if limits.uncovered is not None:
        debts[By.UNCOVERED_CAP] = tokens * limits.covered // EXACT + limits.uncovered
    by = min(debts, key=lambda one: debts[one])
    most = limits.debt(tokens)
    if 0 < debts[by] < limits.least:
        why = f"the {sats(debts[by])} that could be owed are less than the least loan of "
        return Bound(most, By.LEAST_LOAN, f"{why}{sats(limits.least)}: post more tokens, or wait")
    whys = {
        By.TOKENS: "they allow no more: borrow less, or post more (--post)",
        By.CASH: "the vault has no more cash: borrow less, or wait until others repay or lend",
        By.BORROW_CAP: f"the vault lends no more than {sats(terms.borrow_cap)} to all together: "
        "borrow less, or wait until others repay",
        By.UNCOVERED_CAP: "beyond what cash covers all loans together may owe no more than "
        f"{sats(terms.uncovered_cap)}: borrow less, post more (--post), or wait until others repay",
    }
    return Bound(most, by, whys[by])


def free_tokens(state: State, position: Position) -> int:
    """Say how many tokens a loan can give back now, as what is left secures its debt.

    Args:
        state: of the vault, whose valuation answers.
        position: the loan.
    """
    collateral, debt = position.loan.collateral, position.debt
    needed = _needed(debt, state.limit, collateral)
    if not state.terms.is_covered:
        others = state.uncovered - position.uncovered
        # What it was counted with before is not refused, whatever the cap.
        beyond = max(state.terms.uncovered_cap * FIXED - others, position.uncovered)
        needed = max(needed, _needed(max(debt - beyond, 0), state.worth.covered, collateral))
    return max(collateral - needed, 0)


def _needed(debt: int, each: int, otherwise: int) -> int:
    """Say how many tokens secure a debt, each so much; all of them where they secure nothing."""
    if not debt:
        return 0
    return -(-debt * EXACT // (each * FIXED)) if each else otherwise
