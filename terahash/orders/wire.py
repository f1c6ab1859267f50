"""Signed orders on their way from maker to taker: JSON, one to a line, by file, pipe or relay.

A line says what was signed, for which market, and the signature, and is trusted for nothing:
whoever reads it verifies it (`terahash.orders.preflight`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Annotated, Any, NamedTuple

from eth_utils.address import to_checksum_address
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from terahash.address import checked_address
from terahash.documents import Refusal, numbered, reasons
from terahash.orders.order import MAX_SIGNATURE, Domain, Order, OrderError, SignedOrder
from terahash.swaps.series import Series

LONGEST = 4_096
"""Bytes that a line may have."""
_WRONG = "an order is one JSON object as `terahash order sign` prints it, and this is none: {}"


class WireError(OrderError):
    """A line that is no order; the message says why."""


def _within(low: int, high: int) -> AfterValidator:
    def check(text: str) -> str:
        if not low <= int(text) < high:
            raise ValueError("more than its type holds")
        return text

    return AfterValidator(check)


def _short_enough(text: str) -> str:
    if len(text) > 2 + 2 * MAX_SIGNATURE:
        raise ValueError(f"more than {MAX_SIGNATURE:,} bytes, which no market takes")
    return text


_Natural = Field(pattern="^(0|[1-9][0-9]{0,77})$")
Account = Annotated[str, AfterValidator(checked_address)]
"""An address, its capitals right where it has some."""
Word = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]
"""32 bytes."""
Uint64 = Annotated[str, _Natural, _within(0, 2**64)]
Uint256 = Annotated[str, _Natural, _within(0, 2**256)]
"""A whole number as text: JSON readers would round it."""
Int256 = Annotated[str, Field(pattern="^(0|-?[1-9][0-9]{0,76})$"), _within(-(2**255), 2**255)]
Signature = Annotated[str, Field(pattern="^0x([0-9a-f]{2})*$"), AfterValidator(_short_enough)]
_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)


class SeriesDocument(BaseModel):
    """The terms of a series as they travel; no field more and none less. Units as in `Series`."""

    model_config = _STRICT

    instrument: Annotated[int, Field(ge=0, lt=2**8)]
    kind: Annotated[int, Field(ge=0, lt=2**8)]
    region: Word
    against: Word
    parameter: Uint256
    start: Uint64
    end: Uint64
    floor: Int256
    cap: Int256
    fallback_share: Annotated[int, Field(ge=0, lt=2**16)]

    @classmethod
    def of(cls, series: Series) -> SeriesDocument:
        """Write a series; raises ValidationError where a field is beyond its type."""
        fields = series._asdict()
        written: dict[str, Any] = {**fields, "region": _hex(series.region)}
        written["against"] = _hex(series.against)
        for name in ("parameter", "start", "end", "floor", "cap"):
            written[name] = str(fields[name])
        return cls(**written)

    @property
    def series(self) -> Series:
        """The series."""
        return Series(
            instrument=self.instrument,
            kind=self.kind,
            region=bytes.fromhex(self.region[2:]),
            against=bytes.fromhex(self.against[2:]),
            parameter=int(self.parameter),
            start=int(self.start),
            end=int(self.end),
            floor=int(self.floor),
            cap=int(self.cap),
            fallback_share=self.fallback_share,
        )


class OrderLine(BaseModel):
    """A signed order as it travels; no field more and none less. Units as in `Order`.

    Attributes:
        chain_id, market, version: the domain that it was signed for.
        series: its terms, whole.
        signature: by the maker's key, or what its code takes for one.
    """

    model_config = _STRICT

    chain_id: Annotated[int, Field(ge=0, lt=2**53)]
    market: Account
    version: Annotated[str, Field(pattern="^[0-9A-Za-z.]{1,8}$")]
    maker: Account
    taker: Account
    series: SeriesDocument
    long: bool
    amount: Uint256
    price: Uint256
    deadline: Uint256
    counter: Uint256
    salt: Uint256
    signature: Signature


class Line(NamedTuple):
    """An order, its market, and the line that it was read from, as in "orders.jsonl:3"."""

    where: str
    domain: Domain
    signed: SignedOrder


def to_line(domain: Domain, signed: SignedOrder) -> str:
    """Write a signed order on one line, without its end.

    Raises:
        WireError: when a field is beyond its type.
    """
    order = signed.order
    try:
        return OrderLine(
            chain_id=domain.chain_id,
            market=_checksummed(domain.address),
            version=domain.version,
            maker=_checksummed(order.maker),
            taker=_checksummed(order.taker),
            series=SeriesDocument.of(order.series),
            long=order.long,
            amount=str(order.amount),
            price=str(order.price),
            deadline=str(order.deadline),
            counter=str(order.counter),
            salt=str(order.salt),
            signature=_hex(signed.signature),
        ).model_dump_json()
    except ValidationError as error:
        raise WireError(f"this order cannot be written: {reasons(error)}") from None


def from_line(text: str | bytes) -> tuple[Domain, SignedOrder]:
    """Read a signed order, and the market that it is for; nothing of it is verified.

    Raises:
        WireError: when it is none.
    """
    line = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(line) > LONGEST:
        raise WireError(_WRONG.format(f"it has more than {LONGEST:,} bytes"))
    try:
        wire = OrderLine.model_validate_json(line)
    except ValidationError as error:
        raise WireError(_WRONG.format(reasons(error))) from None
    order = Order(
        maker=wire.maker,
        taker=wire.taker,
        series=wire.series.series,
        long=wire.long,
        amount=int(wire.amount),
        price=int(wire.price),
        deadline=int(wire.deadline),
        counter=int(wire.counter),
        salt=int(wire.salt),
    )
    signed = SignedOrder(order, bytes.fromhex(wire.signature[2:]))
    return Domain(wire.chain_id, wire.market, wire.version), signed


def read_lines(stream: IO[bytes], name: str) -> Iterator[Line | Refusal]:
    """Read a file of orders; empty lines are passed over, and none is held that is too long.

    Args:
        stream: of it.
        name: by which lines are called.
    """
    for where, line in numbered(stream, name, LONGEST):
        try:
            yield Line(where, *from_line(line))
        except WireError as error:
            yield Refusal(where, str(error))


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


@lru_cache(maxsize=4_096)
def _checksummed(address: str) -> str:
    return str(to_checksum_address(address))
