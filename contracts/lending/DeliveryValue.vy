# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Delivery value
@notice   Values a token by what its issuer is expected to deliver, at a stressed hashprice, and never
          below what is covered: lenders take the issuer's risk for a larger loan.
@dev      expected = sum of net(stress x h / 2^halvings) x decay^i over the block-days i still to come
          mark     = max(covered, expected + u + q)
          h is the lowest of the hashprice of the newest closed block-day and the means of 3 and 14.
          The most that is lent is covered + phi x (mark - covered): an issuer that sells to itself,
          borrows and walks away has locked the rest.
@custom:security
          - The hashprice is stressed before the cost is taken, for a thin margin is what breaks.
          - A halving of the term is counted from the block-day in which it comes, and also while the
            newest block-day is a part before it.
          - The surplus of a reserve counts for nothing: its issuer can withdraw it in the next call.
          - While the reserve is short of its ratio nothing is lent on what is beyond covered, and
            only the part of that counts which the reserve holds of the ratio: `cover`, again and
            again, does not restore it. Once a debt is overdue, or the index dead, nothing of it counts.
          - Yet nobody gets a token below the mark of an issuer that is late, be it by an hour or for ever:
            who bought for what is owed would be paid all the rest. Then the reserve is the way out, and
            where it is empty, that the vault keeps tokens. Only a dead index lowers the price.
          - Where the hashprice counts for the value and is older than four days, it does not answer,
            until the index is dead.
@custom:kill   It cannot be stopped or upgraded.
"""

from snekmate.utils import math

from ..interfaces import IHashpriceIndex
from ..interfaces import IHashrateToken
from ..interfaces import IValue
from . import reserve

implements: IValue

initializes: reserve

exports: reserve.TOKEN

VERSION: public(constant(String[8])) = "0.1.0"

ONE: constant(uint256) = 10**18
EXACT: constant(uint256) = 10**36
RAY: constant(uint256) = 10**27
DAY_BLOCKS: constant(uint256) = 144
HALVING_BLOCKS: constant(uint256) = 210_000
MAX_ERAS: constant(uint256) = 3  # in a term of 1,500 block-days
MAX_BITS: constant(uint256) = 24  # of a block-day

STRESS: public(immutable(uint256))
DECAY: public(immutable(uint256))
PHI: public(immutable(uint256))
COST: immutable(uint256)
SHARE: immutable(uint256)  # of the gross that is left after the fee
RATIO: immutable(uint256)


@deploy
def __init__(_token: address, _stress: uint256, _decay: uint256, _phi: uint256):
    """
    @notice Choose the issuance, and how it is valued: shares x 10^18, of at most one. That they make
            sense is for who deploys it: the registry checks.
    @param _stress  Of the hashprice, by which block-days to come are valued.
    @param _decay   Of a block-day's value that the next one has.
    @param _phi     Of what is beyond covered that may be lent.
    """
    reserve.__init__(_token)
    terms: IHashrateToken.Terms = staticcall IHashrateToken(_token).terms()
    COST = terms.cost
    SHARE = ONE - terms.fee
    RATIO = terms.ratio
    STRESS = _stress
    DECAY = _decay
    PHI = _phi


@view
@external
def assess() -> IValue.Assessment:
    """
    @notice Return what a token is worth now.
    @custom:reverts  Where the index is stale and block-days are still to come that are valued by it;
                     and where more than 64 block-days are to be accrued: accrue them first.
    """
    backing: IHashrateToken.Backing = reserve._backing()
    worth: IValue.Assessment = reserve._assessed(backing)
    if backing.supply != 0 and not backing.dead:
        mark: uint256 = backing.owed // backing.supply + worth.streaming
        if backing.left != 0:
            assert backing.overdue or not reserve._is_stale(backing), "value: index stale"
            mark += self._expected(backing)
        beyond: uint256 = max(mark, worth.covered) - worth.covered
        # What is short of cash is not sold for less than what its issuer has promised, late or not: who
        # bought it for what is owed would be paid all that by one that was late by an hour.
        worth.price = max(worth.price, worth.covered + beyond)
        if backing.overdue:
            beyond = 0
            # No token is given up, and none kept, by a hashprice of long ago.
            worth.is_pending = backing.left != 0 and reserve._is_stale(backing)
        elif backing.short:
            # While its issuer is not late, what it will deliver is not given up for a reserve.
            worth.is_pending = worth.is_pending or beyond != 0
            beyond = beyond * self._part_reserved(backing) // ONE
        worth.value += beyond
    worth.most = worth.covered
    if not worth.is_stopped:
        worth.most += (worth.value - worth.covered) * PHI // ONE
    return worth


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _part_reserved(_backing: IHashrateToken.Backing) -> uint256:
    """
    @dev Of what the reserve must hold, the part that it holds, where it is short. What is owed is not
         taken from that: it is the issuer's to pay within its grace, and the reserve's after it.
    """
    required: uint256 = math._ceil_div(RATIO * _backing.left * _backing.unit, ONE)
    return min(_backing.reserve * EXACT * ONE // (_backing.supply * required), ONE)


@view
@internal
def _expected(_backing: IHashrateToken.Backing) -> uint256:
    """
    @dev What the block-days still to come are worth, from the last era back to the first: each adds
         what it is worth at its beginning to what comes after it.
    """
    hashprice: uint256 = self._hashprice(_backing.window) * STRESS // ONE
    known: uint256 = self._era(_backing.window.day)  # in which that hashprice was earned
    end: uint256 = _backing.day + _backing.left
    begin: uint256 = end - reserve._days(_backing)
    total: uint256 = 0
    annuity: uint256 = 0
    factor: uint256 = 0
    for _: uint256 in range(MAX_ERAS):
        if end <= begin:
            break
        era: uint256 = self._era(end - 1)
        first: uint256 = max(begin, HALVING_BLOCKS * era // DAY_BLOCKS)
        annuity, factor = self._decayed(end - first)
        total = (self._net(hashprice >> (era - known)) * annuity + total * factor) // RAY
        end = first
    # A term that has not begun is as far away as that.
    ahead: uint256 = _backing.day - _backing.window.day - 1
    if ahead != 0:
        annuity, factor = self._decayed(ahead)
        total = total * factor // RAY
    return total


@pure
@internal
def _hashprice(_window: IHashpriceIndex.Window) -> uint256:
    """
    @dev The lowest of the three, of blocks of the newest block-day's last: where a halving came in it,
         those before are counted as half.
    """
    last: uint256 = _window.last
    before: uint256 = HALVING_BLOCKS - _window.day * DAY_BLOCKS % HALVING_BLOCKS
    if before < DAY_BLOCKS:
        last = last * DAY_BLOCKS // (DAY_BLOCKS + before)
    return min(last, min(_window.mean3, _window.mean14))


@pure
@internal
def _era(_day: uint256) -> uint256:
    """
    @dev How many halvings have come by the end of a block-day.
    """
    return (_day * DAY_BLOCKS + DAY_BLOCKS - 1) // HALVING_BLOCKS


@view
@internal
def _net(_hashprice: uint256) -> uint256:
    """
    @dev What a day at this hashprice owes a token, sats x 10^18: as the token says.
    """
    gross: uint256 = _hashprice * SHARE // ONE
    return max(gross, COST) - COST


@view
@internal
def _decayed(_days: uint256) -> (uint256, uint256):
    """
    @dev A(n) = 1 + decay + decay^2 + ... of n terms, and decay^n; both x 10^27. Nothing is divided by
         1 - decay, which may be zero. From n to 2n: A + A x decay^n, and its square. Each product is
         rounded down: A(n) is less than n^2 and decay^n less than n units below exact.
    """
    annuity: uint256 = 0
    factor: uint256 = RAY
    doubled: uint256 = RAY
    power: uint256 = DECAY * (RAY // ONE)
    days: uint256 = _days
    for _: uint256 in range(MAX_BITS):
        # No power of the decay is above 10^27, below 2^90, and no annuity above 2^24 x 10^27, below
        # 2^114: no product overflows.
        if days & 1 == 1:
            annuity = unsafe_add(annuity, unsafe_div(unsafe_mul(doubled, factor), RAY))
            factor = unsafe_div(unsafe_mul(factor, power), RAY)
        days >>= 1
        if days == 0:
            break
        doubled = unsafe_add(doubled, unsafe_div(unsafe_mul(doubled, power), RAY))
        power = unsafe_div(unsafe_mul(power, power), RAY)
    return annuity, factor
