# pragma version 0.4.3
# pragma optimize gas
"""
@title    Feed double
@notice   A test double of IFeed: anyone says anything, in the order of time. For tests only.
"""

from ..interfaces import IFeed

implements: IFeed

struct Observation:
    value: int256
    at: uint256


is_broken: public(bool)
_observations: HashMap[bytes32, DynArray[Observation, 4_096]]


@external
def observe(_id: bytes32, _value: int256, _at: uint256):
    """
    @notice Store an observation, later than the last.
    """
    count: uint256 = len(self._observations[_id])
    assert count == 0 or self._observations[_id][count - 1].at < _at, "double: not newer"
    self._observations[_id].append(Observation(value=_value, at=_at))


@external
def set_broken(_is_broken: bool):
    """
    @notice Make every answer about history fail, or end that.
    """
    self.is_broken = _is_broken


@view
@external
def latest(_id: bytes32) -> (int256, uint256):
    """
    @notice As in IFeed.
    """
    count: uint256 = len(self._observations[_id])
    if count == 0:
        return 0, 0
    return self._observations[_id][count - 1].value, self._observations[_id][count - 1].at


@view
@external
def first_at_or_after(_id: bytes32, _time: uint256, _hint: uint256) -> (int256, uint256, bool):
    """
    @notice As in IFeed; the hint is of no use here.
    """
    assert not self.is_broken, "double: broken"
    for observation: Observation in self._observations[_id]:
        if _time <= observation.at:
            return observation.value, observation.at, True
    return 0, 0, False


@view
@external
def day_total(_id: bytes32, _day: uint256) -> (int256, uint256):
    """
    @notice As in IFeed; nobody who is tested with this double asks.
    """
    return 0, 0
