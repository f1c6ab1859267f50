# pragma version 0.4.3
# pragma optimize gas
"""
@title    Signer double
@notice   An account with code that signs as it is told (EIP-1271), and does what its owner says. For
          tests only.
"""

MAGIC: constant(bytes4) = 0x1626ba7e

behaviour: public(uint256)  # 0 signs what it approved, 1 reverts, 2 burns its gas, 3 says 1, 4 nothing
approved: public(HashMap[bytes32, bool])


@external
def set_behaviour(_behaviour: uint256):
    """
    @notice Choose how it answers.
    """
    self.behaviour = _behaviour


@external
def approve_order(_digest: bytes32):
    """
    @notice Sign, whatever the signature.
    """
    self.approved[_digest] = True


@external
def forward(_target: address, _calldata: Bytes[4_096]) -> Bytes[4_096]:
    """
    @notice Call a contract, and return what it returned; its revert is passed on.
    """
    return raw_call(_target, _calldata, max_outsize=4_096)


@view
@external
@raw_return
def isValidSignature(_digest: bytes32, _signature: Bytes[1_024]) -> Bytes[32]:
    """
    @notice As in EIP-1271.
    """
    assert self.behaviour != 1, "double: broken"
    if self.behaviour == 2:
        spent: uint256 = 0
        for i: uint256 in range(10_000_000):
            spent += i
    if self.behaviour == 3:
        return abi_encode(True)
    if self.behaviour == 4 or not self.approved[_digest]:
        return b""
    return abi_encode(MAGIC)
