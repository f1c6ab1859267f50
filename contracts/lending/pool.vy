# pragma version 0.4.3
# pragma optimize gas
"""
@title    Pool
@notice   The lenders' side of a vault: their cash, what is lent, and how many shares it is divided
          into. It counts what came in and went out, never what the vault happens to hold.
@dev      Amounts are `fixed`, satoshi x 2^32: floored to satoshi at every touch, small loans would
          lose half of their interest. A call reads the pool as of now, works on it, and stores it
          whole. Each conversion says which way it rounds.
          A million shares that nobody owns stand against a satoshi that nobody paid in: a first
          lender's share price cannot be pushed up at another's cost.
"""

from snekmate.utils import math

from ..interfaces import ILendingVault
from . import agreement
from . import interest
from . import reasons

uses: agreement
uses: interest

ONE: constant(uint256) = 10**18
RAY: constant(uint256) = 10**27
FIXED: constant(uint256) = agreement.FIXED
VIRTUAL_SHARES: constant(uint256) = 10**6

_MASK_40: constant(uint256) = 2**40 - 1
_MASK_80: constant(uint256) = 2**80 - 1
_MASK_88: constant(uint256) = 2**88 - 1
_MASK_120: constant(uint256) = 2**120 - 1

_growth: uint256  # index 128 | rate 88 | updated 40
_amounts: uint256  # cash 88 | scaled 88 | credited 80
_shares: uint256  # shares 120 | till 120 | flags 16


@deploy
def __init__():
    """
    @notice Begin with nothing.
    """
    self._growth = (RAY << 128) | (agreement.TERMS.rate << 40) | block.timestamp


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _accrued() -> ILendingVault.Pool:
    """
    @dev The pool with interest to this moment.
    """
    growth: uint256 = self._growth
    shares: uint256 = self._shares
    pool: ILendingVault.Pool = self._amounts_alone()
    pool.index = growth >> 128
    pool.rate = (growth >> 40) & _MASK_88
    pool.shares = shares >> 136
    pool.till = (shares >> 16) & _MASK_120
    pool.deposits_stopped = shares & 1 != 0
    pool.loans_stopped = shares & 2 != 0
    pool.keeps_tokens = shares & 4 != 0
    elapsed: uint256 = block.timestamp - (growth & _MASK_40)
    if elapsed == 0:
        return pool
    before: uint256 = self._lent(pool)
    utilisation: uint256 = before * ONE // max(before + pool.cash, 1)
    pool.index, pool.rate = interest._advanced(pool.index, pool.rate, utilisation, elapsed)
    fee: uint256 = (self._lent(pool) - before) * agreement.TERMS.fee // ONE
    if fee != 0:
        fee_shares: uint256 = (
            fee * (pool.shares + VIRTUAL_SHARES) // (self._assets(pool) + FIXED - fee)
        )
        # Where shares are worth next to nothing, no more of them may fit: all else must go on.
        fee_shares = min(fee_shares, self._left(pool))
        pool.shares += fee_shares
        pool.till += fee_shares
    return pool


@view
@internal
def _amounts_alone() -> ILendingVault.Pool:
    """
    @dev The pool without interest and shares, which nobody needs who has no debt; its index is zero.
    """
    amounts: uint256 = self._amounts
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    pool.cash = amounts >> 168
    pool.scaled = (amounts >> 80) & _MASK_88
    pool.credited = amounts & _MASK_80
    return pool


@internal
def _store(_pool: ILendingVault.Pool):
    """
    @dev A pool whose cash or debts no longer fit is refused: both are below 2^56 satoshi, more than
         all bitcoin that will ever be.
    """
    reasons._check(
        _pool.cash <= _MASK_88 and _pool.scaled <= _MASK_88 and _pool.credited <= _MASK_80,
        "vault: amount too large",
    )
    self._amounts = (_pool.cash << 168) | (_pool.scaled << 80) | _pool.credited
    if _pool.index == 0:
        return
    reasons._check(_pool.shares <= _MASK_120, "vault: too many shares")
    flags: uint256 = convert(_pool.deposits_stopped, uint256)
    flags |= convert(_pool.loans_stopped, uint256) << 1
    flags |= convert(_pool.keeps_tokens, uint256) << 2
    if self._growth & _MASK_40 != block.timestamp:
        log ILendingVault.Accrued(index=_pool.index, rate=_pool.rate)
    self._growth = (_pool.index << 128) | (_pool.rate << 40) | block.timestamp
    self._shares = (_pool.shares << 136) | (_pool.till << 16) | flags


@pure
@internal
def _lent(_pool: ILendingVault.Pool) -> uint256:
    """
    @dev All debts, fixed.
    """
    # 88 and 128 bits, and one loan more: no overflow.
    return unsafe_div(unsafe_mul(_pool.scaled, _pool.index), RAY)


@pure
@internal
def _assets(_pool: ILendingVault.Pool) -> uint256:
    """
    @dev What the lenders have, fixed.
    """
    return _pool.cash + self._lent(_pool)


@pure
@internal
def _left(_pool: ILendingVault.Pool) -> uint256:
    """
    @dev How many more shares there can be. Where they are worth next to nothing, it is few satoshi.
    """
    return _MASK_120 - _pool.shares


@pure
@internal
def _to_shares_down(_pool: ILendingVault.Pool, _fixed: uint256) -> uint256:
    return _fixed * (_pool.shares + VIRTUAL_SHARES) // (self._assets(_pool) + FIXED)


@pure
@internal
def _to_shares_up(_pool: ILendingVault.Pool, _fixed: uint256) -> uint256:
    return math._ceil_div(
        _fixed * (_pool.shares + VIRTUAL_SHARES), self._assets(_pool) + FIXED
    )


@pure
@internal
def _to_sats_down(_pool: ILendingVault.Pool, _shares: uint256) -> uint256:
    # After a loss all shares would be worth a part of the satoshi that nobody paid in.
    assets: uint256 = self._assets(_pool)
    worth: uint256 = _shares * (assets + FIXED) // (_pool.shares + VIRTUAL_SHARES)
    if _shares <= _pool.shares:
        worth = min(worth, assets)
    return worth // FIXED


@pure
@internal
def _to_sats_up(_pool: ILendingVault.Pool, _shares: uint256) -> uint256:
    return math._ceil_div(
        _shares * (self._assets(_pool) + FIXED), (_pool.shares + VIRTUAL_SHARES) * FIXED
    )
