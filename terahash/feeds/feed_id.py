"""Ids of feeds, which say themselves what a feed is."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from terahash.errors import TerahashError
from terahash.text import quoted
from terahash.units import DAY, MINUTE

NAME_SIZE = 27
"""Bytes of a feed's name."""
MAX_DECIMALS = 36
VALUE_LIMIT = 2**111
"""Values are below it, either side of zero."""
_DIGITS = 60
"""Digits before or after the point that a value may be written with."""
_HEX = re.compile("0x[0-9a-fA-F]{64}")
_WRITTEN = re.compile("(.*):([0-9]{1,3}):([0-9]{1,6})")


class FeedError(TerahashError, ValueError):
    """A feed, a value or a report that cannot be; the message says what would."""


class FeedId(NamedTuple):
    """A feed of a quorum, by what its id spells: name 27 bytes, decimals 1, period 4.

    Attributes:
        name: ASCII, such as BTC/USD.
        decimals: of its values: a value of 12345 with two decimals is 123.45.
        period: seconds; times of observations are multiples of it.
    """

    name: str
    decimals: int
    period: int

    @classmethod
    def of(cls, name: str, decimals: int, period: int) -> FeedId:
        """Name a feed.

        Raises:
            FeedError: when an id cannot say this, or the contract would refuse its period.
        """
        if not name or len(name) > NAME_SIZE or not (name.isascii() and name.isprintable()):
            raise FeedError(
                f"a feed's name is 1 to {NAME_SIZE} printable ASCII characters: {name!r}"
            )
        if not 0 <= decimals <= MAX_DECIMALS:
            raise FeedError(f"a feed has 0 to {MAX_DECIMALS} decimals, not {decimals}")
        if not MINUTE <= period <= DAY:
            raise FeedError(f"a feed's period is {MINUTE} to {DAY:,} seconds, not {period:,}")
        return cls(name, decimals, period)

    @classmethod
    def read(cls, raw: bytes) -> FeedId:
        """Read an id of 32 bytes.

        Raises:
            FeedError: when it is none.
        """
        name, _, rest = raw[:NAME_SIZE].partition(b"\0")
        if len(raw) != 32 or any(rest) or not name.isascii():
            raise FeedError(f"0x{raw.hex()} is no feed's id: name 27 bytes, decimals 1, period 4")
        return cls.of(name.decode(), raw[NAME_SIZE], int.from_bytes(raw[NAME_SIZE + 1 :], "big"))

    @classmethod
    def parse(cls, text: str) -> FeedId:
        """Read a feed as people write it: NAME:DECIMALS:PERIOD, or its id in hexadecimal.

        Raises:
            FeedError: when it is none.
        """
        if _HEX.fullmatch(text):
            return cls.read(bytes.fromhex(text[2:]))
        if found := _WRITTEN.fullmatch(text):
            return cls.of(found[1], int(found[2]), int(found[3]))
        raise FeedError(
            f"{quoted(text)} is no feed: write NAME:DECIMALS:PERIOD, such as BTC/USD:8:600, or the "
            "32 bytes of its id in hexadecimal"
        )

    def __str__(self) -> str:
        return f"{self.name}:{self.decimals}:{self.period}"

    def __bytes__(self) -> bytes:
        name = self.name.encode().ljust(NAME_SIZE, b"\0")
        return name + bytes([self.decimals]) + self.period.to_bytes(4, "big")

    def due(self, now: int) -> int:
        """Return the newest time, unix seconds, at which an observation is due."""
        return now // self.period * self.period

    def scaled(self, value: Decimal) -> int:
        """Write a value as the contract has it, exactly.

        Raises:
            FeedError: when it has more decimals than the feed, or is too large.
        """
        if not value.is_finite() or abs(value.adjusted()) > _DIGITS:
            raise FeedError(f"{self.name}: {quoted(str(value))} is no value that can be counted")
        numerator, denominator = value.as_integer_ratio()
        scale: int = 10**self.decimals
        scaled, rest = divmod(numerator * scale, denominator)
        if rest:
            raise FeedError(
                f"{self.name} has {self.decimals} decimals: {quoted(str(value))} cannot be written"
            )
        if not -VALUE_LIMIT < scaled < VALUE_LIMIT:
            raise FeedError(f"{self.name}: {quoted(str(value))} is out of range")
        return scaled

    def shown(self, value: int) -> Decimal:
        """Read a value that the contract has, exactly."""
        return Decimal(f"{value}e-{self.decimals}")
