# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    ERC-20
@notice   The lenders' shares of a vault as an ERC-20 token. How many there are is the pool's to say.
"""

from ethereum.ercs import IERC20

from . import bitcoin
from . import reasons


decimals: public(constant(uint8)) = 14
name: public(immutable(String[64]))
symbol: public(immutable(String[40]))

balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])


@deploy
def __init__(_name: String[64], _symbol: String[40]):
    """
    @notice Name the token.
    """
    name = _name
    symbol = _symbol


# ╔════════════════════════════════════════════════════════════════╗
# ║                             HOLDER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def transfer(_to: address, _amount: uint256) -> bool:
    """
    @notice Send shares.
    """
    self._move(msg.sender, _to, _amount)
    return True


@external
def transferFrom(_from: address, _to: address, _amount: uint256) -> bool:
    """
    @notice Send another's shares, which it has allowed.
    """
    self._spend(_from, _amount)
    self._move(_from, _to, _amount)
    return True


@external
def approve(_spender: address, _amount: uint256) -> bool:
    """
    @notice Allow somebody shares of the caller; 2^256 - 1 for any number, for ever.
    """
    self.allowance[msg.sender][_spender] = _amount
    log IERC20.Approval(owner=msg.sender, spender=_spender, value=_amount)
    return True


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _spend(_owner: address, _amount: uint256):
    """
    @dev Use up the caller's allowance, if it is not the owner.
    """
    if msg.sender == _owner:
        return
    allowed: uint256 = self.allowance[_owner][msg.sender]
    if allowed != max_value(uint256):
        reasons._check(_amount <= allowed, "vault: above allowance")
        self.allowance[_owner][msg.sender] = unsafe_sub(allowed, _amount)


@internal
def _move(_from: address, _to: address, _amount: uint256):
    bitcoin._check_receiver(_to)
    self._take(_from, _amount)
    self.balanceOf[_to] += _amount
    log IERC20.Transfer(sender=_from, receiver=_to, value=_amount)


@internal
def _mint(_to: address, _amount: uint256):
    bitcoin._check_receiver(_to)
    self.balanceOf[_to] += _amount
    log IERC20.Transfer(sender=empty(address), receiver=_to, value=_amount)


@internal
def _burn(_from: address, _amount: uint256):
    self._take(_from, _amount)
    log IERC20.Transfer(sender=_from, receiver=empty(address), value=_amount)


@internal
def _take(_from: address, _amount: uint256):
    balance: uint256 = self.balanceOf[_from]
    reasons._check(_amount <= balance, "vault: above balance")
    self.balanceOf[_from] = unsafe_sub(balance, _amount)
