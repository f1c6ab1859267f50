# pragma version 0.4.3
# pragma optimize gas
"""
@title    Trades
@notice   How series stand, and the claims that change hands on them.
@dev      A series is one word: its longs equal its shorts until it is settled, so that one count says
          what it locks. Cash is for the contract that uses this module.
"""

from ..interfaces import IPairMarket
from . import claims
from . import pair

uses: claims

OPEN: constant(uint256) = 1
SETTLED: constant(uint256) = 2
SHARE_MASK: constant(uint256) = 2**40 - 1
PAIRS_MASK: constant(uint256) = 2**80 - 1

_states: HashMap[bytes32, uint256]  # opened at 40 | pairs 80 | share 40 | settled 1 | open 1


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _open(_id: bytes32):
    self._states[_id] = (block.timestamp << 122) | OPEN


@internal
def _settle(_id: bytes32, _x: int256, _share: uint256, _is_dead: bool):
    self._states[_id] |= (_share << 2) | SETTLED
    log IPairMarket.Settled(series=_id, x=_x, share=_share, is_dead=_is_dead)


@internal
def _set_pairs(_id: bytes32, _state: uint256, _change: int256):
    """
    @dev Of a series that stands so now. A change lies within 2^84, and never below what is open.
    """
    pairs: int256 = unsafe_add(convert((_state >> 42) & PAIRS_MASK, int256), _change)
    assert pairs < 2**80, "market: too many pairs"
    self._states[_id] = (convert(pairs, uint256) << 42) | (_state & ~(PAIRS_MASK << 42))


@view
@internal
def _quote(
    _id: bytes32, _long: address, _short: address, _amount: uint256, _price: uint256
) -> pair.Terms:
    long: uint256 = convert(_id, uint256)
    return pair._terms(
        _amount, _price, claims.balanceOf[_long][long | 1], claims.balanceOf[_short][long]
    )


@internal
def _expose(
    _id: bytes32,
    _long: address,
    _short: address,
    _amount: uint256,
    _price: uint256,
    _digest: bytes32,
) -> pair.Terms:
    """
    @dev Move the claims of a trade, count its pairs, and say what it costs whom.
    """
    terms: pair.Terms = self._quote(_id, _long, _short, _amount, _price)
    self._swap(_id, _long, _short, _digest, _amount, _price, terms)
    if terms.pairs != 0:
        self._set_pairs(_id, self._states[_id], terms.pairs)
    return terms


@internal
def _swap(
    _id: bytes32,
    _long: address,
    _short: address,
    _digest: bytes32,
    _amount: uint256,
    _price: uint256,
    _terms: pair.Terms,
):
    """
    @dev Move the claims of a trade; the pairs are for the caller to count.
    """
    long: uint256 = convert(_id, uint256)
    if _terms.long_burns != 0:
        claims._burn(_long, long | 1, _terms.long_burns)
    if _terms.short_burns != 0:
        claims._burn(_short, long, _terms.short_burns)
    if _terms.long_burns != _amount:
        claims._mint(_long, long, unsafe_sub(_amount, _terms.long_burns))
    if _terms.short_burns != _amount:
        claims._mint(_short, long | 1, unsafe_sub(_amount, _terms.short_burns))
    log IPairMarket.Traded(
        series=_id, order=_digest, long=_long, short=_short, amount=_amount, price=_price
    )
