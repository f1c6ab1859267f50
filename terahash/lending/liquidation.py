"""What a liquidation takes and brings, worked out before it is sent: the vault's own integers."""

from __future__ import annotations

from typing import NamedTuple

from terahash.hashrate.models import EXACT
from terahash.headers import Exact
from terahash.lending.models import FIXED, Position, Worth


class Sold(NamedTuple):
    """Satoshi that a liquidator pays, and tokens that it gets."""

    paid: int
    seized: Exact


class ToReserve(NamedTuple):
    """What redeeming a loan's tokens comes to.

    Attributes:
        seized: tokens.
        proceeds: satoshi that the reserve pays; where it pays nothing, the vault keeps the tokens.
        reward: satoshi of it, to who calls.
    """

    seized: Exact
    proceeds: int
    reward: int


def sold(position: Position, paid: int, seized: int = 0) -> Sold:
    """Say what a liquidator pays and gets: at most so many satoshi, or where zero so many tokens.

    Args:
        position: the loan, whose tokens have a price.
        paid: satoshi.
        seized: tokens.
    """
    collateral, whole, price = position.loan.collateral, position.owes, position.price
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

    An overdue debt of the issuance is covered first, and the reserve then pays the less.
    """
    net, seized = worth.payout * 99 // 100, position.loan.collateral
    if net:
        seized = min(seized, -(-position.owes * EXACT // net))
    proceeds = seized * worth.payout // EXACT
    # For less than a hundredth of the debt the tokens are not given up.
    if seized * worth.payout < max(EXACT, position.debt * EXACT // (FIXED * 100)):
        proceeds = 0
    return ToReserve(seized, proceeds, proceeds // 100)
