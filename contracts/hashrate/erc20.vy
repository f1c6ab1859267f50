# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    The ERC-20 face of balances that earn
@notice   ERC-20 with 18 decimals, EIP-2612 permits, EIP-5267 and ERC-165, over the balances of
          `pro_rata`. Written here because balance and earnings share a slot: a transfer costs little
          more than one that pays nobody anything.
@dev      Who creates and ends balances is for the contract that uses this module.
"""

from ethereum.ercs import IERC20
from snekmate.utils import ecdsa
from snekmate.utils import eip712_domain_separator as eip712

from . import pro_rata

uses: eip712
uses: pro_rata

decimals: public(constant(uint8)) = 18

_SUPPORTED: constant(bytes4[5]) = [
    0x01ffc9a7,  # ERC-165
    0x36372b07,  # ERC-20
    0xa219a025,  # its name, symbol and decimals
    0x9d8ff7da,  # ERC-2612
    0x84b0196e,  # ERC-5267
]
_PERMIT_TYPE: constant(bytes32) = keccak256(
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)

name: public(immutable(String[50]))
symbol: public(immutable(String[32]))

allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])


@deploy
def __init__(_name: String[50], _symbol: String[32]):
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
    @notice Send tokens. What they have earned so far stays with the sender.
    """
    self._transfer(msg.sender, _to, _amount)
    return True


@external
def transferFrom(_from: address, _to: address, _amount: uint256) -> bool:
    """
    @notice Send another account's tokens, as far as it has allowed; an allowance of 2^256 - 1 is not
            used up.
    """
    allowed: uint256 = self.allowance[_from][msg.sender]
    if allowed != max_value(uint256):
        assert _amount <= allowed, "token: insufficient allowance"
        self._approve(_from, msg.sender, allowed - _amount)
    self._transfer(_from, _to, _amount)
    return True


@external
def approve(_spender: address, _amount: uint256) -> bool:
    """
    @notice Allow an account to send the caller's tokens.
    """
    self._approve(msg.sender, _spender, _amount)
    return True


@external
def permit(
    _owner: address,
    _spender: address,
    _value: uint256,
    _deadline: uint256,
    _v: uint8,
    _r: bytes32,
    _s: bytes32,
):
    """
    @notice Set an allowance that its owner has signed (EIP-2612).
    @param _deadline  Unix time up to which the signature counts.
    """
    assert block.timestamp <= _deadline, "token: permit expired"
    nonce: uint256 = self.nonces[_owner]
    self.nonces[_owner] = nonce + 1
    digest: bytes32 = eip712._hash_typed_data_v4(
        keccak256(abi_encode(_PERMIT_TYPE, _owner, _spender, _value, nonce, _deadline))
    )
    # A signature of nobody's is refused there.
    signer: address = ecdsa._recover_vrs(
        digest, convert(_v, uint256), convert(_r, uint256), convert(_s, uint256)
    )
    assert signer == _owner, "token: not the owner's permit"
    self._approve(_owner, _spender, _value)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def totalSupply() -> uint256:
    """
    @notice Return how many tokens there are.
    """
    return pro_rata._supply()


@view
@external
def balanceOf(_account: address) -> uint256:
    """
    @notice Return how many tokens an account has.
    """
    return pro_rata._balance(_account)


@view
@external
def DOMAIN_SEPARATOR() -> bytes32:
    """
    @notice Return the domain of the permits (EIP-712), of this chain as it is now.
    """
    return eip712._domain_separator_v4()


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
def _check_receiver(_to: address):
    """
    @dev What is sent to nobody, or to this contract, nobody could ever use.
    """
    assert _to != empty(address) and _to != self, "token: receiver cannot receive"


@internal
def _transfer(_from: address, _to: address, _amount: uint256):
    self._check_receiver(_to)
    pro_rata._move(_from, _to, _amount)
    log IERC20.Transfer(sender=_from, receiver=_to, value=_amount)


@internal
def _mint(_to: address, _amount: uint256):
    self._check_receiver(_to)
    pro_rata._create(_to, _amount)
    log IERC20.Transfer(sender=empty(address), receiver=_to, value=_amount)


@internal
def _burn(_from: address, _amount: uint256):
    pro_rata._end(_from, _amount)
    log IERC20.Transfer(sender=_from, receiver=empty(address), value=_amount)


@internal
def _approve(_owner: address, _spender: address, _amount: uint256):
    self.allowance[_owner][_spender] = _amount
    log IERC20.Approval(owner=_owner, spender=_spender, value=_amount)
