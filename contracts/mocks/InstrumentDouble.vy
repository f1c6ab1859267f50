# pragma version 0.4.3
# pragma optimize gas
"""
@title    Instrument double
@notice   A test double of IInstrument: anyone says what X is, and what is known. For tests only.
"""

from ..interfaces import IInstrument

implements: IInstrument

is_known: public(bool)
is_ready: public(bool)
x: public(int256)
advanced: public(uint256)
trouble: public(uint256)  # of `value`: 1 reverts, 2 burns its gas, 3 takes a million before it answers


@external
def set_known(_is_known: bool):
    """
    @notice Say whether the last reading is determined.
    """
    self.is_known = _is_known


@external
def set_value(_is_ready: bool, _x: int256):
    """
    @notice Say whether the window is final, and X.
    """
    self.is_ready = _is_ready
    self.x = _x


@external
def set_advanced(_at: uint256):
    """
    @notice Say when the index last moved.
    """
    self.advanced = _at


@external
def set_trouble(_trouble: uint256):
    """
    @notice Make `value` fail.
    """
    self.trouble = _trouble


@view
@external
def check(_series: IInstrument.Series) -> bool:
    """
    @notice As in IInstrument: refuses the kind 9 with words, and the kind 8 without.
    """
    assert _series.kind != 9, "swap: no such kind"
    return _series.kind != 8


@view
@external
def known(_series: IInstrument.Series) -> bool:
    """
    @notice As in IInstrument.
    """
    return self.is_known


@view
@external
def value(_series: IInstrument.Series) -> (bool, int256):
    """
    @notice As in IInstrument.
    """
    assert self.trouble != 1, "double: broken"
    if self.trouble == 2:
        spent: uint256 = 0
        for i: uint256 in range(10_000_000):
            spent += i
        assert spent == 0, "double: broken"
    if self.trouble == 3:
        start: uint256 = msg.gas
        for i: uint256 in range(10_000_000):
            if start - msg.gas > 1_200_000:
                break
    return self.is_ready, self.x


@view
@external
def last_advance(_series: IInstrument.Series) -> uint256:
    """
    @notice As in IInstrument.
    """
    return self.advanced


@view
@external
def label(_series: IInstrument.Series, _id: bytes32) -> String[32]:
    """
    @notice As in IInstrument.
    """
    return "X-1-2-abcdef"
