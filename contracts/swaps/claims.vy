# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Claims
@notice   Balances of long and short claims: ERC-6909 with its names, and ERC-165. The last bit of an
          id tells a short from the long of the same series.
@dev      Who creates and ends claims, and describes them, is for the contract that uses this module.
"""

from ..interfaces import IERC6909

implements: IERC6909

DECIMALS: constant(uint8) = 8  # a claim is a satoshi of collateral
_SUPPORTED: constant(bytes4[4]) = [
    0x01ffc9a7,  # ERC-165
    0x0f632fb3,  # ERC-6909
    0x84b0196e,  # ERC-5267
    0x71abc795,  # names of ERC-6909
]

balanceOf: public(HashMap[address, HashMap[uint256, uint256]])
allowance: public(HashMap[address, HashMap[address, HashMap[uint256, uint256]]])
isOperator: public(HashMap[address, HashMap[address, bool]])

_labels: HashMap[uint256, String[32]]  # by the long's id


# ╔════════════════════════════════════════════════════════════════╗
# ║                             HOLDER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def transfer(_receiver: address, _id: uint256, _amount: uint256) -> bool:
    """
    @notice Send claims.
    """
    self._transfer(msg.sender, _receiver, _id, _amount)
    return True


@external
def transferFrom(_sender: address, _receiver: address, _id: uint256, _amount: uint256) -> bool:
    """
    @notice Send another account's claims, as its operator, or as far as it has allowed; an allowance
            of 2^256 - 1 is not used up.
    """
    if msg.sender != _sender and not self.isOperator[_sender][msg.sender]:
        allowed: uint256 = self.allowance[_sender][msg.sender][_id]
        if allowed != max_value(uint256):
            assert _amount <= allowed, "market: insufficient allowance"
            self.allowance[_sender][msg.sender][_id] = allowed - _amount
    self._transfer(_sender, _receiver, _id, _amount)
    return True


@external
def approve(_spender: address, _id: uint256, _amount: uint256) -> bool:
    """
    @notice Allow an account to send so many of the caller's claims of one id.
    """
    self.allowance[msg.sender][_spender][_id] = _amount
    log IERC6909.Approval(owner=msg.sender, spender=_spender, id=_id, amount=_amount)
    return True


@external
def setOperator(_spender: address, _approved: bool) -> bool:
    """
    @notice Allow an account to send and redeem all of the caller's claims, or end that.
    """
    self.isOperator[msg.sender][_spender] = _approved
    log IERC6909.OperatorSet(owner=msg.sender, spender=_spender, approved=_approved)
    return True


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def name(_id: uint256) -> String[40]:
    """
    @notice Return the claim's name; empty until somebody describes its series.
    """
    return self._name(_id)


@view
@external
def symbol(_id: uint256) -> String[40]:
    """
    @notice Return the same as the name.
    """
    return self._name(_id)


@pure
@external
def decimals(_id: uint256) -> uint8:
    """
    @notice Return 8, for every claim.
    """
    return DECIMALS


@pure
@external
def supportsInterface(_id: bytes4) -> bool:
    """
    @notice Say whether an interface is implemented (ERC-165).
    """
    return _id in _SUPPORTED


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _name(_id: uint256) -> String[40]:
    label: String[32] = self._labels[(_id >> 1) << 1]
    if label == "":
        return ""
    return concat(label, "-SHORT" if _id & 1 == 1 else "-LONG")


@internal
def _transfer(_sender: address, _receiver: address, _id: uint256, _amount: uint256):
    assert (
        _receiver != empty(address) and _receiver != self
    ), "market: receiver cannot receive"
    self._take(_sender, _id, _amount)
    self.balanceOf[_receiver][_id] += _amount
    log IERC6909.Transfer(
        caller=msg.sender, sender=_sender, receiver=_receiver, id=_id, amount=_amount
    )


@internal
def _mint(_receiver: address, _id: uint256, _amount: uint256):
    assert (
        _receiver != empty(address) and _receiver != self
    ), "market: receiver cannot receive"
    self.balanceOf[_receiver][_id] += _amount
    log IERC6909.Transfer(
        caller=msg.sender, sender=empty(address), receiver=_receiver, id=_id, amount=_amount
    )


@internal
def _burn(_owner: address, _id: uint256, _amount: uint256):
    self._take(_owner, _id, _amount)
    log IERC6909.Transfer(
        caller=msg.sender, sender=_owner, receiver=empty(address), id=_id, amount=_amount
    )


@internal
def _take(_owner: address, _id: uint256, _amount: uint256):
    balance: uint256 = self.balanceOf[_owner][_id]
    assert _amount <= balance, "market: insufficient claims"
    self.balanceOf[_owner][_id] = unsafe_sub(balance, _amount)
