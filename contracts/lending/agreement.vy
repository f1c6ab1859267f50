# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Terms of a vault
@notice   What is fixed for ever when a vault opens.
"""

from ..interfaces import ILendingVault

FIXED: constant(uint256) = 2**32  # a satoshi, in the amounts that are kept

TERMS: immutable(ILendingVault.Terms)


@deploy
def __init__(_terms: ILendingVault.Terms):
    """
    @notice Agree on terms.
    """
    TERMS = _terms


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def terms() -> ILendingVault.Terms:
    """
    @notice Return what was fixed when the vault opened.
    """
    return TERMS


@view
@external
def TOKEN() -> address:
    """
    @notice Return the collateral: the tokens of one issuance.
    """
    return TERMS.token
