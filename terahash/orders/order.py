"""Orders and their signatures: EIP-712 typed data of one pair market."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak

from terahash import __version__
from terahash.deployment import NOBODY
from terahash.errors import TerahashError
from terahash.swaps.series import SERIES_FIELDS, Series
from terahash.typed_data import HALF_ORDER, domain_separator

if TYPE_CHECKING:  # it takes half a second to import
    from eth_account.signers.local import LocalAccount

DOMAIN_NAME = "Terahash pair market"
ORDER_FIELDS = {
    "maker": "address",
    "taker": "address",
    "series": "Series",
    "long": "bool",
    "amount": "uint256",
    "price": "uint256",
    "deadline": "uint256",
    "counter": "uint256",
    "salt": "uint256",
}
"""The typed data of an order (EIP-712), in order."""
MAX_SIGNATURE = 1_024
"""Bytes of a signature that the market takes; those of accounts with code can be long."""


class OrderError(TerahashError, ValueError):
    """What is no order, or none that the market would take; the message says why."""


def _described(name: str, fields: dict[str, str]) -> str:
    return f"{name}({','.join(f'{kind} {field}' for field, kind in fields.items())})"


_TYPE = keccak(text=_described("Order", ORDER_FIELDS) + _described("Series", SERIES_FIELDS))


class Order(NamedTuple):
    """A wish for exposure at a price.

    Attributes:
        maker: whose wish it is, and who signs it.
        taker: who alone may take it; the zero address for anyone.
        series: what it is on, whole; the market is handed its hash.
        long: the maker wants the long claim.
        amount: claims, in whole lots: the satoshi that long and short lock together.
        price: ticks of the collateral that the long pays.
        deadline: unix seconds up to which it counts.
        counter: of the maker, which cancels all its orders before.
        salt: tells apart orders that are otherwise alike.
    """

    maker: str
    taker: str
    series: Series
    long: bool
    amount: int
    price: int
    deadline: int
    counter: int
    salt: int

    @property
    def calldata(self) -> tuple[Any, ...]:
        """The order as the market takes it."""
        return (*self[:2], self.series.hash, *self[3:])

    @property
    def is_for_anyone(self) -> bool:
        """Whether no taker is named."""
        return self.taker == NOBODY


class SignedOrder(NamedTuple):
    """An order and a signature of it, not yet verified."""

    order: Order
    signature: bytes

    def fill(self, amount: int) -> tuple[Any, ...]:
        """Return what the market takes of it: so many claims."""
        return (self.order.calldata, self.signature, amount)


class Domain(NamedTuple):
    """The market that signatures are for.

    Attributes:
        chain_id: EIP-155.
        address: of the market.
        version: as the market says it; its own, which this package may have outgrown.
    """

    chain_id: int
    address: str
    version: str = __version__

    def digest(self, order: Order) -> bytes:
        """Return the hash that is signed, by which the market knows the order; 32 bytes.

        Raises:
            EncodingError: when a field is beyond its type.
        """
        kinds = ["bytes32" if kind == "Series" else kind for kind in ORDER_FIELDS.values()]
        struct = keccak(_TYPE + encode(kinds, order.calldata))
        return self.seal(struct)

    def seal(self, struct: bytes) -> bytes:
        """Join a message's own hash with the domain's: what keys sign; 32 bytes."""
        return keccak(b"\x19\x01" + _separator(self) + struct)

    def sign(self, account: LocalAccount, order: Order) -> SignedOrder:
        """Sign an order with its maker's key."""
        signed = account.sign_typed_data(full_message=self.typed_data(order))
        return SignedOrder(order, bytes(signed.signature))

    def signer(self, signed: SignedOrder) -> str | None:
        """Recover the key that signed an order; None where the market would take it for unsigned.

        An account with code may have signed otherwise (EIP-1271): only a chain can tell.
        """
        try:
            return recover(self.digest(signed.order), signed.signature)
        except EncodingError:
            return None

    def typed_data(self, order: Order) -> dict[str, Any]:
        """Return what wallets are handed to sign (`eth_signTypedData_v4`)."""
        return self.message("Order", ORDER_FIELDS, order)

    def message(self, name: str, fields: dict[str, str], values: Any) -> dict[str, Any]:
        """Return a message that holds a series as wallets are handed it.

        Args:
            name: of its type.
            fields: their types by name, in order.
            values: a named tuple of them.
        """
        kinds = {name: fields, "Series": SERIES_FIELDS}
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                **{
                    struct: [{"name": field, "type": kind} for field, kind in members.items()]
                    for struct, members in kinds.items()
                },
            },
            "primaryType": name,
            "domain": self.as_dict(),
            "message": {**values._asdict(), "series": values.series._asdict()},
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the domain by the names of EIP-712."""
        return {
            "name": DOMAIN_NAME,
            "version": self.version,
            "chainId": self.chain_id,
            "verifyingContract": self.address,
        }


@lru_cache(maxsize=64)
def _separator(domain: Domain) -> bytes:
    """Hash a domain once: books hash many orders of one market."""
    return domain_separator(domain.as_dict())


def recover(digest: bytes, signature: bytes) -> str | None:
    """Recover the key that signed a hash; None where the market takes it for unsigned."""
    if len(signature) != 65:
        return None
    r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
    v = signature[64]
    if s > HALF_ORDER or v not in (27, 28):
        return None
    try:
        key = Signature(vrs=(v - 27, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValueError):
        return None
    return str(key.to_checksum_address())
