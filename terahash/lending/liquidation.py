"""What a liquidation takes and brings, worked out before it is sent: the vault's own integers."""

from __future__ import annotations

from typing import NamedTuple

from terahash.errors import TerahashError
from terahash.hashrate.models import EXACT
from terahash.headers import Exact
from terahash.lending.models import FIXED, Position, State, Worth

KEPT_AT = 4
"""Times a debt, the price of the tokens that a vault keeps for it."""
LEAST_LOSS = 1_000 * FIXED
"""That closes a vault to new deposits, and has what it keeps count: a thousandth of what lenders
have left, and this at least. Many small losses count together, by what is kept for them."""


class LiquidationError(TerahashError, ValueError):
    """A liquidation that there cannot be; the message says why."""


class Sold(NamedTuple):
    """Satoshi that a liquidator pays, and tokens that it gets."""

    paid: int
    seized: Exact


class ToReserve(NamedTuple):
    """What redeeming a loan's tokens comes to.

    Attributes:
        seized: tokens.
        proceeds: satoshi that the reserve pays.
        reward: satoshi of it, to who calls.
        is_kept: the reserve pays next to nothing, and the vault keeps the tokens.
    """

    seized: Exact
    proceeds: int
    reward: int
    is_kept: bool


def sold(position: Position, paid: int, seized: int = 0) -> Sold:
    """Say what a liquidator pays and gets: at most so many satoshi, or where zero so many tokens.

    Args:
        position: the loan, whose tokens have a price.
        paid: satoshi.
        seized: tokens.

    Raises:
        LiquidationError: when not exactly one of the two is above zero, or the tokens have no
            price.
    """
    if min(paid, seized) != 0 or max(paid, seized) <= 0:
        raise LiquidationError(
            f"{paid} satoshi and {seized} tokens: give one of the two, above zero, and zero for "
            "the other"
        )
    collateral, whole, price = position.loan.collateral, position.owes, position.price
    if not price:
        raise LiquidationError("the loan's tokens have no price: none of them are sold")
    seized = min(seized, collateral)
    pays = min(paid, whole) if paid else -(-seized * price // EXACT)
    if paid or whole < pays:
        pays = min(pays, whole)
        seized = pays * EXACT // price
        if collateral < seized:
            seized = collateral
            pays = -(-seized * price // EXACT)
    return Sold(pays, seized)


def to_reserve(position: Position, worth: Worth) -> ToReserve:
    """Say what the reserve pays for as many tokens of a loan as it takes to repay it.

    Where it pays less than a hundredth of the debt, tokens are not given up for that: the vault
    keeps as many as are to be paid four times the debt. An overdue debt of the issuance is covered
    first, and the reserve then pays the less.
    """
    collateral = position.loan.collateral
    is_kept = collateral * worth.payout < max(EXACT, position.debt * EXACT // (FIXED * 100))
    price = worth.price // KEPT_AT if is_kept else worth.payout * 99 // 100
    seized = min(collateral, -(-position.owes * EXACT // price)) if price else collateral
    proceeds = 0 if is_kept else seized * worth.payout // EXACT
    return ToReserve(seized, proceeds, proceeds // 100, is_kept)


def closes(state: State, debt: int, kept: int) -> bool:
    """Say whether a vault takes no more deposits, once it keeps tokens for a debt.

    Else they are dust to it, and what they earn is nobody's.

    Args:
        state: of the vault, before that.
        debt: that is written off, fixed.
        kept: tokens that the vault then keeps in all.
    """
    lost = max(debt, kept * (state.worth.price // KEPT_AT) * FIXED // EXACT)
    return state.pool.keeps_tokens or max(LEAST_LOSS, (state.assets - debt) // 1_000) <= lost
