# pragma version 0.4.3
# pragma optimize gas
"""
@title    Bitcoin double
@notice   Wrapped bitcoin that anyone mints: 8 decimals, permits. For tests and demos only.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]

exports: (
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
    erc20.allowance,
    erc20.permit,
    erc20.nonces,
    erc20.DOMAIN_SEPARATOR,
    erc20.eip712Domain,
)


@deploy
def __init__():
    """
    @notice Nobody has any.
    """
    ownable.__init__()
    erc20.__init__("Wrapped bitcoin double", "WBTC", 8, "Wrapped bitcoin double", "1")


@external
def mint(_to: address, _amount: uint256):
    """
    @notice Create satoshi.
    """
    erc20._mint(_to, _amount)
