"""What becomes of a loan: when it has repaid itself, and from when on it may be liquidated.

A forecast is of one block and of what it assumes: hashprices that stay but for halvings, a borrow
rate that stays, block-days that are a day long, and a token that accrues each as it closes. The
issuer pays each at once, and that streams for a day; or else nobody pays, neither the issuer nor
the borrower, and nobody has the reserve pay what is overdue, which would help the borrower. What is
owed or streaming now is taken to have arrived when the day is over: some of it may take a day more.

Of each day the worst counts. When it begins, the index has not closed the one before, which counts
as over and owes nothing yet. Once that has closed, a day's interest is added, and a grace that ends
within the day is over. So a loan that is paid may be taken to be liquidatable a day too early where
it is within a day's interest of that.

Debts are fixed (satoshi times 2^32).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

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


@dataclass(frozen=True)
class Borrowed:
    """A loan, as far as its future hangs on it.

    Attributes:
        tokens: posted, 18 decimals.
        debt: fixed.
        lltv: of the vault, times 10^18.
        rate: that the debt grows at, per year, times 10^18.

    Raises:
        ValueError: when one of them is negative.
    """

    tokens: int
    debt: int
    lltv: int
    rate: int

    def __post_init__(self) -> None:
        if min(self.tokens, self.debt, self.lltv, self.rate) < 0:
            raise ValueError(f"nothing of a loan is negative: {self}")

    def is_unhealthy(self, collateral: Collateral) -> bool:
        """Say whether it may be liquidated by what its tokens are worth."""
        if not self.debt:
            return False
        limit = self.tokens * (collateral.worth().value * self.lltv // WAD) * FIXED
        return limit < self.debt * EXACT

    def a_day_later(self) -> Borrowed:
        """Add a day's interest to the debt, rounded up."""
        return self.owing(self.debt - -self.debt * self.rate // (YEAR_DAYS * WAD))

    def owing(self, debt: int) -> Borrowed:
        """Say what it is with another debt, fixed."""
        return replace(self, debt=debt)


class Course(NamedTuple):
    """What becomes of a loan within the term, and the day after it.

    Attributes:
        repaid_in: days until rewards have repaid it; 0 for no debt, None where they do not, or
            not before it is liquidatable.
        liquidatable_in: whole days until anyone may liquidate it: 0 for within the day, None for
            never.
        outcome: fixed: in the end the borrower's credit, or minus its debt, if nobody liquidates.
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
        repaid_in: days until it has repaid itself, as its issuer pays; None where it does not in
            the term, or not before it is liquidatable.
        paid_liquidatable_in: days until anyone may liquidate it although the issuer pays; 0 for
            within the day, None for not in the term.
        paid_liquidatable_day: the block-day of that.
        liquidatable_in, liquidatable_day: likewise if nobody pays.
    """

    hashprice: Exact
    liquidation: Exact | None
    repaid_in: int | None
    paid_liquidatable_in: int | None
    paid_liquidatable_day: int | None
    liquidatable_in: int | None
    liquidatable_day: int | None


def outlook(loan: Borrowed, collateral: Collateral) -> Outlook:
    """Say what becomes of a loan at today's hashprices, and where it would be liquidatable."""
    paid, unpaid = (course(loan, collateral, is_paid) for is_paid in (True, False))
    days = (paid.liquidatable_in, unpaid.liquidatable_in)
    slow, late = (None if one is None else collateral.day_in(one) for one in days)
    return Outlook(
        hashprice=collateral.window.last,
        liquidation=liquidation_hashprice(loan, collateral),
        repaid_in=paid.repaid_in,
        paid_liquidatable_in=paid.liquidatable_in,
        paid_liquidatable_day=slow,
        liquidatable_in=unpaid.liquidatable_in,
        liquidatable_day=late,
    )


def course(loan: Borrowed, collateral: Collateral, is_paid: bool = True) -> Course:
    """Follow a loan day by day, until the last block-day of the term has closed and been paid.

    Args:
        loan: as it is now.
        collateral: as it is now; `Collateral.at` says it at another hashprice.
        is_paid: the issuer pays, or else nothing comes any more but what streams already.
    """
    repaid, unhealthy, credit = None if loan.debt else 0, None, 0
    for day in range(max(2, collateral.terms.last - collateral.window.day + 1)):
        if day:
            arrived = collateral.streaming + (collateral.owed if is_paid else 0)
            left = loan.debt - loan.tokens * arrived * FIXED // EXACT
            if left <= 0 < loan.debt and unhealthy is None:
                repaid = day
            loan, credit = loan.owing(max(0, left)), credit + max(0, -left)
            collateral = collateral.passed(is_paid)
            if unhealthy is None and loan.is_unhealthy(collateral):
                unhealthy = day
            collateral = collateral.closed()
        outcome, loan = credit - loan.debt, loan.a_day_later()
        collateral = collateral if is_paid else collateral.lapsed()
        if unhealthy is None and loan.is_unhealthy(collateral):
            unhealthy = day
    return Course(repaid, unhealthy, outcome)


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

    At a lower one it loses some of it, or may lose it all: the loan becomes liquidatable.

    Args:
        loan: as it is now.
        collateral: as it is now.
        paid: satoshi of its own.

    Returns:
        It, if it were that of every day to come; `HIGHEST` where none is high enough.
    """

    def is_enough(price: int) -> bool:
        found = course(loan, collateral.at(price))
        return found.liquidatable_in is None and found.outcome >= paid * FIXED

    return _lowest(is_enough)


def fall(start: int, end: int) -> int | None:
    """Say by which share (times 10^18) a hashprice falls to another; None where it does not.

    Raises:
        ValueError: when one of them is negative.
    """
    if min(start, end) < 0:
        raise ValueError(f"a hashprice is not negative: {start}, {end}")
    if end > start or end >= HIGHEST:
        return None
    return (start - end) * WAD // start if start else 0


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
