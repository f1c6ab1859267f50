# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Index double
@notice   The running totals of the hashprice index, closed by anyone with anything, so that tests reach
          hashprices that Bitcoin does not show. It is its own relay. For tests only.
"""

from ..bitcoin import earnings
from ..bitcoin import running_totals as totals
from ..interfaces import IHashpriceIndex

initializes: totals
initializes: earnings[totals := totals]

exports: (
    earnings.window,
    earnings.net_earned,
    earnings.mean,
)
exports: (
    totals.FIRST_DAY,
    totals.earned,
    totals.readings,
    totals.closed,
    totals.earned_at,
    totals.floor_earned_at,
)

disputed_from: public(uint256)


@deploy
def __init__(_first_day: uint256, _end: uint256):
    """
    @notice Begin with the end of a block-day, which sets the clock.
    """
    totals.__init__(_first_day)
    totals._set_reading(
        _first_day, IHashpriceIndex.Reading(end=_end, earned=0, floor_earned=0)
    )
    totals._set_progress(_first_day, _first_day)


@external
def close(_seconds: uint256, _gained: uint256):
    """
    @notice Close the next block-day.
    @param _seconds  Its length.
    @param _gained   What 1 TH/s earned in it, satoshi x 10^18.
    """
    day: uint256 = (totals._progress >> 24) + 1
    total: IHashpriceIndex.Reading = totals._reading(day - 1)
    total.end += _seconds
    total.earned += _gained
    totals._set_reading(day, total)
    totals._set_progress(day, day)


@external
def dispute(_day: uint256):
    """
    @notice Say that block-days from this one on are disputed.
    """
    self.disputed_from = _day


@view
@external
def RELAY() -> address:
    """
    @notice Return itself.
    """
    return self
