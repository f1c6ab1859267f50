# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Hashprice swap
@notice   X is the mean hashprice between two times, sats per TH/s per day x 10^18.
          0 BTC        of subsidy and proven fees
          1 SUBSIDY    of the subsidy alone, which nobody can influence
@custom:security
          Fees that nobody proves in time are lost for the index, and lower X: longs prove them, or
          trade SUBSIDY. Nothing trades from the window's end on; what is inside it is known day by
          day, and prices follow.
@custom:kill   It cannot be stopped or upgraded. A dispute in the relay keeps a window that reaches into
          disputed block-days from being ready, for ever.
"""

from ..interfaces import IBitcoinRelay
from ..interfaces import IHashpriceIndex
from ..interfaces import IInstrument
from . import terms

implements: IInstrument

VERSION: public(constant(String[8])) = "0.1.0"

BTC: constant(uint8) = 0
SUBSIDY: constant(uint8) = 1
DAY_SECONDS: constant(uint256) = 86_400
MAX_WINDOW: constant(uint256) = 5 * 366 * DAY_SECONDS

INDEX: public(immutable(address))
RELAY: public(immutable(address))


@deploy
def __init__(_index: address):
    """
    @notice Choose the index.
    """
    INDEX = _index
    RELAY = staticcall IHashpriceIndex(_index).RELAY()


@view
@external
def check(_series: IInstrument.Series) -> bool:
    """
    @notice As in IInstrument.
    """
    assert _series.kind <= SUBSIDY, "swap: no such kind"
    terms._check_unused(_series)
    assert _series.start < _series.end, "swap: window is empty"
    start: uint256 = convert(_series.start, uint256)
    end: uint256 = convert(_series.end, uint256)
    assert end - start >= DAY_SECONDS, "swap: window below a day"
    assert end <= block.timestamp + MAX_WINDOW, "swap: window too far ahead"
    assert block.timestamp < end, "swap: window is known"
    index: IHashpriceIndex = IHashpriceIndex(INDEX)
    first: uint256 = staticcall index.FIRST_DAY()
    assert first <= staticcall index.closed(), "swap: index has not begun"
    assert (
        (staticcall index.readings(first, 1))[0].end <= start
    ), "swap: before the index began"
    return True


@view
@external
def known(_series: IInstrument.Series) -> bool:
    """
    @notice As in IInstrument: at the window's end.
    """
    return convert(_series.end, uint256) <= block.timestamp


@view
@external
def value(_series: IInstrument.Series) -> (bool, int256):
    """
    @notice As in IInstrument. Ready once the index has closed the block-day in which the window ends,
            and no block-day of it is disputed.
    """
    index: IHashpriceIndex = IHashpriceIndex(INDEX)
    start: uint256 = convert(_series.start, uint256)
    end: uint256 = convert(_series.end, uint256)
    if (staticcall index.latest()).end < end:
        return False, 0
    disputed: uint256 = staticcall IBitcoinRelay(RELAY).disputed_from()
    if disputed != 0 and disputed <= staticcall index.closed():
        before: uint256 = max(disputed - 1, staticcall index.FIRST_DAY())
        if (staticcall index.readings(before, 1))[0].end < end:
            return False, 0
    earned: uint256 = 0
    if _series.kind == BTC:
        earned = staticcall index.earned_at(end) - staticcall index.earned_at(start)
    else:
        earned = staticcall index.floor_earned_at(end) - staticcall index.floor_earned_at(start)
    return True, convert(earned * DAY_SECONDS // (end - start), int256)


@view
@external
def last_advance(_series: IInstrument.Series) -> uint256:
    """
    @notice As in IInstrument.
    """
    return max(terms._last_advance(IHashpriceIndex(INDEX)), convert(_series.end, uint256))


@view
@external
def label(_series: IInstrument.Series, _id: bytes32) -> String[32]:
    """
    @notice As in IInstrument: HP-2024-01-01-3fa9c1 for a window that starts on January 1, HS for one
            of the subsidy.
    """
    kind: String[2] = "HP" if _series.kind == BTC else "HS"
    return concat(
        kind, "-", terms._date(convert(_series.start, uint256)), "-", terms._digits(_id)
    )
