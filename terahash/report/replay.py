"""The numbers of the first chapter: real headers, proven to the relay."""

from __future__ import annotations

from pydantic import BaseModel

from terahash.bitcoin.state import DAY_BLOCKS
from terahash.headers import Exact

GAS_PER_HEADER_TARGET = 3_600
"""Whole-transaction gas per header of a day's batch; BITCOIN.md."""
GAS_PER_HEADER_FLOOR = 3_090
"""What EIP-7623 charges for the bytes alone."""
GAS_FINALIZE_TARGET = 70_000


class TrustedBlock(BaseModel):
    """The checkpoint that the relay starts from; difficulty times 10^18."""

    height: int
    block_hash: str
    time: int
    bits: int
    difficulty: Exact


class DayRow(BaseModel):
    """A block-day as it went: numbers of Bitcoin, and gas of the two transactions it took.

    Attributes:
        day: height // 144.
        end: median-time-past of its last block, unix seconds: its end on Bitcoin's clock.
        last_time: the last block's own time, unix seconds.
        seconds: from the previous block-day's last block to this one's, by their own times.
        finalize_gas: its share of the transaction that made it final.
    """

    day: int
    last_height: int
    last_hash: str
    last_time: int
    end: int
    seconds: int
    bits: int
    submit_gas: int
    final_at: int | None = None
    finalize_gas: int | None = None


class EpochRow(BaseModel):
    """An epoch as the relay holds it; difficulty, and its change at the start, times 10^18."""

    epoch: int
    first_height: int
    start: int
    bits: int
    difficulty: Exact
    change: Exact
    is_final: bool


class Costs(BaseModel):
    """Gas of whole transactions; means are rounded up.

    Attributes:
        deploy: of the relay, once.
        header: mean per header of a block-day's batch; header_worst: of the dearest batch.
        submit_day, finalize_day, day: means per block-day, and both together.
        header_alone: the last header, which came alone and buried the last block-day.
        total: of all transactions of the chapter.
    """

    deploy: int
    header: int
    header_worst: int
    submit_day: int
    finalize_day: int
    day: int
    header_alone: int
    total: int

    @classmethod
    def of(cls, days: list[DayRow], deploy: int, header_alone: int) -> Costs:
        """Add up what the block-days (one or more) took."""
        submit = sum(day.submit_gas for day in days)
        finalize = sum(day.finalize_gas or 0 for day in days)
        return cls(
            deploy=deploy,
            header=-(-submit // (len(days) * DAY_BLOCKS)),
            header_worst=-(-max(day.submit_gas for day in days) // DAY_BLOCKS),
            submit_day=-(-submit // len(days)),
            finalize_day=-(-finalize // len(days)),
            day=-(-(submit + finalize) // len(days)),
            header_alone=header_alone,
            total=deploy + submit + finalize + header_alone,
        )


class Replay(BaseModel):
    """Everything that the first chapter proved, and what it cost.

    Attributes:
        confirmations: blocks that bury a block-day.
        challenge: seconds that a buried block-day waits before it is final.
        last_time: of the last block, unix seconds.
        states: how often the contract's State was compared with the library's, and equal.
        work: hashes that the headers prove.
    """

    relay: str
    confirmations: int
    challenge: int
    checkpoint: TrustedBlock
    first_height: int
    last_height: int
    last_hash: str
    last_time: int
    headers: int
    states: int
    work: Exact
    costs: Costs
    days: list[DayRow]
    epochs: list[EpochRow]
