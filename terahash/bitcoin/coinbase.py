"""The coinbase: the transaction that pays a block's miner, and so proves the block's fees."""

from __future__ import annotations

from typing import NamedTuple

from terahash.bitcoin.header import double_sha256
from terahash.errors import TransactionError
from terahash.units import Sats

_NULL_OUTPOINT = bytes(32) + b"\xff" * 4
SHORTEST = 65
"""Bytes: a transaction of 64 could be an inner node of a Merkle tree, so none so short passes."""


class Output(NamedTuple):
    """What a transaction pays, in satoshi, and the script that may spend it."""

    value: Sats
    script: bytes


class Coinbase(NamedTuple):
    """A coinbase transaction, parsed to its last byte.

    Attributes:
        stripped: its serialization without witness, which its id commits to.
        script: the input's script, the miner's own words.
        outputs: in order.
        witness: the input's witness items; empty in the stripped form.
    """

    stripped: bytes
    script: bytes
    outputs: tuple[Output, ...]
    witness: tuple[bytes, ...]

    @property
    def txid(self) -> bytes:
        """Its id, 32 bytes in internal byte order: the first leaf of the block's Merkle tree."""
        return double_sha256(self.stripped)

    @property
    def total(self) -> Sats:
        """What it pays in all: subsidy plus the fees that the miner took, in satoshi."""
        return Sats(sum(output.value for output in self.outputs))

    @property
    def height(self) -> int | None:
        """The height that its script begins with, as every block since 227,931 must say (BIP 34).

        None when it does not begin with a number of up to eight bytes.
        """
        size = self.script[0] if self.script else 0
        if not 1 <= size <= 8 or len(self.script) <= size:
            return None
        return int.from_bytes(self.script[1 : 1 + size], "little")


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, size: int, what: str) -> bytes:
        if self.at + size > len(self.raw):
            raise TransactionError(
                f"{what} needs {size} bytes at offset {self.at} of {len(self.raw)}: truncated"
            )
        self.at += size
        return self.raw[self.at - size : self.at]

    def number(self, size: int, what: str) -> int:
        return int.from_bytes(self.take(size, what), "little")

    def count(self, what: str) -> int:
        """Read a compact size in its shortest form: one byte, or a prefix and 2, 4 or 8."""
        first = self.number(1, what)
        if first < 0xFD:
            return first
        size = 1 << (first - 0xFC)
        value = self.number(size, what)
        if value < (0xFD, 1 << 16, 1 << 32)[first - 0xFD]:
            raise TransactionError(f"{what} is {value}, written in more bytes than it needs")
        return value


def parse_coinbase(raw: bytes) -> Coinbase:
    """Parse a coinbase transaction, with or without its witness.

    Raises:
        TransactionError: unless it is exactly one transaction, longer than 64 bytes without its
            witness, with one input that spends nothing and at least one output.
    """
    reader = _Reader(raw)
    version = reader.take(4, "version")
    has_witness = raw[4:6] == b"\x00\x01"
    if has_witness:
        reader.take(2, "witness marker")
    body = reader.at

    if (inputs := reader.count("number of inputs")) != 1:
        raise TransactionError(f"{inputs} inputs where a coinbase has one")
    if reader.take(36, "outpoint") != _NULL_OUTPOINT:
        raise TransactionError("its input spends an output, so it is no coinbase")
    script = reader.take(reader.count("length of the input's script"), "input's script")
    reader.take(4, "sequence")
    outputs = tuple(
        Output(
            Sats(reader.number(8, "value of an output")),
            reader.take(reader.count("length of an output's script"), "output's script"),
        )
        for _ in range(reader.count("number of outputs"))
    )
    if not outputs:
        raise TransactionError("it pays nobody: no outputs")
    end = reader.at
    witness: tuple[bytes, ...] = ()
    if has_witness:
        witness = tuple(
            reader.take(reader.count("length of a witness item"), "witness item")
            for _ in range(reader.count("number of witness items"))
        )
    lock_time = reader.take(4, "lock time")
    if reader.at != len(raw):
        raise TransactionError(f"{len(raw) - reader.at} bytes follow its end")

    stripped = version + raw[body:end] + lock_time
    if len(stripped) < SHORTEST:
        raise TransactionError(f"{len(stripped)} bytes: an inner Merkle node could pass as this")
    return Coinbase(stripped, script, outputs, witness)
