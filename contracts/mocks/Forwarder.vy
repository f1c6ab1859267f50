# pragma version 0.4.3
# pragma optimize gas
"""
@title    Forwarder
@notice   A contract through which anyone calls others: tx.origin is never the account. For tests only.
"""


@external
@payable
def forward(_target: address, _calldata: Bytes[4_096]) -> Bytes[4_096]:
    """
    @notice Call a contract, and return what it returned; its revert is passed on.
    """
    return raw_call(_target, _calldata, max_outsize=4_096, value=msg.value)
