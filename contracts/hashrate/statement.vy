# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Statement of an issuance
@notice   How an issuance stands, with all closed block-days counted as the next call would count
          them. Where those are too many for one call, every view says so: accrue first.
"""

from ..interfaces import IHashpriceIndex
from ..interfaces import IHashrateToken
from . import agreement
from . import ledger
from . import pro_rata

uses: agreement
uses: ledger
uses: pro_rata

# Statuses; the highest that applies, and of the first two RUNNING where nothing is for sale.
SELLING: constant(uint256) = 0  # more tokens may come
RUNNING: constant(uint256) = 1
SHORTFALL: constant(uint256) = 2  # coverage is below the reserve ratio
MATURED: constant(uint256) = 3  # the term is over, and everything was paid
OVERDUE: constant(uint256) = 4  # a debt is older than the grace
IN_DEFAULT: constant(uint256) = 5  # likewise, and the reserve is empty
LAST_DAYS: constant(uint256) = 4  # of the term, not sold
ONE: constant(uint256) = 10**18


@view
@external
def status() -> uint256:
    """
    @notice Return 0 SELLING, 1 RUNNING, 2 SHORTFALL, 3 MATURED, 4 OVERDUE or 5 DEFAULT.
    """
    book: ledger.Book = ledger._checked(ledger._valued())
    if ledger._is_overdue(book):
        return IN_DEFAULT if book.reserve == 0 else OVERDUE
    if book.left == 0 and book.owed < ledger.EXACT:
        return MATURED
    if ledger._is_short(book):
        return SHORTFALL
    is_open: bool = book.left > LAST_DAYS and book.supply < agreement._capacity()
    return SELLING if is_open else RUNNING


@view
@external
def backing() -> IHashrateToken.Backing:
    """
    @notice Return what stands behind the tokens, as a lender sees it.
    """
    window: IHashpriceIndex.Window = staticcall IHashpriceIndex(agreement.TERMS.index).window()
    book: ledger.Book = ledger._checked(ledger._valued_by(window))
    packed: uint256 = pro_rata._stream
    return IHashrateToken.Backing(
        index=pro_rata._index(packed),
        ahead=pro_rata._left(packed),
        reserve=book.reserve,
        supply=book.supply,
        owed=book.owed,
        day=book.day,
        left=book.left,
        unit=book.unit,
        overdue=ledger._is_overdue(book),
        short=ledger._is_short(book),
        dead=ledger._is_dead(book),
        window=window,
    )


@view
@external
def value() -> uint256:
    """
    @notice Return the value of a token: the block-days that are left, at the unit. Satoshi x 10^18.
    """
    book: ledger.Book = ledger._checked(ledger._valued())
    return book.left * book.unit


@view
@external
def coverage() -> uint256:
    """
    @notice Return which part of the tokens' value the reserve holds beyond what is owed, x 10^18;
            2^256 - 1 where they have no value.
    """
    book: ledger.Book = ledger._checked(ledger._valued())
    total: uint256 = book.supply * book.left * book.unit
    return ledger._free(book) * ONE // total if total != 0 else max_value(uint256)


@view
@external
def owed() -> uint256:
    """
    @notice Return what is owed and not yet credited, satoshi x 10^36.
    """
    return ledger._checked(ledger._current()).owed


@view
@external
def due() -> uint256:
    """
    @notice Return what has ever fallen due and was not redeemed, satoshi x 10^18.
    """
    return ledger._checked(ledger._current()).due


@view
@external
def delivered() -> uint256:
    """
    @notice Return what of it was delivered, satoshi x 10^18: neither gifts nor what the reserve paid.
    """
    book: ledger.Book = ledger._checked(ledger._current())
    return book.due - min(book.owed // ONE + book.covered * ONE, book.due)


@view
@external
def next_day() -> uint256:
    """
    @notice Return the block-day that will be accrued next.
    """
    return ledger._stored().day


@view
@external
def unpaid_since() -> uint256:
    """
    @notice Return since when a satoshi or more is owed, unix seconds; zero where less is.
    """
    return ledger._checked(ledger._current()).since


@view
@external
def reserve() -> uint256:
    """
    @notice Return the reserve, satoshi.
    """
    return ledger._funds & ledger._MASK_64
