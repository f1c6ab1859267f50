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

_states: HashMap[bytes32, uint256]  # pairs 80 | share 40 | settled 1 | open 1


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _settle(_id: bytes32, _x: int256, _share: uint256, _is_dead: bool):
    self._states[_id] |= (_share << 2) | SETTLED
    log IPairMarket.Settled(series=_id, x=_x, share=_share, is_dead=_is_dead)


@internal
def _set_pairs(_id: bytes32, _change: int256):
    state: uint256 = self._states[_id]
    pairs: int256 = convert(state >> 42, int256) + _change
    assert pairs < 2**80, "market: too many pairs"
    self._states[_id] = (convert(pairs, uint256) << 42) | (state & (2**42 - 1))


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
    @dev Move the claims of a trade, and say what it costs whom.
    """
    terms: pair.Terms = self._quote(_id, _long, _short, _amount, _price)
    self._swap(_id, _long, _short, _amount, terms)
    self._log_trade(_id, _long, _short, _digest, _amount, _price, terms)
    return terms


@internal
def _swap(_id: bytes32, _long: address, _short: address, _amount: uint256, _terms: pair.Terms):
    """
    @dev Move the claims of a trade.
    """
    long: uint256 = convert(_id, uint256)
    if _terms.long_burns != 0:
        claims._burn(_long, long | 1, _terms.long_burns)
    if _terms.short_burns != 0:
        claims._burn(_short, long, _terms.short_burns)
    if _terms.long_burns != _amount:
        claims._mint(_long, long, _amount - _terms.long_burns)
    if _terms.short_burns != _amount:
        claims._mint(_short, long | 1, _amount - _terms.short_burns)
    if _terms.pairs != 0:
        self._set_pairs(_id, _terms.pairs)


@internal
def _log_trade(
    _id: bytes32,
    _long: address,
    _short: address,
    _digest: bytes32,
    _amount: uint256,
    _price: uint256,
    _terms: pair.Terms,
):
    log IPairMarket.Traded(
        series=_id,
        long=_long,
        short=_short,
        order=_digest,
        amount=_amount,
        price=_price,
        pairs=_terms.pairs,
    )
