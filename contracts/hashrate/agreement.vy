# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Terms of an issuance
@notice   What is fixed for ever when an issuance opens, and what its issuer offers meanwhile.
"""

from ..interfaces import IHashrateToken

ONE: constant(uint256) = 10**18
MAX_PRICE: constant(uint256) = 10**9 * ONE  # sats per TH/s per block-day, x 10^18
MAX_CAPACITY: constant(uint256) = 10**8 * ONE  # tokens: 100 EH/s

_MASK_128: constant(uint256) = 2**128 - 1

TERMS: immutable(IHashrateToken.Terms)

_sale: uint256  # price 128 | capacity 128


@deploy
def __init__(_terms: IHashrateToken.Terms, _offered: IHashrateToken.Sale):
    """
    @notice Agree on terms, and begin with an offer.
    """
    TERMS = _terms
    self._set_sale(_offered.price, _offered.capacity)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def terms() -> IHashrateToken.Terms:
    """
    @notice Return what was fixed when the issuance opened.
    """
    return TERMS


@view
@external
def sale() -> IHashrateToken.Sale:
    """
    @notice Return the price and the capacity.
    """
    return IHashrateToken.Sale(price=self._price(), capacity=self._capacity())


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _net(_hashprice: uint256) -> uint256:
    """
    @dev What a day at this hashprice owes a token, sats x 10^18.
    """
    gross: uint256 = _hashprice * (ONE - TERMS.fee) // ONE
    return max(gross, TERMS.cost) - TERMS.cost


@view
@internal
def _price() -> uint256:
    return self._sale >> 128


@view
@internal
def _capacity() -> uint256:
    return self._sale & _MASK_128


@internal
def _set_sale(_price: uint256, _capacity: uint256):
    assert _price <= MAX_PRICE, "token: price too large"
    assert _capacity <= MAX_CAPACITY, "token: capacity too large"
    self._sale = (_price << 128) | _capacity
    log IHashrateToken.SaleChanged(price=_price, capacity=_capacity)
