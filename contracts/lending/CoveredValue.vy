# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Covered value
@notice   Values a token by the cash behind it that nobody can take away: neither the market nor the
          issuer can make a loan against that a bad one.
@custom:security
          - A loan must be repaid, or liquidated, as the term passes: the value falls by a block-day of
            ratio x reference a day, and four block-days before the end to what is owed and streaming.
          - What it is owed counts as far as the reserve can pay it; rewards are counted as they come.
          - Lending stops while the reserve is short of its ratio, or the index behind.
@custom:kill   It cannot be stopped or upgraded.
"""

from ..interfaces import IValue
from . import reserve

implements: IValue

initializes: reserve

exports: reserve.TOKEN

VERSION: public(constant(String[8])) = "0.1.0"


@deploy
def __init__(_token: address):
    """
    @notice Choose the issuance.
    """
    reserve.__init__(_token)


@view
@external
def assess() -> IValue.Assessment:
    """
    @notice Return what a token is worth now.
    @custom:reverts  Where more than 64 block-days are to be accrued: accrue them first.
    """
    return reserve._assessed(reserve._backing())
