# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    ERC-4626
@notice   How lenders come and go: by shares of the pool. Whoever comes or leaves pays the rounding.
"""

from ethereum.ercs import IERC4626

from ..interfaces import ILendingVault
from . import agreement
from . import bitcoin
from . import erc20
from . import loans
from . import pool as lenders
from . import reasons

uses: agreement
uses: bitcoin
uses: erc20
uses: loans

FIXED: constant(uint256) = agreement.FIXED


# ╔════════════════════════════════════════════════════════════════╗
# ║                             LENDER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def deposit(_assets: uint256, _receiver: address) -> uint256:
    """
    @notice Lend satoshi.
    @return Shares, rounded down.
    """
    pool: ILendingVault.Pool = loans._current()
    minted: uint256 = lenders._to_shares_down(pool, _assets * FIXED)
    self._take_in(pool, _assets, minted, _receiver)
    return minted


@external
def mint(_shares: uint256, _receiver: address) -> uint256:
    """
    @notice Lend what so many shares cost.
    @return Satoshi, rounded up.
    """
    pool: ILendingVault.Pool = loans._current()
    assets: uint256 = lenders._to_sats_up(pool, _shares)
    self._take_in(pool, assets, _shares, _receiver)
    return assets


@external
def withdraw(_assets: uint256, _receiver: address, _owner: address) -> uint256:
    """
    @notice Take satoshi out: the owner, or whom it has allowed the shares.
    @return Shares, rounded up.
    """
    pool: ILendingVault.Pool = loans._current()
    burnt: uint256 = lenders._to_shares_up(pool, _assets * FIXED)
    self._give_out(pool, _assets, burnt, _receiver, _owner)
    return burnt


@external
def redeem(_shares: uint256, _receiver: address, _owner: address) -> uint256:
    """
    @notice Give shares back: the owner, or whom it has allowed them.
    @return Satoshi, rounded down.
    """
    pool: ILendingVault.Pool = loans._current()
    assets: uint256 = lenders._to_sats_down(pool, _shares)
    self._give_out(pool, assets, _shares, _receiver, _owner)
    return assets


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def totalSupply() -> uint256:
    """
    @notice Return all shares, those that wait for the fee receiver included.
    """
    return loans._current().shares


@view
@external
def totalAssets() -> uint256:
    """
    @notice Return what the lenders have, satoshi.
    """
    return lenders._assets(loans._current()) // FIXED


@view
@external
def convertToShares(_assets: uint256) -> uint256:
    """
    @notice Return how many shares satoshi are.
    """
    return lenders._to_shares_down(loans._current(), _assets * FIXED)


@view
@external
def convertToAssets(_shares: uint256) -> uint256:
    """
    @notice Return how many satoshi shares are.
    """
    return lenders._to_sats_down(loans._current(), _shares)


@view
@external
def previewDeposit(_assets: uint256) -> uint256:
    """
    @notice Return what `deposit` would return.
    """
    return lenders._to_shares_down(loans._current(), _assets * FIXED)


@view
@external
def previewMint(_shares: uint256) -> uint256:
    """
    @notice Return what `mint` would return.
    """
    return lenders._to_sats_up(loans._current(), _shares)


@view
@external
def previewWithdraw(_assets: uint256) -> uint256:
    """
    @notice Return what `withdraw` would return.
    """
    return lenders._to_shares_up(loans._current(), _assets * FIXED)


@view
@external
def previewRedeem(_shares: uint256) -> uint256:
    """
    @notice Return what `redeem` would return.
    """
    return lenders._to_sats_down(loans._current(), _shares)


@view
@external
def maxDeposit(_receiver: address) -> uint256:
    """
    @notice Return how many satoshi may be lent now, by anyone for a receiver.
    """
    pool: ILendingVault.Pool = loans._current()
    return min(self._room(pool, _receiver), lenders._to_sats_up(pool, lenders._left(pool) + 1) - 1)


@view
@external
def maxMint(_receiver: address) -> uint256:
    """
    @notice Return how many shares may be made now, by anyone for a receiver.
    """
    pool: ILendingVault.Pool = loans._current()
    room: uint256 = self._room(pool, _receiver) * FIXED
    return min(lenders._to_shares_down(pool, room), lenders._left(pool))


@view
@external
def maxWithdraw(_owner: address) -> uint256:
    """
    @notice Return how many satoshi an owner may take out now: its own, as far as there is cash.
    """
    pool: ILendingVault.Pool = loans._current()
    return min(lenders._to_sats_down(pool, erc20.balanceOf[_owner]), pool.cash // FIXED)


@view
@external
def maxRedeem(_owner: address) -> uint256:
    """
    @notice Return how many shares an owner may give back now.
    """
    pool: ILendingVault.Pool = loans._current()
    most: uint256 = erc20.balanceOf[_owner]
    if pool.cash // FIXED < lenders._to_sats_down(pool, most):
        return lenders._to_shares_up(pool, (pool.cash // FIXED + 1) * FIXED) - 1
    return most


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _take_in(_pool: ILendingVault.Pool, _assets: uint256, _shares: uint256, _receiver: address):
    pool: ILendingVault.Pool = _pool
    reasons._check(not pool.deposits_stopped, "vault: deposits stopped")
    # Nobody buys into what is of those who lost.
    reasons._check(not pool.keeps_tokens or pool.shares == 0, "vault: closed by a loss")
    reasons._check(_shares != 0, "vault: nothing to lend")
    pool.cash += _assets * FIXED
    pool.shares += _shares
    reasons._check(lenders._assets(pool) <= agreement.TERMS.supply_cap * FIXED, "vault: above supply cap")
    loans._store(pool)
    erc20._mint(_receiver, _shares)
    log IERC4626.Deposit(sender=msg.sender, owner=_receiver, assets=_assets, shares=_shares)
    bitcoin._pull(_assets)


@internal
def _give_out(
    _pool: ILendingVault.Pool, _assets: uint256, _shares: uint256, _to: address, _owner: address
):
    pool: ILendingVault.Pool = _pool
    reasons._check(_shares != 0, "vault: nothing to withdraw")
    reasons._check(_assets * FIXED <= pool.cash, "vault: not enough cash")
    erc20._spend(_owner, _shares)
    erc20._burn(_owner, _shares)
    pool.cash -= _assets * FIXED
    pool.shares -= _shares
    loans._store(pool)
    log IERC4626.Withdraw(
        sender=msg.sender, receiver=_to, owner=_owner, assets=_assets, shares=_shares
    )
    bitcoin._push(_to, _assets)


@view
@internal
def _room(_pool: ILendingVault.Pool, _receiver: address) -> uint256:
    """
    @dev How many satoshi the supply cap lets in.
    """
    is_nobody: bool = _receiver == empty(address) or _receiver == self
    if is_nobody or _pool.deposits_stopped or (_pool.keeps_tokens and _pool.shares != 0):
        return 0
    assets: uint256 = lenders._assets(_pool)
    return (max(agreement.TERMS.supply_cap * FIXED, assets) - assets) // FIXED
