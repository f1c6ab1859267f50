# pragma version 0.4.3
"""
@title    Historic reader
@notice   Finds what an AggregatorV3 said at a time by walking back from its newest round, and takes
          a call that fails for "not known", as adapters do that must not fail themselves.
"""

MAX_STEPS: constant(uint256) = 128
ANSWER_SIZE: constant(uint256) = 160

FEED: immutable(address)


@deploy
def __init__(_feed: address):
    FEED = _feed


@view
@external
def value_at(_time: uint256, _gaps: uint256) -> (bool, int256, uint256, uint256):
    """
    @notice Return the newest answer that is not later than a time.
    @param _gaps  How many rounds may be missing on the way.
    @return Whether there is one, the answer, its time, and its round.
    """
    success: bool = False
    data: Bytes[ANSWER_SIZE] = b""
    success, data = raw_call(
        FEED,
        method_id("latestRoundData()"),
        max_outsize=ANSWER_SIZE,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(data) != ANSWER_SIZE:
        return False, 0, 0, 0
    round: uint256 = extract32(data, 0, output_type=uint256)
    gaps: uint256 = 0
    for _: uint256 in range(MAX_STEPS):
        if success:
            at: uint256 = extract32(data, 96, output_type=uint256)
            if at <= _time:
                return True, extract32(data, 32, output_type=int256), at, round
        elif gaps == _gaps:
            break
        else:
            gaps += 1
        if round == 0:
            break
        round -= 1
        success, data = raw_call(
            FEED,
            abi_encode(convert(round, uint80), method_id=method_id("getRoundData(uint80)")),
            max_outsize=ANSWER_SIZE,
            is_static_call=True,
            revert_on_failure=False,
        )
    return False, 0, 0, 0
