# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Orders
@notice   Wishes that their makers signed (EIP-712), and how much of each is left.
@dev      An account signs with its key; where it has code, and its key did not sign, its code is asked
          (EIP-1271). What nobody signed is an order that is not signed, never a revert: one bad
          signature must not stop a sweep.
"""

from snekmate.utils import eip712_domain_separator as eip712

from ..interfaces import IInstrument
from ..interfaces import IPairMarket
from . import pair

uses: eip712

SIGNATURE_GAS: constant(uint256) = 100_000  # that an account's code may use to check one
_MAGIC: constant(bytes32) = 0x1626ba7e00000000000000000000000000000000000000000000000000000000
# Of two signatures by a key, one has an s above half of the curve's order: it counts for none.
_HALF_ORDER: constant(uint256) = (
    57_896_044_618_658_097_711_785_492_504_343_953_926_418_782_139_537_452_191_302_581_570_759_080_747_168
)
_SERIES: constant(String[183]) = (
    "Series(uint8 instrument,uint8 kind,bytes32 region,bytes32 against,uint256 parameter,uint64 start,uint64 end,int256 floor,int256 cap,uint16 fallback_share)"
)
_SERIES_TYPE: constant(bytes32) = keccak256(_SERIES)
_ORDER_TYPE: constant(bytes32) = keccak256(
    "Order(address maker,address taker,Series series,bool long,uint256 amount,uint256 price,uint256 deadline,uint256 counter,uint256 salt)Series(uint8 instrument,uint8 kind,bytes32 region,bytes32 against,uint256 parameter,uint64 start,uint64 end,int256 floor,int256 cap,uint16 fallback_share)"
)

counter: public(HashMap[address, uint256])  # orders of another do not count
filled: public(HashMap[bytes32, uint256])  # by the order's hash; 2^256 - 1 where it was cancelled


# ╔════════════════════════════════════════════════════════════════╗
# ║                             MAKER                              ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def cancel(_order: IPairMarket.Order):
    """
    @notice Cancel one of the caller's orders.
    """
    assert msg.sender == _order.maker, "market: not the maker"
    order: bytes32 = self._hash(_order)
    self.filled[order] = max_value(uint256)
    log IPairMarket.OrderCancelled(maker=msg.sender, order=order)


@external
def cancel_all():
    """
    @notice Cancel all of the caller's orders: those that it signs from now on name the next counter.
    """
    counter: uint256 = self.counter[msg.sender] + 1
    self.counter[msg.sender] = counter
    log IPairMarket.OrdersCancelled(maker=msg.sender, counter=counter)


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@pure
@internal
def _series_hash(_series: IInstrument.Series) -> bytes32:
    return keccak256(abi_encode(_SERIES_TYPE, _series))


@view
@internal
def _hash(_order: IPairMarket.Order) -> bytes32:
    return eip712._hash_typed_data_v4(keccak256(abi_encode(_ORDER_TYPE, _order)))


@view
@internal
def _left(
    _order: IPairMarket.Order, _digest: bytes32, _series: bytes32, _taker: address
) -> (uint256, String[32]):
    """
    @dev How many claims may still be taken of an order, by whom takes it, and why none. Who signed it
         is another question.
    """
    if _order.series != _series:
        return 0, "market: another series"
    if _order.amount % pair.LOT != 0 or pair.MAX_CLAIMS < _order.amount:
        return 0, "market: order not in lots"
    if pair.TICKS < _order.price:
        return 0, "market: price above all"
    if _order.deadline < block.timestamp:
        return 0, "market: order expired"
    if _order.counter != self.counter[_order.maker]:
        return 0, "market: order cancelled"
    if _order.taker != empty(address) and _order.taker != _taker:
        return 0, "market: order for another"
    if _order.maker == _taker:
        return 0, "market: own order"
    filled: uint256 = self.filled[_digest]
    if filled == max_value(uint256):
        return 0, "market: order cancelled"
    if _order.amount <= filled:
        return 0, "market: order filled"
    return _order.amount - filled, ""


@view
@internal
def _is_signed(_maker: address, _digest: bytes32, _signature: Bytes[1_024]) -> bool:
    if len(_signature) == 65:
        r: uint256 = extract32(_signature, 0, output_type=uint256)
        s: uint256 = extract32(_signature, 32, output_type=uint256)
        v: uint256 = convert(slice(_signature, 64, 1), uint256)
        if s <= _HALF_ORDER and _maker != empty(address) and ecrecover(_digest, v, r, s) == _maker:
            return True
    if not _maker.is_contract:
        return False
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        _maker,
        abi_encode(_digest, _signature, method_id=method_id("isValidSignature(bytes32,bytes)")),
        max_outsize=32,
        gas=SIGNATURE_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    return success and len(answer) == 32 and extract32(answer, 0) == _MAGIC
