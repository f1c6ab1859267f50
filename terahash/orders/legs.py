"""What orders are made from: quotes, as `terahash quote --json` prints them, or a series."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from terahash.documents import reasons
from terahash.orders.order import OrderError
from terahash.orders.wire import Uint256, Word
from terahash.products.product import Product, Side
from terahash.swaps.series import DifficultyKind, HashpriceKind, Instrument, Series
from terahash.text import quoted

LONGEST = 1_000_000
"""Bytes that a document may have."""
_WHOLE = re.compile("-?[0-9]{1,78}")
_ZERO = "0x" + "00" * 32
_WRONG = (
    "this is neither a quote, as `terahash quote --json` prints it, nor the terms of a series: {}"
)


class LegError(OrderError):
    """A document that is no quote and no series; the message says why."""


def _whole(value: Any) -> int:
    """Read a whole number, or its text; a float has lost what it was of."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError("not a whole number")


Whole = Annotated[int, BeforeValidator(_whole)]


class _Series(BaseModel):
    """The terms of a series; an instrument and its kind by name or number."""

    id: Word | None = None
    instrument: Annotated[int, Field(ge=0, lt=2**8)] | str
    kind: Annotated[int, Field(ge=0, lt=2**8)] | str
    region: Word = _ZERO
    against: Word = _ZERO
    parameter: Uint256 = "0"
    start: Annotated[Whole, Field(ge=0, lt=2**64)]
    end: Annotated[Whole, Field(ge=0, lt=2**64)]
    floor: Annotated[Whole, Field(ge=-(2**255), lt=2**255)]
    cap: Annotated[Whole, Field(ge=-(2**255), lt=2**255)]
    fallback_share: Annotated[Whole, Field(ge=0, lt=2**16)]

    def read(self) -> Series:
        """Return the series.

        Raises:
            LegError: for an instrument or a kind of no such name, or an id of another series.
        """
        instrument = _number(Instrument, self.instrument)
        of_hashprice = instrument == Instrument.HASHPRICE
        series = Series(
            instrument,
            _number(HashpriceKind if of_hashprice else DifficultyKind, self.kind),
            bytes.fromhex(self.region[2:]),
            bytes.fromhex(self.against[2:]),
            int(self.parameter),
            self.start,
            self.end,
            self.floor,
            self.cap,
            self.fallback_share,
        )
        if self.id is not None and self.id != "0x" + series.id.hex():
            raise LegError(f"the id is {self.id}, and these terms have 0x{series.id.hex()}")
        return series


class _Leg(BaseModel):
    name: str = "order"
    series: _Series
    side: Side
    claims: Whole
    price: Whole
    warnings: list[str] = []

    def read(self) -> Product:
        return Product(
            quoted(self.name),
            self.series.read(),
            self.side,
            self.claims,
            self.price,
            warnings=tuple(map(quoted, self.warnings)),
        )


class _Package(BaseModel):
    legs: Annotated[list[_Leg], Field(min_length=1)]


class _Named(BaseModel):
    series: _Series


def read_legs(raw: bytes) -> list[Product]:
    """Read the legs of a quote: one of a product, several of a package.

    Raises:
        LegError: when it is no quote.
    """
    _check_size(raw)
    try:
        if b'"legs"' in raw:
            return [leg.read() for leg in _Package.model_validate_json(raw).legs]
        return [_Leg.model_validate_json(raw).read()]
    except ValidationError as error:
        raise LegError(_WRONG.format(reasons(error))) from None


def read_series(raw: bytes) -> Series:
    """Read the terms of a series, from a document of them or one that holds them.

    Raises:
        LegError: when it holds none.
    """
    _check_size(raw)
    try:
        if b'"series"' in raw:
            return _Named.model_validate_json(raw).series.read()
        return _Series.model_validate_json(raw).read()
    except ValidationError as error:
        raise LegError(_WRONG.format(reasons(error))) from None


def _check_size(raw: bytes) -> None:
    if len(raw) > LONGEST:
        raise LegError(_WRONG.format(f"it has more than {LONGEST:,} bytes"))


def _number(
    names: type[Instrument] | type[DifficultyKind] | type[HashpriceKind], value: int | str
) -> int:
    if isinstance(value, int):
        return int(value)
    if value in names.__members__:
        return int(names[value])
    known = ", ".join(names.__members__)
    raise LegError(_WRONG.format(f"{quoted(value)} is none of {known}"))
