# pragma version 0.4.3
"""
@title    Interest paths
@notice   The vault's arithmetic of interest over many spans of time in one call.
"""

from contracts.lending import interest

initializes: interest

ONE: constant(uint256) = 10**18
RAY: constant(uint256) = 10**27
MAX: constant(uint256) = 1_024
MAX_POKES: constant(uint256) = 1_000_000


@deploy
def __init__(
    _target: uint256, _steepness: uint256, _speed: uint256, _min_rate: uint256, _max_rate: uint256
):
    """
    @notice Choose the curve.
    """
    interest.__init__(_target, _steepness, _speed, _min_rate, _max_rate)


@view
@external
def walk(
    _index: uint256, _rate: uint256, _path: DynArray[uint256[2], MAX]
) -> DynArray[uint256[2], MAX]:
    """
    @notice Return the index and the rate after each span: utilisation, seconds.
    """
    index: uint256 = _index
    rate: uint256 = _rate
    found: DynArray[uint256[2], MAX] = []
    for span: uint256[2] in _path:
        index, rate = interest._advanced(index, rate, span[0], span[1])
        found.append([index, rate])
    return found


@view
@external
def poked(
    _index: uint256, _rate: uint256, _scaled: uint256, _cash: uint256, _every: uint256, _times: uint256
) -> (uint256, uint256):
    """
    @notice Return the index and the rate of a pool that is touched so many times: nothing is lent,
            repaid or deposited meanwhile.
    """
    index: uint256 = _index
    rate: uint256 = _rate
    for i: uint256 in range(_times, bound=MAX_POKES):
        lent: uint256 = _scaled * index // RAY
        index, rate = interest._advanced(index, rate, lent * ONE // (lent + _cash), _every)
    return index, rate


@pure
@external
def expm1(_exponents: DynArray[uint256, MAX]) -> DynArray[uint256, MAX]:
    """
    @notice Return exp(x) - 1 of many.
    """
    found: DynArray[uint256, MAX] = []
    for x: uint256 in _exponents:
        found.append(interest._expm1(x))
    return found
