"""The numbers of the third chapter: what a quorum signed, and what others read of everything."""

from __future__ import annotations

from pydantic import BaseModel, computed_field

from terahash.headers import Exact
from terahash.units import DAY

PRICE_DECIMALS = 8
"""Of numbers in dollars."""


class Operator(BaseModel):
    """One of those whose signatures count.

    Attributes:
        address: of its cold key.
        signed: how many values.
        lies: whether it does, always.
        off: the most that one of its values was away from the one that counted, as a share of
            that, times 10^18.
    """

    address: str
    signed: int
    lies: bool
    off: Exact


class Observed(BaseModel):
    """What was signed of a feed at one time; values in the feed's decimals.

    Attributes:
        round: its number, from one.
        time: unix seconds.
        lowest, highest: of the values that honest operators signed.
        lie: what the other one signed.
        value: that counted.
        gas: of the transaction that handed them in.
    """

    round: int
    time: int
    lowest: Exact
    highest: Exact
    lie: Exact
    value: Exact
    gas: int


class FeedHistory(BaseModel):
    """A feed, and everything that was observed of it.

    Attributes:
        decimals: of its values.
        period: seconds between observations at least.
        days: UTC days whose running totals were compared.
        rows: one for each observation, in order.
    """

    name: str
    decimals: int
    period: int
    days: int
    rows: list[Observed]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        """How many observations there are."""
        return len(self.rows)

    @property
    def gas(self) -> int:
        """Mean gas of an observation, rounded up."""
        return -(-sum(row.gas for row in self.rows) // len(self.rows))


class Face(BaseModel):
    """A number behind the AggregatorV3 interface: its newest answer, or why there is none.

    Attributes:
        description: as the contract says it.
        decimals: of the answer.
        max_age: seconds after which an answer is refused.
        round, answer, time: None where there is none; the time in unix seconds.
        reason: the contract's words for that.
    """

    description: str
    decimals: int
    max_age: int
    round: int | None = None
    answer: Exact | None = None
    time: int | None = None
    reason: str | None = None


class DollarDay(BaseModel):
    """A closed block-day in dollars.

    Attributes:
        start, end: unix seconds of Bitcoin's clock.
        bits: compact target of its blocks.
        price: of a bitcoin, dollars, times 10^8; None where none was observed in time.
        observed_at: when it was, unix seconds.
        hashprice: dollars per PH/s per day, times 10^8.
        earned: by 1 TH/s since the index began, dollars, times 10^18; in days with a price.
        seconds: that those days took.
    """

    number: int
    start: int
    end: int
    bits: int
    price: Exact | None
    observed_at: int | None
    hashprice: Exact | None
    earned: Exact
    seconds: int


class QuorumReplay(BaseModel):
    """Everything that the third chapter proved, and what it cost.

    Attributes:
        quorum_feed: the contract's address.
        threshold: how many operators must sign.
        deploy: gas of the quorum feed's deployment, once.
        deploy_face: of a facade's, the mean, rounded up.
        feeds: that anything was observed of.
        days: closed, in order; none when only one block-day was replayed.
    """

    quorum_feed: str
    threshold: int
    deploy: int
    deploy_face: int
    operators: list[Operator]
    feeds: list[FeedHistory]
    faces: list[Face]
    days: list[DollarDay]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def n(self) -> int:
        """How many operators there are."""
        return len(self.operators)

    @property
    def count(self) -> int:
        """Observations of all feeds."""
        return sum(feed.count for feed in self.feeds)

    @property
    def answering(self) -> list[Face]:
        """The faces that have an answer."""
        return [face for face in self.faces if face.answer is not None]

    @property
    def priced(self) -> list[DollarDay]:
        """The block-days that have a price."""
        return [day for day in self.days if day.price is not None]

    @property
    def unpriced(self) -> list[int]:
        """Numbers of the block-days that have none."""
        return [day.number for day in self.days if day.price is None]

    @property
    def mean(self) -> int | None:
        """Mean hashprice of the block-days with a price, dollars per PH/s per day, times 10^8."""
        if not self.priced:
            return None
        newest = self.days[-1]
        return newest.earned * 1_000 * DAY // (newest.seconds * 10**10)
