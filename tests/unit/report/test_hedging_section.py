"""The fifth chapter: what its models add up, what its section says, and its charts."""

from __future__ import annotations

import json
import re

import pytest

from terahash.report.hedging import Hedged, HedgingReplay, Leg, Spot
from terahash.report.hedging_section import section
from terahash.report.page import Run, render
from terahash.report.section import Section, Table
from terahash.units import DAY, WAD

START, END = 1_704_067_200, 1_706_745_600  # January 2024
T = 10**12 * WAD


def _leg(
    label: str, bounds: tuple[int, int, int], claims: int, money: tuple[int, int, int, int]
) -> Leg:
    """A leg of which the miner is short, and whose long paid half of the collateral.

    Args:
        bounds: floor, cap and X, in sats/TH/day.
        claims: of either side.
        money: locked by the miner and paid to it, and the same of the fund.
    """
    floor, cap, x = bounds
    return Leg(
        label=label,
        is_difficulty=False,
        is_long=False,
        claims=claims,
        price=5_000,
        floor=floor * WAD,
        cap=cap * WAD,
        x=x * WAD,
        share=10**12 * (min(max(x, floor), cap) - floor) // (cap - floor),
        locked=money[0],
        paid=money[1],
        fund_locked=money[2],
        fund_paid=money[3],
    )


def _hedged(name: str, petahash: int, revenue: int, legs: list[Leg]) -> Hedged:
    """A part of the miner's hashrate, that earned half a satoshi more than `revenue`."""
    return Hedged(
        name=name,
        said="in words",
        petahash=petahash,
        start=START,
        end=END,
        revenue=revenue * WAD + WAD // 2,
        expected=petahash * 1_000 * 31 * 172 * WAD,
        legs=legs,
    )


def _hedging() -> HedgingReplay:
    """A forward that cost the miner, a collar that paid nothing, a swap that paid it."""
    forward = _leg("HS-K172", (132, 212, 174), 1_000_001, (500_001, 475_000, 500_000, 525_000))
    put = _leg("HS-PUT", (132, 168, 174), 40_000, (2_000, 0, 38_000, 40_000))
    call = _leg("HS-CALL", (176, 206, 174), 40_000, (38_000, 40_000, 2_000, 0))
    swap = _leg("DIFF-409-412", (0, 1, 0), 60_000, (30_000, 32_381, 30_000, 27_618)).model_copy(
        update={"is_difficulty": True, "is_long": True, "floor": 58 * T, "cap": 88 * T, "x": 74 * T}
    )
    return HedgingReplay(
        market="0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
        agreed=START - 4 * DAY,
        expected=172 * WAD,
        start=START,
        end=END,
        hedges=[
            _hedged("forward", 5, 27_000_000, [forward]),
            _hedged("collar", 3, 16_000_000, [put, call]),
            _hedged("difficulty swap", 2, 13_900_000, [swap]),
        ],
        held=2,
        path=[
            Spot(time=START + day * DAY, hashprice=(171 if day < 20 else 178) * WAD)
            for day in range(1, 32)
        ],
        gas={"open 4 series": 173_371, "take an order": 160_772},
    )


@pytest.fixture
def hedging() -> HedgingReplay:
    return _hedging()


@pytest.fixture(scope="module")
def told() -> Section:
    """What the chapter says of them, its charts drawn once."""
    return section(_hedging())


def _table(told: Section, title: str) -> Table:
    (found,) = (table for table in told.tables if table.title.startswith(title))
    return found


def test_hedging__as_json__keeps_every_digit(hedging: HedgingReplay) -> None:
    written = hedging.model_dump_json()
    leg = json.loads(written)["hedges"][2]["legs"][0]
    assert (leg["floor"], leg["x"]) == ("58" + "0" * 30, "74" + "0" * 30)
    assert HedgingReplay.model_validate_json(written) == hedging


def test_hedged__results__mirror_each_other_but_for_rounding(hedging: HedgingReplay) -> None:
    results = [(each.result, each.fund_result, each.rounded) for each in hedging.hedges]
    assert results == [(-25_001, 25_000, 1), (0, 0, 0), (2_381, -2_382, 1)]


def test_section__figures__say_what_was_locked_and_fixed(told: Section) -> None:
    assert [(figure.value, figure.label) for figure in told.figures] == [
        ("0.01140001 BTC", "locked by both sides together"),
        ("0.26975000 BTC", "what the forward fixed"),  # 27,000,000.5 - 25,001, rounded
        ("0.26660000 BTC", "what it was to fix"),
        ("2 sats", "left in the market by rounding"),
    ]


def test_section__hedges__tell_revenue_before_and_after(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Forward"] == (
        "5 PH/s earned 27,000,000.500 sats of subsidy; the hedge brought -25,001: 26,974,999.500 "
        "in all, where 26,660,000.000 were expected"
    )
    assert "the hedge brought nothing: 16,000,000.500 in all" in facts["Collar"]
    assert "the hedge brought +2,381: " in facts["Difficulty swap"]
    assert facts["Agreed"].startswith("on 2023-12-28 00:00 UTC")
    assert "adds up to -2 sats: the market keeps 2" in facts["Sum"]


def test_section__statement__adds_up(told: Section) -> None:
    rows = _table(told, "The statement").rows
    assert rows[0] == (
        "Forward", "5", "27,000,001", "-25,001", "26,975,000", "26,660,000", "25,000", "1"
    )  # fmt: skip
    *parts, total = rows
    assert total[0] == "All"
    for column in (1, 3, 6, 7):
        numbers = [int(row[column].replace(",", "")) for row in parts]
        assert int(total[column].replace(",", "")) == sum(numbers)
    for row in rows:  # what one has, the other lost, or it was rounded away
        assert sum(int(row[column].replace(",", "")) for column in (3, 6, 7)) == 0


def test_section__series__write_hashprices_and_difficulties_in_their_units(told: Section) -> None:
    rows = _table(told, "Series").rows
    assert rows[0] == ("HS-K172", "short", "132", "212", "174.0000", "1,000,001", "52.5000")
    assert rows[3][:5] == ("DIFF-409-412", "long", "58", "88", "74.0000")


def test_section__costs__stand_beside_their_targets(told: Section) -> None:
    assert _table(told, "What it costs").rows == (
        ("open 4 series", "173,371", "-", "0.000173"),
        ("take an order", "160,772", "164,000", "0.000161"),
    )


def test_section__swaps__have_a_cell_for_every_column_and_fit_a_page(
    told: Section, run: Run
) -> None:
    for table in told.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    page = render(run, [told], ["Too short for <more>."])
    assert 'id="swaps"' in page
    assert page.count('role="img"') == 2 * len(told.charts) == 8
    assert "Too short for &lt;more&gt;." in page


def test_charts__payoffs__name_unit_and_result(told: Section) -> None:
    path, *payoffs = told.charts
    assert path.title.endswith("in sats/TH/day")
    assert "the forward's band" in path.caption
    for drawn in (path.wide, path.narrow):
        assert ">mean 174.00<" in drawn
        assert ">expected<" in drawn
    results = ("-0.00025001", "0", "+0.00002381")
    for chart, result in zip(payoffs, results, strict=True):
        assert "what it pays the miner, in BTC, by mean" in chart.title
        for drawn in (chart.wide, chart.narrow):
            assert f">{result}<" in re.sub("\N{MINUS SIGN}", "-", drawn)
            assert "+0.00000000" not in drawn
    assert payoffs[2].title.endswith("difficulty, in T")
