"""A small replay: two block-days, the second epoch not final, with numbers easy to recognise."""

from __future__ import annotations

import pytest

from terahash.bitcoin.target import difficulty, to_target
from terahash.report.page import Run
from terahash.report.replay import Costs, DayRow, EpochRow, Replay, TrustedBlock
from terahash.units import DAY, HOUR, WAD

START = 1_703_311_464


@pytest.fixture
def replay() -> Replay:
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


@pytest.fixture
def run() -> Run:
    return Run(version="0.1.0", days=2, written=1_800_000_000, seconds=4.2, peak_memory=200 * 10**6)
