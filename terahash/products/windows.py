"""Windows: calendar months (UTC), any two times, and epochs; which of them can still be traded."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from fractions import Fraction
from typing import NamedTuple

from terahash.bitcoin.state import LAST_TIME
from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.hashprice import to_the_second
from terahash.products.errors import (
    EmptyWindowError,
    FarWindowError,
    KnownWindowError,
    PastWindowError,
    ShortWindowError,
    WindowError,
)
from terahash.swaps.series import DifficultyKind
from terahash.text import quoted
from terahash.units import DAY

MONTHS = 36
"""How many months ahead are quoted."""
MAX_SECONDS = 5 * 366 * DAY
"""How far ahead a hashprice window may end: the market's own limit."""
MAX_EPOCHS = 208
"""How long a difficulty window may be, and how far ahead end: the market's own limit."""


class Times(NamedTuple):
    """A window of time, unix seconds."""

    start: int
    end: int

    @property
    def days(self) -> Fraction:
        """Its length in days of 86,400 s."""
        return Fraction(self.end - self.start, DAY)

    def check(self, now: int) -> tuple[str, ...]:
        """Return warnings, for a window that can be traded.

        Raises:
            WindowError: for one that cannot.
        """
        if self.end <= self.start:
            raise EmptyWindowError(f"window is empty: it starts at {self.start}, ends {self.end}")
        if not 0 <= self.start < self.end <= LAST_TIME:
            raise FarWindowError(f"window ends beyond Bitcoin's clock: give unix seconds, {self}")
        if self.end - self.start < DAY:
            raise ShortWindowError(
                f"window is {self.end - self.start:,} seconds long: give at least a day"
            )
        if self.end <= now:
            raise PastWindowError(f"window is over since {to_the_second(self.end)} UTC: {self}")
        if now + MAX_SECONDS < self.end:
            raise FarWindowError(f"window ends more than five years ahead: {self}")
        if self.start < now:
            share = Fraction(now - self.start, self.end - self.start)
            return (f"{int(share * 100)} % of the window has passed, and is known",)
        return ()

    def __str__(self) -> str:
        return f"{to_the_second(self.start)} to {to_the_second(self.end)} UTC"


class Month(NamedTuple):
    """A calendar month, UTC."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read a month such as 2024-03.

        Raises:
            WindowError: when it is none.
        """
        found = re.fullmatch("(20[0-9]{2})-(0[1-9]|1[0-2])", text)
        if not found:
            raise WindowError(f"{quoted(text)} is no month: write 2024-03")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, time: int) -> Month:
        """Return the month in which a unix time lies."""
        at = datetime.fromtimestamp(time, UTC)
        return cls(at.year, at.month)

    @property
    def start(self) -> int:
        """Its first second, unix time."""
        return timegm((self.year, self.month, 1, 0, 0, 0))

    @property
    def times(self) -> Times:
        """From its first second to that of the next."""
        return Times(self.start, self.plus(1).start)

    def plus(self, months: int) -> Month:
        """Return the month so many later."""
        year, month = divmod(12 * self.year + self.month - 1 + months, 12)
        return Month(year, month + 1)

    def check(self, now: int) -> tuple[str, ...]:
        """Return warnings, for a month that can be traded: this one, or one of the next 36.

        Raises:
            WindowError: for one that cannot.
        """
        self.check_far(now)
        return self.times.check(now)

    def check_far(self, now: int) -> None:
        """Refuse a month that is more than 36 ahead.

        Raises:
            FarWindowError: for such a month.
        """
        newest = Month.of(now).plus(MONTHS)
        if newest < self:
            raise FarWindowError(
                f"{self} is too far ahead: {newest} is the last of the next {MONTHS} months"
            )

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


class Epochs(NamedTuple):
    """A window of whole epochs, the last one not in it."""

    start: int
    end: int

    def check(self, kind: DifficultyKind, tip: int) -> tuple[str, ...]:
        """Return warnings, for a window that can be traded while the newest block is at `tip`.

        Raises:
            WindowError: for one that cannot.
        """
        if self.end <= self.start or self.start < 0:
            raise EmptyWindowError(f"window is empty: {self}")
        if self.end - self.start > MAX_EPOCHS:
            raise FarWindowError(f"window is too long: {self}, and {MAX_EPOCHS} are the most")
        if tip // EPOCH_BLOCKS + MAX_EPOCHS < self.end:
            raise FarWindowError(f"window ends more than {MAX_EPOCHS} epochs ahead: {self}")
        if self.end * EPOCH_BLOCKS <= tip:
            raise PastWindowError(f"window is over: {self}, and the newest block is {tip:,}")
        # An epoch's difficulty is determined by the block before it.
        known = min((tip + 1) // EPOCH_BLOCKS + 1, self.end) - self.start
        if kind is not DifficultyKind.MEAN:
            known = tip // EPOCH_BLOCKS - self.start
        elif known == self.end - self.start:
            raise KnownWindowError(
                f"window is known: block {EPOCH_BLOCKS * (self.end - 1) - 1:,} has determined the "
                f"difficulty of epoch {self.end - 1}, its last"
            )
        if known > 0:
            return (f"{known} of the window's {self.end - self.start} epochs are known",)
        return ()

    def __str__(self) -> str:
        last = self.end - 1
        return f"epoch {self.start}" if last == self.start else f"epochs {self.start} to {last}"
