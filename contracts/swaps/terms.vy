# pragma version 0.4.3
# pragma optimize gas
"""
@title    Terms
@notice   What instruments share: which terms must be empty, when an index last moved, and how a
          series is named.
"""

from ..interfaces import IHashpriceIndex
from ..interfaces import IInstrument

DAY_SECONDS: constant(uint256) = 86_400
_HEX: constant(String[16]) = "0123456789abcdef"


@pure
@internal
def _check_unused(_series: IInstrument.Series):
    """
    @dev A term that says nothing is zero: else one window had many series.
    """
    assert (
        _series.region == empty(bytes32)
        and _series.against == empty(bytes32)
        and _series.parameter == 0
    ), "swap: unused term not zero"


@view
@internal
def _last_advance(_index: IHashpriceIndex) -> uint256:
    """
    @dev Bitcoin's time of the newest closed block-day, or when the newest was recorded here, whatever
         is later: an index that catches up after a pause, or a deployment that begins in the past,
         moves among days that are long over, and is not dead.
    """
    recorded: IHashpriceIndex.BlockDay = staticcall _index.block_day(staticcall _index.recorded())
    return max((staticcall _index.latest()).end, recorded.recorded_at)


@pure
@internal
def _digits(_id: bytes32) -> String[6]:
    """
    @dev The first six hexadecimal digits of an id.
    """
    return concat(
        self._hex(convert(slice(_id, 0, 1), uint256)),
        self._hex(convert(slice(_id, 1, 1), uint256)),
        self._hex(convert(slice(_id, 2, 1), uint256)),
    )


@pure
@internal
def _hex(_byte: uint256) -> String[2]:
    return concat(slice(_HEX, _byte >> 4, 1), slice(_HEX, _byte & 15, 1))


@pure
@internal
def _number(_epoch: uint64) -> String[5]:
    """
    @dev An epoch in decimal; the instrument keeps it far below 65,536.
    """
    return uint2str(convert(_epoch, uint16))


@pure
@internal
def _date(_time: uint256) -> String[10]:
    """
    @dev A time's UTC date, as 2024-01-31: years from March 1, 400 of which have 146,097 days.
    """
    days: uint256 = _time // DAY_SECONDS + 719_468
    era: uint256 = days // 146_097
    day_of_era: uint256 = days % 146_097
    year_of_era: uint256 = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year: uint256 = day_of_era - (
        365 * year_of_era + year_of_era // 4 - year_of_era // 100
    )
    shifted: uint256 = (5 * day_of_year + 2) // 153
    month: uint256 = shifted + 3 if shifted < 10 else shifted - 9
    year: uint256 = era * 400 + year_of_era + (1 if month <= 2 else 0)
    day: uint256 = day_of_year - (153 * shifted + 2) // 5 + 1
    return concat(
        self._two(year // 100),
        self._two(year % 100),
        "-",
        self._two(month),
        "-",
        self._two(day),
    )


@pure
@internal
def _two(_number: uint256) -> String[2]:
    return concat(
        slice(_HEX, _number // 10 % 10, 1), slice(_HEX, _number % 10, 1)
    )
