"""Packages: products that are traded together, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from terahash.products.product import Product, Side
from terahash.products.quotes import Unit
from terahash.units import Sats

MAX_LEGS = 16
"""Legs that one transaction of the market takes."""


@dataclass(frozen=True)
class Package:
    """Products that are traded together.

    Attributes:
        name: such as strip.
        legs: in order.
        description: what it is, in words.
        warnings: what to know before.
    """

    name: str
    legs: tuple[Product, ...]
    description: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def locks(self) -> Sats:
        """Satoshi that all legs lock together."""
        return Sats(sum(leg.locks for leg in self.legs))

    @property
    def max_loss(self) -> Sats:
        """Satoshi: all that it locks."""
        return self.locks

    @property
    def max_gain(self) -> Sats:
        """Satoshi: all that the other sides lock."""
        return Sats(sum(leg.max_gain for leg in self.legs))


@dataclass(frozen=True)
class Strip(Package):
    """Forwards of months in a row, each settled by its own X."""

    def payoff(self, xs: Sequence[int]) -> Sats:
        """Return the satoshi that it gains when the months' X (times 10^18) are these, in order."""
        return Sats(sum(leg.payoff(x) for leg, x in zip(self.legs, xs, strict=True)))


@dataclass(frozen=True)
class Collar(Package):
    """A put spread and a capped call of one window: both legs are settled by the same X.

    Both are held on the same side, so that one loses as X rises, and both pay in all at its ends.
    """

    @property
    def side(self) -> Side:
        """Of both legs: short for who buys the put spread and sells the call."""
        return self.legs[0].side

    @property
    def unit(self) -> Unit:
        """In which X is quoted."""
        return self.legs[0].unit

    def payoff(self, x: int) -> Sats:
        """Return the satoshi that it gains at X (times 10^18); negative where it loses."""
        return Sats(sum(leg.payoff(x) for leg in self.legs))

    @property
    def break_even(self) -> tuple[Fraction, Fraction] | None:
        """The least and the greatest X (times 10^18) at which it neither gains nor loses.

        They are two where the premiums cancel out; None where it gains, or loses, at every X.
        """
        knots = sorted({x for leg in self.legs for x in (leg.series.floor, leg.series.cap)})
        zeros = [Fraction(x) for x in knots if not self._exact(x)]
        for low, high in pairwise(knots):
            before, after = self._exact(low), self._exact(high)
            if before * after < 0:
                zeros.append(low + (high - low) * before / (before - after))
        return (min(zeros), max(zeros)) if zeros else None

    def _exact(self, x: int) -> Fraction:
        """Return what it gains at X before settlement rounds."""
        gained = Fraction(-self.locks)
        for leg in self.legs:
            inside = min(max(x, leg.series.floor), leg.series.cap) - leg.series.floor
            long = Fraction(leg.claims * inside, leg.series.cap - leg.series.floor)
            gained += long if leg.side is Side.LONG else leg.claims - long
        return gained
