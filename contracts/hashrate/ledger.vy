# pragma version 0.4.3
# pragma optimize gas
"""
@title    The book of an issuance
@notice   What is owed, day by day and by the index, and the reserve behind it.
@dev      A call that depends on the index reads the book with all closed block-days accrued, works on
          it, and stores it whole.
          Debts are exact: satoshi x 10^36, for tokens and net hashprices have 18 decimals each.
"""

from snekmate.utils import math

from ..interfaces import IHashpriceIndex
from ..interfaces import IHashrateToken
from . import pro_rata
from . import agreement

uses: pro_rata
uses: agreement

MAX_DAYS: constant(uint256) = 64  # accrued by one call
DEAD_AFTER: constant(uint256) = 30 * 86_400
ONE: constant(uint256) = 10**18
EXACT: constant(uint256) = 10**36  # parts of a satoshi in which debts are kept

_MASK_24: constant(uint256) = 2**24 - 1
_MASK_40: constant(uint256) = 2**40 - 1
_MASK_64: constant(uint256) = 2**64 - 1
_MASK_192: constant(uint256) = 2**192 - 1


# What a call works on: storage, with all closed days accrued.
struct Book:
    day: uint256  # next block-day to accrue
    since: uint256  # when the debt reached a satoshi; zero while it is less
    owed: uint256  # U, satoshi x EXACT
    due: uint256  # what ever fell due, satoshi x ONE
    covered: uint256  # of it the reserve paid, satoshi
    reserve: uint256  # R, satoshi
    supply: uint256  # S
    days: uint256  # accrued just now
    per_token: uint256  # by them, sats x ONE
    unprofitable: uint256  # bit i: the i-th of them owes nothing
    is_behind: bool  # there are more
    left: uint256  # block-days of the term not yet accrued
    unit: uint256
    index_end: uint256  # of the newest closed block-day


_debt: uint256  # owed 192 | since 40 | day 24
_funds: uint256  # due 128 | covered 64 | reserve 64


@deploy
def __init__():
    """
    @notice Begin with the term's first block-day.
    """
    self._debt = agreement.TERMS.first


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _stored() -> Book:
    """
    @dev The book as it is in storage; nothing of the index.
    """
    debt: uint256 = self._debt
    funds: uint256 = self._funds
    book: Book = empty(Book)
    book.owed = debt >> 64
    book.since = (debt >> 24) & _MASK_40
    book.day = debt & _MASK_24
    book.due = funds >> 128
    book.covered = (funds >> 64) & _MASK_64
    book.reserve = funds & _MASK_64
    book.supply = pro_rata._supply()
    return book


@internal
def _store(_book: Book):
    assert _book.reserve <= _MASK_64, "token: reserve too large"
    # Covered is no more than the reserve ever held; what is due fits by far.
    assert _book.owed <= _MASK_192, "token: debt too large"
    since: uint256 = 0
    if EXACT <= _book.owed:
        since = _book.since if _book.since != 0 else block.timestamp
    self._debt = (_book.owed << 64) | (since << 24) | _book.day
    self._funds = (_book.due << 128) | (_book.covered << 64) | _book.reserve


@view
@internal
def _owed() -> uint256:
    return self._debt >> 64


@internal
def _credit(_paid: uint256) -> uint256:
    """
    @dev Count a delivery, satoshi x EXACT. Return what is still owed.
    """
    debt: uint256 = self._debt
    owed: uint256 = debt >> 64
    if owed <= _paid:
        self._debt = debt & _MASK_24
        return 0
    owed = unsafe_sub(owed, _paid)
    # A part of a satoshi, which nobody can pay, does not make the next debt an old one.
    self._debt = unsafe_sub(debt, _paid << 64) if EXACT <= owed else (owed << 64) | (debt & _MASK_24)
    return owed


@internal
def _fund(_amount: uint256) -> uint256:
    """
    @dev Add satoshi to the reserve, and return what it is.
    """
    funds: uint256 = self._funds
    assert _amount <= _MASK_64 - (funds & _MASK_64), "token: reserve too large"
    self._funds = funds + _amount
    return (funds + _amount) & _MASK_64


@view
@internal
def _current() -> Book:
    """
    @dev The book with the closed block-days accrued, as far as one call can; nothing that has to do
         with value.
    """
    return self._with_days(staticcall IHashpriceIndex(agreement.TERMS.index).closed())


@view
@internal
def _valued() -> Book:
    return self._valued_by(staticcall IHashpriceIndex(agreement.TERMS.index).window())


@view
@internal
def _valued_by(_window: IHashpriceIndex.Window) -> Book:
    # The same, with what tokens are valued by.
    book: Book = self._with_days(_window.day)
    net: uint256 = max(agreement._net(_window.last), agreement._net(_window.mean14))
    book.unit = max(agreement.TERMS.reference, net)
    book.index_end = _window.end
    return book


@view
@internal
def _with_days(_closed: uint256) -> Book:
    """
    @dev Each day on its own: losses of one are not set off against another.
    """
    book: Book = self._stored()
    end: uint256 = min(_closed + 1, agreement.TERMS.last)
    if book.day < end:
        index: IHashpriceIndex = IHashpriceIndex(agreement.TERMS.index)
        book.days = min(end - book.day, MAX_DAYS)
        book.per_token, book.unprofitable = staticcall index.net_earned(
            book.day, book.days, agreement.TERMS.fee, agreement.TERMS.cost
        )
        added: uint256 = book.supply * book.per_token
        book.owed += added
        if book.since == 0 and EXACT <= book.owed:
            book.since = block.timestamp
        book.due += added // ONE
        book.day += book.days
        book.is_behind = book.day < end
    book.left = agreement.TERMS.last - book.day
    return book


@view
@internal
def _checked(_book: Book) -> Book:
    """
    @dev Insist that no closed day is missing.
    """
    assert not _book.is_behind, "token: accrue first"
    return _book


@internal
def _log_accrued(_book: Book):
    if _book.days == 0:
        return
    first: uint256 = _book.day - _book.days
    log IHashrateToken.Accrued(
        day=first, days=_book.days, per_token=_book.per_token, owed=_book.owed
    )
    if _book.unprofitable != 0:
        for i: uint256 in range(_book.days, bound=MAX_DAYS):
            if (_book.unprofitable >> i) & 1 == 1:
                log IHashrateToken.Unprofitable(day=first + i)


@view
@internal
def _required(_book: Book) -> uint256:
    """
    @dev What the reserve must hold for each token, beyond what is owed: satoshi x 10^18, rounded up.
    """
    return math._ceil_div(agreement.TERMS.ratio * _book.left * _book.unit, ONE)


@pure
@internal
def _free(_book: Book) -> uint256:
    """
    @dev What the reserve holds beyond what is owed, satoshi x EXACT.
    """
    return max(_book.reserve * EXACT, _book.owed) - _book.owed


@view
@internal
def _is_overdue(_book: Book) -> bool:
    return EXACT <= _book.owed and _book.since + agreement.TERMS.grace < block.timestamp


@view
@internal
def _is_short(_book: Book) -> bool:
    return self._free(_book) < _book.supply * self._required(_book)


@view
@internal
def _is_dead(_book: Book) -> bool:
    return _book.left != 0 and _book.index_end + DEAD_AFTER < block.timestamp


@view
@internal
def _is_deserted(_book: Book) -> bool:
    """
    @dev The index is dead, and hardly a token is left: dust must not hold the whole reserve.
    """
    return _book.supply < ONE and self._is_dead(_book)
