# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    History
@notice   Observations of feeds in the order of their times: at least the last thirty days of each,
          and for ever, for each UTC day, the running totals of value x seconds and of seconds.
@dev      Observations stand in a ring as long as thirty days can need, so that each costs a slot
          that was used before. They are found by bisection between the bounds that the period gives:
          without gaps at the first try. The totals are `day_totals`.
          Views are not locked: nothing here or beside it calls anybody, so that no call is ever in
          its middle.
"""

from . import day_totals

uses: day_totals

HISTORY: constant(uint256) = 30 * 86_400  # seconds
MAX_AHEAD: constant(uint256) = 60  # seconds
MAX_AGE: constant(uint256) = 3_600  # seconds
MIN_PERIOD: constant(uint256) = 60
MAX_PERIOD: constant(uint256) = 86_400
DAY_SECONDS: constant(uint256) = 86_400
VALUE_LIMIT: constant(int256) = 2**111  # values are below it, either side of zero

_TIME_MASK: constant(uint256) = 2**40 - 1
_ROUND_MASK: constant(uint256) = 2**32 - 1
_DAY_MASK: constant(uint256) = 2**24 - 1


# @custom:field rounds    observations so far
# @custom:field totals    up to the newest of them
struct Head:
    rounds: uint256
    totals: day_totals.Totals


# Signed numbers are stored with their limit added.
_heads: HashMap[bytes32, uint256]  # total 152 | seconds 40 | rounds 32 | days 24
_rounds: HashMap[bytes32, HashMap[uint256, uint256]]  # round % ring -> value 112 | time 40


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
@reentrant
def latest(_id: bytes32) -> (int256, uint256):
    """
    @notice Return the newest observation's value and time; all zero where there is none.
    """
    return self._observation(_id, (self._heads[_id] >> 24) & _ROUND_MASK)


@view
@external
@reentrant
def latest_round(_id: bytes32) -> (uint256, int256, uint256):
    """
    @notice Return the newest observation's round, value and time; all zero where there is none.
    """
    rounds: uint256 = (self._heads[_id] >> 24) & _ROUND_MASK
    value: int256 = 0
    at: uint256 = 0
    value, at = self._observation(_id, rounds)
    return rounds, value, at


@view
@external
@reentrant
def observation(_id: bytes32, _round: uint256) -> (int256, uint256):
    """
    @notice Return the value and time of a round.
    @custom:reverts  Where there is none, or it has left the ring.
    """
    rounds: uint256 = (self._heads[_id] >> 24) & _ROUND_MASK
    assert 0 < _round and _round <= rounds, "feed: no such round"
    assert rounds < _round + self._ring(_id), "feed: round not kept"
    return self._observation(_id, _round)


@view
@external
@reentrant
def first_at_or_after(_id: bytes32, _time: uint256, _hint: uint256) -> (int256, uint256, bool):
    """
    @notice Return the first observation at or after a time.
    @param _hint   The round where to look first; any number will do.
    @return Its value, its time, and whether there is one that is still known to be the first: of
            two observations about a time both must be in the ring.
    """
    high: uint256 = (self._heads[_id] >> 24) & _ROUND_MASK
    last: uint256 = self._time(_id, high)
    if high == 0 or last < _time:
        return 0, 0, False
    # One observation a period at most.
    back: uint256 = (last - _time) // self._period(_id)
    low: uint256 = max(high - min(back, high), 1)
    oldest: uint256 = high - min(self._ring(_id), high) + 1
    if low <= oldest and oldest != 1:  # the one before the oldest is not known any more
        if _time <= self._time(_id, oldest):
            return 0, 0, False
        low = oldest + 1
    if low <= _hint and _hint < high:
        if _time <= self._time(_id, _hint):
            high = _hint
            if low < _hint and self._time(_id, _hint - 1) < _time:
                low = _hint
        else:
            low = _hint + 1
    for _: uint256 in range(32):
        if low == high:
            break
        middle: uint256 = (low + high) // 2
        if _time <= self._time(_id, middle):
            high = middle
        else:
            low = middle + 1
    value: int256 = 0
    at: uint256 = 0
    value, at = self._observation(_id, low)
    return value, at, True


@view
@external
@reentrant
def day_total(_id: bytes32, _day: uint256) -> (int256, uint256):
    """
    @notice Return the running totals at the end of a UTC day.
    @param _day   Unix time // 86,400.
    @return The sum of value x seconds, and of the seconds that a value covered.
    @custom:reverts  While an observation of that day may still come.
    """
    end: uint256 = (_day + 1) * DAY_SECONDS
    head: Head = self._unpacked(self._heads[_id])
    value: int256 = 0
    last: uint256 = 0
    value, last = self._observation(_id, head.rounds)
    if last < end:
        assert end + MAX_AGE <= block.timestamp, "feed: day not over"
        if head.rounds == 0:
            return 0, 0
        return day_totals._carried(head.totals, value, end - last)
    return day_totals._at_end(_id, _day, head.totals.days)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _append(_id: bytes32, _at: uint256, _value: int256) -> uint256:
    """
    @dev Store an observation, and return its round.
    """
    assert _at <= block.timestamp + MAX_AHEAD, "feed: observed in the future"
    assert block.timestamp <= _at + MAX_AGE, "feed: observed too long ago"
    period: uint256 = self._period(_id)
    assert MIN_PERIOD <= period and period <= MAX_PERIOD, "feed: period not 1m..1d"
    assert _at % period == 0, "feed: not on the period"
    assert -VALUE_LIMIT < _value and _value < VALUE_LIMIT, "feed: value out of range"
    head: Head = self._unpacked(self._heads[_id])
    if head.rounds != 0:
        value: int256 = 0
        last: uint256 = 0
        value, last = self._observation(_id, head.rounds)
        assert last < _at, "feed: not newer"
        if last // DAY_SECONDS != _at // DAY_SECONDS:
            head.totals.days = day_totals._end_days(_id, head.totals, value, last, _at)
        head.totals.total, head.totals.seconds = day_totals._carried(
            head.totals, value, _at - last
        )
    head.rounds += 1
    self._heads[_id] = (
        (convert(head.totals.total + day_totals.TOTAL_LIMIT, uint256) << 96)
        | (head.totals.seconds << 56)
        | (head.rounds << 24)
        | head.totals.days
    )
    self._rounds[_id][head.rounds % self._ring(_id)] = (
        convert(_value + VALUE_LIMIT, uint256) << 40
    ) | _at
    return head.rounds


@view
@internal
def _observation(_id: bytes32, _round: uint256) -> (int256, uint256):
    """
    @dev A round that is in the ring; all zero for round zero.
    """
    if _round == 0:
        return 0, 0
    packed: uint256 = self._rounds[_id][_round % self._ring(_id)]
    return convert(packed >> 40, int256) - VALUE_LIMIT, packed & _TIME_MASK


@view
@internal
def _time(_id: bytes32, _round: uint256) -> uint256:
    return self._observation(_id, _round)[1]


@pure
@internal
def _unpacked(_packed: uint256) -> Head:
    if _packed == 0:
        return empty(Head)
    return Head(
        rounds=(_packed >> 24) & _ROUND_MASK,
        totals=day_totals.Totals(
            total=convert(_packed >> 96, int256) - day_totals.TOTAL_LIMIT,
            seconds=(_packed >> 56) & _TIME_MASK,
            days=_packed & _DAY_MASK,
        ),
    )


@pure
@internal
def _period(_id: bytes32) -> uint256:
    """
    @dev Seconds between observations at least: the last four bytes of the id.
    """
    return convert(_id, uint256) & 4_294_967_295


@pure
@internal
def _ring(_id: bytes32) -> uint256:
    """
    @dev Observations that thirty days can hold, from one a minute ahead backwards, and the one before.
    """
    return (HISTORY + MAX_AHEAD) // self._period(_id) + 2
