# pragma version 0.4.3
# pragma optimize gas
"""
@title    Odd token
@notice   A token that misbehaves as it is told: it keeps a fee, returns nothing or false, has other
          decimals, or calls somebody in the middle of a transfer. For tests only.
"""

fee: public(uint256)  # satoshi kept of each transfer
answer: public(uint256)  # of a transfer: 1 true, 0 false, 2 nothing
decimals: public(uint8)
balanceOf: public(HashMap[address, uint256])
hook_target: public(address)
hook_calldata: public(Bytes[2_048])
hook_calls: public(uint256)
hook_succeeded: public(bool)
hook_answer: public(Bytes[512])


@deploy
def __init__(_decimals: uint8):
    """
    @notice Well-behaved to begin with.
    """
    self.decimals = _decimals
    self.answer = 1


@external
def set_odd(_fee: uint256, _answer: uint256):
    """
    @notice Choose the fee and the answer of transfers.
    """
    self.fee = _fee
    self.answer = _answer


@external
def set_hook(_target: address, _calldata: Bytes[2_048]):
    """
    @notice Choose whom each transfer calls, with what.
    """
    self.hook_target = _target
    self.hook_calldata = _calldata
    self.hook_calls = 0
    self.hook_succeeded = False
    self.hook_answer = b""


@external
def mint(_to: address, _amount: uint256):
    """
    @notice Create satoshi.
    """
    self.balanceOf[_to] += _amount


@external
def approve(_spender: address, _amount: uint256) -> bool:
    """
    @notice Everybody has allowed everything already.
    """
    return True


@view
@external
def allowance(_owner: address, _spender: address) -> uint256:
    """
    @notice Without limit.
    """
    return max_value(uint256)


@external
@raw_return
def transfer(_to: address, _amount: uint256) -> Bytes[32]:
    """
    @notice As told.
    """
    self._move(msg.sender, _to, _amount)
    return self._answer()


@external
@raw_return
def transferFrom(_from: address, _to: address, _amount: uint256) -> Bytes[32]:
    """
    @notice As told.
    """
    self._move(_from, _to, _amount)
    return self._answer()


@internal
def _move(_from: address, _to: address, _amount: uint256):
    self.balanceOf[_from] -= _amount
    self.balanceOf[_to] += _amount - min(self.fee, _amount)
    if self.hook_target != empty(address):
        self.hook_calls += 1
        self.hook_succeeded, self.hook_answer = raw_call(
            self.hook_target, self.hook_calldata, max_outsize=512, revert_on_failure=False
        )


@view
@internal
def _answer() -> Bytes[32]:
    if self.answer == 2:
        return b""
    return abi_encode(self.answer == 1)
