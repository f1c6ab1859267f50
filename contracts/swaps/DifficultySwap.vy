# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Difficulty swap
@notice   X is Bitcoin's mean difficulty, or the network's mean hashrate, over whole epochs.
          0 MEAN       difficulty x 10^18, every epoch of [start, end) with equal weight
          1 HASHRATE   hashes of [start, end) over the time they took, TH/s x 10^18
@custom:security
          The miner of an epoch's last block can move the next difficulty by 0.6 %. The difficulty of
          an epoch is determined by the last block before it, so that nothing trades from then on.
@custom:kill   It cannot be stopped or upgraded. A dispute in the relay keeps a window of a disputed
          epoch from being ready, for ever.
"""

from ..interfaces import IBitcoinRelay
from ..interfaces import IHashpriceIndex
from ..interfaces import IInstrument
from . import terms

implements: IInstrument

VERSION: public(constant(String[8])) = "0.1.0"

MEAN: constant(uint8) = 0
HASHRATE: constant(uint8) = 1
EPOCH_BLOCKS: constant(uint256) = 2_016
EPOCH_DAYS: constant(uint256) = 14
MAX_EPOCHS: constant(uint256) = 208  # eight years
TERAHASH: constant(uint256) = 10**12

INDEX: public(immutable(address))  # whose clock says whether anything moves
RELAY: public(immutable(address))
FIRST_EPOCH: immutable(uint256)  # that the relay sees whole


@deploy
def __init__(_index: address):
    """
    @notice Choose the index, whose relay says what difficulty was.
    """
    INDEX = _index
    RELAY = staticcall IHashpriceIndex(_index).RELAY()
    FIRST_EPOCH = staticcall IBitcoinRelay(RELAY).CHECKPOINT_DAY() // EPOCH_DAYS + 1


@view
@external
def check(_series: IInstrument.Series) -> bool:
    """
    @notice As in IInstrument.
    """
    assert _series.kind <= HASHRATE, "swap: no such kind"
    terms._check_unused(_series)
    assert _series.start < _series.end, "swap: window is empty"
    assert FIRST_EPOCH <= convert(_series.start, uint256), "swap: before the relay began"
    epochs: uint256 = convert(_series.end - _series.start, uint256)
    assert epochs <= MAX_EPOCHS, "swap: window too long"
    height: uint256 = (staticcall IBitcoinRelay(RELAY).tip()).height
    assert not self._is_known(_series, height), "swap: window is known"
    # Eight years ahead at most: what is farther is a mistake of units.
    assert (
        convert(_series.end, uint256) <= height // EPOCH_BLOCKS + MAX_EPOCHS
    ), "swap: window too far ahead"
    return True


@view
@external
def known(_series: IInstrument.Series) -> bool:
    """
    @notice As in IInstrument.
    """
    return self._is_known(_series, (staticcall IBitcoinRelay(RELAY).tip()).height)


@view
@external
def value(_series: IInstrument.Series) -> (bool, int256):
    """
    @notice As in IInstrument. Ready once every epoch of the window is final, and none disputed; for
            a hashrate the first block of the next too, for its time ends the window.
    """
    relay: IBitcoinRelay = IBitcoinRelay(RELAY)
    start: uint256 = convert(_series.start, uint256)
    end: uint256 = convert(_series.end, uint256)
    last: uint256 = end if _series.kind == HASHRATE else end - 1
    if not (staticcall relay.epoch(last)).is_final:
        return False, 0
    disputed: uint256 = staticcall relay.disputed_from()
    if disputed != 0 and disputed <= last * EPOCH_DAYS:
        return False, 0
    total: uint256 = staticcall relay.epoch_sum(end) - staticcall relay.epoch_sum(start)
    if _series.kind == MEAN:
        return True, convert(total // (end - start), int256)
    # A majority may write times that run backwards: such a window took a second, and is at the cap.
    began: uint256 = (staticcall relay.epoch(start)).start
    elapsed: uint256 = max((staticcall relay.epoch(end)).start, began + 1) - began
    # Hashes of a block: difficulty x 2^32. The sum is x 10^18 already.
    return True, convert((total << 32) * EPOCH_BLOCKS // (TERAHASH * elapsed), int256)


@view
@external
def last_advance(_series: IInstrument.Series) -> uint256:
    """
    @notice As in IInstrument.
    """
    return terms._last_advance(IHashpriceIndex(INDEX))


@view
@external
def label(_series: IInstrument.Series, _id: bytes32) -> String[32]:
    """
    @notice As in IInstrument: DIFF-500-502-3fa9c1 for the epochs 500 and 501.
    """
    kind: String[4] = "DIFF" if _series.kind == MEAN else "HASH"
    return concat(
        kind,
        "-",
        terms._number(_series.start),
        "-",
        terms._number(_series.end),
        "-",
        terms._digits(_id),
    )


@pure
@internal
def _is_known(_series: IInstrument.Series, _height: uint256) -> bool:
    """
    @dev The difficulty of an epoch is determined by the block before it, a hashrate by the first block
         after its last.
    """
    end: uint256 = convert(_series.end, uint256)
    if _series.kind == MEAN:
        return EPOCH_BLOCKS * (end - 1) <= _height + 1
    return EPOCH_BLOCKS * end <= _height
