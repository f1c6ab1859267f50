# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Reserve behind a token
@notice   What of an issuance's reserve a token stands for: what redemption pays now, and the part of it
          that no move of the market and no act of the issuer takes away.
@dev      S tokens, a reserve of R, u = U / S owed to each and not yet credited, q what the stream still
          brings to each; `left` block-days of the term not yet accrued, `days` of them still to come.
          payout  = (1 - exit_fee) x min(R / S, u + left x unit)
          certain = (1 - exit_fee) x min(R / S, u + max(0, days - 4) x ratio x reference)
          There is no hashprice in what is certain. The issuer may withdraw what exceeds the ratio of
          the tokens' value, and that value falls with the market, but never below `reference` a day.
          All are satoshi per token x 10^18, rounded down.
@custom:security
          - `days` falls by one a day even where the index stands still. Four block-days count as
            nothing: what is certain stays below what redemption pays while somebody is on the way to
            redeem, or block-days are shorter than a day.
          - It never falls but by those days. What leaves the reserve for the stream is counted there;
            with less than a token of supply part of that is queued, and not.
          - A dead index changes nothing in it. Redemption pays all of R / S then, but only until the
            index wakes: a surplus could be lent against, and withdrawn.
"""

from ..interfaces import IBitcoinRelay
from ..interfaces import IHashpriceIndex
from ..interfaces import IHashrateToken
from ..interfaces import IValue

ONE: constant(uint256) = 10**18
EXACT: constant(uint256) = 10**36  # tokens and prices have 18 decimals each
DAY_SECONDS: constant(uint256) = 86_400
STALE_AFTER: constant(uint256) = 4 * DAY_SECONDS
LAST_DAYS: constant(uint256) = 4  # that secure nothing
STREAM_SCALE: constant(uint256) = 10**9  # the index has 27 decimals, and is of 10^-18 token

TOKEN: public(immutable(address))
INDEX: immutable(address)
RELAY: immutable(address)
FEE: immutable(uint256)  # of an exit
SECURED: immutable(uint256)  # by the reserve for a block-day to come at least, sats x EXACT


@deploy
def __init__(_token: address):
    """
    @notice Choose the issuance.
    """
    terms: IHashrateToken.Terms = staticcall IHashrateToken(_token).terms()
    TOKEN = _token
    INDEX = terms.index
    RELAY = staticcall IHashpriceIndex(terms.index).RELAY()
    FEE = terms.exit_fee
    SECURED = terms.ratio * terms.reference


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _read() -> (IHashrateToken.Backing, IHashpriceIndex.Window):
    # The token has just read the same of the index: what is in its storage is warm.
    return (
        staticcall IHashrateToken(TOKEN).backing(), staticcall IHashpriceIndex(INDEX).window()
    )


@view
@internal
def _assessed(
    _backing: IHashrateToken.Backing, _window: IHashpriceIndex.Window
) -> IValue.Assessment:
    """
    @dev A token is worth what is certain, and what streams to it.
    """
    worth: IValue.Assessment = empty(IValue.Assessment)
    worth.index = _backing.index
    worth.is_stopped = True
    if _backing.supply == 0:
        return worth
    share: uint256 = _backing.reserve * EXACT // _backing.supply
    owed: uint256 = _backing.owed // _backing.supply
    # As the token redeems: a dead index lifts cap and fee, unless hardly a token is left.
    worth.payout = min(share, owed + _backing.left * _backing.unit)
    if not _backing.dead:
        worth.payout = self._less_fee(worth.payout)
    elif ONE <= _backing.supply:
        worth.payout = share
    days: uint256 = self._days(_backing, _window)
    secured: uint256 = (max(days, LAST_DAYS) - LAST_DAYS) * SECURED // ONE
    worth.streaming = _backing.ahead * STREAM_SCALE
    worth.value = self._less_fee(min(share, owed + secured)) + worth.streaming
    worth.most = max_value(uint256)
    worth.is_stopped = (
        _backing.overdue
        or _backing.short
        or _backing.dead
        or self._is_stale(_window)
        or staticcall IBitcoinRelay(RELAY).disputed_from() != 0
    )
    worth.is_pending = (
        _backing.reserve != 0
        and _backing.reserve * EXACT < _backing.owed
        and not _backing.overdue
    )
    return worth


@view
@internal
def _less_fee(_amount: uint256) -> uint256:
    return _amount * (ONE - FEE) // ONE


@view
@internal
def _days(_backing: IHashrateToken.Backing, _window: IHashpriceIndex.Window) -> uint256:
    """
    @dev Block-days of the term still to come: one less for each day since the index closed one.
    """
    # Bitcoin's clock may be ahead.
    elapsed: uint256 = (max(block.timestamp, _window.end) - _window.end) // DAY_SECONDS
    return max(_backing.left, elapsed) - elapsed


@view
@internal
def _is_stale(_window: IHashpriceIndex.Window) -> bool:
    return _window.end + STALE_AFTER < block.timestamp
