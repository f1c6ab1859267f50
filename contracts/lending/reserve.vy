# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Reserve behind a token
@notice   What of an issuance's reserve a token stands for: what redemption pays now, and what no move of
          the market and no act of the issuer takes away.
@dev      S tokens, a reserve of R, u = U / S owed to each and not yet credited, q what the stream still
          brings to each; `left` block-days of the term not yet accrued, `days` of them still to come.
          payout  = (1 - exit_fee) x min(R / S, u + left x unit)
          covered = (1 - exit_fee) x min(R / S, u + max(0, days - 4) x ratio x reference) + q
          There is no hashprice in what is covered. The issuer may withdraw what exceeds the ratio of
          the tokens' value; that falls with the market, but never below `reference` a day.
          All are satoshi per token x 10^18, rounded down.
@custom:security
          - `days` falls by one a day even where the index stands still. Four block-days count as
            nothing: the rest is there while somebody is on the way to redeem, and where block-days
            are shorter than a day.
          - What is covered falls by those days, by what of q is credited, and by nothing else. What
            leaves the reserve for the stream is counted there; with less than a token of supply a
            part of that is queued, and not.
          - A dead index changes nothing in it. All of R / S is paid then, but only until the index
            wakes: a surplus could be lent against, and withdrawn.
"""

from ..interfaces import IHashrateToken
from ..interfaces import IValue

ONE: constant(uint256) = 10**18
EXACT: constant(uint256) = 10**36  # tokens and prices have 18 decimals each
DAY_SECONDS: constant(uint256) = 86_400
STALE_AFTER: constant(uint256) = 4 * DAY_SECONDS
LAST_DAYS: constant(uint256) = 4  # that secure nothing
STREAM_SCALE: constant(uint256) = 10**9  # the index has 27 decimals, and is of 10^-18 token

TOKEN: public(immutable(address))
FEE: immutable(uint256)  # of an exit
SECURED: immutable(uint256)  # by the reserve for a block-day to come at least, sats x EXACT


@deploy
def __init__(_token: address):
    """
    @notice Choose the issuance.
    """
    terms: IHashrateToken.Terms = staticcall IHashrateToken(_token).terms()
    TOKEN = _token
    FEE = terms.exit_fee
    SECURED = terms.ratio * terms.reference


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _backing() -> IHashrateToken.Backing:
    return staticcall IHashrateToken(TOKEN).backing()


@view
@internal
def _assessed(_backing: IHashrateToken.Backing) -> IValue.Assessment:
    """
    @dev Of a token that is worth what is covered.
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
    days: uint256 = self._days(_backing)
    secured: uint256 = (max(days, LAST_DAYS) - LAST_DAYS) * SECURED // ONE
    worth.streaming = _backing.ahead * STREAM_SCALE
    worth.covered = self._less_fee(min(share, owed + secured)) + worth.streaming
    worth.value = worth.covered
    worth.price = max(worth.value, max(worth.payout, owed + worth.streaming))
    worth.most = max_value(uint256)
    worth.is_stopped = (
        _backing.overdue
        or _backing.short
        or _backing.dead
        or self._is_stale(_backing)
    )
    worth.is_pending = (
        _backing.reserve != 0
        and _backing.reserve * EXACT < _backing.owed
        and not _backing.overdue
    )
    worth.is_overdue = _backing.overdue
    return worth


@view
@internal
def _less_fee(_amount: uint256) -> uint256:
    return _amount * (ONE - FEE) // ONE


@view
@internal
def _days(_backing: IHashrateToken.Backing) -> uint256:
    """
    @dev Block-days of the term still to come: one less for each day since the index closed one.
    """
    end: uint256 = _backing.window.end  # by Bitcoin's clock, which may be ahead
    elapsed: uint256 = (max(block.timestamp, end) - end) // DAY_SECONDS
    return max(_backing.left, elapsed) - elapsed


@view
@internal
def _is_stale(_backing: IHashrateToken.Backing) -> bool:
    return _backing.window.end + STALE_AFTER < block.timestamp
