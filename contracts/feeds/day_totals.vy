# pragma version 0.4.3
# pragma optimize gas
"""
@title    Totals at the ends of days
@notice   For each UTC day, for ever, the sum of value x seconds and of the seconds that a value covered.
          A value counts until the next, for three days at most.
@dev      Entries are appended when the first observation of a later day comes: of the days that the
          value before it covers, so four at most. An entry is found by bisection between the bounds
          that the days give: without gaps at the first try.
"""

CARRY: constant(uint256) = 3 * 86_400  # seconds for which a value counts
CARRY_DAYS: constant(uint256) = 4  # UTC days that they can reach into
DAY_SECONDS: constant(uint256) = 86_400
TOTAL_LIMIT: constant(int256) = 2**151  # 2^40 seconds of the largest value

_TIME_MASK: constant(uint256) = 2**40 - 1
_DAY_MASK: constant(uint256) = 2**24 - 1


# @custom:field total     sum of value x seconds
# @custom:field seconds   that a value covered
# @custom:field days      entries so far
struct Totals:
    total: int256
    seconds: uint256
    days: uint256


# Entry, from 1 -> total, with its limit added, 152 | seconds 40 | day 24.
_days: HashMap[bytes32, HashMap[uint256, uint256]]


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _end_days(
    _id: bytes32, _totals: Totals, _value: int256, _last: uint256, _at: uint256
) -> uint256:
    """
    @dev Append the totals at the ends of the days that the value of an observation covers and that
         are over at another, and return how many entries there are.
    """
    entries: uint256 = _totals.days
    end: uint256 = (_last // DAY_SECONDS + 1) * DAY_SECONDS
    for _: uint256 in range(CARRY_DAYS):
        total: int256 = 0
        seconds: uint256 = 0
        total, seconds = self._carried(_totals, _value, end - _last)
        entries += 1
        self._days[_id][entries] = (
            (convert(total + TOTAL_LIMIT, uint256) << 64)
            | (seconds << 24)
            | (end // DAY_SECONDS - 1)
        )
        if _last + CARRY <= end:
            break
        end += DAY_SECONDS
        if _at < end:
            break
    return entries


@view
@internal
def _at_end(_id: bytes32, _day: uint256, _entries: uint256) -> (int256, uint256):
    """
    @dev The totals of the newest entry of a day or one before; there were no values in between.
    """
    if _entries == 0:
        return 0, 0
    first: uint256 = self._days[_id][1] & _DAY_MASK
    last: uint256 = self._days[_id][_entries] & _DAY_MASK
    if _day < first:
        return 0, 0
    # One entry a day at most.
    low: uint256 = max(_entries - min(last - min(_day, last), _entries), 1)
    high: uint256 = min(_entries, _day - first + 1)
    for _: uint256 in range(32):
        if low == high:
            break
        middle: uint256 = (low + high + 1) // 2
        if self._days[_id][middle] & _DAY_MASK <= _day:
            low = middle
        else:
            high = middle - 1
    entry: uint256 = self._days[_id][low]
    return convert(entry >> 64, int256) - TOTAL_LIMIT, (entry >> 24) & _TIME_MASK


@pure
@internal
def _carried(_totals: Totals, _value: int256, _elapsed: uint256) -> (int256, uint256):
    """
    @dev The totals so many seconds after the newest observation, by its value.
    """
    covered: uint256 = min(_elapsed, CARRY)
    return _totals.total + _value * convert(covered, int256), _totals.seconds + covered
