# pragma version 0.4.3
# pragma optimize gas
"""
@title    Coinbase double
@notice   Shows the functions of the module `coinbase` to tests. For tests only.
"""

from ..bitcoin import coinbase


@pure
@external
def parse(_raw: Bytes[coinbase.MAX_SIZE]) -> (bytes32, uint256):
    """
    @notice As in the module.
    """
    return coinbase.parse(_raw)


@pure
@external
def day_subsidy(_day: uint256) -> uint256:
    """
    @notice As in the module.
    """
    return coinbase.day_subsidy(_day)
