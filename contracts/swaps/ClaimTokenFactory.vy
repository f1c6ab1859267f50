# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Claim token factory
@notice   Opens an ERC-20 token for any claim of one pair market, and keeps their register. Anyone may
          open one; a claim has one token, for ever.
@custom:security
          That a token stands here says that its code is the implementation's, and its claim one of a
          series that was open. Where it stands follows from the claim alone: neither who opens it, nor
          when, nor a reorganisation changes it.
@custom:kill   It cannot be stopped, paused or upgraded.
"""

from ..interfaces import IClaimToken
from ..interfaces import IClaimTokenFactory
from . import PairMarket

implements: IClaimTokenFactory

VERSION: public(constant(String[8])) = "0.1.0"

BLUEPRINT_PREAMBLE: constant(uint256) = 3  # bytes, ERC-5202

MARKET: public(immutable(address))
IMPLEMENTATION: public(immutable(address))  # of which each token is a clone, EIP-1167

token_of: public(HashMap[uint256, address])  # by the claim's id; zero before it is opened


@deploy
def __init__(_market: address, _blueprint: address):
    """
    @notice Choose the market, and the code of all tokens.
    @param _blueprint   Of ClaimToken, ERC-5202. It is deployed from here, as a token obeys who
                        deployed its code.
    """
    assert _market.is_contract, "factory: market is no contract"
    assert _blueprint.is_contract, "factory: no blueprint"
    MARKET = _market
    IMPLEMENTATION = create_from_blueprint(_blueprint, _market, code_offset=BLUEPRINT_PREAMBLE)


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def open(_claim: uint256) -> address:
    """
    @notice Open the token of a claim. Where it is open already, nothing happens.
    @param _claim   Its id: the series' id, with the last bit set for the short.
    @return The token.
    """
    token: address = self.token_of[_claim]
    if token != empty(address):
        return token
    series: bytes32 = convert((_claim >> 1) << 1, bytes32)
    assert (
        staticcall PairMarket.__interface__(MARKET).series(series)
    )[0], "factory: series not open"
    token = create_minimal_proxy_to(IMPLEMENTATION, salt=convert(_claim, bytes32))
    self.token_of[_claim] = token
    log IClaimTokenFactory.Opened(claim=_claim, token=token)
    extcall IClaimToken(token).initialise(_claim)
    return token
