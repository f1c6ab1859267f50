"""A loan of the simulation, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.lending_economics_plans import Borrower


@dataclass
class Loan:
    """One loan; amounts are satoshi x 10^18.

    Attributes:
        at, index: when, and up to which reward index, it was last brought up to date.
        lent: all that was ever lent to it.
        interest: since it was last valued to borrow, or to release collateral.
        uncovered: what nothing certain covered then.
        valued, at_value: the next block-day to accrue then, and the time.
        unhealthy: day since which it is not healthy.
        end: how it ended: repaid, sold, redeemed, kept by the vault, or not at all.
        loss: what lenders lost by it.
        last_debt: what it owed when it was lost.
        is_default: the issuance was overdue since.
        is_dead: the index was, as it ended.
        stood_still: days of a stale index, of those since it was valued.
    """

    borrower: Borrower
    collateral: int
    index: int
    at: int
    debt: int = 0
    lent: int = 0
    interest: int = 0
    uncovered: int = 0
    valued: int = 0
    at_value: int = 0
    unhealthy: int | None = None
    end: str = ""
    ended: int = 0
    loss: int = 0
    last_debt: int = 0
    is_default: bool = False
    is_dead: bool = False
    stood_still: int = 0

    @property
    def is_open(self) -> bool:
        return not self.end

    @property
    def is_liquidated(self) -> bool:
        return self.end in ("sold", "redeemed", "kept")
