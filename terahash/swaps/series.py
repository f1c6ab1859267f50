"""Series: what the pair market's claims are on, as the market takes and names them."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terahash.headers import Exact

TICKS = 10_000
"""Of the collateral: the parts in which a price is said."""
LOT = 10_000
"""Claims: what orders trade whole, so that a price in ticks is in whole satoshi."""
SHARES = 10**12
"""Parts of the collateral in which settlement says what longs have."""
MAX_BOUND = 2**200
"""Of floor and cap, either way."""
MAX_CLAIMS = 2**79
"""Of one trade."""

SERIES_FIELDS = {
    "instrument": "uint8",
    "kind": "uint8",
    "region": "bytes32",
    "against": "bytes32",
    "parameter": "uint256",
    "start": "uint64",
    "end": "uint64",
    "floor": "int256",
    "cap": "int256",
    "fallback_share": "uint16",
}
"""The typed data of a series (EIP-712), in order."""
_TYPE = keccak(text=f"Series({','.join(f'{kind} {name}' for name, kind in SERIES_FIELDS.items())})")


class Instrument(IntEnum):
    """What X is of: the instruments' numbers in the market."""

    DIFFICULTY = 0
    HASHPRICE = 1


class DifficultyKind(IntEnum):
    """What a difficulty swap settles on."""

    MEAN = 0
    HASHRATE = 1


class HashpriceKind(IntEnum):
    """What a hashprice swap settles on."""

    BTC = 0
    SUBSIDY = 1


class Series(NamedTuple):
    """The terms of a series.

    Attributes:
        instrument: number in the market's list.
        kind: of the instrument.
        start, end: the window: epochs, or unix seconds, by instrument.
        floor, cap: X at which the long has nothing, and all; times 10^18.
        fallback_share: ticks of the collateral that the long has where the index died.
        region, against, parameter: of later instruments; zero.
    """

    instrument: int
    kind: int
    region: bytes
    against: bytes
    parameter: int
    start: int
    end: int
    floor: Exact
    cap: Exact
    fallback_share: int

    @property
    def hash(self) -> bytes:
        """The hash of its typed data (EIP-712), which orders hold; 32 bytes."""
        return _hash(self)

    @property
    def id(self) -> bytes:
        """The name by which the market knows it: the hash with its last bit cleared."""
        return self.long.to_bytes(32, "big")

    @property
    def long(self) -> int:
        """The id of its long claim."""
        return int.from_bytes(self.hash, "big") >> 1 << 1

    @property
    def short(self) -> int:
        """The id of its short claim."""
        return self.long | 1

    def share(self, x: int) -> int:
        """Return what of the collateral longs have at X (times 10^18), in parts of 10^12, down."""
        inside = min(max(x, self.floor), self.cap) - self.floor
        return inside * SHARES // (self.cap - self.floor)


def payment(claims: int, price: int, is_long: bool) -> int:
    """Return the satoshi that a side pays for claims at a price, in ticks that the long pays.

    Exact for whole lots; both sides together pay a satoshi for each claim.
    """
    long = claims * price // TICKS
    return long if is_long else claims - long


def series(
    instrument: int,
    kind: int,
    start: int,
    end: int,
    floor: int,
    cap: int,
    fallback_share: int,
) -> Series:
    """Return a series that needs no region and no parameter; units as in `Series`."""
    return Series(instrument, kind, bytes(32), bytes(32), 0, start, end, floor, cap, fallback_share)


@lru_cache(maxsize=1_024)
def _hash(terms: Series) -> bytes:
    return keccak(_TYPE + encode(list(SERIES_FIELDS.values()), terms))
