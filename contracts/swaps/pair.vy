# pragma version 0.4.3
# pragma optimize gas
"""
@title    Pairs
@notice   What a long and a short claim are worth, and who pays what when two wishes meet.
@dev      X is the index over the series' window:
          share = (clamp(X, floor, cap) - floor) x 10^12 // (cap - floor)
          The long has that share of the collateral, the short the rest. A trade of n claims at p
          ticks between L, who wants long, and S, who wants short: the price is P = n p / 10,000; L
          gives up a = min(n, L's shorts) and S b = min(n, S's longs); L receives n - a longs and
          pays P - a, S receives n - b shorts and pays (n - P) - b; and the open pairs change by
          n - a - b, which is the cash that comes in. One formula is transfer, mint and burn.
"""

SHARES: constant(uint256) = 10**12
TICKS: constant(uint256) = 10_000
LOT: constant(uint256) = 10_000  # claims: a price in ticks is then whole satoshi
MAX_BOUND: constant(int256) = 2**200  # of floor and cap: a settlement that overflowed would lock all
MAX_CLAIMS: constant(uint256) = 2**79  # of one trade; all bitcoins are below 2^51


# What a trade does to the two parties.
struct Terms:
    long_burns: uint256  # shorts that L gives up
    short_burns: uint256  # longs that S gives up
    long_pays: int256  # satoshi
    short_pays: int256
    pairs: int256  # change of the open pairs


@pure
@internal
def _share(_x: int256, _floor: int256, _cap: int256) -> uint256:
    """
    @dev Of the collateral, x 10^12, rounded down. Bounds lie within 2^200, so that nothing overflows.
    """
    inside: int256 = min(max(_x, _floor), _cap) - _floor
    return convert(inside, uint256) * SHARES // convert(_cap - _floor, uint256)


@pure
@internal
def _worth(_longs: uint256, _shorts: uint256, _share: uint256) -> uint256:
    """
    @dev What claims are paid once the share is known, rounded down once.
    """
    return (_longs * _share + _shorts * (SHARES - _share)) // SHARES


@pure
@internal
def _terms(_amount: uint256, _price: uint256, _shorts: uint256, _longs: uint256) -> Terms:
    """
    @dev Of a trade of whole lots, by the shorts that L has and the longs that S has. The amount lies
         within MAX_CLAIMS and the price within TICKS, so that nothing here reaches 2^94.
    """
    amount: int256 = convert(_amount, int256)
    price: int256 = convert(unsafe_mul(_amount, _price) // TICKS, int256)
    long_burns: uint256 = min(_amount, _shorts)
    short_burns: uint256 = min(_amount, _longs)
    a: int256 = convert(long_burns, int256)
    b: int256 = convert(short_burns, int256)
    return Terms(
        long_burns=long_burns,
        short_burns=short_burns,
        long_pays=unsafe_sub(price, a),
        short_pays=unsafe_sub(unsafe_sub(amount, price), b),
        pairs=unsafe_sub(unsafe_sub(amount, a), b),
    )
