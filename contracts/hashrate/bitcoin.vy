# pragma version 0.4.3
# pragma optimize gas
"""
@title    Bitcoin in and out
@notice   Moves wrapped bitcoin between an issuance and people, and reverts where it does not move.
"""

from ethereum.ercs import IERC20

from . import agreement

uses: agreement


@internal
def _pull(_amount: uint256):
    """
    @dev Take bitcoin from the caller. The balance is compared, for a token that keeps a fee would leave
         somebody unpaid.
    """
    btc: IERC20 = IERC20(agreement.TERMS.btc)
    # That it is a contract was checked when the issuance opened.
    before: uint256 = staticcall btc.balanceOf(self, skip_contract_check=True)
    assert extcall btc.transferFrom(
        msg.sender, self, _amount, default_return_value=True, skip_contract_check=True
    ), "token: bitcoin transfer failed"
    after: uint256 = staticcall btc.balanceOf(self, skip_contract_check=True)
    assert after == before + _amount, "token: bitcoin did not arrive"


@internal
def _push(_to: address, _amount: uint256):
    assert extcall IERC20(agreement.TERMS.btc).transfer(
        _to, _amount, default_return_value=True, skip_contract_check=True
    ), "token: bitcoin transfer failed"


@internal
def _permit(_value: uint256, _deadline: uint256, _v: uint8, _r: bytes32, _s: bytes32):
    """
    @dev Use the caller's permit for the bitcoin token. Where it fails, somebody may have used it already:
         whether the allowance is there shows when the money is pulled.
    """
    success: bool = raw_call(
        agreement.TERMS.btc,
        abi_encode(
            msg.sender,
            self,
            _value,
            _deadline,
            _v,
            _r,
            _s,
            method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ),
        revert_on_failure=False,
    )
