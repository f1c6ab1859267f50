# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Running totals of block-days
@notice   What 1 TH/s has earned up to the end of every closed block-day, and so over any window: the
          difference of two readings.
@dev      Who closes days, and with which totals, is for the contract that uses this module.
"""

from ..interfaces import IHashpriceIndex

DAY_SECONDS: constant(uint256) = 86_400
MAX_READINGS: constant(uint256) = 64
FIRST_GUESSES: constant(uint256) = 8
MAX_GUESSES: constant(uint256) = 32  # then 24 halvings: a day has 24 bits

_TOTAL_MASK: constant(uint256) = 2**108 - 1
_DAY_MASK: constant(uint256) = 2**24 - 1

FIRST_DAY: public(immutable(uint256))  # its end sets the clock

_progress: uint256  # recorded 24 | closed 24
_readings: HashMap[uint256, uint256]  # end 40 | earned 108 | floor 108; totals once it is closed


@deploy
def __init__(_first_day: uint256):
    """
    @notice Begin with a block-day, whose end sets the clock.
    """
    FIRST_DAY = _first_day
    self._set_progress(_first_day - 1, _first_day - 1)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def earned(_day: uint256) -> uint256:
    """
    @notice Return what 1 TH/s has earned up to a closed block-day's end, satoshi x 10^18.
    """
    self._check_closed(_day)
    return self._reading(_day).earned


@view
@external
def readings(_from: uint256, _count: uint256) -> DynArray[IHashpriceIndex.Reading, MAX_READINGS]:
    """
    @notice Return the readings of closed block-days in a row, for whoever walks days.
    @param _from   The first; it must be closed.
    @param _count  How many at most; fewer come back where fewer are closed, and never over 64.
    """
    self._check_closed(_from)
    found: DynArray[IHashpriceIndex.Reading, MAX_READINGS] = []
    available: uint256 = (self._progress & _DAY_MASK) + 1 - _from
    for i: uint256 in range(min(min(_count, MAX_READINGS), available), bound=MAX_READINGS):
        found.append(self._reading(_from + i))
    return found


@view
@external
def recorded() -> uint256:
    """
    @notice Return the newest recorded block-day; the one before FIRST_DAY while there is none.
    """
    return self._progress >> 24


@view
@external
def closed() -> uint256:
    """
    @notice Return the newest closed block-day; the one before FIRST_DAY while there is none.
    """
    return self._progress & _DAY_MASK


@view
@external
def earned_at(_time: uint256) -> uint256:
    """
    @notice Return what 1 TH/s has earned up to a time, evenly inside a day, satoshi x 10^18.
    @param _time  Unix seconds of Bitcoin's clock, not after the newest closed day's end.
    """
    return self._earned_at(_time)


@view
@external
def floor_earned_at(_time: uint256) -> uint256:
    """
    @notice Return the same from the subsidy alone, which nobody's proofs influence.
    """
    day: uint256 = self._day_at(_time)
    before: IHashpriceIndex.Reading = self._reading(day - 1)
    after: IHashpriceIndex.Reading = self._reading(day)
    gained: uint256 = after.floor_earned - before.floor_earned
    return before.floor_earned + gained * (_time - before.end) // (after.end - before.end)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _end(_day: uint256) -> uint256:
    return self._readings[_day] >> 216


@internal
def _set_reading(_day: uint256, _total: IHashpriceIndex.Reading):
    assert _total.earned <= _TOTAL_MASK, "index: total too large"
    self._readings[_day] = (_total.end << 216) | (_total.earned << 108) | _total.floor_earned


@view
@internal
def _day_at(_time: uint256) -> uint256:
    """
    @dev The first closed day, after FIRST_DAY, whose end is at or after a time. Block-days last
         about a day each, so that a guess from the nearest known end is off by a few; halving
         bounds what any sequence of days can make of that.
    """
    low: uint256 = FIRST_DAY
    high: uint256 = self._progress & _DAY_MASK
    end: uint256 = self._end(high)
    assert self._end(low) <= _time, "index: before the first day"
    assert low < high and _time <= end, "index: not closed"
    probe: uint256 = high
    for i: uint256 in range(MAX_GUESSES):
        if high - low == 1:
            break
        if i >= FIRST_GUESSES:
            probe = (low + high) // 2
        elif probe == high:
            probe = max(low + 1, high - min(high, (end - _time) // DAY_SECONDS + 1))
        else:
            probe = min(high - 1, low + (_time - end) // DAY_SECONDS + 1)
        end = self._end(probe)
        if _time <= end:
            high = probe
        else:
            low = probe
    return high


@view
@internal
def _earned_at(_time: uint256) -> uint256:
    day: uint256 = self._day_at(_time)
    before: IHashpriceIndex.Reading = self._reading(day - 1)
    after: IHashpriceIndex.Reading = self._reading(day)
    gained: uint256 = after.earned - before.earned
    # Never empty: median-time-past grows with every six blocks.
    return before.earned + gained * (_time - before.end) // (after.end - before.end)


@view
@internal
def _reading(_day: uint256) -> IHashpriceIndex.Reading:
    packed: uint256 = self._readings[_day]
    return IHashpriceIndex.Reading(
        end=packed >> 216,
        earned=(packed >> 108) & _TOTAL_MASK,
        floor_earned=packed & _TOTAL_MASK,
    )


@view
@internal
def _check_closed(_day: uint256):
    assert FIRST_DAY <= _day, "index: before the first day"
    assert _day <= self._progress & _DAY_MASK, "index: not closed"


@view
@internal
def _unpacked_progress() -> (uint256, uint256):
    packed: uint256 = self._progress
    return packed >> 24, packed & _DAY_MASK


@internal
def _set_progress(_recorded: uint256, _closed: uint256):
    self._progress = (_recorded << 24) | _closed
