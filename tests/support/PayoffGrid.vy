# pragma version 0.4.3
"""
@title    Payoff grid
@notice   What the pair market's arithmetic says of many small series and amounts at once.
"""

from contracts.swaps import pair

MAX: constant(uint256) = 64


@pure
@external
def shares(_floor: int256, _cap: int256, _first: int256, _count: uint256) -> DynArray[uint256, MAX]:
    """
    @notice Return the share of the longs at each X from the first on.
    """
    found: DynArray[uint256, MAX] = []
    for i: uint256 in range(_count, bound=MAX):
        found.append(pair._share(_first + convert(i, int256), _floor, _cap))
    return found


@pure
@external
def worths(_share: uint256, _amounts: uint256) -> (DynArray[uint256, MAX], DynArray[uint256, MAX]):
    """
    @notice Return what 0, 1, 2 and more longs are worth, and as many shorts.
    """
    longs: DynArray[uint256, MAX] = []
    shorts: DynArray[uint256, MAX] = []
    for amount: uint256 in range(_amounts, bound=MAX):
        longs.append(pair._worth(amount, 0, _share))
        shorts.append(pair._worth(0, amount, _share))
    return longs, shorts


@pure
@external
def worth(_longs: uint256, _shorts: uint256, _share: uint256) -> uint256:
    """
    @notice Return what somebody with both is paid.
    """
    return pair._worth(_longs, _shorts, _share)
