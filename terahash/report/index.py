"""The numbers of the second chapter: what a unit of hashrate earned, by the index on chain."""

from __future__ import annotations

from pydantic import BaseModel

from terahash.hashprice import BlockDay
from terahash.headers import Exact

GAS_RECORD_TARGET = 95_000
"""Whole-transaction gas; BITCOIN.md, as the next two."""
GAS_PROVE_TARGET = 100_000
"""Of one block's fees, proven alone."""
GAS_CLOSE_TARGET = 145_000
"""With its numbers in dollars."""


class PricedDay(BlockDay):
    """A closed block-day as the contract holds it, and how it came there.

    Attributes:
        closed_at: unix seconds.
        record_gas, close_gas: its shares of two transactions.
        prove_gas: of the transactions that proved its fees; zero when none did.
    """

    closed_at: int
    record_gas: int
    prove_gas: int
    close_gas: int


class ProvenBlock(BaseModel):
    """A block whose fees were proven from its coinbase.

    Attributes:
        day: its block-day, height // 144.
        fees: that count, satoshi.
    """

    height: int
    day: int
    fees: int


class VarianceRow(BaseModel):
    """The index's running total of difficulty variance at an epoch's start.

    Attributes:
        retargets: whose squared log changes are in it.
        variance: their sum, times 10^36.
    """

    epoch: int
    retargets: int
    variance: Exact


class IndexCosts(BaseModel):
    """Gas of whole transactions; means are rounded up, and None where nothing was measured.

    Attributes:
        deploy: of the index, once.
        record, close, day: means per closed block-day, and all of its transactions together.
        close_worst: of the dearest block-day.
        prove: mean per block whose fees were proven.
        total: of all transactions of the chapter, with the day that only sets the clock.
    """

    deploy: int
    record: int | None
    close: int | None
    close_worst: int | None
    prove: int | None
    day: int | None
    total: int

    @classmethod
    def of(cls, days: list[PricedDay], proven: int, deploy: int, clock: int) -> IndexCosts:
        """Add up what the block-days took.

        Args:
            days: closed; may be empty.
            proven: blocks whose fees were proven.
            deploy: gas of the index's deployment.
            clock: gas of recording the day that sets the clock.
        """
        record = sum(day.record_gas for day in days)
        prove = sum(day.prove_gas for day in days)
        close = sum(day.close_gas for day in days)
        whole = record + prove + close
        return cls(
            deploy=deploy,
            record=_mean(record, len(days)),
            close=_mean(close, len(days)),
            close_worst=max((day.close_gas for day in days), default=None),
            prove=_mean(prove, proven),
            day=_mean(whole, len(days)),
            total=deploy + clock + whole,
        )


class IndexReplay(BaseModel):
    """Everything that the second chapter proved, and what it cost.

    Attributes:
        index: the contract's address.
        fee_window: seconds in which a recorded block-day's fees can be proven.
        first_day: the block-day whose end set the clock.
        start: that end, unix seconds of Bitcoin's clock.
        transactions: of both chapters, deployments left out.
        unproven: blocks of the closed block-days whose fees nobody proved.
        days: closed, in order; none when only one block-day was replayed.
        mean: hashprice from start to the newest end, satoshi per TH/s per day, times 10^18.
    """

    index: str
    fee_window: int
    first_day: int
    start: int
    transactions: int
    unproven: int
    mean: Exact | None
    costs: IndexCosts
    proven: list[ProvenBlock]
    epochs: list[VarianceRow]
    days: list[PricedDay]


def _mean(gas: int, count: int) -> int | None:
    return -(-gas // count) if count else None
