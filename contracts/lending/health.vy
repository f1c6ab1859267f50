# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Health
@notice   What secures a loan: how much may be lent against its tokens, from where on it may be
          liquidated, at which price its tokens go then, and what of it no cash covers.
"""

from snekmate.utils import math

from ..interfaces import ILendingVault
from ..interfaces import IValue
from . import agreement
from . import loans
from . import reasons

uses: agreement

ONE: constant(uint256) = 10**18
EXACT: constant(uint256) = 10**36  # tokens and values have 18 decimals each
FIXED: constant(uint256) = agreement.FIXED
UNCOUNTED: constant(uint256) = max_value(uint256)
MAX_LTV: constant(uint256) = 98  # percent of the liquidation LTV that a loan may reach
MAX_INCENTIVE: constant(uint256) = 115 * ONE // 100

INCENTIVE: immutable(uint256)

_uncovered: HashMap[address, uint256]  # of a loan when it was last valued, fixed
_all_uncovered: uint256


@deploy
def __init__():
    """
    @notice Say what liquidators get for a satoshi: less, the closer to its value a loan may come.
    """
    INCENTIVE = min(MAX_INCENTIVE, ONE * ONE // (ONE - 3 * (ONE - agreement.TERMS.lltv) // 10))


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def uncovered(_borrower: address) -> (uint256, uint256):
    """
    @notice Return what of a loan, and of all with the bad debts so far, no cash covered when they were
            last valued, fixed. But for bad debts zero, where the vault does not count it.
    """
    return self._uncovered[_borrower], self._all_uncovered


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _assessed() -> IValue.Assessment:
    return staticcall IValue(agreement.TERMS.valuation).assess()


@internal
def _assessed_after_cover() -> IValue.Assessment:
    """
    @dev What is overdue the reserve pays first, to all holders. Where it is empty, that fails.
    """
    worth: IValue.Assessment = self._assessed()
    if worth.is_overdue:
        success: bool = raw_call(
            agreement.TERMS.token, method_id("cover()"), revert_on_failure=False
        )
        worth = self._assessed()
    return worth


@internal
def _check_secured(
    _borrower: address,
    _pool: ILendingVault.Pool,
    _loan: ILendingVault.Loan,
    _worth: IValue.Assessment,
):
    """
    @dev Insist that a loan is within what may be lent to it, and without cash behind it to all.
    """
    debt: uint256 = loans._debt(_loan, _pool)
    value: uint256 = _worth.value * (agreement.TERMS.lltv * MAX_LTV // 100) // ONE
    limit: uint256 = _loan.collateral * min(value, _worth.most) * FIXED
    reasons._check(debt * EXACT <= limit, "vault: above max ltv")
    if self._value_again(_borrower, debt, _loan.collateral * _worth.covered):
        reasons._check(
            self._all_uncovered <= agreement.TERMS.uncovered_cap * FIXED,
            "vault: above uncovered cap",
        )


@view
@internal
def _check_unhealthy(
    _pool: ILendingVault.Pool, _loan: ILendingVault.Loan, _worth: IValue.Assessment
):
    limit: uint256 = _loan.collateral * (_worth.value * agreement.TERMS.lltv // ONE) * FIXED
    reasons._check(limit < loans._debt(_loan, _pool) * EXACT, "vault: loan is healthy")


@view
@internal
def _sold(
    _pool: ILendingVault.Pool,
    _loan: ILendingVault.Loan,
    _worth: IValue.Assessment,
    _paid: uint256,
    _seized: uint256,
) -> (uint256, uint256):
    """
    @dev What a liquidator pays and takes: at most so many satoshi, or, where that is zero, so many
         tokens; never more than the whole debt, or than there are. The discount is the borrower's to
         give: where the tokens do not bring the debt with it, it shrinks, down to a hundredth.
    """
    share: uint256 = math._ceil_div(loans._debt(_loan, _pool) * EXACT, _loan.collateral * FIXED)
    price: uint256 = max(
        _worth.price * ONE // INCENTIVE, min(_worth.price * 99 // 100, share)
    )
    reasons._check(price != 0, "vault: collateral worthless")
    whole: uint256 = loans._whole_debt(_loan, _pool)
    paid: uint256 = min(_paid, whole)
    seized: uint256 = min(_seized, _loan.collateral)
    if _paid == 0:
        paid = math._ceil_div(seized * price, EXACT)
    if _paid != 0 or whole < paid:
        paid = min(paid, whole)
        seized = paid * EXACT // price
        if _loan.collateral < seized:
            seized = _loan.collateral
            paid = math._ceil_div(seized * price, EXACT)
    return paid, seized


@internal
def _written_off(
    _borrower: address,
    _pool: ILendingVault.Pool,
    _loan: ILendingVault.Loan,
    _worth: IValue.Assessment,
    _is_kept: bool,
) -> (ILendingVault.Pool, ILendingVault.Loan, uint256):
    """
    @dev After a liquidation: write off what nothing secures any more, or what the vault has kept tokens
         for, and say how much that is, fixed.
         It counts as uncovered for ever, or an issuer could take the cap again and again.
    """
    pool: ILendingVault.Pool = _pool
    loan: ILendingVault.Loan = _loan
    debt: uint256 = loans._debt(loan, pool)
    bad: uint256 = 0
    if loan.collateral == 0 or _is_kept:
        bad = debt
        pool.scaled -= loan.scaled
        loan.scaled = 0
        self._all_uncovered += bad
    self._value_again(_borrower, debt - bad, loan.collateral * _worth.covered)
    return pool, loan, bad


@view
@internal
def _check_lost(_worth: IValue.Assessment, _debt: uint256, _redeemed: uint256):
    """
    @dev Insist, before a redemption writes off part of a debt, that waiting would not bring it.
    """
    # Whoever pays for the tokens pays more than the reserve does.
    reasons._check(
        _worth.value <= _worth.payout + _worth.streaming, "vault: worth more than redeemed"
    )
    # In a day they repay what would be lost today. Of dust that comes every day there is no end.
    forgone: uint256 = _redeemed * _worth.streaming * FIXED // EXACT
    reasons._check(forgone * 100 <= _debt, "vault: rewards still to come")
    reasons._check(not _worth.is_pending, "vault: issuer has its grace")


@internal
def _value_again(_borrower: address, _debt: uint256, _covered: uint256) -> bool:
    """
    @dev Count what of a loan its tokens do not cover, x 10^-36, and say whether that has become more.
         Not what redemption pays now: an issuer could fund the reserve, borrow, and withdraw it again.
    """
    if agreement.TERMS.uncovered_cap == UNCOUNTED:
        return False
    covered: uint256 = _covered * FIXED // EXACT
    return self._count(_borrower, max(_debt, covered) - covered)


@internal
def _count_at_most(_borrower: address, _debt: uint256):
    """
    @dev What was repaid is not uncovered any more.
    """
    if agreement.TERMS.uncovered_cap != UNCOUNTED:
        self._count(_borrower, min(self._uncovered[_borrower], _debt))


@internal
def _count(_borrower: address, _uncovered: uint256) -> bool:
    before: uint256 = self._uncovered[_borrower]
    if before != _uncovered:
        self._uncovered[_borrower] = _uncovered
        self._all_uncovered = self._all_uncovered + _uncovered - before
    return before < _uncovered
