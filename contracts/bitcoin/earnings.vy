# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Earnings over block-days
@notice   What 1 TH/s earned over windows of closed block-days: means, and sums net of fees and
          costs.
"""

from ..interfaces import IHashpriceIndex
from . import running_totals as totals

uses: totals

DAY_SECONDS: constant(uint256) = 86_400
MAX_DAYS: constant(uint256) = 64
ONE: constant(uint256) = 10**18


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def window() -> IHashpriceIndex.Window:
    """
    @notice Return the newest closed block-day, and the mean hashprices up to its end.
    """
    day: uint256 = totals._progress & totals._DAY_MASK
    return IHashpriceIndex.Window(
        day=day,
        end=totals._end(day),
        last=self._mean_of_last(day, 1),
        mean3=self._mean_of_last(day, 3),
        mean14=self._mean_of_last(day, 14),
    )


@view
@external
def net_earned(
    _from: uint256, _count: uint256, _fee: uint256, _cost: uint256
) -> (uint256, uint256):
    """
    @notice Return what 1 TH/s earned in closed block-days in a row, net of a fee and a cost. Each day
            is on its own: what one loses is not set off against another.
    @param _from   The first.
    @param _count  How many, at most 64.
    @param _fee    Share of the earnings, x 10^18.
    @param _cost   Satoshi per 86,400 seconds, x 10^18.
    @return Satoshi x 10^18; and a bit for each day, from the lowest on, set where nothing was left.
    """
    totals._check_closed(_from - 1)
    totals._check_closed(_from + _count - 1)
    net: uint256 = 0
    nothing: uint256 = 0
    before: IHashpriceIndex.Reading = totals._reading(_from - 1)
    for i: uint256 in range(_count, bound=MAX_DAYS):
        after: IHashpriceIndex.Reading = totals._reading(_from + i)
        gross: uint256 = (after.earned - before.earned) * (ONE - _fee) * DAY_SECONDS
        cost: uint256 = _cost * (after.end - before.end) * ONE
        if gross <= cost:
            nothing |= 1 << i
        else:
            net += (gross - cost) // (ONE * DAY_SECONDS)
        before = after
    return net, nothing


@view
@external
def mean(_start: uint256, _end: uint256) -> uint256:
    """
    @notice Return the mean hashprice between two times, satoshi per TH/s per day x 10^18.
    """
    assert _start < _end, "index: empty window"
    return (totals._earned_at(_end) - totals._earned_at(_start)) * DAY_SECONDS // (_end - _start)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _mean_of_last(_day: uint256, _count: uint256) -> uint256:
    """
    @dev The mean hashprice of the last closed days, or of as many as have earned.
    """
    if _day <= totals.FIRST_DAY:
        return 0
    first: uint256 = max(_day - min(_count, _day), totals.FIRST_DAY)
    before: IHashpriceIndex.Reading = totals._reading(first)
    after: IHashpriceIndex.Reading = totals._reading(_day)
    return (after.earned - before.earned) * DAY_SECONDS // (after.end - before.end)
