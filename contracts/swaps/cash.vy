# pragma version 0.4.3
# pragma optimize gas
"""
@title    Cash
@notice   The collateral token, moved and counted. It moves exactly what it is told, or nothing stands.
"""

from ethereum.ercs import IERC20

COLLATERAL: public(immutable(address))


@deploy
def __init__(_collateral: address):
    """
    @notice Choose the token once and for all.
    """
    assert _collateral.is_contract, "market: collateral no contract"
    COLLATERAL = _collateral


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _settle_up(_who: address, _pays: int256):
    if _pays > 0:
        self._collect(_who, self, convert(_pays, uint256))
    elif _pays < 0:
        self._push(_who, convert(-_pays, uint256))


@internal
def _collect(_payer: address, _payee: address, _amount: uint256):
    assert extcall IERC20(COLLATERAL).transferFrom(
        _payer, _payee, _amount, default_return_value=True
    ), "market: payment failed"


@internal
def _push(_receiver: address, _amount: uint256):
    # What the market paid itself would be nobody's.
    assert (
        _receiver != empty(address) and _receiver != self
    ), "market: receiver cannot receive"
    assert extcall IERC20(COLLATERAL).transfer(
        _receiver, _amount, default_return_value=True
    ), "market: payment failed"


@internal
def _moved(_who: address, _pays: int256) -> bool:
    """
    @dev Have somebody pay, or be paid, and say whether that worked. The token says yes, or nothing, as
         some do.
    """
    if _pays == 0:
        return True
    request: Bytes[100] = b""
    if _pays > 0:
        request = abi_encode(
            _who,
            self,
            convert(_pays, uint256),
            method_id=method_id("transferFrom(address,address,uint256)"),
        )
    else:
        request = abi_encode(
            _who, convert(-_pays, uint256), method_id=method_id("transfer(address,uint256)")
        )
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(COLLATERAL, request, max_outsize=32, revert_on_failure=False)
    return success and (len(answer) == 0 or convert(answer, uint256) == 1)


@view
@internal
def _held() -> uint256:
    return staticcall IERC20(COLLATERAL).balanceOf(self)


@view
@internal
def _check_held(_before: uint256, _pairs: int256):
    """
    @dev What came in is what the new pairs lock.
    """
    held: int256 = convert(self._held(), int256)
    assert held - convert(_before, int256) == _pairs, "market: payment did not arrive"
