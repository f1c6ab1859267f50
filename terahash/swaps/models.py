"""What the pair market says about series, orders and accounts.

Units: a claim is a satoshi of collateral; X, floor and cap are times 10^18; shares are parts of
10^12; prices are ticks of 1/10,000 of the collateral; times are unix seconds.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from terahash.errors import TerahashError
from terahash.headers import Exact
from terahash.swaps.series import SHARES, TICKS, Series
from terahash.units import DAY

CANCELLED = 2**256 - 1
"""As what is filled of an order: its maker has cancelled it."""
FOREVER = 2**256 - 1
"""As an allowance: it is not used up."""
DEAD_AFTER = 90 * DAY
"""Seconds without an advance of its index after which a series' own fallback applies."""


class SwapError(TerahashError, ValueError):
    """What the market cannot be asked for; the message says why."""


class State(NamedTuple):
    """A series as the market keeps it.

    Attributes:
        is_open, is_settled: how far it has come.
        share: of the collateral that longs have; zero until it is settled.
        pairs: claims of either side, which lock a satoshi for both; still, once it is settled.
    """

    is_open: bool
    is_settled: bool
    share: Exact
    pairs: Exact


class Value(NamedTuple):
    """What an instrument says X is: zero while the whole window is not final."""

    is_ready: bool
    x: Exact


class Claims(NamedTuple):
    """What an account has of a series."""

    longs: Exact
    shorts: Exact

    def worth(self, share: int) -> int:
        """Return the satoshi that they are paid once longs have this share, rounded down once."""
        return (self.longs * share + self.shorts * (SHARES - share)) // SHARES

    @property
    def least(self) -> int:
        """Satoshi that they are paid whatever X turns out to be, but for a rounded one."""
        return min(self.longs, self.shorts)

    @property
    def most(self) -> int:
        """Satoshi that they are paid at best."""
        return max(self.longs, self.shorts)


class Fillable(NamedTuple):
    """How many claims a taker could take of an order now; and the market's reason for none."""

    amount: Exact
    reason: str


class Bitcoin(NamedTuple):
    """Satoshi that an account holds, and how many of them the market may take."""

    held: int
    allowed: int


class Trade(NamedTuple):
    """Claims that changed hands.

    Attributes:
        series: its id.
        long, short: who wanted which side.
        order: hash of the order that was taken; of a match, of the long's.
        amount: claims.
        price: ticks that the long paid.
    """

    series: bytes
    long: str
    short: str
    order: bytes
    amount: Exact
    price: int


class Settlement(NamedTuple):
    """What a series was settled on.

    Attributes:
        series: its id.
        x: of its window; zero where the fallback applied.
        share: of the collateral that longs have.
        is_dead: by the series' own fallback, for its index stood still.
    """

    series: bytes
    x: Exact
    share: Exact
    is_dead: bool


class Stage(IntEnum):
    """How far a series has come.

    TRADING: claims change hands.
    KNOWN: the last reading is determined, and not final; nothing trades any more.
    READY: anyone may settle it.
    DEAD: its index stood still for 90 days; anyone may settle it by its fallback.
    SETTLED: anyone may have accounts without code paid.
    """

    TRADING = 0
    KNOWN = 1
    READY = 2
    DEAD = 3
    SETTLED = 4


class Standing(NamedTuple):
    """How a series stands.

    Attributes:
        series: its terms.
        stage: how far it has come.
        pairs: claims of either side; those at its settlement, once it is settled.
        x: of the whole window; None while that is not final, and where the index died.
        share: that longs have, or would have if it were settled now; None while that is open.
    """

    series: Series
    stage: Stage
    pairs: Exact
    x: Exact | None
    share: Exact | None

    @property
    def can_settle(self) -> bool:
        """Whether anyone may settle it now."""
        return self.stage in (Stage.READY, Stage.DEAD)


class Position(NamedTuple):
    """What an account has of a series, and how that stands."""

    account: str
    standing: Standing
    claims: Claims

    @property
    def worth(self) -> int | None:
        """Satoshi that a redemption pays, or would if it were settled now; None while unknown."""
        share = self.standing.share
        return None if share is None else self.claims.worth(share)


def fallback(series: Series) -> int:
    """Return the share that longs have where the index died."""
    return series.fallback_share * (SHARES // TICKS)
