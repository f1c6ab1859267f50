# pragma version 0.4.3
"""
@title    Strict reader
@notice   Reads an AggregatorV3 as a lender would: with every check that is customary, scaled to 18
          decimals. It knows nothing of this project.
"""

interface AggregatorV3:
    def decimals() -> uint8: view
    def latestRoundData() -> (uint80, int256, uint256, uint256, uint80): view


FEED: immutable(AggregatorV3)
HEARTBEAT: immutable(uint256)  # seconds
SCALE: immutable(uint256)


@deploy
def __init__(_feed: address, _heartbeat: uint256):
    FEED = AggregatorV3(_feed)
    HEARTBEAT = _heartbeat
    SCALE = 10 ** (18 - convert(staticcall FEED.decimals(), uint256))


@view
@external
def price() -> uint256:
    round_id: uint80 = 0
    answer: int256 = 0
    started_at: uint256 = 0
    updated_at: uint256 = 0
    answered_in_round: uint80 = 0
    (round_id, answer, started_at, updated_at, answered_in_round) = staticcall FEED.latestRoundData()
    assert answer > 0, "reader: not positive"
    assert updated_at != 0, "reader: not complete"
    assert answered_in_round >= round_id, "reader: of an earlier round"
    assert updated_at + HEARTBEAT >= block.timestamp, "reader: too old"
    return convert(answer, uint256) * SCALE
