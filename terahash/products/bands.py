"""Bands: floor and cap of a series, the strikes that its ticks are, and the standard ones.

Formula: K = floor + price / 10,000 x (cap - floor).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from terahash.products.errors import BoundsError, FallbackError, PremiumError, StrikeError
from terahash.products.quotes import Quote, Rounding, Unit, whole
from terahash.report.numbers import count
from terahash.swaps.series import MAX_BOUND, TICKS


class Band(NamedTuple):
    """A band of X (times 10^18).

    Attributes:
        floor, cap: X at which the long has nothing, and all.
        forward: X as it was expected when the series opened; None where nobody says.
        unit: in which people quote it.
    """

    floor: int
    cap: int
    forward: int | None
    unit: Unit

    @classmethod
    def between(cls, floor: Quote, cap: Quote, forward: Quote | None = None) -> Band:
        """Draw a band from a floor to a cap, in one unit.

        Raises:
            BoundsError: when it has no width, or the market would refuse its bounds.
            UnalignedError: for a bound that is finer than X is.
        """
        low, high = floor.x(), cap.to(floor.unit).x()
        expected = None if forward is None else forward.to(floor.unit).x()
        return cls(low, high, expected, floor.unit).checked()

    def checked(self) -> Band:
        """Return it, when the market takes it.

        Raises:
            BoundsError: else.
        """
        floor, cap = (Quote.at(x, self.unit) for x in (self.floor, self.cap))
        if self.cap == self.floor:
            raise BoundsError(f"band has no width: floor and cap are both {floor}")
        if self.cap < self.floor:
            raise BoundsError(f"band is reversed: its floor, {floor}, is above its cap, {cap}")
        if self.floor < -MAX_BOUND or self.cap > MAX_BOUND:
            raise BoundsError(f"band is too far out: {floor} to {cap}")
        return self

    @property
    def width(self) -> int:
        """X from the floor to the cap."""
        return self.cap - self.floor

    def quoted_in(self, unit: Unit) -> Band:
        """Return it as people quote it in another unit.

        Raises:
            QuoteError: for a unit of something else.
        """
        Quote.at(self.floor, self.unit).to(unit)
        return self._replace(unit=unit)

    def strike(self, price: int) -> Quote:
        """Return the strike that a price in ticks is, in the band's unit, exactly."""
        return Quote.at(self.floor + Fraction(price * self.width, TICKS), self.unit)

    def width_of(self, ticks: int) -> Quote:
        """Return what so many ticks of the collateral are of X, in the band's unit, exactly."""
        return Quote.at(Fraction(ticks * self.width, TICKS), self.unit)

    def strike_ticks(self, strike: Quote | int, rounding: Rounding | None = None) -> int:
        """Return the price in ticks of a strike, which may be given in ticks.

        Raises:
            StrikeError: when it is not inside the band: at a bound one side has nothing to lose.
            UnalignedError: when it is between two ticks, and no rounding is asked for.
        """
        if isinstance(strike, Quote):
            x = strike.to(self.unit).exact
            if not self.floor < x < self.cap:
                floor, cap = (Quote.at(bound, self.unit) for bound in (self.floor, self.cap))
                raise StrikeError(f"strike of {strike} is not between {floor} and {cap}")
            ticks = (x - self.floor) * TICKS / self.width
            what = f"strike of {strike} is not a tick of the band"
            strike = whole(ticks, rounding, what, lambda tick: _ticks(self.strike(tick), tick))
        if not 0 < strike < TICKS:
            raise StrikeError(
                f"price of {strike:,} ticks is not between 0 and {TICKS:,}: one side would have "
                "nothing to lose"
            )
        return strike

    def premium_ticks(self, premium: Quote | int, rounding: Rounding | None = None) -> int:
        """Return a premium in ticks, which may be given in ticks.

        Raises:
            PremiumError: when it is nothing, or all that the option can ever pay.
            UnalignedError: when it is between two ticks, and no rounding is asked for.
        """
        wrong = PremiumError(
            f"premium of {premium}{' ticks' * isinstance(premium, int)} is not between nothing and "
            f"what the option pays at most, {self.width_of(TICKS)} or {TICKS:,} ticks"
        )
        if isinstance(premium, Quote):
            x = premium.to(self.unit).exact
            if not 0 < x < self.width:
                raise wrong
            what = f"premium of {premium} is not a tick of the band"
            premium = whole(
                x * TICKS / self.width,
                rounding,
                what,
                lambda tick: _ticks(self.width_of(tick), tick),
            )
        if not 0 < premium < TICKS:
            raise wrong
        return premium

    def fallback_share(self, chosen: int | None = None) -> int:
        """Return the long's share of the collateral should the index die, ticks.

        Where none is chosen it is the share at the forward price at which the series opened, to the
        nearest tick, so that a dead index is a lottery ticket for nobody; half, where nobody says
        the price. It is the band's, not a trade's: else every price had a series of its own.

        Raises:
            FallbackError: for a choice beyond 0 to 10,000.
        """
        if chosen is None:
            if self.forward is None:
                return TICKS // 2
            inside = min(max(self.forward, self.floor), self.cap) - self.floor
            return (2 * inside * TICKS + self.width) // (2 * self.width)
        if not 0 <= chosen <= TICKS:
            raise FallbackError(f"fallback share of {chosen:,} is not from 0 to {TICKS:,} ticks")
        return chosen


def _ticks(quote: Quote, ticks: int) -> str:
    return f"{quote} ({count(ticks, 'tick')})"
