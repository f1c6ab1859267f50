# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Hashrate factory
@notice   Opens issuances of hashrate, all with the same code and on the same index, and keeps their
          register. Anyone may open one; its terms lie within the bounds below and never change.
@custom:security
          That an issuance stands here says that its code is the blueprint's, its index this one and
          its terms in bounds: not that its issuer is honest, its bitcoin token sound, or its
          `reference` worth much. Read the terms.
@custom:kill   It cannot be stopped, paused or upgraded.
"""

from ethereum.ercs import IERC20Detailed

from ..interfaces import IHashpriceIndex
from ..interfaces import IHashrateFactory
from ..interfaces import IHashrateToken

implements: IHashrateFactory

VERSION: public(constant(String[8])) = "0.1.0"

ONE: constant(uint256) = 10**18
BLUEPRINT_PREAMBLE: constant(uint256) = 3  # bytes, ERC-5202
BTC_DECIMALS: constant(uint8) = 8
MIN_TERM: constant(uint256) = 7  # block-days
MAX_TERM: constant(uint256) = 1_500  # a little more than four years
LAST_TERM_DAY: constant(uint256) = 2**23
# Far above anything that is mined, and far below what would overflow.
MAX_PRICE: constant(uint256) = 10**9 * ONE  # sats per TH/s and day, x 10^18
MAX_FEE: constant(uint256) = ONE // 2
MIN_RATIO: constant(uint256) = ONE // 100
MAX_EXIT_FEE: constant(uint256) = ONE // 10
MIN_GRACE: constant(uint256) = 3_600
MAX_GRACE: constant(uint256) = 30 * 86_400

INDEX: public(immutable(address))
BLUEPRINT: public(immutable(address))  # of HashrateToken, ERC-5202

issuances: public(DynArray[address, 2**32])
number: public(HashMap[address, uint256])  # from one; zero for what was not opened here
_is_open: HashMap[bytes32, bool]  # by the hash of issuer, names and terms


@deploy
def __init__(_index: address, _blueprint: address):
    """
    @notice Choose the index and the code of all issuances.
    """
    assert _index.is_contract, "factory: index is no contract"
    assert _blueprint.is_contract, "factory: no blueprint"
    INDEX = _index
    BLUEPRINT = _blueprint


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def open(
    _name: String[50],
    _symbol: String[32],
    _terms: IHashrateToken.Terms,
    _sale: IHashrateToken.Sale,
) -> address:
    """
    @notice Open an issuance. The caller is its issuer: it sells, and may withdraw what the reserve
            need not hold.
    @param _name    Of its token.
    @param _symbol  Of its token.
    @param _terms   Fixed for ever.
    @param _sale    Price and capacity to begin with, which the issuer may change.
    @return The issuance.
    """
    assert len(_name) != 0 and len(_symbol) != 0, "factory: no name"
    self._check(_terms)
    # Where it stands follows from what it is: a reorganisation cannot put another in its place.
    what: bytes32 = keccak256(abi_encode(msg.sender, _name, _symbol, _terms))
    assert not self._is_open[what], "factory: open already"
    self._is_open[what] = True
    issuance: address = create_from_blueprint(
        BLUEPRINT,
        _name,
        _symbol,
        msg.sender,
        _terms,
        _sale,
        code_offset=BLUEPRINT_PREAMBLE,
        salt=what,
    )
    self.issuances.append(issuance)
    self.number[issuance] = len(self.issuances)
    log IHashrateFactory.Opened(
        issuance=issuance,
        issuer=msg.sender,
        btc=_terms.btc,
        number=len(self.issuances),
        name=_name,
        symbol=_symbol,
        terms=_terms,
    )
    return issuance


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def count() -> uint256:
    """
    @notice Return how many issuances were opened here.
    """
    return len(self.issuances)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _check(_terms: IHashrateToken.Terms):
    assert _terms.index == INDEX, "factory: not this index"
    assert _terms.btc.is_contract and (
        staticcall IERC20Detailed(_terms.btc).decimals() == BTC_DECIMALS
    ), "factory: not of 8 decimals"
    # The day before the term is read, and no day of it may have been closed.
    index: IHashpriceIndex = IHashpriceIndex(INDEX)
    known: uint256 = max(staticcall index.FIRST_DAY(), staticcall index.closed())
    assert known < _terms.first, "factory: term begins too early"
    assert _terms.first <= _terms.last and _terms.last < LAST_TERM_DAY, "factory: term ends too late"
    term: uint256 = _terms.last - _terms.first
    assert MIN_TERM <= term and term <= MAX_TERM, "factory: term not 7..1500 days"
    assert _terms.cost <= MAX_PRICE, "factory: cost too large"
    assert _terms.fee <= MAX_FEE, "factory: fee above 50 %"
    assert MIN_RATIO <= _terms.ratio and _terms.ratio <= ONE, "factory: ratio not 1..100 %"
    # Without one, days below cost value every token at zero, and the reserve may be withdrawn.
    assert _terms.reference != 0, "factory: no reference"
    assert _terms.reference <= MAX_PRICE, "factory: reference too large"
    assert _terms.exit_fee <= MAX_EXIT_FEE, "factory: exit fee above 10 %"
    assert MIN_GRACE <= _terms.grace and _terms.grace <= MAX_GRACE, "factory: grace not 1h..30d"
    assert (
        (_terms.feed == empty(address) and _terms.feed_id == empty(bytes32))
        or _terms.feed.is_contract
    ), "factory: feed is no contract"
