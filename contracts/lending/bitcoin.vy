# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Bitcoin and tokens, in and out
@notice   Moves wrapped bitcoin and hashrate tokens between a vault and people, and reverts where they
          do not move.
"""

from ethereum.ercs import IERC20

from ..interfaces import IHashrateToken
from . import agreement
from . import reasons

uses: agreement

asset: public(immutable(address))


@deploy
def __init__(_btc: address):
    """
    @notice Choose the bitcoin token: the issuance's own.
    """
    asset = _btc


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _check_receiver(_receiver: address):
    """
    @dev What goes to nobody, or to the vault itself, is lost.
    """
    reasons._check(
        _receiver != empty(address) and _receiver != self, "vault: receiver cannot receive"
    )


@internal
def _pull(_amount: uint256):
    """
    @dev Take bitcoin from the caller. The balance is compared, for a token that keeps a fee would leave
         somebody unpaid.
    """
    btc: IERC20 = IERC20(asset)
    before: uint256 = staticcall btc.balanceOf(self)
    moved: bool = extcall btc.transferFrom(msg.sender, self, _amount, default_return_value=True)
    reasons._check(moved, "vault: bitcoin transfer failed")
    after: uint256 = staticcall btc.balanceOf(self)
    reasons._check(after == before + _amount, "vault: bitcoin did not arrive")


@internal
def _push(_receiver: address, _amount: uint256):
    """
    @dev Pay bitcoin. What was credited may still wait in the token, for anyone to have it paid.
    """
    self._check_receiver(_receiver)
    btc: IERC20 = IERC20(asset)
    if staticcall btc.balanceOf(self) < _amount:
        extcall IHashrateToken(agreement.TERMS.token).claim(self)
    moved: bool = extcall btc.transfer(_receiver, _amount, default_return_value=True)
    reasons._check(moved, "vault: bitcoin transfer failed")


@internal
def _pull_tokens(_amount: uint256):
    """
    @dev The tokens' own code moves them, or reverts.
    """
    extcall IERC20(agreement.TERMS.token).transferFrom(msg.sender, self, _amount)


@internal
def _push_tokens(_receiver: address, _amount: uint256):
    self._check_receiver(_receiver)
    extcall IERC20(agreement.TERMS.token).transfer(_receiver, _amount)
