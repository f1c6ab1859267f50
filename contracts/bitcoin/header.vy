# pragma version 0.4.3
# pragma optimize gas
"""
@title    Bitcoin block headers
@notice   Pure arithmetic on headers, targets and times, as consensus has it; no storage, no access
          control. `terahash.bitcoin` says the same in Python, and the tests compare the two.
@custom:security   A caller checks what these functions assume: bits that `bits_of` wrote, limits
          below 2^253.
"""

SIZE: constant(uint256) = 80
EPOCH_BLOCKS: constant(uint256) = 2_016
EPOCH_SECONDS: constant(int256) = 1_209_600
TIMES: constant(uint256) = 11

_TIME_MASK: constant(uint256) = 2**32 - 1
_WAD: constant(uint256) = 10**18
# Every other 1, 2, 4, 8 bytes of a word, from the lowest.
_ODD_1: constant(uint256) = max_value(uint256) // (2**8 + 1)
_ODD_2: constant(uint256) = max_value(uint256) // (2**16 + 1)
_ODD_4: constant(uint256) = max_value(uint256) // (2**32 + 1)
_ODD_8: constant(uint256) = max_value(uint256) // (2**64 + 1)


@pure
def number4(_x: uint256) -> uint256:
    """
    @notice Read the lowest four bytes of a word as a little-endian number.
    """
    return (
        ((_x & 255) << 24)
        | ((_x & 65_280) << 8)
        | ((_x >> 8) & 65_280)
        | ((_x >> 24) & 255)
    )


@pure
def number32(_hash: bytes32) -> uint256:
    """
    @notice Read a hash as the little-endian number that proof of work compares with a target.
    """
    x: uint256 = convert(_hash, uint256)
    x = ((x & _ODD_1) << 8) | ((x >> 8) & _ODD_1)
    x = ((x & _ODD_2) << 16) | ((x >> 16) & _ODD_2)
    x = ((x & _ODD_4) << 32) | ((x >> 32) & _ODD_4)
    x = ((x & _ODD_8) << 64) | ((x >> 64) & _ODD_8)
    return (x << 128) | (x >> 128)


@pure
def target_of(_bits: uint256) -> uint256:
    """
    @notice Expand a compact target that `bits_of` wrote: positive, canonical, within 256 bits.
    """
    size: uint256 = _bits >> 24
    mantissa: uint256 = _bits & 8_388_607  # 0x7FFFFF
    if size > 3:
        return mantissa << (8 * (size - 3))
    return mantissa >> (8 * (3 - size))


@pure
def bits_of(_target: uint256) -> uint256:
    """
    @notice Compress a target, truncating it to its three highest bytes, as consensus does.
    """
    size: uint256 = 1  # bytes, by halves: 16, 8, 4, 2, 1
    rest: uint256 = _target
    for i: uint256 in range(5):
        half: uint256 = 16 >> i
        if rest >> (8 * half) != 0:
            rest >>= 8 * half
            size += half
    mantissa: uint256 = _target << (8 * (3 - size)) if size < 3 else _target >> (8 * (size - 3))
    if mantissa & 8_388_608 != 0:  # 0x800000 would read as a sign: one byte more, one digit less
        mantissa >>= 8
        size += 1
    return (size << 24) | mantissa


@pure
def retarget(_target: uint256, _start: uint256, _end: uint256, _limit: uint256) -> uint256:
    """
    @notice Move a target by how long its epoch took, before truncation.
    @param _target The epoch's target, below 2^253.
    @param _start  Time of its first block.
    @param _end    Time of its last block, 2,015 intervals later; may lie before the first.
    @param _limit  The highest target that the network allows.
    """
    span: int256 = convert(_end, int256) - convert(_start, int256)
    clamped: uint256 = convert(
        min(max(span, EPOCH_SECONDS // 4), EPOCH_SECONDS * 4), uint256
    )
    # target x span / two weeks, exactly: the quotient's product is exact, only the rest is divided
    two_weeks: uint256 = convert(EPOCH_SECONDS, uint256)
    moved: uint256 = _target // two_weeks * clamped + _target % two_weeks * clamped // two_weeks
    return min(moved, _limit)


@pure
def work(_target: uint256) -> uint256:
    """
    @notice Count the hashes that a block at this target proves: 2^256 // (target + 1).
    """
    return (max_value(uint256) - _target) // (_target + 1) + 1


@pure
def hashes_per_block(_bits: uint256) -> uint256:
    """
    @notice Say how many hashes a block takes on average, as published hashprices count them: difficulty
            x 2^32, rounded down.
    """
    return (65_535 << 240) // self.target_of(_bits)


@pure
def difficulty_of(_bits: uint256) -> uint256:
    """
    @notice Say how many times harder than the first target this one is, times 10^18.
    @dev    floor(0xFFFF x 2^208 x 10^18 / (mantissa x 2^exponent)), where the powers of two cancel
            before the product, which would not fit 256 bits. It reverts for an exponent below 28,
            a target that all the energy of the sun does not meet.
    """
    mantissa: uint256 = _bits & 8_388_607
    exponent: uint256 = 8 * ((_bits >> 24) - 3)
    if exponent > 208:
        return 65_535 * _WAD // (mantissa << (exponent - 208))
    return (65_535 << (208 - exponent)) * _WAD // mantissa


@pure
def is_above_median(_time: uint256, _t0: uint256, _t1: uint256) -> bool:
    """
    @notice Say whether a time lies above the median of the last eleven, as `median_time` has them:
            whether six of them are below it.
    """
    below: uint256 = 0
    times: uint256 = _t0
    for i: uint256 in range(TIMES):
        if i == 8:
            times = _t1
        below = unsafe_add(below, convert(times & _TIME_MASK < _time, uint256))
        times >>= 32
        if below > TIMES // 2:
            return True
    return False


@pure
def median_time(_t0: uint256, _t1: uint256) -> uint256:
    """
    @notice Say the median of the last eleven times: Bitcoin's clock, median-time-past.
    @param _t0  The eight newest, 32 bits each, newest lowest.
    @param _t1  The three oldest, likewise.
    """
    sorted: uint256[TIMES] = empty(uint256[TIMES])
    for i: uint256 in range(TIMES):
        time: uint256 = (_t0 >> (32 * i) if i < 8 else _t1 >> (32 * (i - 8))) & _TIME_MASK
        # Newest first, so nearly descending: most times belong where they arrive.
        at: uint256 = i
        for _: uint256 in range(TIMES):
            if at == 0 or sorted[at - 1] >= time:
                break
            sorted[at] = sorted[at - 1]
            at -= 1
        sorted[at] = time
    return sorted[TIMES // 2]
