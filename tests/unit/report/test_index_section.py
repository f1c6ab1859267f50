"""The second chapter: what its models add up, what its section says, and short runs."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from terahash.hashprice import sats_earned
from terahash.report.index import IndexCosts, IndexReplay
from terahash.report.index_section import section
from terahash.report.page import Run, render
from terahash.report.section import Section, Table
from terahash.units import DAY, WAD

BITS = 0x1703E8B3
FEES = 23_268_040  # of block 830,000, satoshi
IndexOf = Callable[..., IndexReplay]


def _table(told: Section, title: str) -> Table:
    (found,) = (table for table in told.tables if table.title.startswith(title))
    return found


def test_costs__of_days_one_with_a_proof__are_means_rounded_up_and_an_exact_total(
    index: IndexReplay,
) -> None:
    costs = IndexCosts.of(index.days, proven=1, deploy=3_397_828, clock=60_000)
    close = 77_105 + 2 * 47_085
    assert costs.record == 80_001
    assert costs.prove == 97_438
    assert costs.close == 57_092  # 57,091.7
    assert costs.close_worst == 77_105
    assert costs.day == 169_572
    assert costs.total == 3_397_828 + 60_000 + 3 * 80_001 + 97_438 + close


def test_costs__of_no_day__are_the_deployment_and_the_clock() -> None:
    costs = IndexCosts.of([], proven=0, deploy=3_397_828, clock=60_000)
    assert (costs.record, costs.prove, costs.close, costs.day) == (None, None, None, None)
    assert costs.total == 3_457_828


def test_index__as_json__keeps_every_digit(index: IndexReplay) -> None:
    written = index.model_dump_json()
    day = json.loads(written)["days"][1]
    assert day["hashprice"] == str(sats_earned(DAY, 900 * 10**8 + FEES, 0x1703BA5D))
    assert day["earned"] == str(index.days[1].earned)
    assert day["difficulty"] == str(index.days[1].difficulty)
    assert IndexReplay.model_validate_json(written) == index


def test_section__with_block_830000__says_what_its_fees_raise_to_the_satoshi(
    index: IndexReplay,
) -> None:
    facts = dict(section(index).facts)
    assert facts["Block 830,000"] == (
        "0.23268040 BTC of fees, proven from its coinbase, raise block-day 5763's reward by "
        "exactly 23,268,040 sats, to 900.23268040 BTC"
    )
    assert "of the other 431 blocks are not shipped" in facts["Other fees"]
    assert "0.0413 of them fees" in facts["Earned"]  # 0.0431 a day, for 23 hours


def test_section__days__have_a_date_a_price_in_both_units_and_a_total(index: IndexReplay) -> None:
    table = _table(section(index), "Block-days")
    assert [column.heading for column in table.columns] == [
        "Day",
        "Ends, UTC",
        "Difficulty, T",
        "Fees, BTC",
        "Hashprice, sats/TH/day",
        "Hashprice, BTC/PH/day",
        "Earned, sats/TH",
    ]
    assert table.rows == (
        ("5762", "2023-12-24", "75.5022", "-", "166.5231", "0.00166523", "159.58"),
        ("5763", "2023-12-25", "75.5022", "0.23268040", "166.5662", "0.00166566", "319.21"),
        ("5764", "2023-12-26", "75.5022", "-", "166.5231", "0.00166523", "478.80"),
    )


def test_section__many_days__shows_first_of_epochs_proven_and_newest(index_of: IndexOf) -> None:
    # 5,754 begins an epoch; block 830,000 is in 5,763.
    bits = [BITS if number < 5_754 else 0x1703BA5D for number in range(5_740, 5_767)]
    told = section(index_of(5_740, bits, {830_000: FEES}))
    days = [row[0] for row in _table(told, "Block-days").rows]
    assert days == ["5741", "5754", "5763", "5766"]
    every = _table(told, "Every block-day")
    assert every.is_long
    assert [row[0] for row in every.rows] == [str(number) for number in range(5_741, 5_767)]


def test_section__agreement__counts_days_and_tells_volatility(index: IndexReplay) -> None:
    facts = dict(section(index).facts)
    assert facts["Agreement"].startswith("3 of 3 block-days equal to the Python library's")
    assert "1 total of difficulty variance" in facts["Agreement"]
    assert "4.00 % a retarget" in facts["Agreement"]  # the root of 0.0016
    index.epochs = []
    assert "variance" not in dict(section(index).facts)["Agreement"]


def test_section__costs__stand_beside_their_targets(index: IndexReplay) -> None:
    assert _table(section(index), "What it costs").rows == (
        ("Record a day", "80,001", "95,000", "0.000080"),
        ("Prove one block's fees", "97,438", "100,000", "0.000097"),
        ("Close a day, with its dollars", "57,092", "145,000", "0.000057"),
        ("A day in all", "169,572", "", "0.000170"),
        ("Deploy the index, once", "3,397,828", "", "0.003398"),
    )


def test_section__run_before_block_830000__says_so_and_how_far_it_is(index_of: IndexOf) -> None:
    told = section(index_of(5_712, [BITS] * 3))
    facts = dict(told.facts)
    assert facts["Fees"].startswith(
        "not proven: coinbases of the 288 blocks are not shipped (block 830,000's is, in runs of "
        "52 days or more)"
    )
    assert not any(name.startswith("Block ") for name in facts)
    assert "of them fees" not in facts["Earned"]
    assert "174.61 sats/TH/day by difficulty" in facts["Hashprice"]  # not from 174.61 to 174.61
    assert all(row[0] != "Prove one block's fees" for row in _table(told, "What it costs").rows)
    assert "proven fees" not in told.charts[0].caption


def test_section__clock_alone__says_that_nothing_earned_yet(index_of: IndexOf) -> None:
    told = section(index_of(5_712, [BITS]))
    assert dict(told.facts) == {
        "Index": "block-day 5712 sets its clock, to 2023-12-23 06:04 UTC, and earns nothing: two "
        "block-days or more have a hashprice"
    }
    assert [figure.value for figure in told.figures] == ["0"]
    assert told.charts == ()
    assert _table(told, "What it costs").rows == (
        ("Deploy the index, once", "3,397,828", "", "0.003398"),
    )


@pytest.mark.parametrize("days", [1, 2, 3, 30])
def test_section__run_of_any_length__has_a_cell_for_every_column_and_fits_a_page(
    days: int, run: Run, index_of: IndexOf
) -> None:
    told = section(index_of(5_712, [BITS] * days))
    for table in told.tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert 'id="index"' in render(run, [told])


def test_charts__of_the_index__name_their_units_and_their_marks(index: IndexReplay) -> None:
    hashprice, earned = section(index).charts
    assert hashprice.title.endswith("in BTC/PH/day")
    assert earned.title.endswith("in sats")
    for drawn in (hashprice.wide, hashprice.narrow):
        assert "fees of 830,000:" in drawn
        assert "+0.026 %" in drawn
        assert "0.001665" in drawn
        assert "var(--second)" in drawn
    for drawn in (earned.wide, earned.narrow):
        assert f"{index.days[-1].earned / WAD:.2f} sats" in drawn
