"""A block header: 80 bytes, and the hash that names the block."""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple

from terahash.errors import HeaderError, Rule

HEADER_SIZE = 80
FIELDS = struct.Struct("<i32s32sIII")
"""Version, parent, Merkle root, time, bits, nonce: little-endian, the version signed."""


def double_sha256(raw: bytes) -> bytes:
    """Hash twice with SHA-256, as Bitcoin does everywhere: 32 bytes in internal byte order."""
    return hashlib.sha256(hashlib.sha256(raw).digest()).digest()


class Header(NamedTuple):
    """The six fields of a header; hashes are 32 bytes in internal byte order."""

    version: int
    parent: bytes
    merkle_root: bytes
    time: int
    bits: int
    nonce: int

    @classmethod
    def parse(cls, raw: bytes) -> Header:
        """Read the 80 bytes of a header.

        Raises:
            HeaderError: for any other length.
        """
        if len(raw) != HEADER_SIZE:
            raise HeaderError(-1, Rule.WHOLE, f"{len(raw)} bytes where a header has {HEADER_SIZE}")
        return cls(*FIELDS.unpack(raw))

    def serialize(self) -> bytes:
        """Write the 80 bytes that are hashed."""
        return FIELDS.pack(*self)

    @property
    def hash(self) -> bytes:
        """The block's hash, 32 bytes in internal byte order."""
        return double_sha256(self.serialize())


def display(block_hash: bytes) -> str:
    """Write a hash as explorers do: reversed, in hexadecimal."""
    return block_hash[::-1].hex()


def from_display(text: str) -> bytes:
    """Read a hash as explorers write it into internal byte order."""
    return bytes.fromhex(text)[::-1]
