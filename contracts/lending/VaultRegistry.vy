# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Vault registry
@notice   Opens lending vaults on the issuances of one factory, all with the same code, and keeps their
          register. Anyone may open one; its terms lie within the bounds below and never change.
@dev      A cash-covered vault counts on the reserve alone; a delivery vault also on what the issuer has
          yet to deliver, up to a cap. Which of the two a vault is, its `uncovered_cap` says:
          2^256 - 1 where cash covers it.
@custom:security
          That a vault stands here says that its code and its valuation's are the blueprints', its
          token an issuance of the factory and its terms in bounds: not that the issuer is honest, nor
          that the terms are wise. Read them, and the issuance's.
@custom:kill   It cannot be stopped, paused or upgraded.
"""

from ..interfaces import IHashrateToken
from ..interfaces import ILendingVault
from ..interfaces import IVaultRegistry

implements: IVaultRegistry


interface Named:
    def symbol() -> String[32]: view


interface Factory:
    def number(_issuance: address) -> uint256: view


VERSION: public(constant(String[8])) = "0.1.0"

ONE: constant(uint256) = 10**18
BLUEPRINT_PREAMBLE: constant(uint256) = 3  # bytes, ERC-5202
UNCOUNTED: constant(uint256) = max_value(uint256)
ALL_BITCOIN: constant(uint256) = 21 * 10**14  # satoshi
MIN_LLTV: constant(uint256) = ONE // 10
MAX_LLTV: constant(uint256) = 95 * ONE // 100
LEAST_MIN_BORROW: constant(uint256) = 1_000  # satoshi: a loan below is not worth liquidating
MAX_FEE: constant(uint256) = ONE // 2
MIN_TARGET: constant(uint256) = ONE // 100
MAX_TARGET: constant(uint256) = 99 * ONE // 100
MIN_RATE: constant(uint256) = ONE // 1_000
MAX_RATE: constant(uint256) = 2 * ONE
MAX_STEEPNESS: constant(uint256) = 10 * ONE
MAX_SPEED: constant(uint256) = 100 * ONE
MIN_STRESS: constant(uint256) = ONE // 10
MIN_DECAY: constant(uint256) = 9 * ONE // 10

FACTORY: public(immutable(address))
VAULT: public(immutable(address))  # blueprint of LendingVault, ERC-5202
COVERED: public(immutable(address))  # likewise of CoveredValue
DELIVERY: public(immutable(address))  # likewise of DeliveryValue

vaults: public(DynArray[address, 2**32])
number: public(HashMap[address, uint256])  # from one; zero for what was not opened here
_valuations: HashMap[bytes32, address]  # by the hash of token and parameters
_is_open: HashMap[bytes32, bool]  # by the hash of the terms


@deploy
def __init__(_factory: address, _vault: address, _covered: address, _delivery: address):
    """
    @notice Choose whose issuances are lent against, and the code of all vaults and valuations.
    """
    assert _factory.is_contract, "registry: factory is no contract"
    assert (
        _vault.is_contract and _covered.is_contract and _delivery.is_contract
    ), "registry: no blueprint"
    FACTORY = _factory
    VAULT = _vault
    COVERED = _covered
    DELIVERY = _delivery


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def open_covered(_terms: ILendingVault.Terms) -> address:
    """
    @notice Open a vault that lends against what the reserve pays, and nothing else.
    @param _terms  Fixed for ever. The valuation is zero, for it is chosen here, and `uncovered_cap`
                   2^256 - 1.
    @return The vault.
    """
    self._check(_terms)
    assert _terms.uncovered_cap == UNCOUNTED, "registry: uncovered not 2^256-1"
    what: bytes32 = keccak256(abi_encode(COVERED, _terms.token))
    valuation: address = self._valuations[what]
    if valuation == empty(address):
        valuation = create_from_blueprint(
            COVERED, _terms.token, code_offset=BLUEPRINT_PREAMBLE, salt=what
        )
        self._valuations[what] = valuation
    return self._open("covered", valuation, empty(IVaultRegistry.Delivery), _terms)


@external
def open_delivery(
    _delivery: IVaultRegistry.Delivery, _terms: ILendingVault.Terms
) -> address:
    """
    @notice Open a vault that lends also against what the issuer has yet to deliver: its lenders carry
            that risk, up to `uncovered_cap` and interest.
    @param _delivery  How that is valued.
    @param _terms     Fixed for ever. The valuation is zero, for it is chosen here.
    @return The vault.
    """
    self._check(_terms)
    assert (
        self._is_amount(_terms.uncovered_cap)
    ), "registry: uncovered not 1..21e14"
    assert (
        MIN_STRESS <= _delivery.stress and _delivery.stress <= ONE
    ), "registry: stress not 10..100 %"
    assert (
        MIN_DECAY <= _delivery.decay and _delivery.decay <= ONE
    ), "registry: decay not 90..100 %"
    assert _delivery.phi <= ONE, "registry: phi above 100 %"
    what: bytes32 = keccak256(abi_encode(DELIVERY, _terms.token, _delivery))
    valuation: address = self._valuations[what]
    if valuation == empty(address):
        valuation = create_from_blueprint(
            DELIVERY,
            _terms.token,
            _delivery.stress,
            _delivery.decay,
            _delivery.phi,
            code_offset=BLUEPRINT_PREAMBLE,
            salt=what,
        )
        self._valuations[what] = valuation
    return self._open("delivery", valuation, _delivery, _terms)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def count() -> uint256:
    """
    @notice Return how many vaults were opened here.
    """
    return len(self.vaults)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _open(
    _kind: String[8],
    _valuation: address,
    _delivery: IVaultRegistry.Delivery,
    _terms: ILendingVault.Terms,
) -> address:
    terms: ILendingVault.Terms = _terms
    terms.valuation = _valuation
    # Where it stands follows from what it is: a reorganisation cannot put another in its place.
    what: bytes32 = keccak256(abi_encode(terms))
    assert not self._is_open[what], "registry: open already"
    self._is_open[what] = True
    symbol: String[32] = staticcall Named(terms.token).symbol()
    vault: address = create_from_blueprint(
        VAULT,
        (staticcall IHashrateToken(terms.token).terms()).btc,
        concat("Terahash ", _kind, " vault of ", symbol),
        concat("tv", slice(_kind, 0, 1), symbol),
        terms,
        code_offset=BLUEPRINT_PREAMBLE,
        salt=what,
    )
    self.vaults.append(vault)
    self.number[vault] = len(self.vaults)
    log IVaultRegistry.Opened(
        vault=vault,
        token=terms.token,
        valuation=_valuation,
        number=len(self.vaults),
        delivery=_delivery,
        terms=terms,
    )
    return vault


@view
@internal
def _check(_terms: ILendingVault.Terms):
    assert staticcall Factory(FACTORY).number(_terms.token) != 0, "registry: not an issuance"
    assert _terms.valuation == empty(address), "registry: valuation not zero"
    assert MIN_LLTV <= _terms.lltv and _terms.lltv <= MAX_LLTV, "registry: lltv not 10..95 %"
    assert self._is_amount(_terms.supply_cap), "registry: supply not 1..21e14"
    assert self._is_amount(_terms.borrow_cap), "registry: borrow not 1..21e14"
    assert LEAST_MIN_BORROW <= _terms.min_borrow, "registry: min borrow below 1000"
    assert _terms.min_borrow <= _terms.borrow_cap, "registry: min borrow above cap"
    assert _terms.fee <= MAX_FEE, "registry: fee above 50 %"
    assert (
        _terms.fee == 0 or _terms.fee_receiver != empty(address)
    ), "registry: fee without receiver"
    assert (
        MIN_TARGET <= _terms.target and _terms.target <= MAX_TARGET
    ), "registry: target not 1..99 %"
    assert MIN_RATE <= _terms.min_rate, "registry: min rate below 0.1 %"
    assert _terms.max_rate <= MAX_RATE, "registry: max rate above 200 %"
    assert (
        _terms.min_rate <= _terms.rate and _terms.rate <= _terms.max_rate
    ), "registry: rate out of bounds"
    assert (
        ONE <= _terms.steepness and _terms.steepness <= MAX_STEEPNESS
    ), "registry: steepness not 1..10"
    assert _terms.speed <= MAX_SPEED, "registry: speed above 100"


@pure
@internal
def _is_amount(_sats: uint256) -> bool:
    return _sats != 0 and _sats <= ALL_BITCOIN
