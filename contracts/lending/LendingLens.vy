# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Lending lens
@notice   What people want to see of vaults and loans, in one call and of one block. It keeps nothing and
          moves nothing, and no contract needs it.
@dev      Where a valuation does not answer, what hangs on it is left zero, and `is_valued` says so:
          the rest can be read at any time.
@custom:security
          It shows whatever a vault says of itself. Ask the registry whether it is one.
@custom:kill   It cannot be stopped, paused or upgraded.
"""

from ethereum.ercs import IERC20
from snekmate.utils import math

from ..interfaces import ILendingLens
from ..interfaces import ILendingVault
from ..interfaces import IValue
from ..interfaces import IVaultRegistry

implements: ILendingLens


interface Named:
    def symbol() -> String[40]: view


VERSION: public(constant(String[8])) = "0.1.0"

ONE: constant(uint256) = 10**18
RAY: constant(uint256) = 10**27
EXACT: constant(uint256) = 10**36  # tokens and values have 18 decimals each
FIXED: constant(uint256) = 2**32  # a satoshi
UNCOUNTED: constant(uint256) = max_value(uint256)
MAX_LTV: constant(uint256) = 98  # percent of the liquidation LTV that a loan may reach
MAX_INCENTIVE: constant(uint256) = 115 * ONE // 100
MAX_STATES: constant(uint256) = 16
MAX_POSITIONS: constant(uint256) = 64
WORTH_BYTES: constant(uint256) = 10 * 32

REGISTRY: public(immutable(address))


@deploy
def __init__(_registry: address):
    """
    @notice Choose the register whose vaults are listed.
    """
    assert _registry.is_contract, "lens: registry is no contract"
    REGISTRY = _registry


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def state(_vault: address) -> ILendingLens.State:
    """
    @notice Return a vault as of this block.
    """
    return self._state(_vault)


@view
@external
def states(_first: uint256, _count: uint256) -> DynArray[ILendingLens.State, MAX_STATES]:
    """
    @notice Return vaults of the register, in order; fewer where there are no more.
    @param _first  Number of the first, from one.
    @param _count  How many at most, up to 16.
    """
    assert _first != 0, "lens: vaults count from one"
    registry: IVaultRegistry = IVaultRegistry(REGISTRY)
    end: uint256 = min(_first + min(_count, MAX_STATES), staticcall registry.count() + 1)
    found: DynArray[ILendingLens.State, MAX_STATES] = []
    for number: uint256 in range(_first, max(_first, end), bound=MAX_STATES):
        found.append(self._state(staticcall registry.vaults(number - 1)))
    return found


@view
@external
def position(_vault: address, _borrower: address) -> ILendingLens.Position:
    """
    @notice Return a loan as of this block.
    """
    return self._position(self._state(_vault), _borrower)


@view
@external
def positions(
    _vault: address, _borrowers: DynArray[address, MAX_POSITIONS]
) -> DynArray[ILendingLens.Position, MAX_POSITIONS]:
    """
    @notice Return loans of one vault, in the order that was asked for.
    """
    state: ILendingLens.State = self._state(_vault)
    found: DynArray[ILendingLens.Position, MAX_POSITIONS] = []
    for borrower: address in _borrowers:
        found.append(self._position(state, borrower))
    return found


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _state(_vault: address) -> ILendingLens.State:
    vault: ILendingVault = ILendingVault(_vault)
    state: ILendingLens.State = empty(ILendingLens.State)
    state.vault = _vault
    state.symbol = staticcall Named(_vault).symbol()
    state.terms = staticcall vault.terms()
    state.pool = staticcall vault.pool()
    state.lent = state.pool.scaled * state.pool.index // RAY
    state.assets = state.pool.cash + state.lent
    state.utilisation = state.lent * ONE // max(state.assets, 1)
    state.borrow_rate = self._borrow_rate(state.terms, state.pool.rate, state.utilisation)
    earned: uint256 = state.borrow_rate * state.utilisation // ONE
    state.supply_rate = earned * (ONE - state.terms.fee) // ONE
    state.uncovered = (staticcall vault.uncovered(empty(address)))[1]
    answer: Bytes[WORTH_BYTES] = b""
    state.is_valued, answer = raw_call(
        state.terms.valuation,
        method_id("assess()"),
        max_outsize=WORTH_BYTES,
        is_static_call=True,
        revert_on_failure=False,
    )
    if state.is_valued:
        state.worth = abi_decode(answer, IValue.Assessment)
    return state


@pure
@internal
def _borrow_rate(
    _terms: ILendingVault.Terms, _rate: uint256, _utilisation: uint256
) -> uint256:
    """
    @dev The curve of `interest`, at one moment.
    """
    if _terms.target < _utilisation:
        above: uint256 = (_utilisation - _terms.target) * ONE // (ONE - _terms.target)
        return _rate * (ONE + (_terms.steepness - ONE) * above // ONE) // ONE
    below: uint256 = (_terms.target - _utilisation) * ONE // _terms.target
    return _rate * (ONE - (ONE - ONE * ONE // _terms.steepness) * below // ONE) // ONE


@view
@internal
def _position(_state: ILendingLens.State, _borrower: address) -> ILendingLens.Position:
    vault: ILendingVault = ILendingVault(_state.vault)
    position: ILendingLens.Position = empty(ILendingLens.Position)
    position.borrower = _borrower
    position.loan = staticcall vault.loan(_borrower)
    position.debt = math._ceil_div(position.loan.scaled * _state.pool.index, RAY)
    position.uncovered = (staticcall vault.uncovered(_borrower))[0]
    position.is_valued = _state.is_valued
    if not _state.is_valued:
        return position
    collateral: uint256 = position.loan.collateral
    position.value = collateral * _state.worth.value // EXACT
    position.health = max_value(uint256)
    if position.debt != 0:
        limit: uint256 = _state.worth.value * _state.terms.lltv // ONE
        position.health = (collateral * limit * FIXED // EXACT) * ONE // position.debt
    if collateral != 0:
        position.price = self._price(_state, position)
    position.max_borrow = self._max_borrow(_state, position)
    return position


@pure
@internal
def _price(_state: ILendingLens.State, _position: ILendingLens.Position) -> uint256:
    """
    @dev The discount is the borrower's to give: it shrinks where the tokens do not bring the debt with it.
    """
    each: uint256 = _state.worth.price
    incentive: uint256 = min(
        MAX_INCENTIVE, ONE * ONE // (ONE - 3 * (ONE - _state.terms.lltv) // 10)
    )
    share: uint256 = math._ceil_div(
        _position.debt * EXACT, _position.loan.collateral * FIXED
    )
    return max(each * ONE // incentive, min(each * 99 // 100, share))


@pure
@internal
def _max_borrow(_state: ILendingLens.State, _position: ILendingLens.Position) -> uint256:
    """
    @dev The most that `borrow` grants now; of what is lent, each limit bounds the debt afterwards.
    """
    if _state.worth.is_stopped or _state.pool.loans_stopped:
        return 0
    credit: uint256 = _position.loan.credit
    value: uint256 = _state.worth.value * (_state.terms.lltv * MAX_LTV // 100) // ONE
    limit: uint256 = min(value, _state.worth.most)
    debt: uint256 = _position.loan.collateral * limit * FIXED // EXACT
    if _state.terms.uncovered_cap != UNCOUNTED:
        covered: uint256 = _position.loan.collateral * _state.worth.covered * FIXED // EXACT
        others: uint256 = _state.uncovered - _position.uncovered
        room: uint256 = max(_state.terms.uncovered_cap * FIXED, others) - others
        # What it was counted with before is not refused, whatever the cap.
        debt = min(debt, covered + max(room, _position.uncovered))
    # What is lent is scaled and rounded up, and so are debts.
    scaled: uint256 = self._room(debt * RAY // _state.pool.index, _position.loan.scaled)
    all: uint256 = _state.terms.borrow_cap * FIXED * RAY // _state.pool.index
    scaled = min(scaled, self._room(all, _state.pool.scaled))
    lent: uint256 = min(scaled * _state.pool.index // RAY, _state.pool.cash)
    most: uint256 = (credit + lent) // FIXED
    if most * FIXED <= credit:
        return most
    # A credit leaves no debt: what is lent is the whole of it then.
    scaled = _position.loan.scaled + math._ceil_div((most * FIXED - credit) * RAY, _state.pool.index)
    if math._ceil_div(scaled * _state.pool.index, RAY) < _state.terms.min_borrow * FIXED:
        return credit // FIXED
    return most


@pure
@internal
def _room(_most: uint256, _taken: uint256) -> uint256:
    return max(_most, _taken) - _taken
