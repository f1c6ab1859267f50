"""Small chapters: few block-days, with numbers easy to recognise."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from terahash.bitcoin.target import difficulty, to_target
from terahash.hashprice import block_days
from terahash.report.index import IndexCosts, IndexReplay, PricedDay, ProvenBlock, VarianceRow
from terahash.report.page import Run
from terahash.report.replay import Costs, DayRow, EpochRow, Replay, TrustedBlock
from terahash.units import DAY, HOUR, WAD

START = 1_703_311_464
SHIPPED_DAY = 5_763  # of block 830,000
FEES = 23_268_040  # its fees


class _Ended(NamedTuple):
    end: int
    bits: int


@pytest.fixture
def replay() -> Replay:
    """Two block-days, the second epoch not final."""
    days = [
        DayRow(
            day=5_712 + index,
            last_height=822_671 + 144 * index,
            last_hash=f"{index + 1:064x}",
            last_time=START + (index + 1) * 23 * HOUR,
            end=START + (index + 1) * 23 * HOUR - 3_000,
            seconds=23 * HOUR,
            bits=0x1703E8B3,
            submit_gas=gas,
            final_at=START + 3 * DAY,
            finalize_gas=60_001,
        )
        for index, gas in enumerate((485_100, 527_397))
    ]
    before, now = difficulty(to_target(0x17042E95)), difficulty(to_target(0x1703E8B3))
    epochs = [
        EpochRow(
            epoch=408 + index,
            first_height=822_528 + 2_016 * index,
            start=START + index * DAY,
            bits=0x1703E8B3,
            difficulty=now,
            change=(now - before) * WAD // before if index == 0 else -39_000_000_000_000_000,
            is_final=index == 0,
        )
        for index in range(2)
    ]
    return Replay(
        relay="0x5FbDB2315678afecb367f032d93F642f64180aa3",
        confirmations=1,
        challenge=DAY,
        checkpoint=TrustedBlock(
            height=822_527,
            block_hash=f"{7:064x}",
            time=START,
            bits=0x17042E95,
            difficulty=before,
        ),
        first_height=822_528,
        last_height=822_816,
        last_hash=f"{9:064x}",
        last_time=START + 46 * HOUR,
        headers=289,
        states=3,
        work=289 * 310_000_000_000_000_000_000_000,
        costs=Costs.of(days, deploy=2_000_000, header_alone=100_000),
        days=days,
        epochs=epochs,
    )


def _index_of(first_day: int, bits: list[int], fees: dict[int, int] | None = None) -> IndexReplay:
    """An index over block-days of 23 hours each, closed two days after they ended.

    Args:
        first_day: sets the clock.
        bits: of each block-day, the first included.
        fees: of proven blocks, by height.
    """
    fees = fees or {}
    ended = [_Ended(START + index * 23 * HOUR, each) for index, each in enumerate(bits)]
    days = [
        PricedDay(
            **day.model_dump(),
            closed_at=day.end + 2 * DAY,
            record_gas=80_001,
            prove_gas=97_438 * day.proven,
            close_gas=47_085 if index else 77_105,
        )
        for index, day in enumerate(block_days(ended, first_day, fees))
    ]
    total = days[-1].earned if days else 0
    return IndexReplay(
        index="0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
        fee_window=DAY,
        first_day=first_day,
        start=START,
        transactions=201,
        unproven=144 * len(days) - len(fees),
        mean=total * DAY // (days[-1].end - START) if days else None,
        costs=IndexCosts.of(days, len(fees), deploy=3_397_828, clock=60_000),
        proven=[
            ProvenBlock(height=height, day=height // 144, fees=paid)
            for height, paid in fees.items()
        ],
        epochs=[],
        days=days,
    )


@pytest.fixture
def index_of() -> Callable[..., IndexReplay]:
    return _index_of


@pytest.fixture
def index() -> IndexReplay:
    """Three block-days after the clock's, the second with block 830,000's fees; one retarget."""
    bits = [0x1703E8B3, 0x1703BA5D, 0x1703BA5D, 0x1703BA5D]
    index = _index_of(SHIPPED_DAY - 2, bits, {830_000: FEES})
    index.epochs = [VarianceRow(epoch=411, retargets=1, variance=16 * 10**32)]
    return index


@pytest.fixture
def run() -> Run:
    return Run(version="0.1.0", days=2, written=1_800_000_000, seconds=4.2, peak_memory=200 * 10**6)
