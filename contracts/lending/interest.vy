# pragma version 0.4.3
# pragma optimize gas
"""
@title    Interest
@notice   What borrowing costs: a rate that follows how much is lent. At the target utilisation the
          rate stays what it is; above, it rises with time, and below, it falls, so that nobody need
          ever choose it.
@dev      A known design (AdaptiveCurveIRM of Morpho Blue), here with exact integrals.
          distance = |utilisation - target| / (target, or 1 - target above it)
          rate at the target moves as exp(+-speed x distance x t), within its bounds
          rate = rate at the target x (1 + (steepness - 1) distance) above,
                 rate at the target x (1 - (1 - 1 / steepness) distance) below
          Debts grow as exp(mean rate x t), so that one call for a year and one every second come to
          the same. Of a growth, what `_expm1` and its division cut off is below 10^-25 of what it
          grew; of the rate, below 10^-14 a call. What one call brings has a bound: exp(8), after
          four years at 200 % without any call.
"""

ONE: constant(uint256) = 10**18
RAY: constant(uint256) = 10**27
YEAR: constant(uint256) = 365 * 86_400
MAX_EXPONENT: constant(uint256) = 8 * RAY
MAX_TERMS: constant(uint256) = 96  # of the series: at the largest exponent 65 are not zero
MAX_STEPS: constant(uint256) = 24  # of a logarithm: 15 are enough from 8 to 0
MAX_INDEX: constant(uint256) = 2**128 - 1

TARGET: immutable(uint256)
STEEPNESS: immutable(uint256)
SPEED: immutable(uint256)
MIN_RATE: immutable(uint256)
MAX_RATE: immutable(uint256)


@deploy
def __init__(
    _target: uint256, _steepness: uint256, _speed: uint256, _min_rate: uint256, _max_rate: uint256
):
    """
    @notice Choose the curve. Fractions and rates per year, x 10^18.
    @param _target     0 < target < 1.
    @param _steepness  At least 1.
    @param _speed      Per year.
    @param _min_rate   More than zero, and at least 1 / 2,900 of `_max_rate`.
    """
    TARGET = _target
    STEEPNESS = _steepness
    SPEED = _speed
    MIN_RATE = _min_rate
    MAX_RATE = _max_rate


@view
@internal
def _advanced(
    _index: uint256, _rate: uint256, _utilisation: uint256, _elapsed: uint256
) -> (uint256, uint256):
    """
    @dev The borrow index and the rate at the target, seconds later, nothing having been lent or
         repaid meanwhile.
    """
    is_above: bool = TARGET < _utilisation
    distance: uint256 = (
        (_utilisation - TARGET) * ONE // (ONE - TARGET)
        if is_above
        else (TARGET - _utilisation) * ONE // TARGET
    )
    rate: uint256 = _rate
    mean: uint256 = _rate
    drift: uint256 = SPEED * distance * _elapsed // YEAR * RAY // (ONE * ONE)
    if drift != 0:
        rate, mean = self._moved(_rate, drift, is_above)
    curve: uint256 = (
        ONE + (STEEPNESS - ONE) * distance // ONE
        if is_above
        else ONE - (ONE - ONE * ONE // STEEPNESS) * distance // ONE
    )
    exponent: uint256 = mean * curve * _elapsed // YEAR * RAY // (ONE * ONE)
    growth: uint256 = self._expm1(min(exponent, MAX_EXPONENT))
    return min(_index + _index * growth // RAY, MAX_INDEX), rate


@view
@internal
def _moved(_rate: uint256, _drift: uint256, _is_above: bool) -> (uint256, uint256):
    """
    @dev The rate at the target after a drift, and its mean on the way: the integral of the
         exponential, and of the bound from when it is reached.
    """
    drift: uint256 = min(_drift, MAX_EXPONENT)  # beyond which a bound is reached, from anywhere
    growth: uint256 = self._expm1(drift)
    factor: uint256 = RAY + growth
    if _is_above:
        end: uint256 = _rate * factor // RAY
        if end <= MAX_RATE:
            return end, _rate * growth // _drift
        way: uint256 = self._ln(MAX_RATE, _rate, drift)
        return MAX_RATE, ((MAX_RATE - _rate) * RAY + MAX_RATE * (_drift - way)) // _drift
    end: uint256 = _rate * RAY // factor
    if MIN_RATE <= end:
        return end, _rate * growth // _drift * RAY // factor
    way: uint256 = self._ln(_rate, MIN_RATE, drift)
    return MIN_RATE, ((_rate - MIN_RATE) * RAY + MIN_RATE * (_drift - way)) // _drift


@pure
@internal
def _ln(_high: uint256, _low: uint256, _from: uint256) -> uint256:
    """
    @dev The logarithm of a quotient, x 10^27, from a number above it: Newton's steps, which fall
         until they are there, to 10^-26.
    """
    x: uint256 = _from
    for _: uint256 in range(MAX_STEPS):
        next: uint256 = x + _high * RAY // _low * RAY // (RAY + self._expm1(x)) - RAY
        if x <= next:
            break
        x = next
    return x


@pure
@internal
def _expm1(_x: uint256) -> uint256:
    """
    @dev exp(x) - 1, both x 10^27, rounded down, for x of at most MAX_EXPONENT: the sum of x^n / n!.
         Each term is cut by less than one, which the later ones carry on: together by less than
         exp(x) and one for each term, x 10^-27.
    """
    total: uint256 = 0
    term: uint256 = RAY
    # x is below 2^93, and no term is above 8^8 / 8! RAY, below 2^99: nothing overflows, and the divisor is
    # not zero.
    for n: uint256 in range(1, MAX_TERMS):
        term = unsafe_div(unsafe_mul(term, _x), unsafe_mul(n, RAY))
        if term == 0:
            break
        total = unsafe_add(total, term)
    return total
