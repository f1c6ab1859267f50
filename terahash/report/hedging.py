"""The numbers of the fifth chapter: a miner's revenue, its hedges, and their other side."""

from __future__ import annotations

from pydantic import BaseModel

from terahash.headers import Exact

GAS_TARGETS = {
    "take an order": 164_000,
    "settle, hashprice": 90_000,
    "settle, difficulty": 55_000,
    "redeem": 54_000,
}
"""Whole-transaction gas by operation; SWAPS.md."""


class Leg(BaseModel):
    """Claims of one series, from the miner's side; satoshi.

    Attributes:
        label: of the series, as wallets show it.
        is_difficulty: X is a difficulty, and else a hashprice; both times 10^18.
        is_long: the miner holds the long.
        claims: of either side.
        price: ticks that the long paid.
        x: what the series settled on; equal to the library's.
        share: of the collateral that longs have, x 10^12.
        locked, paid: by the miner, and to it.
        fund_locked, fund_paid: by the fund, and to it.
    """

    label: str
    is_difficulty: bool
    is_long: bool
    claims: int
    price: int
    floor: Exact
    cap: Exact
    x: Exact
    share: int
    locked: int
    paid: int
    fund_locked: int
    fund_paid: int


class Hedged(BaseModel):
    """A part of the miner's hashrate, and what it was hedged with.

    Attributes:
        name: of the product.
        said: what was agreed, in words.
        petahash: PH/s.
        start, end: unix seconds of the revenue.
        revenue: satoshi of the subsidy that so much earned by the index, times 10^18.
        expected: what it would have been, had hashprice been as both expected; likewise.
        legs: of the product.
    """

    name: str
    said: str
    petahash: int
    start: int
    end: int
    revenue: Exact
    expected: Exact
    legs: list[Leg]

    @property
    def result(self) -> int:
        """Satoshi that the hedge brought the miner."""
        return sum(leg.paid - leg.locked for leg in self.legs)

    @property
    def fund_result(self) -> int:
        """Satoshi that it brought the fund."""
        return sum(leg.fund_paid - leg.fund_locked for leg in self.legs)

    @property
    def rounded(self) -> int:
        """Satoshi that nobody got: redemptions round down."""
        return -self.result - self.fund_result


class Spot(BaseModel):
    """A block-day's hashprice of the subsidy: its end, and satoshi per TH/s and day times 10^18."""

    time: int
    hashprice: Exact


class HedgingReplay(BaseModel):
    """The chapter.

    Attributes:
        market: its address.
        agreed: unix seconds when the trades were made.
        expected: hashprice that both sides expected, satoshi per TH/s and day times 10^18.
        start, end: of January.
        hedges: in order.
        held: satoshi that the market holds at the end.
        path: of hashprice, January's block-days.
        gas: of whole transactions, by operation.
    """

    market: str
    agreed: int
    expected: Exact
    start: int
    end: int
    hedges: list[Hedged]
    held: int
    path: list[Spot]
    gas: dict[str, int]
