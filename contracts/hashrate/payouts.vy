# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Payouts
@notice   What of an account's earnings was paid out, and to whom it goes. Anyone may ask for an
          account's payout; only the account, or whom it has named, is paid.
"""

from . import pro_rata

uses: pro_rata

_MASK_160: constant(uint256) = 2**160 - 1

_payments: HashMap[address, uint256]  # claimed 96 | beneficiary 160


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def claimed(_account: address) -> uint256:
    """
    @notice Return what was paid out of an account's earnings so far, satoshi, whoever asked for it.
    """
    return self._payments[_account] >> 160


@view
@external
def claimable(_account: address) -> uint256:
    """
    @notice Return what a claim would pay now, satoshi.
    """
    return (pro_rata._earned(_account) >> pro_rata.EARNED_BITS) - (self._payments[_account] >> 160)


@view
@external
def beneficiary(_account: address) -> address:
    """
    @notice Return whom an account has named to receive its earnings; zero for itself.
    """
    return convert(self._payments[_account] & _MASK_160, address)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _pay_out(_account: address) -> (uint256, address):
    """
    @dev Book everything that an account has earned as paid, and say how much and to whom.
    """
    payments: uint256 = self._payments[_account]
    amount: uint256 = (pro_rata._earned(_account) >> pro_rata.EARNED_BITS) - (payments >> 160)
    receiver: address = convert(payments & _MASK_160, address)
    if amount != 0:
        self._payments[_account] = payments + (amount << 160)
    return amount, receiver if receiver != empty(address) else _account


@internal
def _set_beneficiary(_account: address, _beneficiary: address):
    self._payments[_account] = ((self._payments[_account] >> 160) << 160) | convert(
        _beneficiary, uint256
    )
