# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Pair market
@notice   Long and short claims on difficulty and hashprice, made in pairs that are fully paid for, and
          traded by signed orders. When a series' window is over, anyone settles it and anyone has
          owners paid. Nobody is ever called for more.
@custom:security
          - The market holds for every series what its open pairs are worth, and after settlement what
            its claims are: each call that moves bitcoin ends with the market's balance changed by
            exactly that.
          - The window of a series is in its terms; who settles it, and when, changes nothing. Nothing
            trades once the last reading is determined, but the relay trails Bitcoin: an order is best
            signed to expire before then.
          - Instruments are fixed here, for ever. Should an index die, its series fall back on shares
            that their terms name, 90 days after it last moved.
          - An account with code is redeemed by itself or its operator: paid by others, it could not
            tell whose money came.
@custom:kill   It cannot be stopped, paused or upgraded. It has no owner and takes no fee.
"""

from ethereum.ercs import IERC20
from snekmate.utils import eip712_domain_separator as eip712

from ..interfaces import IERC6909
from ..interfaces import IInstrument
from ..interfaces import IPairMarket
from . import cash
from . import claims
from . import orders
from . import pair
from . import trades

implements: IERC6909
initializes: eip712
initializes: claims
initializes: orders[eip712 := eip712]
initializes: cash
initializes: trades[claims := claims]

exports: (
    claims.balanceOf,
    claims.allowance,
    claims.isOperator,
    claims.transfer,
    claims.transferFrom,
    claims.approve,
    claims.setOperator,
    claims.name,
    claims.symbol,
    claims.decimals,
    claims.supportsInterface,
)
exports: (
    orders.counter,
    orders.filled,
    orders.cancel,
    orders.cancel_all,
    eip712.eip712Domain,
)
exports: cash.COLLATERAL

VERSION: public(constant(String[8])) = "0.1.0"

MAX_INSTRUMENTS: constant(uint256) = 8
MAX_SERIES: constant(uint256) = 36  # opened by one call: months of three years
MAX_LEGS: constant(uint256) = 16
DEAD_AFTER: constant(uint256) = 90 * 86_400
VALUE_GAS: constant(uint256) = 2_000_000  # within which an instrument says what X is
DEAD_GAS: constant(uint256) = VALUE_GAS * 33 // 32 + 50_000

INSTRUMENTS: public(immutable(DynArray[address, MAX_INSTRUMENTS]))


@deploy
def __init__(_collateral: address, _instruments: DynArray[address, MAX_INSTRUMENTS]):
    """
    @notice Choose once and for all what claims are paid in, and on what.
    @param _collateral    Token of 8 decimals: wrapped bitcoin.
    @param _instruments   In the order of their numbers.
    """
    assert len(_instruments) != 0, "market: no instruments"
    for instrument: address in _instruments:
        assert instrument.is_contract, "market: instrument no contract"
    cash.__init__(_collateral)
    INSTRUMENTS = _instruments
    eip712.__init__("Terahash pair market", VERSION)


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def open(_series: DynArray[IInstrument.Series, MAX_SERIES]):
    """
    @notice Open series. One that is open already is passed over.
    """
    for series: IInstrument.Series in _series:
        id: bytes32 = self._id(orders._series_hash(series))
        if trades._states[id] != 0:
            continue
        assert series.floor < series.cap, "market: floor not below cap"
        assert (
            -pair.MAX_BOUND <= series.floor and series.cap <= pair.MAX_BOUND
        ), "market: bounds too large"
        assert convert(series.fallback_share, uint256) <= pair.TICKS, "market: fallback above all"
        assert (
            convert(series.instrument, uint256) < len(INSTRUMENTS)
        ), "market: no such instrument"
        assert staticcall self._instrument(series).check(series), "market: instrument refused"
        trades._open(id)
        log IPairMarket.Opened(series=id, terms=series)


@external
def describe(_series: IInstrument.Series):
    """
    @notice Give a series' claims the name that its instrument has for them.
    """
    id: bytes32 = self._opened(_series)
    claims._labels[convert(id, uint256)] = staticcall self._instrument(_series).label(_series, id)


@external
def settle(_series: IInstrument.Series):
    """
    @notice Fix what a series' claims are worth, once its window is over and final.
    """
    id: bytes32 = self._opened(_series)
    assert trades._states[id] & trades.SETTLED == 0, "market: settled already"
    ready: bool = False
    x: int256 = 0
    ready, x = staticcall self._instrument(_series).value(_series)
    assert ready, "market: window not over"
    trades._settle(id, x, pair._share(x, _series.floor, _series.cap), False)


@external
def settle_dead(_series: IInstrument.Series):
    """
    @notice Settle a series by its own fallback, 90 days after its index last moved, its window ended,
            or it was opened, whatever came last.
    """
    id: bytes32 = self._opened(_series)
    state: uint256 = trades._states[id]
    assert state & trades.SETTLED == 0, "market: settled already"
    instrument: IInstrument = self._instrument(_series)
    # Who calls with little gas could make an instrument fail that would answer.
    assert DEAD_GAS <= msg.gas, "market: too little gas"
    success: bool = False
    answer: Bytes[64] = b""
    success, answer = raw_call(
        instrument.address,
        abi_encode(
            _series,
            method_id=method_id(
                "value((uint8,uint8,bytes32,bytes32,uint256,uint64,uint64,int256,int256,uint16))"
            ),
        ),
        max_outsize=64,
        gas=VALUE_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    assert not success or extract32(answer, 0) == empty(bytes32), "market: settle it by its value"
    # Who opens a series on an index that stands still has 90 days to see it move, too.
    moved: uint256 = max(staticcall instrument.last_advance(_series), state >> 122)
    assert moved < block.timestamp - DEAD_AFTER, "market: index not dead"
    share: uint256 = convert(_series.fallback_share, uint256) * (pair.SHARES // pair.TICKS)
    trades._settle(id, 0, share, True)


@external
def redeem(_series: bytes32, _owner: address, _receiver: address) -> uint256:
    """
    @notice Have an owner's claims of a settled series paid. Anyone may for an account without code,
            to itself.
    @param _series     Its id.
    @param _receiver   The owner, or whom it names: only the owner or its operator names another.
    @return Satoshi that were paid.
    """
    if msg.sender != _owner:
        if _owner.is_contract:
            assert claims.isOperator[_owner][msg.sender], "market: owner redeems itself"
        elif _receiver != _owner:
            assert claims.isOperator[_owner][msg.sender], "market: receiver not the owner"
    state: uint256 = trades._states[_series]
    assert state & trades.SETTLED != 0, "market: not settled"
    long: uint256 = convert(_series, uint256)
    longs: uint256 = claims.balanceOf[_owner][long]
    shorts: uint256 = claims.balanceOf[_owner][long | 1]
    assert longs != 0 or shorts != 0, "market: nothing to redeem"
    if longs != 0:
        claims._burn(_owner, long, longs)
    if shorts != 0:
        claims._burn(_owner, long | 1, shorts)
    paid: uint256 = pair._worth(longs, shorts, (state >> 2) & trades.SHARE_MASK)
    log IPairMarket.Redeemed(
        series=_series, owner=_owner, receiver=_receiver, longs=longs, shorts=shorts, paid=paid
    )
    if paid != 0:
        cash._push(_receiver, paid)
    return paid


# ╔════════════════════════════════════════════════════════════════╗
# ║                             TRADER                             ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def mint_pair(_series: bytes32, _amount: uint256, _long: address, _short: address):
    """
    @notice Lock satoshi, and make a long and a short claim of each.
    @param _series   Its id.
    @param _amount   Satoshi.
    @param _long     Who gets the longs.
    @param _short    Who gets the shorts.
    """
    state: uint256 = trades._states[_series]
    assert state & trades.OPEN != 0, "market: series not open"
    assert state & trades.SETTLED == 0, "market: settled already"
    assert _amount != 0 and _amount <= pair.MAX_CLAIMS, "market: amount out of range"
    trades._set_pairs(_series, state, convert(_amount, int256))
    claims._mint(_long, convert(_series, uint256), _amount)
    claims._mint(_short, convert(_series, uint256) | 1, _amount)
    before: uint256 = cash._held()
    cash._collect(msg.sender, self, _amount)
    assert cash._held() == before + _amount, "market: payment did not arrive"


@external
def burn_pair(_series: bytes32, _amount: uint256, _receiver: address):
    """
    @notice End as many longs as shorts of the caller, and get the satoshi back that they lock. Always.
    @param _series     Its id.
    @param _amount     Of each.
    @param _receiver   Of the satoshi.
    """
    assert _amount != 0, "market: amount out of range"
    claims._burn(msg.sender, convert(_series, uint256), _amount)
    claims._burn(msg.sender, convert(_series, uint256) | 1, _amount)
    state: uint256 = trades._states[_series]
    if state & trades.SETTLED == 0:
        trades._set_pairs(_series, state, -convert(_amount, int256))
    cash._push(_receiver, _amount)


@external
def fill(_series: IInstrument.Series, _fill: IPairMarket.Fill):
    """
    @notice Take claims of an order, at its price.
    """
    series: bytes32 = orders._series_hash(_series)
    id: bytes32 = self._tradable(_series, series)
    digest: bytes32 = orders._hash(_fill.order)
    self._check_order(_fill, digest, series, msg.sender)
    before: uint256 = cash._held()
    long: address = _fill.order.maker if _fill.order.long else msg.sender
    short: address = msg.sender if _fill.order.long else _fill.order.maker
    terms: pair.Terms = trades._expose(
        id, long, short, _fill.amount, _fill.order.price, digest
    )
    orders.filled[digest] += _fill.amount
    self._cash(long, short, terms)
    cash._check_held(before, terms.pairs)


@external
def fill_all(_legs: DynArray[IPairMarket.Leg, MAX_LEGS], _max_payment: int256):
    """
    @notice Take claims of orders of any series, all or nothing: what a package needs, with one payment
            by or to the caller. Makers pay and are paid leg by leg, and the caller at the end: a package
            that trades one series both ways can be refused in a market that holds little else.
    @param _max_payment   Satoshi that the caller is ready to pay in all; negative for what it wants.
    """
    before: uint256 = cash._held()
    pairs: int256 = 0
    own: int256 = 0
    for leg: IPairMarket.Leg in _legs:
        series: bytes32 = orders._series_hash(leg.series)
        id: bytes32 = self._tradable(leg.series, series)
        digest: bytes32 = orders._hash(leg.order)
        self._check_order(
            IPairMarket.Fill(order=leg.order, signature=leg.signature, amount=leg.amount),
            digest,
            series,
            msg.sender,
        )
        long: address = leg.order.maker if leg.order.long else msg.sender
        short: address = msg.sender if leg.order.long else leg.order.maker
        terms: pair.Terms = trades._expose(id, long, short, leg.amount, leg.order.price, digest)
        orders.filled[digest] += leg.amount
        pairs += terms.pairs
        own += terms.short_pays if leg.order.long else terms.long_pays
        cash._settle_up(
            leg.order.maker, terms.long_pays if leg.order.long else terms.short_pays
        )
    assert own <= _max_payment, "market: above max payment"
    cash._settle_up(msg.sender, own)
    cash._check_held(before, pairs)


@external
def sweep(
    _series: IInstrument.Series,
    _long: bool,
    _fills: DynArray[IPairMarket.Fill, MAX_LEGS],
    _amount: uint256,
    _limit: uint256,
    _min_amount: uint256,
) -> uint256:
    """
    @notice Take claims of orders of a series, one after the other, and pass over those that are dead.
    @param _long         The caller wants longs; the orders want shorts.
    @param _fills        Best first; `amount` is what to take of each at most.
    @param _amount       Claims to take in all at most.
    @param _limit        Ticks: the worst price; above for a caller who wants longs, else below.
    @param _min_amount   Claims below which all is undone.
    @return Claims that were taken.
    """
    assert _amount % pair.LOT == 0, "market: amount not in lots"
    series: bytes32 = orders._series_hash(_series)
    id: bytes32 = self._tradable(_series, series)
    before: uint256 = cash._held()
    taken: uint256 = 0
    pairs: int256 = 0
    own: int256 = 0
    for one: IPairMarket.Fill in _fills:
        if one.order.long == _long:
            continue
        if (one.order.price > _limit) if _long else (one.order.price < _limit):
            continue
        digest: bytes32 = orders._hash(one.order)
        left: uint256 = orders._left(one.order, digest, series, msg.sender)[0]
        amount: uint256 = min(min(left, one.amount - one.amount % pair.LOT), _amount - taken)
        if amount == 0 or not orders._is_signed(one.order.maker, digest, one.signature):
            continue
        maker: address = one.order.maker
        long: address = msg.sender if _long else maker
        short: address = maker if _long else msg.sender
        terms: pair.Terms = trades._quote(id, long, short, amount, one.order.price)
        # Nothing has changed yet: an order whose maker cannot pay, or be paid, is passed over.
        if not cash._moved(maker, terms.short_pays if _long else terms.long_pays):
            continue
        orders.filled[digest] += amount
        trades._swap(id, long, short, digest, amount, one.order.price, terms)
        taken += amount
        pairs += terms.pairs
        own += terms.long_pays if _long else terms.short_pays
    assert _min_amount <= taken, "market: too little taken"
    if pairs != 0:
        trades._set_pairs(id, trades._states[id], pairs)
    cash._settle_up(msg.sender, own)
    cash._check_held(before, pairs)
    return taken


@external
def match_orders(
    _series: IInstrument.Series, _long: IPairMarket.Fill, _short: IPairMarket.Fill
):
    """
    @notice Match two orders that cross, at the tick in the middle. Nothing is left for who does it.
    @param _long    An order that wants longs; its `amount` is taken of both.
    @param _short   One that wants shorts, at no higher price.
    """
    series: bytes32 = orders._series_hash(_series)
    id: bytes32 = self._tradable(_series, series)
    assert _long.order.long and not _short.order.long, "market: orders on one side"
    assert _short.order.price <= _long.order.price, "market: orders do not cross"
    assert _long.amount == _short.amount, "market: two amounts"
    of_long: bytes32 = orders._hash(_long.order)
    of_short: bytes32 = orders._hash(_short.order)
    self._check_order(_long, of_long, series, _short.order.maker)
    self._check_order(_short, of_short, series, _long.order.maker)
    before: uint256 = cash._held()
    orders.filled[of_long] += _long.amount
    orders.filled[of_short] += _long.amount
    terms: pair.Terms = trades._expose(
        id,
        _long.order.maker,
        _short.order.maker,
        _long.amount,
        (_long.order.price + _short.order.price) // 2,
        of_long,
    )
    self._cash(_long.order.maker, _short.order.maker, terms)
    cash._check_held(before, terms.pairs)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def series(_series: bytes32) -> (bool, bool, uint256, uint256):
    """
    @notice Return how a series stands.
    @return Whether it is open, whether it is settled, the share of the longs x 10^12, and its open
            pairs, which stand still once it is settled.
    """
    state: uint256 = trades._states[_series]
    return (
        state & trades.OPEN != 0,
        state & trades.SETTLED != 0,
        (state >> 2) & trades.SHARE_MASK,
        (state >> 42) & trades.PAIRS_MASK,
    )


@view
@external
def opened_at(_series: bytes32) -> uint256:
    """
    @notice Return when a series was opened, unix seconds; zero where it was not.
    """
    return trades._states[_series] >> 122


@view
@external
def fillable(
    _series: IInstrument.Series, _fill: IPairMarket.Fill, _taker: address
) -> (uint256, String[32]):
    """
    @notice Return how many claims a taker could take of an order now, as far as its maker can pay, and
            why none. The taker's own money is not looked at.
    """
    series: bytes32 = orders._series_hash(_series)
    id: bytes32 = self._id(series)
    if trades._states[id] & trades.OPEN == 0:
        return 0, "market: series not open"
    if trades._states[id] & trades.SETTLED != 0:
        return 0, "market: settled already"
    if staticcall self._instrument(_series).known(_series):
        return 0, "market: index is known"
    digest: bytes32 = orders._hash(_fill.order)
    left: uint256 = 0
    reason: String[32] = ""
    left, reason = orders._left(_fill.order, digest, series, _taker)
    if left == 0:
        return 0, reason
    if not orders._is_signed(_fill.order.maker, digest, _fill.signature):
        return 0, "market: order not signed"
    maker: address = _fill.order.maker
    funds: uint256 = min(
        staticcall IERC20(cash.COLLATERAL).balanceOf(maker),
        staticcall IERC20(cash.COLLATERAL).allowance(maker, self),
    )
    # What the maker has of the other side pays a whole satoshi each; the rest its price.
    other: uint256 = convert(id, uint256) | (1 if _fill.order.long else 0)
    price: uint256 = _fill.order.price if _fill.order.long else pair.TICKS - _fill.order.price
    whole: uint256 = left
    if price != 0:  # n price / TICKS - min(n, owned) <= funds
        whole = (funds + claims.balanceOf[maker][other]) * pair.TICKS // price
    amount: uint256 = min(left, whole)
    amount -= amount % pair.LOT
    if amount == 0:
        return 0, "market: maker cannot pay"
    return amount, ""


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@pure
@internal
def _id(_hash: bytes32) -> bytes32:
    return convert((convert(_hash, uint256) >> 1) << 1, bytes32)


@view
@internal
def _instrument(_series: IInstrument.Series) -> IInstrument:
    return IInstrument(INSTRUMENTS[_series.instrument])


@view
@internal
def _opened(_series: IInstrument.Series) -> bytes32:
    id: bytes32 = self._id(orders._series_hash(_series))
    assert trades._states[id] & trades.OPEN != 0, "market: series not open"
    return id


@view
@internal
def _tradable(_series: IInstrument.Series, _hash: bytes32) -> bytes32:
    """
    @dev The id of a series of which the last reading is not determined yet.
    """
    id: bytes32 = self._id(_hash)
    state: uint256 = trades._states[id]
    assert state & trades.OPEN != 0, "market: series not open"
    assert state & trades.SETTLED == 0, "market: settled already"
    assert not staticcall self._instrument(_series).known(_series), "market: index is known"
    return id


@view
@internal
def _check_order(
    _fill: IPairMarket.Fill, _digest: bytes32, _series: bytes32, _taker: address
):
    left: uint256 = 0
    reason: String[32] = ""
    left, reason = orders._left(_fill.order, _digest, _series, _taker)
    if left == 0:
        raise reason
    assert _fill.amount != 0 and _fill.amount % pair.LOT == 0, "market: amount not in lots"
    assert _fill.amount <= left, "market: above what is left"
    assert orders._is_signed(
        _fill.order.maker, _digest, _fill.signature
    ), "market: order not signed"


@internal
def _cash(_long: address, _short: address, _terms: pair.Terms):
    """
    @dev Have both sides pay, or be paid: who pays first. Between two of whom one pays the other, the
         satoshi do not pass through here.
    """
    if _terms.pairs == 0 and _terms.long_pays != 0:
        payer: address = _long if _terms.long_pays > 0 else _short
        payee: address = _short if _terms.long_pays > 0 else _long
        cash._collect(payer, payee, convert(abs(_terms.long_pays), uint256))
        return
    cash._settle_up(_long, max(_terms.long_pays, 0))
    cash._settle_up(_short, _terms.short_pays)
    cash._settle_up(_long, min(_terms.long_pays, 0))
