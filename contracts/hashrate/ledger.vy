# pragma version 0.4.3
# pragma optimize gas
"""
@title    The book of an issuance
@notice   What is owed, day by day and by the index, and the reserve behind it.
@dev      A call reads the book with all closed block-days accrued, works on it, and stores it whole.
          Debts are exact: satoshi x 10^36, for tokens and net hashprices have 18 decimals each.
"""

from snekmate.utils import math

from ..interfaces import IBitcoinRelay
from ..interfaces import IHashpriceIndex
from ..interfaces import IHashrateToken
from . import pro_rata
from . import agreement

uses: pro_rata
uses: agreement

MAX_DAYS: constant(uint256) = 63  # accrued by one call: the index gives 64 readings
DAY_SECONDS: constant(uint256) = 86_400
STALE_AFTER: constant(uint256) = 4 * DAY_SECONDS
DEAD_AFTER: constant(uint256) = 30 * DAY_SECONDS
ONE: constant(uint256) = 10**18
EXACT: constant(uint256) = 10**36  # parts of a satoshi in which debts are kept

_MASK_24: constant(uint256) = 2**24 - 1
_MASK_40: constant(uint256) = 2**40 - 1
_MASK_64: constant(uint256) = 2**64 - 1
_MASK_192: constant(uint256) = 2**192 - 1


# What a call works on: storage, with all closed days accrued.
struct Book:
    day: uint256  # next block-day to accrue
    since: uint256  # when the debt left zero
    owed: uint256  # U, satoshi x EXACT
    due: uint256  # what ever fell due, satoshi x EXACT
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
_funds: uint256  # due 192 | reserve 64
_covered: uint256  # paid by the reserve instead of the issuer, satoshi x EXACT


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
    book.due = funds >> 64
    book.reserve = funds & _MASK_64
    book.supply = pro_rata._supply()
    return book


@internal
def _store(_book: Book):
    since: uint256 = 0
    if _book.owed != 0:
        since = _book.since if _book.since != 0 else block.timestamp
    assert _book.reserve <= _MASK_64, "token: reserve too large"
    assert _book.owed <= _MASK_192 and _book.due <= _MASK_192, "token: debt too large"
    self._debt = (_book.owed << 64) | (since << 24) | _book.day
    self._funds = (_book.due << 64) | _book.reserve


@view
@internal
def _current() -> Book:
    """
    @dev The book with the closed block-days accrued, as far as one call can.
    """
    book: Book = self._stored()
    window: IHashpriceIndex.Window = staticcall IHashpriceIndex(agreement.TERMS.index).window()
    closed: uint256 = min(window.day + 1, agreement.TERMS.last)
    if book.day < closed:
        book.days = min(closed - book.day, MAX_DAYS)
        book = self._with_days(book)
        book.is_behind = book.day < closed
    book.left = agreement.TERMS.last - book.day
    book.unit = max(agreement.TERMS.reference, max(agreement._net(window.last), agreement._net(window.mean14)))
    book.index_end = window.end
    return book


@view
@internal
def _with_days(_book: Book) -> Book:
    """
    @dev Each day on its own: losses of one are not set off against another.
    """
    book: Book = _book
    readings: DynArray[IHashpriceIndex.Reading, 64] = staticcall IHashpriceIndex(agreement.TERMS.index).readings(
        book.day - 1, book.days + 1
    )
    before: IHashpriceIndex.Reading = readings[0]
    for i: uint256 in range(book.days, bound=MAX_DAYS):
        after: IHashpriceIndex.Reading = readings[i + 1]
        gross: uint256 = (after.earned - before.earned) * (ONE - agreement.TERMS.fee) * DAY_SECONDS
        cost: uint256 = agreement.TERMS.cost * (after.end - before.end) * ONE
        if gross <= cost:
            book.unprofitable |= 1 << i
        else:
            book.per_token += (gross - cost) // (ONE * DAY_SECONDS)
        before = after
    added: uint256 = book.supply * book.per_token
    if book.owed == 0 and added != 0:
        book.since = block.timestamp
    book.owed += added
    book.due += added
    book.day += book.days
    return book


@internal
def _accrued() -> Book:
    """
    @dev The same with its events; to be stored.
    """
    book: Book = self._current()
    if book.days != 0:
        first: uint256 = book.day - book.days
        log IHashrateToken.Accrued(
            day=first, days=book.days, per_token=book.per_token, owed=book.owed
        )
        if book.unprofitable != 0:
            for i: uint256 in range(book.days, bound=MAX_DAYS):
                if (book.unprofitable >> i) & 1 == 1:
                    log IHashrateToken.Unprofitable(day=first + i)
    return book


@view
@internal
def _checked(_book: Book) -> Book:
    assert not _book.is_behind, "token: accrue first"
    return _book


@internal
def _up_to_date() -> Book:
    return self._checked(self._accrued())


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
    return _book.owed != 0 and _book.since + agreement.TERMS.grace < block.timestamp


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
def _check_fresh(_book: Book):
    assert block.timestamp <= _book.index_end + STALE_AFTER, "token: index stale"
    relay: address = staticcall IHashpriceIndex(agreement.TERMS.index).RELAY()
    assert staticcall IBitcoinRelay(relay).disputed_from() == 0, "token: index disputed"
