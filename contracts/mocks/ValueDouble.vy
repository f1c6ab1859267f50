# pragma version 0.4.3
# pragma optimize gas
"""
@title    Value double
@notice   A test double of IValue: anyone says what a token is worth; the reward index is the token's own.
          For tests only.
"""

from ..interfaces import IHashrateToken
from ..interfaces import IValue

implements: IValue

TOKEN: public(immutable(address))

value: public(uint256)
most: public(uint256)
covered: public(uint256)
price: public(uint256)
payout: public(uint256)
streaming: public(uint256)
is_stopped: public(bool)
is_pending: public(bool)
is_overdue: public(bool)
is_refused: public(bool)


@deploy
def __init__(_token: address):
    """
    @notice Choose the token, which is worth nothing.
    """
    TOKEN = _token
    self.most = max_value(uint256)


@external
def set_worth(_value: uint256, _most: uint256, _payout: uint256, _streaming: uint256):
    """
    @notice Say what a token is worth, satoshi x 10^18.
    """
    self.value = _value
    self.most = _most
    self.covered = _payout
    self.price = max(_value, _payout)
    self.payout = _payout
    self.streaming = _streaming


@external
def set_covered(_covered: uint256):
    """
    @notice Say how much of it is cash that nobody can take away: all that redeeming pays, until then.
    """
    self.covered = _covered


@external
def set_price(_price: uint256):
    """
    @notice Say at which it goes in a liquidation: the higher of value and payout, until then.
    """
    self.price = _price


@external
def set_standing(_is_stopped: bool, _is_pending: bool, _is_refused: bool):
    """
    @notice Stop new loans, say that the issuer has its grace, or refuse to answer.
    """
    self.is_stopped = _is_stopped
    self.is_pending = _is_pending
    self.is_refused = _is_refused


@external
def set_overdue(_is_overdue: bool):
    """
    @notice Say that the reserve may be made to pay.
    """
    self.is_overdue = _is_overdue


@view
@external
def assess() -> IValue.Assessment:
    """
    @notice As in IValue.
    """
    assert not self.is_refused, "value: index stale"
    return IValue.Assessment(
        index=staticcall IHashrateToken(TOKEN).index(),
        value=self.value,
        most=self.most,
        covered=self.covered,
        price=self.price,
        payout=self.payout,
        streaming=self.streaming,
        is_stopped=self.is_stopped,
        is_pending=self.is_pending,
        is_overdue=self.is_overdue,
    )
