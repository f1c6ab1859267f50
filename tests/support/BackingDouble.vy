# pragma version 0.4.3
"""
@title    Backing double
@notice   What a valuation reads of a token, as tests set it.
"""

from contracts.interfaces import IHashrateToken

terms: public(IHashrateToken.Terms)
backing: public(IHashrateToken.Backing)


@deploy
def __init__(_terms: IHashrateToken.Terms):
    """
    @notice Agree on terms.
    """
    self.terms = _terms


@external
def set(_backing: IHashrateToken.Backing):
    """
    @notice Say how everything stands.
    """
    self.backing = _backing
