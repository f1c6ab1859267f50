"""What becomes of a loan: when it has repaid itself, and from when on it may be liquidated.

A forecast is of one block and of what it assumes: a hashprice that stays but for halvings, an
issuer that pays each block-day as it closes, and a borrow rate that stays. Debts are fixed (satoshi
times 2^32).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from terahash.hashrate.calculator import net_hashprice
from terahash.hashrate.models import EXACT
from terahash.headers import Exact
from terahash.lending.models import FIXED
from terahash.lending.worth import Collateral
from terahash.units import WAD

YEAR_DAYS = 365
HIGHEST = 10**9 * WAD
"""A hashprice beyond anything that is mined."""
STEP = 10**12
"""Of hashprices that are tried over a whole term: a millionth of a satoshi."""


class Borrowed(NamedTuple):
    """A loan, as far as its future hangs on it.

    Attributes:
        tokens: posted, 18 decimals.
        debt: fixed.
        lltv: of the vault.
        rate: that the debt grows at, per year, times 10^18.
    """

    tokens: int
    debt: int
    lltv: int
    rate: int

    def is_unhealthy(self, collateral: Collateral) -> bool:
        """Say whether it may be liquidated by what its tokens are worth."""
        limit = self.tokens * (collateral.worth().value * self.lltv // WAD) * FIXED
        return limit < self.debt * EXACT

    def a_day_later(self) -> Borrowed:
        """Add a day's interest to the debt, rounded up."""
        interest = -(-self.debt * self.rate // (YEAR_DAYS * WAD))
        return self._replace(debt=self.debt + interest)


class Course(NamedTuple):
    """What becomes of a loan within the term.

    Attributes:
        repaid_in: days until rewards have repaid it; 0 for no debt, None for never.
        liquidatable_in: days until anyone may liquidate it; None for never.
        outcome: fixed: at the end of the term the borrower's credit, or minus its debt.
    """

    repaid_in: int | None
    liquidatable_in: int | None
    outcome: int


class Outlook(NamedTuple):
    """What a borrower, or who lends to it, wants to know of a loan.

    Attributes:
        hashprice: of the newest closed block-day, sats times 10^18.
        liquidation: mean hashprice at which it would be liquidatable today; None where cash covers
            it, `HIGHEST` where any is.
        repaid_in: days until it has repaid itself at this hashprice; None for not in the term.
        liquidatable_in: days until anyone may liquidate it, if nothing more is delivered nor
            repaid; None for not in the term.
        liquidatable_day: the block-day of that.
    """

    hashprice: Exact
    liquidation: Exact | None
    repaid_in: int | None
    liquidatable_in: int | None
    liquidatable_day: int | None


def outlook(loan: Borrowed, collateral: Collateral) -> Outlook:
    """Say what becomes of a loan at today's hashprice, and where it would be liquidatable."""
    today = collateral.window.last
    unpaid = course(loan, collateral, is_paid=False).liquidatable_in
    return Outlook(
        hashprice=today,
        liquidation=liquidation_hashprice(loan, collateral),
        repaid_in=course(loan, collateral.at(today)).repaid_in,
        liquidatable_in=unpaid,
        liquidatable_day=None if unpaid is None else collateral.day_in(unpaid),
    )


def course(loan: Borrowed, collateral: Collateral, is_paid: bool = True) -> Course:
    """Follow a loan day by day to the end of the term.

    Each day the debt grows by a day's interest, and rewards repay it: on the first day also what
    streams, and what is owed.

    Args:
        loan: as it is now.
        collateral: as it is now; `Collateral.at` says it at another hashprice.
        is_paid: the issuer pays, or else nothing comes any more but what streams already.
    """
    repaid = None if loan.debt else 0
    unhealthy = 0 if loan.is_unhealthy(collateral) else None
    credit, left = 0, collateral.backing.left
    pending = collateral.streaming + (collateral.owed if is_paid else 0)
    for day in range(1, collateral.terms.last - collateral.window.day):
        loan, after = loan.a_day_later(), collateral.later(day, is_paid)
        net = _net(after) if is_paid and after.backing.left < left else 0
        reward = loan.tokens * (net + pending) * FIXED // EXACT
        left, pending = after.backing.left, 0
        if loan.debt and loan.debt <= reward:
            repaid = day
        paid = min(loan.debt, reward)
        loan, credit = loan._replace(debt=loan.debt - paid), credit + reward - paid
        if unhealthy is None and loan.debt and loan.is_unhealthy(after):
            unhealthy = day
    return Course(repaid, unhealthy, credit - loan.debt)


def liquidation_hashprice(loan: Borrowed, collateral: Collateral) -> int | None:
    """Find the mean hashprice at which a loan would be liquidatable today, all else being as it is.

    Returns:
        The highest such hashprice, sats times 10^18; None where none is, for cash covers the loan;
        `HIGHEST` where every one is.
    """
    if loan.is_unhealthy(collateral.at(HIGHEST)):
        return HIGHEST
    if not loan.is_unhealthy(collateral.at(0)):
        return None
    return _lowest(lambda price: not loan.is_unhealthy(collateral.at(price)), 1) - 1


def lasting_hashprice(loan: Borrowed, collateral: Collateral) -> int:
    """Find the lowest hashprice at which a loan would never be liquidatable in its term.

    Returns:
        It, if it were that of every day to come; `HIGHEST` where none is high enough.
    """
    return _lowest(lambda price: course(loan, collateral.at(price)).liquidatable_in is None)


def break_even_hashprice(loan: Borrowed, collateral: Collateral, paid: int) -> int:
    """Find the lowest hashprice at which a borrower gets back what it has paid of its own.

    Args:
        loan: as it is now.
        collateral: as it is now.
        paid: satoshi.

    Returns:
        It, if it were that of every day to come; `HIGHEST` where none is high enough.
    """
    return _lowest(lambda price: course(loan, collateral.at(price)).outcome >= paid * FIXED)


def fall(start: int, end: int) -> int | None:
    """Say by which share (times 10^18) a hashprice falls to another; None where it does not."""
    return (start - end) * WAD // start if 0 <= end <= start and end < HIGHEST else None


def _net(collateral: Collateral) -> int:
    return net_hashprice(collateral.window.last, collateral.terms.fee, collateral.terms.cost)


def _lowest(is_enough: Callable[[int], bool], step: int = STEP) -> int:
    """Find the lowest hashprice, in steps, that is enough, where all higher ones are, too."""
    high = WAD
    while not is_enough(high):
        if high >= HIGHEST:
            return HIGHEST
        high = min(2 * high, HIGHEST)
    low, high = -1, -(-high // step)
    while low + 1 < high:
        middle = (low + high) // 2
        if is_enough(middle * step):
            high = middle
        else:
            low = middle
    return high * step
