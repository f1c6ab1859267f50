"""What vaults and loans say about themselves, field by field as the contracts return it.

Units: bitcoin in satoshi, tokens with 18 decimals and shares with 14; `fixed` amounts are satoshi
times 2^32; fractions and values times 10^18; values are satoshi per token. Rates are nominal, per
year: at a rate r that stays, a debt is exp(r x years) times as much.
"""

from __future__ import annotations

from typing import NamedTuple

from terahash.headers import Exact
from terahash.units import WAD

FIXED = 2**32
"""Parts of a satoshi in which debts and cash are kept."""
RAY = 10**27
"""The scale of the borrow index."""
SHARE = 10**14
"""A whole share."""
UNCOUNTED = 2**256 - 1
"""As a cap on uncovered debt: cash covers all, and nothing is counted. As a health: no debt."""
MAX_LTV = 98
"""Percent of the liquidation LTV that a loan may reach."""


class Terms(NamedTuple):
    """What is fixed for ever when a vault opens.

    Attributes:
        token: of one issuance.
        valuation: the contract that says what a token is worth; the zero address to have the
            registry choose it.
        lltv: share of the value above which a loan may be liquidated.
        supply_cap: satoshi that lenders may have in it.
        borrow_cap: satoshi that may be lent.
        uncovered_cap: satoshi that may be lent beyond what cash covers; `UNCOUNTED` where cash
            covers all.
        min_borrow: satoshi that a loan has at least when it grows.
        fee: share of the interest.
        fee_receiver: of it, as shares.
        guardian: may stop new deposits and loans; the zero address for nobody.
        target: utilisation at which the rate stays what it is.
        rate: at the target, to begin with.
        steepness: the rate at full utilisation, over that at the target.
        speed: at which the rate moves, per year, where nothing or everything is lent.
        min_rate, max_rate: at the target.
    """

    token: str
    valuation: str
    lltv: Exact
    supply_cap: int
    borrow_cap: int
    uncovered_cap: Exact
    min_borrow: int
    fee: Exact
    fee_receiver: str
    guardian: str
    target: Exact
    rate: Exact
    steepness: Exact
    speed: Exact
    min_rate: Exact
    max_rate: Exact

    @property
    def is_covered(self) -> bool:
        """Whether loans are secured by the reserve's cash alone."""
        return self.uncovered_cap == UNCOUNTED

    @property
    def max_ltv(self) -> int:
        """Share of the value that a loan may reach."""
        return self.lltv * MAX_LTV // 100


class Delivery(NamedTuple):
    """How a delivery vault values what an issuer has yet to deliver.

    Attributes:
        stress: share of the hashprice that is counted on.
        decay: share of its worth that a block-day keeps for each day that it lies ahead.
        phi: share of what is beyond cash that may be lent.
    """

    stress: Exact
    decay: Exact
    phi: Exact


class Pool(NamedTuple):
    """The lenders' side of a vault, with interest to this block.

    Attributes:
        index: borrow index, times 10^27.
        rate: at the target utilisation.
        cash: fixed: lent out to nobody.
        scaled: all debts over the index, fixed.
        credited: rewards that were credited so far, fixed.
        shares: all of them, those of the till included.
        till: shares that wait for the fee receiver.
        deposits_stopped, loans_stopped: by the guardian.
        keeps_tokens: the vault itself owns tokens, of loans that nobody repaid.
    """

    index: Exact  # type: ignore[assignment]  # hides tuple.index
    rate: Exact
    cash: Exact
    scaled: Exact
    credited: Exact
    shares: Exact
    till: Exact
    deposits_stopped: bool
    loans_stopped: bool
    keeps_tokens: bool


class Loan(NamedTuple):
    """A borrower's side, with rewards to this block.

    Attributes:
        collateral: tokens.
        scaled: debt over the index, fixed; zero where there is a credit.
        credit: what rewards brought beyond the debt, fixed: the borrower's.
        index: reward index up to which rewards are credited.
    """

    collateral: Exact
    scaled: Exact
    credit: Exact
    index: Exact  # type: ignore[assignment]  # hides tuple.index


class Worth(NamedTuple):
    """What one token is worth to who lends against it.

    Attributes:
        index: reward index of the token.
        value: a loan may be liquidated above its share of this.
        most: that may be lent, whatever the value.
        covered: of it there is cash that neither the market nor the issuer can take away.
        price: at which it goes in a liquidation, less the discount.
        payout: what redeeming a token pays.
        streaming: what the stream still brings to a token, which a redemption forgoes.
        is_stopped: nothing more may be lent.
        is_pending: the reserve holds less than is owed, and the issuer still has its grace.
        is_overdue: the reserve may be made to pay what the issuer has left unpaid.
    """

    index: Exact  # type: ignore[assignment]  # hides tuple.index
    value: Exact
    most: Exact
    covered: Exact
    price: Exact
    payout: Exact
    streaming: Exact
    is_stopped: bool
    is_pending: bool
    is_overdue: bool


class State(NamedTuple):
    """A vault as of one block.

    Attributes:
        vault: its address.
        symbol: of its shares.
        terms: fixed for ever.
        pool: the lenders' side.
        lent: all debts, fixed.
        assets: what lenders have, fixed: lent or not.
        utilisation: share of it that is lent.
        borrow_rate: that debts grow at now, without pause: by exp(rate x years), if it stays.
        supply_rate: that shares grow at now, after the fee: likewise.
        uncovered: what of all loans cash did not cover when each was last valued, and what was
            lost of others, fixed.
        is_valued: the valuation answers; where it does not, what follows is zero.
        worth: of a token.
    """

    vault: str
    symbol: str
    terms: Terms
    pool: Pool
    lent: Exact
    assets: Exact
    utilisation: Exact
    borrow_rate: Exact
    supply_rate: Exact
    uncovered: Exact
    is_valued: bool
    worth: Worth

    @property
    def limit(self) -> int:
        """What a token lets a borrower owe, as far as its value goes."""
        return min(self.worth.value * self.terms.max_ltv // WAD, self.worth.most)

    @classmethod
    def read(cls, said: tuple[object, ...]) -> State:
        """Take it as the lens says it."""
        state = cls(*said)  # type: ignore[arg-type]
        terms, pool, worth = Terms(*state.terms), Pool(*state.pool), Worth(*state.worth)
        return state._replace(terms=terms, pool=pool, worth=worth)


class Position(NamedTuple):
    """A loan as of one block.

    Attributes:
        borrower: whose.
        loan: with its rewards credited.
        debt: fixed, rounded up.
        uncovered: what cash did not cover when it was last valued, fixed.
        is_valued: the valuation answers; where it does not, what follows is zero.
        value: of the tokens, satoshi.
        health: the debt at which it may be liquidated, over the debt; `UNCOUNTED` without one.
        price: that a liquidator would pay for a token of it.
        max_borrow: satoshi that it could borrow now, its credit included.
    """

    borrower: str
    loan: Loan
    debt: Exact
    uncovered: Exact
    is_valued: bool
    value: int
    health: Exact
    price: Exact
    max_borrow: int

    @property
    def owes(self) -> int:
        """Whole satoshi that repay it."""
        return -(-self.debt // FIXED)

    @property
    def credit(self) -> int:
        """Whole satoshi of the credit."""
        return self.loan.credit // FIXED

    @property
    def is_unhealthy(self) -> bool:
        """Whether anyone may liquidate it now."""
        return self.is_valued and self.health < WAD

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of it."""
        return not (self.loan.collateral or self.debt or self.loan.credit)

    @classmethod
    def read(cls, said: tuple[object, ...]) -> Position:
        """Take it as the lens says it."""
        position = cls(*said)  # type: ignore[arg-type]
        return position._replace(loan=Loan(*position.loan))


class Lender(NamedTuple):
    """What an account has lent.

    Attributes:
        account: whose.
        shares: of the vault.
        assets: satoshi that they are.
        withdrawable: satoshi of it that can be withdrawn now: as far as there is cash.
    """

    account: str
    shares: Exact
    assets: int
    withdrawable: int


class Funds(NamedTuple):
    """What an account holds of a token, and what the vault may take of it."""

    held: Exact
    allowed: Exact
