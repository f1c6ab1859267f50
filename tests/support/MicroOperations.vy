# pragma version 0.4.3
"""
@title    Micro-operations
@notice   An account that makes the same few calls again and again in one transaction.
"""

MAX_CALLS: constant(uint256) = 4
MAX_TIMES: constant(uint256) = 100_000


struct Call:
    target: address
    calldata: Bytes[260]


@external
def repeat(_calls: DynArray[Call, MAX_CALLS], _times: uint256):
    """
    @notice Make the calls, in their order, so many times.
    """
    for _: uint256 in range(_times, bound=MAX_TIMES):
        for call: Call in _calls:
            raw_call(call.target, call.calldata)
