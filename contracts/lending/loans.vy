# pragma version 0.4.3
# pragma optimize gas
"""
@title    Loans
@notice   The borrowers' side of a vault. Posted tokens earn what every token earns, and that repays
          the debt; what it brings beyond the debt is the borrower's.
@dev      A loan's rewards are its tokens x the growth of the token's own index, so that no second
          accumulator is needed; all of them together are never more than what the token says that
          the vault has earned.
          What the vault itself keeps is a loan to nobody, whose rewards are the lenders'.
"""

from snekmate.utils import math

from ..interfaces import IHashrateToken
from ..interfaces import ILendingVault
from . import agreement
from . import pool as lenders
from . import reasons

uses: agreement
uses: lenders

RAY: constant(uint256) = lenders.RAY
FIXED: constant(uint256) = agreement.FIXED
INDEX_SCALE: constant(uint256) = 10**27  # of the token's index
LAST_CREDIT: constant(uint256) = 2**80 - 1

_MASK_88: constant(uint256) = 2**88 - 1
_MASK_96: constant(uint256) = 2**96 - 1

_loans: HashMap[address, uint256]  # index 64 | collateral 88 | is credit 8 | debt or credit 96


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _reward_index() -> uint256:
    return staticcall IHashrateToken(agreement.TERMS.token).index()


@view
@internal
def _current() -> ILendingVault.Pool:
    """
    @dev The pool with interest, and with what the vault's own tokens have earned, to this moment.
    """
    pool: ILendingVault.Pool = lenders._accrued()
    if pool.keeps_tokens:
        rewarded: uint256 = self._rewarded(self._load(self), self._reward_index(), pool.credited)
        pool.credited += rewarded
        pool.cash += rewarded
    return pool


@view
@internal
def _synced(
    _borrower: address, _index: uint256, _borrows: bool
) -> (ILendingVault.Pool, ILendingVault.Loan, uint256):
    """
    @dev The pool, a loan with its rewards credited, and what they were, fixed.
    """
    loan: ILendingVault.Loan = self._load(_borrower)
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    if _borrows or loan.scaled != 0:
        pool = self._current()
    else:
        pool = lenders._amounts_alone()
    rewarded: uint256 = self._rewarded(loan, _index, pool.credited)
    loan.index = _index
    pool.credited += rewarded
    pool, loan = self._repaid(pool, loan, rewarded, False)
    return pool, loan, rewarded


@internal
def _begun(
    _borrower: address, _index: uint256, _borrows: bool = False
) -> (ILendingVault.Pool, ILendingVault.Loan):
    """
    @dev How each call on a loan begins: the same, logged. The vault's own is none, or its rewards would
         be credited twice.
    """
    reasons._check(_borrower != empty(address) and _borrower != self, "vault: not a borrower")
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    rewarded: uint256 = 0
    pool, loan, rewarded = self._synced(_borrower, _index, _borrows)
    if rewarded != 0:
        log ILendingVault.Credited(borrower=_borrower, amount=rewarded, credit=loan.credit)
    return pool, loan


@internal
def _store(_pool: ILendingVault.Pool):
    """
    @dev Store the pool, and up to when the vault's own tokens were credited.
    """
    lenders._store(_pool)
    if _pool.keeps_tokens:
        kept: ILendingVault.Loan = self._load(self)
        kept.index = self._reward_index()
        self._save(self, kept)


@internal
def _keep(_amount: uint256, _index: uint256) -> uint256:
    """
    @dev Let the vault keep tokens, all rewards of those it has being credited. Return how many it has.
    """
    kept: ILendingVault.Loan = self._load(self)
    kept.collateral += _amount
    kept.index = _index
    self._save(self, kept)
    return kept.collateral


@view
@internal
def _load(_borrower: address) -> ILendingVault.Loan:
    packed: uint256 = self._loans[_borrower]
    amount: uint256 = packed & _MASK_96
    is_credit: bool = (packed >> 96) & 1 == 1
    return ILendingVault.Loan(
        collateral=(packed >> 104) & _MASK_88,
        scaled=0 if is_credit else amount,
        credit=amount if is_credit else 0,
        index=packed >> 192,
    )


@internal
def _save(_borrower: address, _loan: ILendingVault.Loan):
    """
    @dev Debts fit, for the pool's do. All that was credited fits 80 bits; tokens, 88.
    """
    amount: uint256 = _loan.scaled
    if _loan.credit != 0:  # there is no debt then
        amount = (1 << 96) | _loan.credit
    self._loans[_borrower] = (_loan.index << 192) | (_loan.collateral << 104) | amount


@view
@internal
def _rewarded(
    _loan: ILendingVault.Loan, _index: uint256, _credited: uint256
) -> uint256:
    """
    @dev What a loan's tokens have earned since it was last credited, fixed, rounded down. The token
         rounds the vault's earnings whenever it moves some: a 2^-32 of a satoshi that it does not
         count is not credited either.
    """
    earned: uint256 = _loan.collateral * (_index - _loan.index) * FIXED // INDEX_SCALE
    if earned == 0:
        return 0
    total: uint256 = staticcall IHashrateToken(agreement.TERMS.token).earned(self)
    return min(earned, max(min(total, LAST_CREDIT), _credited) - _credited)


@pure
@internal
def _debt(_loan: ILendingVault.Loan, _pool: ILendingVault.Pool) -> uint256:
    """
    @dev What a loan owes, fixed, rounded up.
    """
    # 96 and 128 bits: no overflow.
    return unsafe_div(unsafe_add(unsafe_mul(_loan.scaled, _pool.index), RAY - 1), RAY)


@pure
@internal
def _whole_debt(_loan: ILendingVault.Loan, _pool: ILendingVault.Pool) -> uint256:
    """
    @dev What it takes to repay a loan, in whole satoshi.
    """
    return unsafe_div(unsafe_add(self._debt(_loan, _pool), FIXED - 1), FIXED)


@pure
@internal
def _lent(
    _pool: ILendingVault.Pool, _loan: ILendingVault.Loan, _fixed: uint256
) -> (ILendingVault.Pool, ILendingVault.Loan):
    """
    @dev Lend to a loan. The debt grows by what was lent, rounded up.
    """
    pool: ILendingVault.Pool = _pool
    loan: ILendingVault.Loan = _loan
    reasons._check(_fixed <= pool.cash, "vault: not enough cash")
    scaled: uint256 = math._ceil_div(_fixed * RAY, pool.index)
    pool.cash -= _fixed
    pool.scaled += scaled
    loan.scaled += scaled
    return pool, loan


@pure
@internal
def _repaid(
    _pool: ILendingVault.Pool, _loan: ILendingVault.Loan, _fixed: uint256, _is_payment: bool
) -> (ILendingVault.Pool, ILendingVault.Loan):
    """
    @dev Repay a loan. Of the debt goes what was paid, rounded down. What is more than it owed is the
         borrower's credit; of a payment, which is of whole satoshi, it is the lenders'.
    """
    pool: ILendingVault.Pool = _pool
    loan: ILendingVault.Loan = _loan
    debt: uint256 = self._debt(loan, pool)
    gone: uint256 = loan.scaled
    kept: uint256 = _fixed
    if _fixed < debt:
        gone = _fixed * RAY // pool.index
    elif not _is_payment:
        kept = debt
        loan.credit += _fixed - debt
    loan.scaled -= gone
    pool.scaled -= gone
    pool.cash += kept
    return pool, loan
