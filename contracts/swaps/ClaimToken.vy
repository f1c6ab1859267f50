# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Claim token
@notice   One token is one claim of the pair market, held here: a long or a short of one series, for
          pools and wallets that know ERC-20. Whoever wraps a claim may unwrap it; once the series is
          settled, a token is paid what its claim is.
@dev      The factory deploys this code once, and for each claim a clone of it (EIP-1167). Market,
          collateral and factory are in the code; the claim is in the clone's storage.
          A token is paid `share` of a satoshi, the same part that the market pays, rounded down once
          for each redemption. The claims here are at least the tokens, so that what the market pays
          for all of them at once is at least what all redemptions pay.
          Balances, allowances and permits are snekmate's. They work in a clone: its storage is its
          own, and the domain of permits is built anew where the code is not the account.
@custom:security
          - Claims and satoshi that anybody sends here by themselves change nobody's part, and nobody
            gets them: a part follows from the settled share and the tokens, not from what is held.
          - Only the factory says which claim a clone is of, once, as it creates it. This code itself
            is of none.
          - The market pays everything at the first redemption. Then nothing can be wrapped or
            unwrapped any more: claims that came later would be rounded a second time.
          - Anyone may have an account without code paid, for all of its tokens, so that nobody can
            have it rounded down a token at a time. Accounts with code redeem themselves, as pools
            could not tell whose money came.
          - Collateral that calls back finds wrapping and redeeming locked. Tokens still move then:
            they ended before anything was called, and no payment depends on who has the others.
          - Tokens that are sent to this contract are lost, like those of any ERC-20.
@custom:kill   It cannot be stopped, paused or upgraded. It has no owner and takes no fee.
"""

from ethereum.ercs import IERC20
from snekmate.auth import ownable
from snekmate.tokens import erc20

from ..interfaces import IClaimToken
from . import PairMarket
from . import pair

implements: IClaimToken

initializes: ownable
initializes: erc20[ownable := ownable]

exports: (
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
    erc20.allowance,
    erc20.permit,
    erc20.nonces,
    erc20.DOMAIN_SEPARATOR,
    erc20.eip712Domain,
)

VERSION: public(constant(String[8])) = "0.1.0"

_DECIMALS: constant(uint8) = 8  # as claims have: a token is a satoshi of collateral
_SUPPORTED: constant(bytes4[5]) = [
    0x01ffc9a7,  # ERC-165
    0x36372b07,  # ERC-20
    0xa219a025,  # its name, symbol and decimals
    0x9d8ff7da,  # ERC-2612
    0x84b0196e,  # ERC-5267
]

FACTORY: public(immutable(address))
MARKET: public(immutable(address))
COLLATERAL: public(immutable(address))

claim: public(uint256)  # its id; zero for this code itself
_collected: uint256  # what each token is paid, of 10^12 parts of a satoshi, plus one; zero before


@deploy
def __init__(_market: address):
    """
    @notice Choose the market of all clones. Who deploys this is their factory.
    """
    FACTORY = msg.sender
    MARKET = _market
    COLLATERAL = staticcall PairMarket.__interface__(_market).COLLATERAL()
    ownable.__init__()
    ownable._transfer_ownership(empty(address))  # nothing asks for an owner
    # Names are the market's. What permits are signed for is the same for every claim.
    erc20.__init__("", "", _DECIMALS, "Terahash claim", "1")


# ╔════════════════════════════════════════════════════════════════╗
# ║                            FACTORY                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def initialise(_claim: uint256):
    """
    @notice Say once and for all which claim a clone is of.
    """
    assert msg.sender == FACTORY, "token: not the factory"
    assert self.claim == 0, "token: initialised already"
    self.claim = _claim


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def wrap(_amount: uint256, _receiver: address):
    """
    @notice Turn claims of the caller into tokens. It has allowed that at the market: `approve` for
            this claim, or `setOperator`.
    @param _amount     Claims.
    @param _receiver   Of the tokens.
    @custom:reverts    Once the claims here were redeemed: redeem others at the market.
    """
    self._check_amount(_amount)
    self._check_claims()
    self._check_receiver(_receiver)
    erc20._mint(_receiver, _amount)
    log IClaimToken.Wrapped(holder=msg.sender, receiver=_receiver, amount=_amount)
    extcall PairMarket.__interface__(MARKET).transferFrom(msg.sender, self, self.claim, _amount)


@external
def redeem_for(_owner: address) -> uint256:
    """
    @notice Have all tokens of an account without code paid to it, once the series is settled.
    @return Satoshi that were paid.
    """
    assert not _owner.is_contract, "token: owner redeems itself"
    return self._redeem(_owner, erc20.balanceOf[_owner], _owner)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             HOLDER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def unwrap(_amount: uint256, _receiver: address):
    """
    @notice Turn tokens of the caller back into claims.
    @param _amount     Tokens.
    @param _receiver   Of the claims.
    @custom:reverts    Once the claims here were redeemed: redeem the tokens.
    """
    self._check_amount(_amount)
    self._check_claims()
    self._check_receiver(_receiver)
    erc20._burn(msg.sender, _amount)
    log IClaimToken.Unwrapped(holder=msg.sender, receiver=_receiver, amount=_amount)
    extcall PairMarket.__interface__(MARKET).transfer(_receiver, self.claim, _amount)


@external
def redeem(_amount: uint256, _receiver: address) -> uint256:
    """
    @notice Have tokens of the caller paid, once the series is settled.
    @param _amount     Tokens.
    @param _receiver   Of the satoshi.
    @return Satoshi that were paid, rounded down.
    """
    self._check_receiver(_receiver)
    return self._redeem(msg.sender, _amount, _receiver)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def name() -> String[40]:
    """
    @notice Return the claim's name; empty until somebody describes its series at the market.
    """
    return staticcall PairMarket.__interface__(MARKET).name(self.claim)


@view
@external
def symbol() -> String[40]:
    """
    @notice Return the same as the name.
    """
    return staticcall PairMarket.__interface__(MARKET).symbol(self.claim)


@pure
@external
def supportsInterface(_id: bytes4) -> bool:
    """
    @notice Say whether an interface is implemented (ERC-165).
    """
    return _id in _SUPPORTED


@view
@external
def collected() -> (bool, uint256):
    """
    @notice Return whether the market has paid the claims here, and the share of a satoshi that each
            token is paid since, x 10^12.
    """
    if self._collected == 0:
        return False, 0
    return True, self._collected - 1


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@pure
@internal
def _check_amount(_amount: uint256):
    assert _amount != 0, "token: amount is zero"


@view
@internal
def _check_claims():
    assert self._collected == 0, "token: claims are redeemed"


@view
@internal
def _check_receiver(_receiver: address):
    """
    @dev What is sent to nobody, or to this contract, nobody could ever use.
    """
    assert _receiver not in [empty(address), self], "token: receiver cannot receive"


@internal
def _redeem(_owner: address, _amount: uint256, _receiver: address) -> uint256:
    self._check_amount(_amount)
    erc20._burn(_owner, _amount)
    paid: uint256 = _amount * self._share() // pair.SHARES
    log IClaimToken.Redeemed(holder=_owner, receiver=_receiver, amount=_amount, paid=paid)
    if paid != 0:
        assert extcall IERC20(COLLATERAL).transfer(
            _receiver, paid, default_return_value=True
        ), "token: payment failed"
    return paid


@internal
def _share() -> uint256:
    """
    @dev What each token is paid, of 10^12 parts of a satoshi. The first time the market pays all claims
         that are here, those included that nobody wrapped, and of the other side.
    """
    if self._collected != 0:
        return self._collected - 1
    market: PairMarket.__interface__ = PairMarket.__interface__(MARKET)
    series: bytes32 = convert((self.claim >> 1) << 1, bytes32)
    share: uint256 = (staticcall market.series(series))[2]
    if self.claim & 1 == 1:
        share = pair.SHARES - share
    self._collected = share + 1
    before: uint256 = staticcall IERC20(COLLATERAL).balanceOf(self)
    paid: uint256 = extcall market.redeem(series, self, self)  # refused before the settlement
    assert (
        before + paid <= staticcall IERC20(COLLATERAL).balanceOf(self)
    ), "token: payment did not arrive"
    log IClaimToken.Collected(share=share, paid=paid)
    return share
