"""Small chapters: few block-days, with numbers easy to recognise."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from terahash.bitcoin.target import difficulty, to_target
from terahash.hashprice import block_days
from terahash.report.index import IndexCosts, IndexReplay, PricedDay, ProvenBlock, VarianceRow
from terahash.report.issuance import (
    Agreed,
    Deed,
    Entitled,
    Event,
    IssuanceReplay,
    Left,
    OwedDay,
    Party,
    Standing,
)
from terahash.report.issuance_section import section
from terahash.report.page import Run
from terahash.report.replay import Costs, DayRow, EpochRow, Replay, TrustedBlock
from terahash.report.section import Section
from terahash.units import DAY, HOUR, MINUTE, WAD

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


def _deed(
    day: int, minute: int, deed: Deed, who: str, gas: int, whom: str = "", **what: int
) -> Event:
    time = START + day * DAY + minute * MINUTE
    return Event(time=time, day=day, deed=deed, who=who, whom=whom, gas=gas, **what)


def _deeds() -> list[Event]:
    issuer, buyer_1, buyer_2, buyer_3 = "Issuer", "Buyer 1", "Buyer 2", "Buyer 3"
    receiver, anyone = "Receiver", "Anyone"
    late = {"tokens": 1_000 * WAD, "sats": 194_001, "rewards": 110_001}
    return [
        _deed(0, 0, Deed.OPEN, issuer, 4_600_000),
        _deed(0, 1, Deed.MINT, buyer_1, 170_000, tokens=4_000 * WAD, sats=1_344_000),
        _deed(0, 2, Deed.MINT, buyer_2, 120_000, tokens=2_000 * WAD, sats=672_000),
        _deed(3, 0, Deed.ACCRUE, issuer, 50_000),
        _deed(3, 1, Deed.DELIVER, issuer, 76_000, sats=540_000),
        _deed(4, 0, Deed.CLAIM, buyer_1, 66_001, buyer_1, sats=360_000, is_first=True),
        _deed(4, 1, Deed.ACCRUE, issuer, 50_000),
        _deed(4, 2, Deed.DELIVER, issuer, 59_000, sats=600_000),
        _deed(4, 3, Deed.WITHDRAW, issuer, 61_000, sats=30_000),
        _deed(5, 0, Deed.ACCRUE, issuer, 50_000),
        _deed(5, 1, Deed.MINT, buyer_3, 125_001, **late),
        _deed(5, 2, Deed.DELIVER, issuer, 58_001, sats=770_000),
        _deed(6, 0, Deed.TRANSFER, buyer_2, 54_000, receiver, tokens=2_000 * WAD),
        _deed(6, 1, Deed.REDEEM, buyer_3, 86_000, tokens=1_000 * WAD, sats=50_000),
        _deed(7, 0, Deed.ACCRUE, anyone, 50_001),
        _deed(9, 0, Deed.COVER, anyone, 49_000, sats=600_000),
        _deed(10, 0, Deed.WITHDRAW, issuer, 61_000, sats=10_000),
        _deed(10, 1, Deed.CLAIM, buyer_1, 49_500, buyer_1, sats=1_240_000),
        _deed(10, 2, Deed.CLAIM, buyer_2, 66_000, buyer_2, sats=600_000, is_first=True),
        _deed(10, 3, Deed.CLAIM, buyer_3, 66_000, buyer_3, sats=110_000, is_first=True),
        _deed(10, 4, Deed.CLAIM, anyone, 66_000, receiver, sats=200_000, is_first=True),
    ]


def _standing_of(
    day: int, accrued: int, paid: tuple[int, int, int], reserve: int, percent: int | None
) -> Standing:
    """How it stands an hour into a day.

    Args:
        paid: owed, delivered and covered.
        percent: of coverage.
    """
    owed, delivered, covered = paid
    return Standing(
        time=START + day * DAY + HOUR,
        accrued=accrued,
        owed=owed,
        delivered=delivered,
        covered=covered,
        reserve=reserve,
        coverage=None if percent is None else percent * WAD // 100,
        status="RUNNING",
    )


def _issuance() -> IssuanceReplay:
    owed = ((170, 90), (180, 100), (190, 110), (180, 100))
    odd = 123_456_789
    return IssuanceReplay(
        token="0xd49bf2e6aF032b4297A5C3d734C89c437F550892",
        agreed=Agreed(
            first=5_717,
            last=5_721,
            cost=80 * WAD,
            fee=WAD // 50,
            ratio=WAD // 2,
            reference=60 * WAD,
            exit_fee=WAD // 100,
            grace=2 * DAY,
            price=84 * WAD,
            capacity=10_000 * WAD,
        ),
        opened=START,
        deploy=5_700_000,
        to_reserve=690_000,
        to_stream=1,
        status="MATURED",
        left=Left(
            held=WAD,
            reserve=0,
            streaming=0,
            queued=4 * 10**12,
            unclaimed=WAD - 4 * 10**12 - 10**9,
            cut=10**9,
        ),
        owed=[
            OwedDay(
                number=5_717 + index,
                start=START + (index + 1) * DAY,
                end=START + (index + 2) * DAY,
                gross=gross * WAD + odd,
                net=net * WAD + odd,
            )
            for index, (gross, net) in enumerate(owed)
        ],
        standings=[
            _standing_of(0, 0, (0, 0, 0), 600_000, 50),
            _standing_of(3, 1, (0, 540_000, 0), 600_000, 66),
            _standing_of(4, 2, (0, 1_140_000, 0), 570_000, 75),
            _standing_of(5, 3, (0, 1_910_000, 0), 660_000, 114),
            _standing_of(6, 3, (0, 1_910_000, 0), 610_000, 113),
            _standing_of(7, 4, (600_000, 1_910_000, 0), 610_000, None),
            _standing_of(9, 4, (0, 1_910_000, 600_000), 10_000, None),
            _standing_of(10, 4, (0, 1_910_000, 600_000), 0, None),
        ],
        parties=[
            Party(
                name="Issuer",
                address=f"0x{1:040x}",
                traded=1_520_000,
                delivered=-1_910_000,
                withdrawn=40_000,
                change=-350_000,
            ),
            Party(
                name="Buyer 1",
                address=f"0x{2:040x}",
                tokens=4_000 * WAD,
                traded=-1_344_000,
                claimed=1_600_000,
                change=256_000,
            ),
            Party(
                name="Buyer 2",
                address=f"0x{3:040x}",
                traded=-672_000,
                claimed=600_000,
                change=-72_000,
            ),
            Party(
                name="Buyer 3",
                address=f"0x{4:040x}",
                traded=-194_001,
                claimed=110_000,
                redeemed=50_000,
                change=-34_001,
            ),
            Party(
                name="Receiver",
                address=f"0x{5:040x}",
                tokens=2_000 * WAD,
                claimed=200_000,
                change=200_000,
            ),
            Party(
                name="Contract",
                address="0xd49bf2e6aF032b4297A5C3d734C89c437F550892",
                traded=690_001,
                delivered=1_910_000,
                claimed=-2_510_000,
                redeemed=-50_000,
                withdrawn=-40_000,
                change=1,
            ),
        ],
        entitled=[
            Entitled(
                name=name,
                claims=claims,
                paid=paid,
                exact=paid * WAD + short * WAD // 1_000,
                worst=worst * WAD // 1_000,
            )
            for name, claims, paid, short, worst in (
                ("Buyer 1", 2, 1_600_000, 250, 750),
                ("Buyer 2", 1, 600_000, 500, 500),
                ("Buyer 3", 1, 110_000, 125, 125),
                ("Receiver", 1, 200_000, 125, 125),
            )
        ],
        events=_deeds(),
    )


@pytest.fixture
def issuance() -> IssuanceReplay:
    """A term of four block-days: the issuer pays three of them, and the reserve the last.

    A token is owed 90, 100, 110 and 100 satoshi. Buyer 3 comes when the third is owed already.
    """
    return _issuance()


@pytest.fixture(scope="session")
def told() -> Section:
    """What the fourth chapter says of that issuance, its charts drawn once."""
    return section(_issuance())


@pytest.fixture
def run() -> Run:
    return Run(version="0.1.0", days=2, written=1_800_000_000, seconds=4.2, peak_memory=200 * 10**6)
