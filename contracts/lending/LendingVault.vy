# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Lending vault
@notice   Lends bitcoin against the tokens of one issuance, whose rewards repay the debt by themselves.
          Lenders hold ERC-4626 shares; what a share is worth falls by a bad debt, and by nothing else.
@dev      Each call brings the pool up to this moment, and credits the loan that it touches; then it
          acts, and stores both; only then bitcoin and tokens move.
@custom:security
          - What comes unasked, bitcoin or tokens, moves nothing: the vault counts, it does not look.
          - It asks what the tokens are worth only where it lends, where tokens leave that secure a
            debt, and where it liquidates. Who repays, and who has no debt, can always leave; who
            lends can leave as far as there is cash.
          - Somebody must liquidate in time: `liquidate` takes tokens for money, and
            `liquidate_to_reserve` needs nobody's.
          - Above the liquidation LTV a borrower may lose its tokens for what the reserve pays, if that
            brings the debt, though they are worth more; a vault on deliveries asks for a margin.
          - Lenders carry what the tokens do not bring in a liquidation. Where a reserve pays nothing
            the vault keeps tokens for what was lost, and takes no more deposits: what comes back of
            it is of who stayed. That is less than waiting brings, if less than a quarter of what the
            tokens are promised is paid: the rest of them is the borrower's.
          - The issuer may borrow against its own tokens: read what the valuation counts.
@custom:kill   It cannot be stopped or upgraded. The guardian may stop new deposits and new loans.
"""

from ethereum.ercs import IERC4626
from snekmate.utils import math

from ..interfaces import IHashrateToken
from ..interfaces import ILendingVault
from ..interfaces import IValue
from . import agreement
from . import bitcoin
from . import erc20
from . import erc4626
from . import health
from . import interest
from . import loans
from . import pool as lenders
from . import reasons

implements: IERC4626
implements: ILendingVault

initializes: agreement
initializes: interest
initializes: bitcoin[agreement := agreement]
initializes: erc20
initializes: lenders[agreement := agreement, interest := interest]
initializes: loans[agreement := agreement, lenders := lenders]
initializes: health[agreement := agreement]
initializes: erc4626[agreement := agreement, bitcoin := bitcoin, erc20 := erc20, loans := loans]

exports: (
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.balanceOf,
    erc20.allowance,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
)
exports: (
    bitcoin.asset,
    erc4626.totalSupply,
    erc4626.totalAssets,
    erc4626.convertToShares,
    erc4626.convertToAssets,
    erc4626.deposit,
    erc4626.mint,
    erc4626.withdraw,
    erc4626.redeem,
    erc4626.previewDeposit,
    erc4626.previewMint,
    erc4626.previewWithdraw,
    erc4626.previewRedeem,
    erc4626.maxDeposit,
    erc4626.maxMint,
    erc4626.maxWithdraw,
    erc4626.maxRedeem,
)
exports: (
    agreement.terms,
    agreement.TOKEN,
    health.uncovered,
)

VERSION: public(constant(String[8])) = "0.1.0"

EXACT: constant(uint256) = 10**36  # tokens and values have 18 decimals each
FIXED: constant(uint256) = agreement.FIXED
KEPT_AT: constant(uint256) = 4  # times a debt, the price of the tokens that the vault keeps for it
LEAST_LOSS: constant(uint256) = 1_000 * FIXED  # that closes a vault, and a thousandth of its assets

authorized: public(HashMap[address, HashMap[address, bool]])


@deploy
def __init__(
    _btc: address, _name: String[64], _symbol: String[40], _terms: ILendingVault.Terms
):
    """
    @notice Open a vault. That its terms make sense is for who opens it: the registry checks.
    @param _btc      The issuance's bitcoin token.
    @param _name     Of the shares.
    @param _symbol   Of the shares.
    @param _terms    Fixed for ever.
    """
    agreement.__init__(_terms)
    interest.__init__(
        _terms.target, _terms.steepness, _terms.speed, _terms.min_rate, _terms.max_rate
    )
    bitcoin.__init__(_btc)
    erc20.__init__(_name, _symbol)
    lenders.__init__()
    health.__init__()


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def post(_amount: uint256, _borrower: address):
    """
    @notice Add the caller's tokens to what secures a loan.
    @param _amount  Tokens, 18 decimals.
    """
    reasons._check(_amount != 0, "vault: nothing to post")
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, loans._reward_index())
    loan.collateral += _amount
    self._store(_borrower, pool, loan)
    log ILendingVault.Posted(payer=msg.sender, borrower=_borrower, amount=_amount)
    bitcoin._pull_tokens(_amount)


@external
def repay(_amount: uint256, _borrower: address) -> uint256:
    """
    @notice Repay a loan, at most what it owes: whoever pays.
    @param _amount  Satoshi.
    @return Satoshi that were paid.
    """
    return self._repay(_amount, _borrower)


@external
def repay_all(_borrower: address) -> uint256:
    """
    @notice Repay all that a loan owes: whoever pays.
    @return Satoshi that were paid.
    """
    return self._repay(max_value(uint256), _borrower)


@external
def harvest(_borrower: address):
    """
    @notice Have a loan credited what its tokens have earned.
    """
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, loans._reward_index())
    self._store(_borrower, pool, loan)


@external
def liquidate(
    _borrower: address, _paid: uint256, _seized: uint256, _limit: uint256, _receiver: address
) -> (uint256, uint256):
    """
    @notice Repay a loan that is above its liquidation LTV, and take tokens for it at a discount.
    @param _paid      Satoshi to pay at most; or zero, and
    @param _seized    tokens to take at most.
    @param _limit     Tokens to get at least; or, where `_paid` is zero, satoshi to pay at most.
    @param _receiver  Of the tokens.
    @return Satoshi that were paid, and tokens that were taken.
    """
    reasons._check((_paid == 0) != (_seized == 0), "vault: debt or collateral")
    worth: IValue.Assessment = health._assessed_after_cover()
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, worth.index)
    health._check_unhealthy(pool, loan, worth)
    paid: uint256 = 0
    seized: uint256 = 0
    paid, seized = health._sold(pool, loan, worth, _paid, _seized)
    reasons._check(
        _limit <= seized if _paid != 0 else paid <= _limit, "vault: outside limit"
    )
    loan.collateral -= seized
    pool, loan = loans._repaid(pool, loan, paid * FIXED, True)
    bad: uint256 = 0
    pool, loan, bad = health._written_off(_borrower, pool, loan, worth, False)
    self._store(_borrower, pool, loan)
    log ILendingVault.Liquidated(
        borrower=_borrower, liquidator=msg.sender, paid=paid, seized=seized, bad_debt=bad
    )
    bitcoin._pull(paid)
    bitcoin._push_tokens(_receiver, seized)
    return paid, seized


@external
def liquidate_to_reserve(_borrower: address, _receiver: address) -> (uint256, uint256):
    """
    @notice Redeem the tokens of a loan that is above its liquidation LTV, as far as it takes to repay
            it. Where the reserve pays next to nothing, the vault keeps as many as are to be paid four
            times the debt, writes it off, and what they earn is the lenders'.
    @param _receiver  Of a hundredth of what the reserve pays.
    @return Tokens that were taken, and satoshi that the reserve paid.
    """
    worth: IValue.Assessment = health._assessed_after_cover()
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, worth.index)
    health._check_unhealthy(pool, loan, worth)
    debt: uint256 = loans._debt(loan, pool)
    # For dust, which anyone can put into an empty reserve, no promise is given up. As many tokens stay
    # with the vault as bring the debt if a quarter is paid of what they are promised; at all of it a
    # borrower would swap its debt for a part of them, and share each loss with the lenders.
    is_kept: bool = loan.collateral * worth.payout < max(EXACT, debt * EXACT // (FIXED * 100))
    price: uint256 = worth.price // KEPT_AT if is_kept else worth.payout * 99 // 100
    seized: uint256 = loan.collateral
    if price != 0:
        seized = min(seized, math._ceil_div(loans._whole_debt(loan, pool) * EXACT, price))
    loan.collateral -= seized
    paid: uint256 = 0
    reward: uint256 = 0
    kept: uint256 = 0
    if is_kept:
        kept = loans._keep(seized, worth.index)
    else:
        token: IHashrateToken = IHashrateToken(agreement.TERMS.token)
        earned: uint256 = staticcall token.earned(self)
        paid = extcall token.redeem(seized, 0, self)
        reward = paid // 100
        # Who redeems nearly all tokens is paid what was streaming to them: that repays, too.
        earned = staticcall token.earned(self) - earned
        pool.credited += earned
        pool, loan = loans._repaid(pool, loan, (paid - reward) * FIXED + earned, False)
    bad: uint256 = 0
    pool, loan, bad = health._written_off(_borrower, pool, loan, worth, is_kept)
    # Rewards of dust are nobody's: for it nobody closes the vault to new lenders. Of many small losses
    # each is dust: so all that is kept counts, at the debts that as much is kept for.
    lost: uint256 = max(bad, kept * price * FIXED // EXACT)
    if is_kept and max(LEAST_LOSS, lenders._assets(pool) // 1_000) <= lost:
        pool.keeps_tokens = True
    if bad != 0:
        health._check_lost(worth, debt, seized)
    self._store(_borrower, pool, loan)
    log ILendingVault.Redeemed(
        borrower=_borrower,
        liquidator=msg.sender,
        paid=paid,
        reward=reward,
        seized=seized,
        bad_debt=bad,
    )
    if reward != 0:
        bitcoin._push(_receiver, reward)
    return seized, paid


@external
def collect_fees() -> uint256:
    """
    @notice Hand the fee receiver the shares that wait for it.
    @return How many they were.
    """
    pool: ILendingVault.Pool = loans._current()
    collected: uint256 = pool.till
    pool.till = 0
    loans._store(pool)
    erc20._mint(agreement.TERMS.fee_receiver, collected)
    log ILendingVault.FeesCollected(receiver=agreement.TERMS.fee_receiver, shares=collected)
    return collected


# ╔════════════════════════════════════════════════════════════════╗
# ║                 BORROWER, OR WHOM IT AUTHORIZED                ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def borrow(_amount: uint256, _receiver: address, _borrower: address):
    """
    @notice Borrow satoshi. What the borrower has as a credit comes first.
    """
    self._check_authorized(_borrower)
    reasons._check(_amount != 0, "vault: nothing to borrow")
    # The issuer's grace runs from here, for every block-day that is closed.
    extcall IHashrateToken(agreement.TERMS.token).checkpoint()
    worth: IValue.Assessment = health._assessed()
    reasons._check(not worth.is_stopped, "vault: valuation says stop")
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, worth.index, True)
    reasons._check(not pool.loans_stopped, "vault: loans stopped")
    lent: uint256 = _amount * FIXED
    from_credit: uint256 = min(lent, loan.credit)
    loan.credit -= from_credit
    lent -= from_credit
    if lent != 0:
        pool, loan = loans._lent(pool, loan, lent)
        reasons._check(
            agreement.TERMS.min_borrow * FIXED <= loans._debt(loan, pool),
            "vault: below min borrow",
        )
        reasons._check(
            lenders._lent(pool) <= agreement.TERMS.borrow_cap * FIXED, "vault: above borrow cap"
        )
        health._check_secured(_borrower, pool, loan, worth)
    self._store(_borrower, pool, loan)
    log ILendingVault.Borrowed(borrower=_borrower, receiver=_receiver, amount=_amount)
    bitcoin._push(_receiver, _amount)


@external
def withdraw_collateral(_amount: uint256, _receiver: address, _borrower: address):
    """
    @notice Take tokens back. Without a debt no price is read.
    @param _amount  Tokens, 18 decimals.
    """
    self._check_authorized(_borrower)
    reasons._check(_amount != 0, "vault: nothing to withdraw")
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, loans._reward_index())
    reasons._check(_amount <= loan.collateral, "vault: above collateral")
    loan.collateral -= _amount
    if loan.scaled != 0:
        health._check_secured(_borrower, pool, loan, health._assessed())
    self._store(_borrower, pool, loan)
    self._release(_borrower, _receiver, _amount)


@external
def withdraw_credit(_receiver: address, _borrower: address) -> uint256:
    """
    @notice Take what rewards have brought beyond the debt.
    @return Satoshi; what is below one stays.
    """
    self._check_authorized(_borrower)
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, loans._reward_index())
    paid: uint256 = loan.credit // FIXED
    reasons._check(paid != 0, "vault: nothing to withdraw")
    loan.credit -= paid * FIXED
    self._store(_borrower, pool, loan)
    self._pay_credit(_borrower, _receiver, paid)
    return paid


@external
def close(_receiver: address, _borrower: address) -> uint256:
    """
    @notice Repay everything, and take all tokens and the credit back.
    @return Satoshi that were paid.
    """
    self._check_authorized(_borrower)
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, loans._reward_index())
    paid: uint256 = loans._whole_debt(loan, pool)
    pool, loan = loans._repaid(pool, loan, paid * FIXED, True)
    collateral: uint256 = loan.collateral
    credit: uint256 = loan.credit // FIXED
    loan.collateral = 0
    loan.credit -= credit * FIXED
    self._store(_borrower, pool, loan)
    if paid != 0:
        self._take_repayment(_borrower, paid)
    if collateral != 0:
        self._release(_borrower, _receiver, collateral)
    if credit != 0:
        self._pay_credit(_borrower, _receiver, credit)
    return paid


@external
def authorize(_operator: address, _authorized: bool):
    """
    @notice Let somebody borrow, withdraw and close on the caller's behalf, or no longer.
    """
    self.authorized[msg.sender][_operator] = _authorized
    log ILendingVault.AuthorizationSet(
        owner=msg.sender, operator=_operator, authorized=_authorized
    )


# ╔════════════════════════════════════════════════════════════════╗
# ║                            GUARDIAN                            ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def stop(_deposits: bool, _loans: bool):
    """
    @notice Stop new deposits or new loans, or let them go on.
    """
    reasons._check(msg.sender == agreement.TERMS.guardian, "vault: not the guardian")
    pool: ILendingVault.Pool = loans._current()
    pool.deposits_stopped = _deposits
    pool.loans_stopped = _loans
    loans._store(pool)
    log ILendingVault.Stopped(deposits=_deposits, loans=_loans)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def pool() -> ILendingVault.Pool:
    """
    @notice Return the lenders' side, with interest to this moment.
    """
    return loans._current()


@view
@external
def loan(_borrower: address) -> ILendingVault.Loan:
    """
    @notice Return a borrower's side, with rewards and interest to this moment. Of the vault itself:
            the tokens that it keeps; their rewards, shown as a credit, are the lenders'.
    """
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    rewarded: uint256 = 0
    pool, loan, rewarded = loans._synced(_borrower, loans._reward_index(), False)
    return loan


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _check_authorized(_borrower: address):
    reasons._check(
        msg.sender == _borrower or self.authorized[_borrower][msg.sender],
        "vault: not authorized",
    )


@internal
def _store(_borrower: address, _pool: ILendingVault.Pool, _loan: ILendingVault.Loan):
    health._count_at_most(_borrower, loans._debt(_loan, _pool))
    loans._save(_borrower, _loan)
    loans._store(_pool)


@internal
def _repay(_amount: uint256, _borrower: address) -> uint256:
    pool: ILendingVault.Pool = empty(ILendingVault.Pool)
    loan: ILendingVault.Loan = empty(ILendingVault.Loan)
    pool, loan = loans._begun(_borrower, loans._reward_index())
    paid: uint256 = min(_amount, loans._whole_debt(loan, pool))
    reasons._check(paid != 0, "vault: nothing to repay")
    pool, loan = loans._repaid(pool, loan, paid * FIXED, True)
    self._store(_borrower, pool, loan)
    self._take_repayment(_borrower, paid)
    return paid


@internal
def _take_repayment(_borrower: address, _amount: uint256):
    log ILendingVault.Repaid(payer=msg.sender, borrower=_borrower, amount=_amount)
    bitcoin._pull(_amount)


@internal
def _release(_borrower: address, _receiver: address, _amount: uint256):
    log ILendingVault.CollateralWithdrawn(borrower=_borrower, receiver=_receiver, amount=_amount)
    bitcoin._push_tokens(_receiver, _amount)


@internal
def _pay_credit(_borrower: address, _receiver: address, _amount: uint256):
    log ILendingVault.CreditWithdrawn(borrower=_borrower, receiver=_receiver, amount=_amount)
    bitcoin._push(_receiver, _amount)
