"""A typed client of `HashpriceIndex`, for whoever advances it or reads what it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from typing import Any, NamedTuple

from terahash.bitcoin.proof import CoinbaseProof
from terahash.bitcoin.state import DAY_BLOCKS, EMPTY, GROUP_BLOCKS, Day, keccak256
from terahash.chain import Chain, Receipt

MAX_OPEN = 8
"""Recorded block-days that may be open at once."""
MAX_PROOFS = 48
"""Blocks whose fees are proven in one transaction: 1.2 million gas, in some 32 kB of calldata."""
MAX_BLOB, MAX_OUTPUTS = 49_152, 1_024
"""Bytes of proofs in one transaction, and outputs of a coinbase."""


class Latest(NamedTuple):
    """The newest closed block-day; satoshi per TH/s, times 10^18, and unix seconds."""

    day: int
    end: int
    hashprice: int
    earned: int
    floor_earned: int


class Reading(NamedTuple):
    """The running totals at a closed block-day's end: satoshi per TH/s, times 10^18."""

    end: int
    earned: int
    floor_earned: int


class OpenDay(NamedTuple):
    """A recorded block-day; all zero for any other.

    Attributes:
        end: unix seconds of Bitcoin's clock.
        bits: compact target.
        subsidy: of its 144 blocks, satoshi.
        fees: proven so far, satoshi.
        proven: bit i: the fees of its block i are proven.
        recorded_at: when its fee window began, unix seconds; zero for the day that set the clock.
    """

    end: int
    bits: int
    subsidy: int
    fees: int
    proven: int
    recorded_at: int

    @property
    def unproven(self) -> list[int]:
        """Which of its blocks have no proof yet: 0 to 143."""
        return [index for index in range(DAY_BLOCKS) if not self.proven >> index & 1]


class Dollars(NamedTuple):
    """Running totals in dollars: the total and the price scaled by 10^18 and 10^8."""

    total: int
    seconds: int
    variance: int
    price: int


class FeeCall(NamedTuple):
    """The arguments of one `prove_fees`.

    Attributes:
        number: of the block-day.
        day: its content, as the relay made it final.
        given: bit g: the roots of its group g are spelled out.
        hashes: for each of the twelve groups its roots where they are, else its hash.
        proofs: of some blocks, each `packed`.
    """

    number: int
    day: Day
    given: int
    hashes: list[bytes]
    proofs: bytes


def _folded(hashes: Iterable[bytes]) -> bytes:
    return reduce(lambda folded, one: keccak256(folded + one), hashes, EMPTY)


def _groups(roots: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [roots[at : at + GROUP_BLOCKS] for at in range(0, DAY_BLOCKS, GROUP_BLOCKS)]


def day_roots(roots: Sequence[bytes]) -> bytes:
    """Fold the 144 Merkle roots of a block-day's headers into what its `Day` says of them."""
    return _folded(map(_folded, _groups(roots)))


def packed(proof: CoinbaseProof) -> bytes:
    """Write a proof as the contract reads it.

    Bytes: index in the day 1 | siblings 1 | length, big-endian, 2 | coinbase | siblings, 32 each.
    """
    head = bytes([proof.height % DAY_BLOCKS, len(proof.branch)])
    size = len(proof.coinbase).to_bytes(2, "big")
    return head + size + proof.coinbase + b"".join(proof.branch)


def fee_call(
    number: int, day: Day, roots: Sequence[bytes], proofs: Sequence[CoinbaseProof]
) -> FeeCall:
    """Build what proves the fees of some of a block-day's blocks.

    Args:
        number: of the block-day.
        day: its content, as the relay made it final.
        roots: the 144 Merkle roots of its headers, internal byte order.
        proofs: of blocks of this day; which should have been checked against their headers.
    """
    groups = {proof.height % DAY_BLOCKS // GROUP_BLOCKS for proof in proofs}
    given = sum(1 << group for group in groups)
    hashes: list[bytes] = []
    for group, own in enumerate(_groups(roots)):
        hashes += own if given >> group & 1 else [_folded(own)]
    return FeeCall(number, day, given, hashes, b"".join(map(packed, proofs)))


class HashpriceIndex:
    """One deployed index. Methods raise `ChainError` with the index's own reason."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address

    @cached_property
    def first_day(self) -> int:
        """The block-day whose end sets the clock."""
        return int(self._call("FIRST_DAY"))

    @cached_property
    def fee_window(self) -> int:
        """Seconds in which a recorded day's fees can be proven."""
        return int(self._call("FEE_WINDOW"))

    def recorded(self) -> int:
        """Read the newest recorded block-day; the one before the first while there is none."""
        return int(self._call("recorded"))

    def latest(self) -> Latest:
        """Read the newest closed block-day."""
        return Latest(*self._call("latest"))

    def block_day(self, number: int) -> OpenDay:
        """Read a recorded block-day."""
        return OpenDay(*self._call("block_day", number))

    def readings(self, first: int, count: int) -> list[Reading]:
        """Read the totals of up to 64 closed block-days in a row."""
        return [Reading(*reading) for reading in self._call("readings", first, count)]

    def hashprice(self, number: int) -> int:
        """Read a closed block-day's hashprice: satoshi per TH/s per day, times 10^18."""
        return int(self._call("hashprice", number))

    def earned(self, number: int) -> int:
        """Read what 1 TH/s had earned at a closed block-day's end: satoshi, times 10^18."""
        return int(self._call("earned", number))

    def earned_at(self, time: int) -> int:
        """Read what 1 TH/s had earned at a time, unix seconds: satoshi, times 10^18."""
        return int(self._call("earned_at", time))

    def dollars(self, number: int) -> Dollars:
        """Read the totals in dollars at a closed block-day's end."""
        return Dollars(*self._call("dollars", number))

    def record(self, days: Sequence[Day]) -> Receipt:
        """Record up to eight final block-days, which opens their fee windows."""
        return self._send("record", [tuple(day) for day in days])

    def prove_fees(self, call: FeeCall) -> Receipt:
        """Count the fees of blocks of a recorded day."""
        return self._send("prove_fees", *call._replace(day=tuple(call.day)))  # type: ignore[arg-type]

    def close(self, hint: int = 0) -> Receipt:
        """Close the oldest recorded day, where its fees are all proven or its window has passed."""
        return self._send("close", hint)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call("HashpriceIndex", self.address, function, *args)

    def _send(self, function: str, *args: Any) -> Receipt:
        return self.chain.send("HashpriceIndex", self.address, function, *args)
