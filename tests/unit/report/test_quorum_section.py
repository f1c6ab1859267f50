"""The third chapter: what its models add up, what its section says, and short runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terahash.report.page import Run, render
from terahash.report.quorum import (
    DollarDay,
    Face,
    FeedHistory,
    Observed,
    Operator,
    QuorumReplay,
)
from terahash.report.quorum_section import section
from terahash.report.section import Section, Table
from terahash.units import DAY, HOUR, MINUTE, WAD

START = 1_703_311_464
EASY, HARD = 0x1703E8B3, 0x1703BA5D
NO_ROUND = "facade: no such round"


def _observed(number: int, value: int, decimals: int, gas: int) -> Observed:
    """Honest operators 0.1 % around a value, and a lie of twice as much."""
    counted = value * 10**decimals
    return Observed(
        round=number,
        time=START + number * DAY + 30 * MINUTE,
        lowest=counted - counted // 1_000,
        highest=counted + counted // 1_000,
        lie=2 * counted,
        value=counted,
        gas=gas,
    )


def _feeds() -> list[FeedHistory]:
    return [
        FeedHistory(
            name="BTC/USD",
            decimals=8,
            period=600,
            days=5,
            rows=[
                _observed(number, 42_000 + 1_000 * number, 8, 113_000 + number)
                for number in range(1, 4)
            ],
        ),
        FeedHistory(
            name="hashrate of the issuer",
            decimals=18,
            period=HOUR,
            days=2,
            rows=[_observed(1, 12_000, 18, 130_001)],
        ),
    ]


def _day(number: int, price: int | None, earned: int, seconds: int) -> DollarDay:
    """A block-day of 23 hours, whose price was observed half an hour after its end.

    Args:
        price: of a bitcoin, dollars.
        earned: by 1 TH/s since the index began, hundredths of a dollar.
        seconds: that are counted in dollars.
    """
    start = START + number * 23 * HOUR
    return DollarDay(
        number=5_724 + number,
        start=start,
        end=start + 23 * HOUR,
        bits=EASY if number < 3 else HARD,
        price=price and price * 10**8,
        observed_at=price and start + 23 * HOUR + 30 * MINUTE,
        hashprice=price and price * 170_000,  # 0.0017 BTC/PH/day
        earned=earned * WAD // 100,
        seconds=seconds,
    )


def _faces() -> list[Face]:
    answers = (
        ("BTC/USD", 8, 3, 45_000 * 10**8),
        ("Bitcoin difficulty", 8, 408, 7_200_614_647_856_709_941_095),
        ("Bitcoin hashrate, TH/s", 8, None, None),
        ("BTC/PH/day", 18, 5_727, 1_700_000_000_000_001),
        ("USD/PH/day, spot", 8, 824_256, 76_50000001),
    )
    return [
        Face(
            description=description,
            decimals=decimals,
            max_age=4 * DAY,
            round=round,
            answer=answer,
            time=START if answer else None,
            reason=None if answer else NO_ROUND,
        )
        for description, decimals, round, answer in answers
    ]


def _quorum(**changes: Any) -> QuorumReplay:
    of: dict[str, Any] = {
        "quorum_feed": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
        "threshold": 3,
        "deploy": 3_430_864,
        "deploy_face": 1_351_645,
        "operators": [
            Operator(
                address=f"0x{seat + 1:040x}",
                signed=4,
                lies=seat == 4,
                off=WAD if seat == 4 else seat * WAD // 2_000,
            )
            for seat in range(5)
        ],
        "feeds": _feeds(),
        "faces": _faces(),
        # Three days with a price, and the second has none.
        "days": [
            _day(1, 43_000, 7, 23 * HOUR),
            _day(2, None, 7, 23 * HOUR),
            _day(3, 44_000, 14, 46 * HOUR),
            _day(4, 45_000, 21, 69 * HOUR),
        ],
    }
    return QuorumReplay(**(of | changes))


@pytest.fixture
def quorum() -> QuorumReplay:
    """Three prices and one hashrate, four block-days, and five faces."""
    return _quorum()


@pytest.fixture(scope="module")
def told() -> Section:
    """What the chapter says of them, its charts drawn once."""
    return section(_quorum())


def _short() -> QuorumReplay:
    """A run of one block-day: a price and nothing closed."""
    feed = _feeds()[0].model_copy(update={"rows": _feeds()[0].rows[:1]})
    return _quorum(feeds=[feed], days=[])


def _table(told: Section, title: str) -> Table:
    (found,) = (table for table in told.tables if table.title.startswith(title))
    return found


def test_quorum__as_json__keeps_every_digit_and_counts(quorum: QuorumReplay) -> None:
    written = quorum.model_dump_json()
    read = json.loads(written)
    assert (read["n"], read["threshold"]) == (5, 3)
    assert [feed["count"] for feed in read["feeds"]] == [3, 1]
    assert read["feeds"][1]["rows"][0]["lie"] == "24000000000000000000000"
    assert read["faces"][1]["answer"] == "7200614647856709941095"
    assert read["faces"][2] == {
        "description": "Bitcoin hashrate, TH/s",
        "decimals": 8,
        "max_age": 345_600,
        "round": None,
        "answer": None,
        "time": None,
        "reason": NO_ROUND,
    }
    assert QuorumReplay.model_validate_json(written) == quorum


def test_quorum__days__are_counted_with_a_price_and_without(quorum: QuorumReplay) -> None:
    assert [day.number for day in quorum.priced] == [5_725, 5_727, 5_728]
    assert quorum.unpriced == [5_726]
    # 0.21 dollars in 69 hours, of 1 TH/s.
    assert quorum.mean == 210 * 24 * 10**8 // 69
    assert _quorum(days=[]).mean is None
    assert _quorum(days=[_day(2, None, 0, 0)]).mean is None


def test_feed__gas__is_the_mean_rounded_up(quorum: QuorumReplay) -> None:
    assert [feed.gas for feed in quorum.feeds] == [113_002, 130_001]
    quorum.feeds[0].rows[0].gas += 1
    assert quorum.feeds[0].gas == 113_003


def test_section__figures__say_who_must_sign_and_what_answers(told: Section) -> None:
    assert [(figure.value, figure.label) for figure in told.figures] == [
        ("3 of 5", "operators must sign; 1 always lied"),
        ("4", "values counted, each within the honest range"),
        ("4 of 5", "numbers answer as AggregatorV3"),
        ("76.50 USD", "per PH/s and day, on the newest day"),
    ]
    assert "the median of what 3 or more of 5 signed" in told.lead


def test_section__quorum__says_who_lied_and_how_far_off_it_was(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Quorum"] == (
        "3 of 5 operators must sign, so that 1 may lie. Operator 5 lied in every report: up to "
        "100.0 % away from the value that counted, the honest ones up to 0.2 %"  # 0.15
    )
    honest = _quorum(operators=_quorum().operators[:4])
    assert dict(section(honest).facts)["Quorum"] == (
        "3 of 4 operators must sign, so that 1 may lie"
    )


def test_section__observed__counts_values_and_days_of_every_feed(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Observed"].startswith(
        "3 values of BTC/USD and 1 value of hashrate of the issuer: each that counted is the "
        "median of the 5 that were signed"
    )
    assert facts["History"].startswith("4 of 4 observations kept as they counted; 7 running totals")


def test_section__dollars__name_the_days_without_a_price(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Dollars"] == (
        "3 of 4 block-days have a price: the first that was observed at or after their end, 30 "
        "minutes later on average; none came within six hours of the end of 5726: nothing in "
        "dollars then. Prices, totals and the seconds they cover are equal to the library's"
    )
    assert facts["Hashprice"] == (
        "73.10 to 76.50 USD/PH/day by difficulty and price; by Bitcoin's pace 1 PH/s earned 210.00 "
        "USD in 2.88 days, 73.04 a day"
    )


def test_section__every_day_priced__says_no_more(quorum: QuorumReplay) -> None:
    quorum.days = [_day(1, 43_000, 7, 23 * HOUR)]
    facts = dict(section(quorum).facts)
    assert "none came" not in facts["Dollars"]
    assert facts["Hashprice"].startswith("73.10 USD/PH/day by")  # not from 73.10 to 73.10


def test_section__no_day_priced__has_no_hashprice(quorum: QuorumReplay) -> None:
    quorum.days = [_day(2, None, 0, 0)]
    told = section(quorum)
    facts = dict(told.facts)
    assert facts["Dollars"].startswith("0 of 1 block-days have a price; none came within six hours")
    assert "Hashprice" not in facts
    assert len(told.figures) == 3
    assert len(told.charts) == 1


def test_section__faces__are_written_to_the_last_digit_or_say_why_not(told: Section) -> None:
    assert _table(told, "Every number").rows == (
        ("BTC/USD", "45,000.00000000", "3", "2023-12-23 06:04"),
        ("Bitcoin difficulty", "72,006,146,478,567.09941095", "408", "2023-12-23 06:04"),
        ("Bitcoin hashrate, TH/s", NO_ROUND, "-", "-"),
        ("BTC/PH/day", "0.001700000000000001", "5,727", "2023-12-23 06:04"),
        ("USD/PH/day, spot", "76.50000001", "824,256", "2023-12-23 06:04"),
    )
    assert "4 of 5 numbers answer" in dict(told.facts)["Faces"]
    assert "the others say why they do not" in dict(told.facts)["Faces"]
    answering = _quorum(faces=[_faces()[0]])
    assert dict(section(answering).facts)["Faces"] == (
        "1 of 1 numbers answer, each equal to an exact fraction from headers and prices, rounded "
        "down"
    )


def test_section__operators__stand_with_what_they_signed(told: Section) -> None:
    rows = _table(told, "Operators").rows
    assert rows[1] == ("2", f"0x{2:040x}", "4", "0.05", "no")
    assert rows[4] == ("5", f"0x{5:040x}", "4", "100.00", "always")


def test_section__costs__are_means_of_each_feed(told: Section) -> None:
    assert _table(told, "What it costs").rows == (
        ("Submit BTC/USD, 5 signed", "113,002", "", "0.000113"),
        ("Submit hashrate of the issuer, 5 signed", "130,001", "", "0.000130"),
        ("Deploy the quorum feed, once", "3,430,864", "", "0.003431"),
        ("Deploy one of the faces, once", "1,351,645", "", "0.001352"),
    )


def test_section__long_tables__have_every_observation_and_every_block_day(told: Section) -> None:
    days = _table(told, "Every block-day in dollars: 4")
    prices = _table(told, "Every observation of BTC/USD: 3")
    hashrate = _table(told, "Every observation of hashrate of the issuer: 1")
    assert days.is_long
    assert prices.is_long
    assert hashrate.is_long
    assert days.rows[0] == (
        "5725",
        "2023-12-25 04:04",
        "43,000.00",
        "2023-12-25 04:34",
        "30.0",
        "73.1000",
        "0.070000",
    )
    assert days.rows[1] == ("5726", "2023-12-26 03:04", "-", "-", "-", "-", "0.070000")
    assert prices.rows[0] == (
        "1",
        "2023-12-24 06:34",
        "42,957.00",
        "43,000.00",
        "43,043.00",
        "86,000.00",
        "113,001",
    )
    assert hashrate.rows[0][2:6] == ("11,988.00", "12,000.00", "12,012.00", "24,000.00")


def test_section__nothing_closed__has_reasons_and_no_dollars() -> None:
    told = section(_short())
    facts = dict(told.facts)
    assert list(facts) == ["Quorum", "Observed", "History", "Faces", "On trust"]
    assert facts["Observed"].startswith("1 value of BTC/USD: ")
    assert [chart.title for chart in told.charts] == ["BTC/USD as it was signed, in dollars"]
    assert all("in dollars: " not in table.title for table in told.tables)


@pytest.mark.parametrize("numbers", [_quorum(), _short()], ids=["days", "nothing closed"])
def test_section__run_of_any_length__has_a_cell_for_every_column_and_fits_a_page(
    numbers: QuorumReplay, run: Run
) -> None:
    told = section(numbers)
    for table in told.tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert 'id="quorum"' in render(run, [told])


def test_charts__of_the_quorum__name_their_units_and_the_lie(told: Section) -> None:
    price, hashprice = told.charts
    assert price.title == "BTC/USD as it was signed, in dollars"
    assert "0.2 % apart at most" in price.caption
    assert "at 2.0 times the median" in price.caption
    assert hashprice.title.endswith("in USD/PH/day")
    for drawn in (price.wide, price.narrow):
        assert ">45,000<" in drawn
        assert "var(--second)" in drawn
        assert "90,000" not in drawn
    for drawn in (hashprice.wide, hashprice.narrow):
        assert "76.50" in drawn
        assert "var(--accent)" in drawn
