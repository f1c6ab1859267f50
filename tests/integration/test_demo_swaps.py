"""The demo's swaps, in a replay long enough for all of them to be settled."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.state import Day
from terahash.bitcoin.target import difficulty, hashes_per_block, to_target
from terahash.headers import SHIPPED_ARCHIVE
from tests.integration.test_demo import DAYS, Demo, run_demo

ENOUGH = 56  # block-days up to which the difficulty swap's revenue counts
WAD = 10**18
JANUARY, FEBRUARY = 1_704_067_200, 1_706_745_600  # 2024, UTC
SUBSIDY = 144 * 625_000_000  # of a block-day of these, satoshi


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run_demo(ENOUGH, tmp_path_factory.mktemp("trading"))


@pytest.fixture
def swaps(trading: Demo) -> dict[str, Any]:
    """Its fifth chapter."""
    return trading.report["chapters"]["swaps"]


def _days() -> list[Day]:
    days: list[Day] = []
    for _ in Archive.open(SHIPPED_ARCHIVE).batches(days):
        pass
    return days


def _earned(days: list[Day], start: int, end: int) -> Fraction:
    """Say what 1 TH/s earned of the subsidy between two times, satoshi, from headers alone."""
    total = Fraction(0)
    for before, day in pairwise(days):
        seconds = min(day.end, end) - max(before.end, start)
        if seconds > 0:
            hashes = 144 * hashes_per_block(to_target(day.bits))
            total += Fraction(seconds * 10**12 * SUBSIDY, hashes)
    return total


def test_demo__forward__leaves_the_miner_what_was_agreed_to_the_satoshi(
    swaps: dict[str, Any],
) -> None:
    forward = swaps["hedges"][0]
    (leg,) = forward["legs"]
    revenue = 5_000 * _earned(_days(), JANUARY, FEBRUARY)
    assert abs(revenue - Fraction(int(forward["revenue"]), WAD)) < Fraction(1, 10**6)
    hedged = revenue + leg["paid"] - leg["locked"]
    assert 0 <= 5_000 * 172 * 31 - hedged < 1
    assert leg["paid"] != leg["locked"]  # there was something to hedge


def test_demo__collar__pays_nothing_between_its_strikes(swaps: dict[str, Any]) -> None:
    put, call = swaps["hedges"][1]["legs"]
    x = _earned(_days(), JANUARY, FEBRUARY) / 31
    for leg in (put, call):
        assert abs(Fraction(int(leg["x"]), WAD) - x) < Fraction(1, 10**12)
    assert int(put["cap"]) < int(put["x"]) < int(call["floor"])
    assert put["paid"] + call["paid"] == put["locked"] + call["locked"]


def test_demo__difficulty_swap__settles_on_the_mean_of_the_retargets(
    swaps: dict[str, Any],
) -> None:
    (leg,) = swaps["hedges"][2]["legs"]
    days = _days()
    bits = [days[14 * epoch].bits for epoch in (1, 2, 3)]  # 409 to 411
    mean = sum(difficulty(to_target(one)) for one in bits) // 3
    assert int(leg["x"]) == mean
    inside = Fraction(mean - int(leg["floor"]), int(leg["cap"]) - int(leg["floor"]))
    assert 0 <= leg["claims"] * inside - leg["paid"] < 1
    assert leg["fund_paid"] + leg["paid"] in (leg["claims"], leg["claims"] - 1)


def test_demo__miner_and_fund__what_one_gains_the_other_loses(
    swaps: dict[str, Any], trading: Demo
) -> None:
    legs = [leg for hedge in swaps["hedges"] for leg in hedge["legs"]]
    miner = sum(leg["paid"] - leg["locked"] for leg in legs)
    fund = sum(leg["fund_paid"] - leg["fund_locked"] for leg in legs)
    assert miner + fund == -swaps["held"]
    assert 0 <= swaps["held"] <= len(legs)
    assert f"{miner:,}" in trading.stdout and f"{fund:,}" in trading.stdout


def test_demo__swaps__are_told_on_the_page_in_80_columns(trading: Demo) -> None:
    page = (trading.folder / "report.html").read_text()
    for title in ("Swaps: a miner", "Forward: what it pays", "Collar: what it pays"):
        assert title in page
    assert max(map(len, trading.stdout.splitlines())) <= 80


def test_demo__days_too_few__says_so_instead_of_telling_of_swaps(tmp_path: Path) -> None:
    demo = run_demo(DAYS, tmp_path)
    assert "swaps" not in demo.report["chapters"]
    for told in (demo.stdout, (tmp_path / "report.html").read_text()):
        assert "Too short for swaps, all of which are settled in 56 days." in told
        assert "Too short for an issuance, which opens in five days." in told
