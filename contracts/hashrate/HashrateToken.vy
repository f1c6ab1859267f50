# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Hashrate token
@notice   One token is one TH/s of one issuance. Whoever holds it is paid, in bitcoin and to the
          satoshi, what 1 TH/s earns by the index, net of a stated cost, for as long as the term runs. A
          reserve stands behind the issuer's promise.
@dev      S tokens, a reserve of R, U owed and not yet credited, u = U / S; `left` block-days of the term
          not yet accrued.
          net(h) = max(0, h (1 - fee) - cost)
          unit   = max(reference, net(last hashprice), net(mean of the last 14))
          V      = left x unit, the value of one token: coverage, mint, redeem and withdraw use this
                   one value.
          coverage = max(0, R - U) / (S V)
          Every call that depends on these accrues first, and views and previews count what the next
          call would accrue. Each division says which way it rounds: against whoever calls.
@custom:security
          Anyone may call everything but what stands under ISSUER.
          - From `grace` after a debt arose anyone has the reserve pay it, and sale and withdrawal
            stop. What the reserve does not cover is the issuer's credit.
          - It can withdraw what exceeds the ratio, by a value that `reference` keeps from falling to
            zero on one unprofitable day. A small `reference` is a small promise: read the terms.
          - It can sell no known days: not while the index is more than four days behind, nor in the
            last four days. Nobody earns by coming just before a delivery: it streams over a day.
          - Somebody must deliver; and accrue, for the grace counts from when a debt was accrued.
          - What has not vested stays with those who stay: whoever redeems while much is streaming
            leaves it to them, also to one who came a moment before.
          - Less than one token of supply counts as one against a buyer, or dust could stop the sale;
            and no token as one, or who buys first at a discount takes what the issuer put in before.
          - Should the index stand still for 30 days of the term, redemption pays R / S, free; to
            less than one token in all no more than its value, and the issuer may take the rest.
@custom:kill   It cannot be stopped, paused or upgraded.
"""

from ethereum.ercs import IERC20
from snekmate.auth import ownable
from snekmate.auth import ownable_2step
from snekmate.utils import eip712_domain_separator as eip712
from snekmate.utils import math

from ..interfaces import IBitcoinRelay
from ..interfaces import IFeed
from ..interfaces import IHashpriceIndex
from ..interfaces import IHashrateToken
from . import bitcoin
from . import ledger
from . import erc20
from . import pro_rata
from . import statement
from . import payouts
from . import agreement

implements: IHashrateToken

initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: eip712
initializes: agreement
initializes: pro_rata
initializes: payouts[pro_rata := pro_rata]
initializes: ledger[pro_rata := pro_rata, agreement := agreement]
initializes: statement[agreement := agreement, ledger := ledger, pro_rata := pro_rata]
initializes: bitcoin[agreement := agreement]
initializes: erc20[eip712 := eip712, pro_rata := pro_rata]

exports: (
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
    erc20.allowance,
    erc20.permit,
    erc20.nonces,
    erc20.DOMAIN_SEPARATOR,
    erc20.supportsInterface,
    eip712.eip712Domain,
)
exports: (
    pro_rata.index,
    pro_rata.stream,
    pro_rata.earned,
)
exports: (
    payouts.claimed,
    payouts.claimable,
    payouts.beneficiary,
)
exports: (
    agreement.terms,
    agreement.sale,
    statement.status,
    statement.backing,
    statement.value,
    statement.coverage,
    statement.owed,
    statement.due,
    statement.delivered,
    statement.next_day,
    statement.unpaid_since,
    statement.reserve,
)
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)

VERSION: public(constant(String[8])) = "0.1.0"

MAX_ACCOUNTS: constant(uint256) = 64
ATTESTED_FOR: constant(uint256) = 7 * 86_400
STALE_AFTER: constant(uint256) = 4 * 86_400
ONE: constant(uint256) = 10**18
EXACT: constant(uint256) = 10**36

_MASK_64: constant(uint256) = 2**64 - 1


@deploy
def __init__(
    _name: String[50],
    _symbol: String[32],
    _issuer: address,
    _terms: IHashrateToken.Terms,
    _sale: IHashrateToken.Sale,
):
    """
    @notice Open an issuance.
    @param _name    Of the token.
    @param _symbol  Of the token.
    @param _issuer  Who sells, sets price and capacity, and withdraws what the reserve need not hold.
    @param _terms   Fixed for ever.
    @param _sale    To begin with.
    """
    ownable.__init__()
    ownable_2step.__init__()
    ownable_2step._transfer_ownership(_issuer)
    eip712.__init__(_name, "1")
    erc20.__init__(_name, _symbol)
    agreement.__init__(_terms, _sale)
    ledger.__init__()


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def accrue() -> uint256:
    """
    @notice Add what the block-days that closed since owe, at most 64 of them, to the debt.
    @return How many they were.
    """
    book: ledger.Book = ledger._current()
    ledger._log_accrued(book)
    ledger._store(book)
    return book.days


@external
def checkpoint():
    """
    @notice Accrue every closed block-day of the term, so that `backing` and what others compute from
            it stand still within this block.
    @custom:reverts  Where more than 64 are due: accrue them first.
    """
    ledger._store(self._logged(ledger._current()))


@external
def mint(_amount: uint256, _max_cost: uint256, _receiver: address) -> uint256:
    """
    @notice Buy new tokens. The price is of the block-days that are left; what the tokens are owed
            already, or by the stream, is paid in.
    @param _amount    Tokens, 18 decimals.
    @param _max_cost  Satoshi that the caller is ready to pay.
    @param _receiver  Of the tokens.
    @return Satoshi that were paid.
    """
    return self._mint(_amount, _max_cost, _receiver)


@external
def mint_with_permit(
    _amount: uint256,
    _max_cost: uint256,
    _receiver: address,
    _deadline: uint256,
    _v: uint8,
    _r: bytes32,
    _s: bytes32,
) -> uint256:
    """
    @notice Mint with an allowance of `_max_cost` that the caller signed for the bitcoin token.
    """
    bitcoin._permit(_max_cost, _deadline, _v, _r, _s)
    return self._mint(_amount, _max_cost, _receiver)


@external
def deliver(_amount: uint256) -> uint256:
    """
    @notice Pay holders, over a day. As much as is owed is credited; what exceeds it is a gift, which
            reduces no later debt.
    @param _amount  Satoshi; 2^256 - 1 for what is owed, by the days that were accrued: who means to
                    pay a debt says that, for it may fall before the call is mined.
    @return Satoshi that were paid.
    """
    return self._deliver(_amount)


@external
def deliver_with_permit(
    _amount: uint256, _permitted: uint256, _deadline: uint256, _v: uint8, _r: bytes32, _s: bytes32
) -> uint256:
    """
    @notice Deliver with an allowance of `_permitted` that the caller signed for the bitcoin token.
    """
    bitcoin._permit(_permitted, _deadline, _v, _r, _s)
    return self._deliver(_amount)


@external
def claim(_account: address) -> uint256:
    """
    @notice Pay an account, or its beneficiary, what it has earned. Anyone may ask.
    @return Satoshi that were paid, maybe none.
    """
    return self._claim(_account)


@external
def claim_many(_accounts: DynArray[address, MAX_ACCOUNTS]):
    """
    @notice Claim for many accounts. Where one of them cannot be paid, leave it out.
    """
    for account: address in _accounts:
        self._claim(account)


@external
def cover() -> uint256:
    """
    @notice Have the reserve pay what the issuer has left unpaid for longer than the grace.
    @return Satoshi that moved from the reserve to the stream.
    """
    book: ledger.Book = self._logged(ledger._current())
    assert ledger._is_overdue(book), "token: not overdue"
    amount: uint256 = min(math._ceil_div(book.owed, EXACT), book.reserve)
    assert amount != 0, "token: reserve is empty"
    book.reserve -= amount
    book.covered += amount
    book.owed -= min(amount * EXACT, book.owed)
    ledger._store(book)
    pro_rata._distribute(amount)
    log IHashrateToken.Covered(amount=amount, reserve=book.reserve, owed=book.owed)
    return amount


@external
def fund_reserve(_amount: uint256):
    """
    @notice Add satoshi to the reserve.
    """
    assert _amount != 0, "token: nothing to fund"
    log IHashrateToken.ReserveFunded(
        payer=msg.sender, amount=_amount, reserve=ledger._fund(_amount)
    )
    bitcoin._pull(_amount)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             HOLDER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def redeem(_amount: uint256, _min_paid: uint256, _receiver: address) -> uint256:
    """
    @notice Give tokens back for their part of the reserve, at most what they are owed and worth, less
            the exit fee. What they have earned stays the holder's; what the stream would still have
            paid them stays with the other holders.
    @param _amount    Tokens, 18 decimals.
    @param _min_paid  Satoshi that the caller wants at least.
    @param _receiver  Of the satoshi.
    @return Satoshi that were paid.
    """
    book: ledger.Book = self._logged(ledger._valued())
    paid: uint256 = self._redemption(book, _amount)
    assert _min_paid <= paid, "token: under min paid"
    erc20._check_receiver(_receiver)
    burnt: uint256 = _amount * book.owed // book.supply
    book.owed -= burnt
    book.due -= min(burnt // ONE, book.due)
    book.reserve -= paid
    ledger._store(book)
    erc20._burn(msg.sender, _amount)
    log IHashrateToken.Redeemed(holder=msg.sender, receiver=_receiver, amount=_amount, paid=paid)
    bitcoin._push(_receiver, paid)
    return paid


@external
def set_beneficiary(_beneficiary: address):
    """
    @notice Name who receives what the caller earns; zero for the caller itself.
    """
    assert _beneficiary != self, "token: receiver cannot receive"
    payouts._set_beneficiary(msg.sender, _beneficiary)
    log IHashrateToken.BeneficiarySet(account=msg.sender, beneficiary=_beneficiary)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             ISSUER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def withdraw_reserve(_amount: uint256):
    """
    @notice Take out of the reserve what it need not hold: with everything owed paid, the ratio of the
            tokens' value stays. With no token left, everything, and what no holder was there to get.
    @param _amount  Satoshi.
    """
    ownable._check_owner()
    assert _amount != 0, "token: nothing to withdraw"
    book: ledger.Book = self._logged(ledger._valued())
    required: uint256 = ledger._required(book)
    if book.supply == 0:
        book.reserve += pro_rata._drain()
    else:
        assert not ledger._is_overdue(book), "token: overdue"
        if ledger._is_deserted(book):
            required = book.left * book.unit
        elif book.left != 0:  # else no block-day counts any more
            self._check_fresh(book)
    needed: uint256 = math._ceil_div(book.owed, EXACT) + math._ceil_div(
        book.supply * required, EXACT
    )
    assert (
        needed <= book.reserve and _amount <= book.reserve - needed
    ), "token: reserve needed"
    book.reserve -= _amount
    ledger._store(book)
    log IHashrateToken.ReserveWithdrawn(amount=_amount, reserve=book.reserve)
    bitcoin._push(msg.sender, _amount)


@external
def set_sale(_price: uint256, _capacity: uint256):
    """
    @notice Change the price and the capacity.
    @param _price     Sats per TH/s per block-day, x 10^18.
    @param _capacity  Tokens that may exist, 18 decimals.
    """
    ownable._check_owner()
    agreement._set_sale(_price, _capacity)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def preview_mint(_amount: uint256) -> IHashrateToken.MintQuote:
    """
    @notice Return what minting would cost now, or revert as it would.
    """
    return self._quote(ledger._checked(ledger._valued()), _amount)


@view
@external
def preview_redeem(_amount: uint256) -> uint256:
    """
    @notice Return what redeeming would pay now, satoshi, or revert as it would.
    """
    return self._redemption(ledger._checked(ledger._valued()), _amount)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _logged(_book: ledger.Book) -> ledger.Book:
    """
    @dev A book without a closed day missing, what it accrued being logged; to be stored.
    """
    book: ledger.Book = ledger._checked(_book)
    ledger._log_accrued(book)
    return book


@view
@internal
def _check_fresh(_book: ledger.Book):
    assert block.timestamp <= _book.index_end + STALE_AFTER, "token: index stale"
    relay: address = staticcall IHashpriceIndex(agreement.TERMS.index).RELAY()
    assert staticcall IBitcoinRelay(relay).disputed_from() == 0, "token: index disputed"


@view
@internal
def _quote(_book: ledger.Book, _amount: uint256) -> IHashrateToken.MintQuote:
    """
    @dev What minting costs. Everything that the buyer pays is rounded up.
    """
    assert _amount != 0, "token: nothing to mint"
    assert _book.left > statement.LAST_DAYS, "token: term nearly over"
    if ledger._is_overdue(_book):
        assert _book.reserve != 0, "token: in default"
        raise "token: overdue"
    self._check_fresh(_book)
    assert _book.unit != 0, "token: unit is zero"
    required: uint256 = ledger._required(_book)
    assert not ledger._is_short(_book), "token: coverage below ratio"
    room: uint256 = max(agreement._capacity(), _book.supply) - _book.supply
    assert _amount <= room, "token: above capacity"
    if agreement.TERMS.feed != empty(address):
        attested: int256 = 0
        at: uint256 = 0
        attested, at = staticcall IFeed(agreement.TERMS.feed).latest(agreement.TERMS.feed_id)
        assert block.timestamp <= at + ATTESTED_FOR, "token: attestation stale"
        assert convert(_book.supply + _amount, int256) <= attested, "token: above attested"

    value: uint256 = _book.left * _book.unit
    free: uint256 = math._ceil_div(ledger._free(_book), max(_book.supply, ONE))
    share: uint256 = math._ceil_div(_amount * max(required, min(value, free)), EXACT)
    owed: uint256 = math._ceil_div(self._owed_to(_book, _amount), EXACT)
    price: uint256 = math._ceil_div(_amount * agreement._price() * _book.left, EXACT)
    assert share <= price, "token: price below reserve"
    entry: uint256 = pro_rata._entry(_amount)
    return IHashrateToken.MintQuote(
        cost=price + owed + entry,
        to_reserve=share + owed,
        to_stream=entry,
        to_issuer=price - share,
    )


@view
@internal
def _owed_to(_book: ledger.Book, _amount: uint256) -> uint256:
    """
    @dev What new tokens are owed like all others, satoshi x EXACT, rounded up.
    """
    if _book.supply == 0:
        return 0
    return math._ceil_div(_amount * _book.owed, _book.supply)


@internal
def _mint(_amount: uint256, _max_cost: uint256, _receiver: address) -> uint256:
    book: ledger.Book = self._logged(ledger._valued())
    quote: IHashrateToken.MintQuote = self._quote(book, _amount)
    assert quote.cost <= _max_cost, "token: over max cost"
    owed: uint256 = self._owed_to(book, _amount)
    book.owed += owed
    book.due += owed // ONE
    book.reserve += quote.to_reserve
    ledger._store(book)
    erc20._mint(_receiver, _amount)
    log IHashrateToken.Minted(
        buyer=msg.sender,
        receiver=_receiver,
        amount=_amount,
        cost=quote.cost,
        to_reserve=quote.to_reserve,
        to_stream=quote.to_stream,
    )
    bitcoin._pull(quote.to_reserve + quote.to_stream)
    if quote.to_issuer != 0:
        assert extcall IERC20(agreement.TERMS.btc).transferFrom(
            msg.sender, ownable.owner, quote.to_issuer, default_return_value=True
        ), "token: bitcoin transfer failed"
    return quote.cost


@view
@internal
def _redemption(_book: ledger.Book, _amount: uint256) -> uint256:
    """
    @dev What redeeming pays, rounded down: the tokens' part of the reserve, or of what they are owed and
         worth, whichever is less; so that for those who stay neither falls.
    """
    assert _amount <= _book.supply, "token: above supply"
    total: uint256 = _book.reserve * EXACT
    is_dead: bool = ledger._is_dead(_book)
    if not is_dead or ledger._is_deserted(_book):
        total = min(total, _book.owed + _book.supply * _book.left * _book.unit)
    share: uint256 = ONE if is_dead else ONE - agreement.TERMS.exit_fee
    paid: uint256 = 0
    if _book.supply != 0:
        paid = _amount * total // _book.supply * share // (EXACT * ONE)
    assert paid != 0, "token: nothing to redeem"
    return paid


@internal
def _deliver(_amount: uint256) -> uint256:
    amount: uint256 = _amount
    if amount == max_value(uint256):
        amount = math._ceil_div(ledger._owed(), EXACT)
    assert amount != 0, "token: nothing to deliver"
    assert amount <= _MASK_64, "token: amount too large"
    owed: uint256 = ledger._credit(unsafe_mul(amount, EXACT))
    pro_rata._distribute(amount)
    log IHashrateToken.Delivered(payer=msg.sender, amount=amount, owed=owed)
    bitcoin._pull(amount)
    return amount


@internal
def _claim(_account: address) -> uint256:
    amount: uint256 = 0
    receiver: address = empty(address)
    amount, receiver = payouts._pay_out(_account)
    if amount != 0:
        log IHashrateToken.Claimed(account=_account, receiver=receiver, amount=amount)
        bitcoin._push(receiver, amount)
    return amount
