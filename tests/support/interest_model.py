"""What borrowing should cost, from the curve's definition: exponentials to 60 digits.

The contract sums a series of whole numbers, and cuts at every step. The model solves the equation
    d rate / dt = +-speed x distance x rate, within the bounds,
    d index / dt = rate x steepness at that distance x index
exactly, where the utilisation stands still, and rounds nothing.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import NamedTuple

YEAR = 365 * 86_400
DIGITS = 60
LONGEST = 8
"""What one call brings is at most exp(8) fold."""


class Advance(NamedTuple):
    """What a span of time did: by how much the index grew, as a part of itself, and the rate."""

    growth: Decimal
    rate: Decimal


class Curve(NamedTuple):
    """A rate curve; all x 10^18, rates and speed a year."""

    target: int
    steepness: int
    speed: int
    min_rate: int
    max_rate: int

    def advance(self, rate: Decimal | int, utilisation: Decimal | int, seconds: int) -> Advance:
        """Let time pass at one utilisation; rates and utilisation x 10^18."""
        with localcontext() as context:
            context.prec = DIGITS
            one = Decimal(10) ** 18
            target, used, now = (Decimal(x) / one for x in (self.target, utilisation, rate))
            is_above = used > target
            distance = (used - target) / (1 - target) if is_above else (target - used) / target
            years = Decimal(seconds) / YEAR
            gained, end = self._integral(now, distance if is_above else -distance, years)
            steepness = Decimal(self.steepness) / one
            extra = steepness - 1 if is_above else 1 / steepness - 1
            exponent = min(Decimal(LONGEST), gained * (1 + extra * distance))
            return Advance(exponent.exp() - 1, end * one)

    def _integral(self, rate: Decimal, drive: Decimal, years: Decimal) -> tuple[Decimal, Decimal]:
        """Return the rate's integral over time, and the rate at the end."""
        one = Decimal(10) ** 18
        drift = drive * self.speed / one  # a year
        if not drift:
            return rate * years, rate
        bound = Decimal(self.max_rate if drift > 0 else self.min_rate) / one
        free = min(years, max(Decimal(0), (bound / rate).ln() / drift))
        end = bound if free < years else rate * (drift * free).exp()
        return (end - rate) / drift + bound * (years - free), end
