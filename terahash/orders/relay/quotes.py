"""Requests for quotes: an account asks for a series, and makers answer with orders that name it.

A request is signed by the account that asks, as typed data in the market's domain: orders are of
another type, so that a request is never one. Unsigned, anybody could ask in another's name, have
makers commit prices to whoever that is, and fill the board at no cost. It binds nobody to trade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terahash.documents import reasons
from terahash.orders.order import Domain, recover
from terahash.orders.wire import Account, SeriesDocument, Uint64, Uint256, WireError
from terahash.swaps.series import SERIES_FIELDS, Series

if TYPE_CHECKING:  # it takes half a second to import
    from eth_account.signers.local import LocalAccount

LONGEST = 2_048
"""Bytes that a line may have."""
FIELDS = {
    "taker": "address",
    "series": "Series",
    "long": "bool",
    "amount": "uint256",
    "deadline": "uint256",
    "salt": "uint256",
}
"""The typed data of a request (EIP-712), in order."""


def _members(fields: dict[str, str]) -> str:
    return ",".join(f"{kind} {field}" for field, kind in fields.items())


_TYPE = keccak(text=f"QuoteRequest({_members(FIELDS)})Series({_members(SERIES_FIELDS)})")


class QuoteRequest(NamedTuple):
    """Who asks for a price, and of what.

    Attributes:
        taker: the account that asks, and that answers name.
        series: what it is on.
        long: it wants the long claim, and so orders that want the short one.
        amount: claims.
        deadline: unix seconds up to which it asks.
        salt: tells apart requests that are otherwise alike.
    """

    taker: str
    series: Series
    long: bool
    amount: int
    deadline: int
    salt: int


class SignedRequest(NamedTuple):
    """A request and a signature of it, not yet verified."""

    request: QuoteRequest
    signature: bytes


class RequestLine(BaseModel):
    """A signed request as it travels; no field more and none less. Units as in `QuoteRequest`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    chain_id: Annotated[int, Field(ge=0, lt=2**53)]
    market: Account
    version: Annotated[str, Field(pattern="^[0-9A-Za-z.]{1,8}$")]
    taker: Account
    series: SeriesDocument
    long: bool
    amount: Uint64
    deadline: Uint64
    salt: Uint256
    signature: Annotated[str, Field(pattern="^0x[0-9a-f]{130}$")]


def digest(domain: Domain, request: QuoteRequest) -> bytes:
    """Return the hash that is signed; 32 bytes."""
    kinds = ["bytes32" if kind == "Series" else kind for kind in FIELDS.values()]
    values = request._replace(series=request.series.hash)  # type: ignore[arg-type]
    return domain.seal(keccak(_TYPE + encode(kinds, values)))


def sign(domain: Domain, account: LocalAccount, request: QuoteRequest) -> SignedRequest:
    """Sign a request with its taker's key."""
    signed = account.sign_typed_data(full_message=typed_data(domain, request))
    return SignedRequest(request, bytes(signed.signature))


def is_signed(domain: Domain, signed: SignedRequest) -> bool:
    """Say whether the key of the account that asks has signed; code cannot ask."""
    return recover(digest(domain, signed.request), signed.signature) == signed.request.taker


def typed_data(domain: Domain, request: QuoteRequest) -> dict[str, Any]:
    """Return what wallets are handed to sign (`eth_signTypedData_v4`)."""
    return domain.message("QuoteRequest", FIELDS, request)


def to_line(domain: Domain, signed: SignedRequest) -> str:
    """Write a signed request on one line, without its end.

    Raises:
        WireError: when a field is beyond its type.
    """
    fields = signed.request._asdict()
    try:
        return RequestLine(
            chain_id=domain.chain_id,
            market=domain.address,
            version=domain.version,
            **{
                **fields,
                "series": SeriesDocument.of(signed.request.series),
                **{name: str(fields[name]) for name in ("amount", "deadline", "salt")},
            },
            signature="0x" + signed.signature.hex(),
        ).model_dump_json()
    except ValidationError as error:
        raise WireError(f"this request cannot be written: {reasons(error)}") from None


def from_line(text: str | bytes) -> tuple[Domain, SignedRequest]:
    """Read a signed request, and the market that it is for; nothing of it is verified.

    Raises:
        WireError: when it is none.
    """
    line = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        if len(line) > LONGEST:
            raise WireError(f"a request for quotes has at most {LONGEST:,} bytes")
        wire = RequestLine.model_validate_json(line)
    except ValidationError as error:
        raise WireError(f"this is no request for quotes: {reasons(error)}") from None
    request = QuoteRequest(
        taker=wire.taker,
        series=wire.series.series,
        long=wire.long,
        amount=int(wire.amount),
        deadline=int(wire.deadline),
        salt=int(wire.salt),
    )
    signed = SignedRequest(request, bytes.fromhex(wire.signature[2:]))
    return Domain(wire.chain_id, wire.market, wire.version), signed
