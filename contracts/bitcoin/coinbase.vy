# pragma version 0.4.3
# pragma optimize gas
"""
@title    Bitcoin coinbases
@notice   What a block's first transaction pays, and how much of it is subsidy: together they prove
          the block's fees. Pure arithmetic; no storage, no access control. `terahash.bitcoin` says
          the same in Python, and the tests compare the two.
@custom:security   Bytes that pass here are a whole coinbase and nothing else: an inner node of a
          Merkle tree (64 bytes) or another transaction could claim any amount. Who calls must
          still prove that the block commits to the id, and take the id of the same bytes.
"""

MAX_SIZE: constant(uint256) = 49_152  # bytes; 1,024 outputs of the longest standard kind fit
MAX_OUTPUTS: constant(uint256) = 1_024
INNER_NODE: constant(uint256) = 64  # bytes

_HALVING_BLOCKS: constant(uint256) = 210_000
_FIRST_SUBSIDY: constant(uint256) = 5_000_000_000  # satoshi
_DAY_BLOCKS: constant(uint256) = 144
_NUMBER_MASK: constant(uint256) = 2**32 - 1
# Every other byte, and every other two, of the lowest eight.
_ODD_1: constant(uint256) = (2**64 - 1) // (2**8 + 1)
_ODD_2: constant(uint256) = (2**64 - 1) // (2**16 + 1)
_SCRIPT: constant(uint256) = 41  # where the length of the input's script is
_SHORTEST_OUTPUT: constant(uint256) = 9  # its value, and the length of an empty script
_NUMBER: constant(uint256) = 4  # bytes of the input's sequence, and of the lock time


@view
def parse(_start: uint256, _size: uint256) -> uint256:
    """
    @notice Parse a coinbase to its last byte, where it lies in the call's data.
    @dev    A copy in memory, of what may be so long, would cost more than all that is done with it.
    @param _start  Where it begins there, serialized without its witness.
    @param _size   How many bytes it has.
    @return The satoshi that it pays in all.
    """
    assert _size > INNER_NODE, "coinbase: too short"
    # Each word read here ends inside of the coinbase.
    word: uint256 = convert(slice(msg.data, _start + 4, 32), uint256)
    assert word >> 248 == 1, "coinbase: not one input"
    zeros: uint256 = word << 8
    # It ends with three bytes that begin with the length of the input's script.
    word = convert(slice(msg.data, _start + _SCRIPT - 29, 32), uint256)
    # The null outpoint, 32 zero bytes and four of ones, is in both words.
    assert zeros == 0 and word >> 24 == _NUMBER_MASK, "coinbase: spends an output"

    last: uint256 = _start + _size - _NUMBER  # where the lock time must be
    number: uint256 = self._compact(word)
    at: uint256 = _start + _SCRIPT + number + (1 if number < 253 else 3) + _NUMBER
    assert at + 1 + _SHORTEST_OUTPUT <= last, "coinbase: truncated"
    count: uint256 = self._compact(convert(slice(msg.data, at - 29, 32), uint256))
    assert 0 < count and count <= MAX_OUTPUTS, "coinbase: not 1..1024 outputs"
    at += 1 if count < 253 else 3
    paid: uint256 = 0
    for _: uint256 in range(count, bound=MAX_OUTPUTS):
        # Nothing unsafe overflows: `at` is above 21 and at most 2^17 past the end of the call's
        # data, and a thousand values of 64 bits fit a word.
        assert unsafe_add(at, _SHORTEST_OUTPUT) <= last, "coinbase: truncated"
        # It ends with the output's value and, again, three bytes.
        word = convert(slice(msg.data, unsafe_sub(at, 21), 32), uint256)
        paid = unsafe_add(paid, self._number8(word >> 24))
        number = (word >> 16) & 255  # nearly every script is so short
        if number >= 253:
            number = unsafe_add(self._compact(word), 2)
        at = unsafe_add(at, unsafe_add(number, _SHORTEST_OUTPUT))
    assert at == last, "coinbase: wrong length"
    return paid


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
def _number8(_x: uint256) -> uint256:
    """
    @dev Read the lowest eight bytes of a word as a little-endian number.
    """
    x: uint256 = ((_x & _ODD_1) << 8) | ((_x >> 8) & _ODD_1)
    x = ((x & _ODD_2) << 16) | ((x >> 16) & _ODD_2)
    return ((x & _NUMBER_MASK) << 32) | (x >> 32)


@pure
def _compact(_word: uint256) -> uint256:
    """
    @dev Read a number of one byte, or of two after 253, from a word whose last three bytes begin
         with it. Longer ones cannot fit a coinbase.
    """
    first: uint256 = (_word >> 16) & 255
    if first < 253:
        return first
    number: uint256 = ((_word & 255) << 8) | ((_word >> 8) & 255)
    # The shortest form is the only one: another would give one transaction two readings.
    assert first == 253 and number >= 253, "coinbase: bad compact number"
    return number
