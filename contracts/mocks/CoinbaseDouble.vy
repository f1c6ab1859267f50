# pragma version 0.4.3
# pragma optimize gas
"""
@title    Coinbase double
@notice   Shows the functions of the module `coinbase` to tests. For tests only.
"""

from ..bitcoin import coinbase


@view
@external
def parse(_raw: Bytes[coinbase.MAX_SIZE]) -> (bytes32, uint256):
    """
    @notice As in the module.
    """
    # After the selector, the offset of the bytes and their length.
    return sha256(sha256(_raw)), coinbase.parse(68, len(_raw))


@pure
@external
def day_subsidy(_day: uint256) -> uint256:
    """
    @notice As in the module.
    """
    return coinbase.day_subsidy(_day)
