# pragma version 0.4.3
# pragma optimize gas
"""
@title    Bitcoin coinbases
@notice   What a block's first transaction pays, and how much of it is subsidy: together they prove
          the block's fees. Pure arithmetic; no storage, no access control. `terahash.bitcoin` says
          the same in Python, and the tests compare the two.
@custom:security   Bytes that pass here are a whole coinbase and nothing else: an inner node of a
          Merkle tree (64 bytes) or another transaction could claim any amount. Who calls must
          still prove that the block commits to the id.
"""

from . import header

MAX_SIZE: constant(uint256) = 49_152  # bytes; 1,024 outputs of the longest standard kind fit
MAX_OUTPUTS: constant(uint256) = 1_024
INNER_NODE: constant(uint256) = 64  # bytes

_HALVING_BLOCKS: constant(uint256) = 210_000
_FIRST_SUBSIDY: constant(uint256) = 5_000_000_000  # satoshi
_DAY_BLOCKS: constant(uint256) = 144
_NUMBER_MASK: constant(uint256) = 2**32 - 1
_OUTPOINT: constant(uint256) = 5  # where it starts: after the version and the number of inputs
_SCRIPT: constant(uint256) = 41
_SHORTEST_OUTPUT: constant(uint256) = 9  # its value, and the length of an empty script
_NUMBER: constant(uint256) = 4  # bytes of the input's sequence, and of the lock time


@pure
def parse(_raw: Bytes[MAX_SIZE]) -> (bytes32, uint256):
    """
    @notice Parse a coinbase to its last byte.
    @param _raw   Serialized without its witness.
    @return Its id, and the satoshi that it pays in all.
    """
    size: uint256 = len(_raw)
    assert size > INNER_NODE, "coinbase: too short"
    assert extract32(_raw, 4, output_type=uint256) >> 248 == 1, "coinbase: not one input"
    # The null outpoint: 32 zero bytes, and four of ones.
    assert (
        extract32(_raw, _OUTPOINT, output_type=uint256) == 0
        and extract32(_raw, _SCRIPT - 32, output_type=uint256) & _NUMBER_MASK == _NUMBER_MASK
    ), "coinbase: spends an output"

    # Every field is read with the 32 bytes that end with it, so that none reaches past the end.
    value: uint256 = 0
    width: uint256 = 0
    value, width = self._compact(extract32(_raw, _SCRIPT - 29, output_type=uint256))
    at: uint256 = _SCRIPT + width + value + _NUMBER
    assert at + 1 + _SHORTEST_OUTPUT + _NUMBER <= size, "coinbase: truncated"
    count: uint256 = 0
    count, width = self._compact(extract32(_raw, at - 29, output_type=uint256))
    assert 0 < count and count <= MAX_OUTPUTS, "coinbase: not 1..1024 outputs"
    at += width
    paid: uint256 = 0
    for _: uint256 in range(count, bound=MAX_OUTPUTS):
        assert at + _SHORTEST_OUTPUT + _NUMBER <= size, "coinbase: truncated"
        word: uint256 = extract32(_raw, at - 21, output_type=uint256)
        # Eight little-endian bytes, in front of the script's length.
        paid += header.number4(word >> 56) | (header.number4(word >> 24) << 32)
        value, width = self._compact(word)
        at += 8 + width + value
    assert at + _NUMBER == size, "coinbase: wrong length"
    return sha256(sha256(_raw)), paid


@pure
def subsidy(_height: uint256) -> uint256:
    """
    @notice Say how many new satoshi the block at this height may create.
    """
    return _FIRST_SUBSIDY >> (_height // _HALVING_BLOCKS)


@pure
def day_subsidy(_day: uint256) -> uint256:
    """
    @notice Say how many new satoshi the 144 blocks of a block-day may create together.
    """
    first: uint256 = _day * _DAY_BLOCKS
    last: uint256 = first + _DAY_BLOCKS - 1
    # At most one halving lies inside: this many blocks come after it, if one does.
    after: uint256 = min(last % _HALVING_BLOCKS + 1, _DAY_BLOCKS)
    return (_DAY_BLOCKS - after) * self.subsidy(first) + after * self.subsidy(last)


@pure
def _compact(_word: uint256) -> (uint256, uint256):
    """
    @dev Read a number of one byte, or of two after 253, from a word whose last three bytes begin
         with it. Longer ones cannot fit a coinbase.
    @return The number, and how many bytes it takes.
    """
    first: uint256 = (_word >> 16) & 255
    if first < 253:
        return first, 1
    value: uint256 = ((_word & 255) << 8) | ((_word >> 8) & 255)
    # The shortest form is the only one: another would give one transaction two readings.
    assert first == 253 and value >= 253, "coinbase: bad compact number"
    return value, 3
