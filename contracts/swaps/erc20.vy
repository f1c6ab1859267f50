# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    The ERC-20 face of wrapped claims
@notice   ERC-20 with 8 decimals, EIP-2612 permits, EIP-5267 and ERC-165.
@dev      Who creates and ends balances, and what names them, is for the contract that uses this module.
          All of it works in a clone: the domain of permits is built anew where the code is not the
          account.
"""

from ethereum.ercs import IERC20
from snekmate.utils import ecdsa
from snekmate.utils import eip712_domain_separator as eip712

implements: IERC20

uses: eip712

decimals: public(constant(uint8)) = 8  # as claims have: a token is a satoshi of collateral

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

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])


# ╔════════════════════════════════════════════════════════════════╗
# ║                             HOLDER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def transfer(_to: address, _amount: uint256) -> bool:
    """
    @notice Send tokens.
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
    @notice Set an allowance that its owner has signed (EIP-2612), for the domain that `eip712Domain`
            says: its name is the same for every claim, whatever the token is called.
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
    self._take(_from, _amount)
    self.balanceOf[_to] += _amount
    log IERC20.Transfer(sender=_from, receiver=_to, value=_amount)


@internal
def _mint(_to: address, _amount: uint256):
    self._check_receiver(_to)
    self.totalSupply += _amount
    self.balanceOf[_to] += _amount
    log IERC20.Transfer(sender=empty(address), receiver=_to, value=_amount)


@internal
def _burn(_from: address, _amount: uint256):
    self._take(_from, _amount)
    self.totalSupply -= _amount
    log IERC20.Transfer(sender=_from, receiver=empty(address), value=_amount)


@internal
def _take(_from: address, _amount: uint256):
    balance: uint256 = self.balanceOf[_from]
    assert _amount <= balance, "token: insufficient balance"
    self.balanceOf[_from] = unsafe_sub(balance, _amount)


@internal
def _approve(_owner: address, _spender: address, _amount: uint256):
    self.allowance[_owner][_spender] = _amount
    log IERC20.Approval(owner=_owner, spender=_spender, value=_amount)
