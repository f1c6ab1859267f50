# pragma version 0.4.3
"""
@title    Older reader
@notice   Reads an aggregator by the functions that came before rounds' data, as protocols of that
          time still do: zero means none, and nothing else is checked.
"""

interface Aggregator:
    def latestAnswer() -> int256: view
    def latestTimestamp() -> uint256: view
    def latestRound() -> uint256: view
    def getAnswer(_round: uint256) -> int256: view
    def getTimestamp(_round: uint256) -> uint256: view


FEED: immutable(Aggregator)


@deploy
def __init__(_feed: address):
    FEED = Aggregator(_feed)


@view
@external
def price() -> int256:
    answer: int256 = staticcall FEED.latestAnswer()
    assert answer != 0, "reader: no answer"
    return answer


@view
@external
def age() -> uint256:
    at: uint256 = staticcall FEED.latestTimestamp()
    assert at != 0, "reader: no answer"
    return block.timestamp - at


@view
@external
def change() -> (int256, uint256):
    """
    @notice The newest answer less the one before it, and the seconds between them.
    """
    round: uint256 = staticcall FEED.latestRound()
    moved: int256 = staticcall FEED.getAnswer(round) - staticcall FEED.getAnswer(round - 1)
    return moved, staticcall FEED.getTimestamp(round) - staticcall FEED.getTimestamp(round - 1)
