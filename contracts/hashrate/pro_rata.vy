# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Pro-rata accumulator
@notice   Whatever comes in is shared among all balances and streams to them over about a day, to the
          satoshi, at a cost that does not depend on how many they are.
@dev      The index says what one unit of balance has earned since the beginning; an account has earned
          the sum of its balance times the growth of the index. The stream is one slot that says where
          the index will end, and when:
              index(t) = index_end - speed x max(0, end - t)
          A transfer neither divides nor writes it. What came in is, to 10^-27 satoshi, earned by the
          growth of the index, still to be earned ((index_end - index) x supply), or queued.
          An account's earnings are cut to 2^-32 satoshi each time it is touched: to cost it one takes
          4 x 10^9 transfers. What a division leaves over comes in with the next distribution.
          Who may move, create and end balances, and what comes in, is for the contract that uses
          this module; so are the events.
"""

SCALE: constant(uint256) = 10**27  # of the index: satoshi per unit of balance
STREAM_SECONDS: constant(uint256) = 86_400  # in which what comes in is earned
LEAST_SUPPLY: constant(uint256) = 10**18  # that the stream counts with; what less would earn waits
# 370,000 satoshi a day for 10^18 units of balance, thousands of times what anyone earns: what is above
# stays queued. So the index takes 136 years to fill its 64 bits, whatever comes in.
MAX_SPEED: constant(uint256) = 2**32 << SPEED_BITS
EARNED_BITS: constant(uint256) = 32  # of a satoshi, below the point
SPEED_BITS: constant(uint256) = 16  # of the index, likewise
_MASK_40: constant(uint256) = 2**40 - 1
_MASK_64: constant(uint256) = 2**64 - 1
_MASK_88: constant(uint256) = 2**88 - 1
_MASK_96: constant(uint256) = 2**96 - 1

_stream: uint256  # index_end 64 | speed 64 | end 40 | supply 88
_queued: uint256  # satoshi x SCALE that wait for a distribution
_accounts: HashMap[address, uint256]  # index 64 | earned 96 | balance 96


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def index() -> uint256:
    """
    @notice Return what one unit of balance has earned so far, satoshi x 10^27. It never falls.
    """
    return self._index(self._stream)


@view
@external
def stream() -> (uint256, uint256, uint256):
    """
    @notice Return what a unit of balance has still to earn by the stream, when that ends (unix
            seconds), and what is queued for the next; both amounts satoshi x 10^27.
    """
    packed: uint256 = self._stream
    return self._left(packed), (packed >> 88) & _MASK_40, self._queued


@view
@external
def earned(_account: address) -> uint256:
    """
    @notice Return what an account has earned in its life, paid out or not.
    @return Satoshi x 2^32. It never falls.
    """
    return self._earned(_account)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _index(_packed: uint256) -> uint256:
    return (_packed >> 192) - self._left(_packed)


@view
@internal
def _left(_packed: uint256) -> uint256:
    """
    @dev What the stream has still to add to the index.
    """
    end: uint256 = (_packed >> 88) & _MASK_40
    if end <= block.timestamp:
        return 0
    # 64 and 40 bits: no overflow.
    return unsafe_mul((_packed >> 128) & _MASK_64, unsafe_sub(end, block.timestamp)) >> SPEED_BITS


@pure
@internal
def _settled(_account: uint256, _at: uint256) -> uint256:
    """
    @dev Bring an account's earnings up to an index. They fit: all that is earned came in, and of
         bitcoin there are fewer than 2^51 satoshi. No balance is above 2^88 and no growth above
         2^64, so that the product fits as well.
    """
    growth: uint256 = _at - (_account >> 192)
    balance: uint256 = _account & _MASK_96
    gained: uint256 = (unsafe_mul(balance, growth) << EARNED_BITS) // SCALE
    return (_at << 192) | ((_account & (2**192 - 1)) + (gained << 96))


@view
@internal
def _earned(_account: address) -> uint256:
    return (self._settled(self._accounts[_account], self._index(self._stream)) >> 96) & _MASK_96


@view
@internal
def _supply() -> uint256:
    return self._stream & _MASK_88


@view
@internal
def _balance(_account: address) -> uint256:
    return self._accounts[_account] & _MASK_96


@internal
def _move(_from: address, _to: address, _amount: uint256):
    """
    @dev Move a balance. Each side keeps what it has earned.
    """
    at: uint256 = self._index(self._stream)
    self._debit(_from, _amount, at)
    # Read after the sender was written, for both may be one.
    self._accounts[_to] = self._settled(self._accounts[_to], at) + _amount


@internal
def _debit(_from: address, _amount: uint256, _at: uint256):
    account: uint256 = self._accounts[_from]
    assert _amount <= account & _MASK_96, "token: insufficient balance"
    self._accounts[_from] = self._settled(account, _at) - _amount


@view
@internal
def _entry(_amount: uint256) -> uint256:
    """
    @dev What the stream is going to pay to a new balance: its owner pays that in, satoshi.
    """
    return (self._left(self._stream) * _amount + SCALE - 1) // SCALE


@internal
def _create(_to: address, _amount: uint256):
    """
    @dev Create a balance, for which `_entry` is paid in: the stream keeps its speed. The caller keeps
         the supply below 2^88.
    """
    packed: uint256 = self._stream
    self._accounts[_to] = self._settled(self._accounts[_to], self._index(packed)) + _amount
    self._stream = packed + _amount
    entry: uint256 = self._entry(_amount)
    if entry != 0:
        self._queued += entry * SCALE - self._left(packed) * _amount


@internal
def _end(_from: address, _amount: uint256):
    """
    @dev End a balance. What has not vested stays with those who stay. Where they have hardly
         anything, it may be dust that waits for just that: then the leaver takes its part.
    """
    packed: uint256 = self._stream
    at: uint256 = self._index(packed)
    left: uint256 = self._left(packed)
    self._debit(_from, _amount, at)
    supply: uint256 = (packed & _MASK_88) - _amount
    if supply < LEAST_SUPPLY:
        total: uint256 = left * _amount
        gained: uint256 = (total << EARNED_BITS) // SCALE
        self._accounts[_from] += gained << 96
        self._queued += ((total << EARNED_BITS) - gained * SCALE) >> EARNED_BITS
        self._stream = packed - _amount if supply != 0 else at << 192
        return
    if left == 0:
        self._stream = packed - _amount
        return
    rest: uint256 = 0
    self._stream, rest = self._poured(
        at, left * (supply + _amount), supply, (packed >> 88) & _MASK_40
    )
    self._queued += rest


@internal
def _distribute(_amount: uint256):
    """
    @dev Let satoshi come in. They and what the stream has left end together, at the mean of their
         ends weighted by amounts, so that small amounts postpone nothing.
    """
    packed: uint256 = self._stream
    supply: uint256 = packed & _MASK_88
    # 64 bits of the index, 88 of the supply and 17 of a day's seconds are 169; what is queued, of
    # amounts of 64 bits each, would pass 239 bits after 2^85 of them: nothing overflows here.
    fresh: uint256 = unsafe_add(self._queued, unsafe_mul(_amount, SCALE))
    if supply == 0:
        self._queued = fresh
        return
    left: uint256 = self._left(packed)
    at: uint256 = unsafe_sub(packed >> 192, left)
    left = unsafe_mul(left, supply)
    end: uint256 = unsafe_add(block.timestamp, STREAM_SECONDS)
    if left != 0:
        remaining: uint256 = unsafe_sub((packed >> 88) & _MASK_40, block.timestamp)
        weighted: uint256 = unsafe_mul(left, remaining) + unsafe_mul(fresh, STREAM_SECONDS)
        end = unsafe_add(block.timestamp, unsafe_div(weighted, left + fresh))
    self._stream, self._queued = self._poured(at, left + fresh, supply, end)


@view
@internal
def _poured(
    _at: uint256, _total: uint256, _supply: uint256, _end: uint256
) -> (uint256, uint256):
    """
    @dev Spread satoshi x SCALE evenly over a supply until a time. Return the stream, and what
         the division leaves over or is above the top speed; the index never jumps. With dust as
         supply a satoshi would run at the top speed, and each buyer had to pay that in.
    """
    duration: uint256 = unsafe_sub(_end, block.timestamp)
    supply: uint256 = max(_supply, LEAST_SUPPLY)
    speed: uint256 = min((_total << SPEED_BITS) // unsafe_mul(supply, duration), MAX_SPEED)
    growth: uint256 = unsafe_mul(speed, duration) >> SPEED_BITS
    packed: uint256 = ((_at + growth) << 192) | (speed << 128) | (_end << 88) | _supply
    return packed, unsafe_sub(_total, unsafe_mul(growth, _supply))


@internal
def _drain() -> uint256:
    """
    @dev Take out whole satoshi of what is queued. Only where nobody has a balance.
    """
    amount: uint256 = self._queued // SCALE
    self._queued -= amount * SCALE
    return amount
