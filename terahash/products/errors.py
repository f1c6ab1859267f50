"""What products refuse, each for its own reason; the messages say what would do."""

from __future__ import annotations

from terahash.errors import TerahashError


class ProductError(TerahashError, ValueError):
    """A product that cannot be."""


class QuoteError(ProductError):
    """What is no number, no unit, or not of this unit."""


class BoundsError(ProductError):
    """A band that is reversed, has no width, or lies beyond what the market takes."""


class StrikeError(ProductError):
    """A strike that is not inside the band."""


class PremiumError(ProductError):
    """A premium that is nothing, or as much as can be gained."""


class SizeError(ProductError):
    """A notional that is zero, negative, or more than a trade can be."""


class FallbackError(ProductError):
    """A fallback share that is no part of the collateral."""


class MoveError(ProductError):
    """A move of difficulty after which nothing is left of it."""


class WindowError(ProductError):
    """A window that cannot be settled on."""


class EmptyWindowError(WindowError):
    """A window that ends where it starts, or before."""


class ShortWindowError(WindowError):
    """A hashprice window below one day."""


class PastWindowError(WindowError):
    """A window that is over."""


class KnownWindowError(WindowError):
    """A window that is not over, but whose last reading is determined."""


class FarWindowError(WindowError):
    """A window farther ahead than is quoted, or longer than the market takes."""


class UnalignedError(ProductError):
    """An amount between two whole ticks, lots or units, which nobody asked to round.

    Attributes:
        below, above: the nearest whole numbers of ticks, claims or units.
    """

    def __init__(self, message: str, below: int, above: int) -> None:
        super().__init__(message)
        self.below = below
        self.above = above
