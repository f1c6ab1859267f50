"""The sixth chapter: what its models add up, what its section says, and its charts."""

from __future__ import annotations

import json
import re

import pytest

from terahash.report.lending import (
    Deed,
    Event,
    LendingReplay,
    LentVault,
    Party,
    Retarget,
    Seizure,
    Standing,
)
from terahash.report.lending_section import section
from terahash.report.page import Run, render
from terahash.report.section import Section, Table
from terahash.units import DAY, HOUR, MINUTE, WAD

START = 1_704_412_800  # January 5, 2024


def _standing(day: int, debt: int, credit: int, alone: int, health: int | None) -> Standing:
    """How a loan stood an hour into a day; its health is in percent."""
    return Standing(
        time=START + day * DAY + HOUR,
        day=8 + day,
        debt=debt,
        credit=credit,
        unassisted=alone,
        value=(900 - 30 * day) * WAD,
        health=None if health is None else health * WAD // 100,
    )


def _event(day: int, minute: int, deed: Deed, who: str, vault: str = "", **what: object) -> Event:
    time = START + day * DAY + minute * MINUTE
    return Event(time=time, day=8 + day, deed=deed, who=who, vault=vault, **what)


def _covered() -> LentVault:
    """A loan of 400,000 satoshi that is repaid within two days, and a second one of 300,000."""
    return LentVault(
        name="Covered vault",
        address=f"0x{1:040x}",
        borrower="Miner",
        is_covered=True,
        stress=0,
        lltv=9 * WAD // 10,
        opened=START,
        tokens=1_500 * WAD,
        deposited=500_000,
        borrowed=700_000,
        interest=90 * WAD + WAD // 2,
        repaid=600_090 * WAD + WAD // 2,
        lender=81,
        fees=9,
        held=1,
        standings=[
            _standing(0, 400_000, 0, 400_000, 150),
            _standing(1, 150_000, 0, 400_040, 350),
            _standing(2, 0, 100_000, 400_081, None),
            _standing(3, 200_000, 0, 600_100, 130),
            _standing(4, 0, 50_000, 600_181, None),
        ],
    )


def _delivery() -> LentVault:
    """A loan of a million that is liquidated on its second day."""
    return LentVault(
        name="Delivery vault",
        address=f"0x{2:040x}",
        borrower="Borrower",
        is_covered=False,
        stress=9 * WAD // 10,
        lltv=95 * WAD // 100,
        opened=START,
        tokens=500 * WAD,
        deposited=1_200_000,
        borrowed=1_000_000,
        interest=60 * WAD,
        repaid=48_000 * WAD,
        lender=54,
        fees=6,
        held=0,
        standings=[
            _standing(0, 1_000_000, 0, 1_000_000, 102),
            _standing(1, 0, 0, 1_000_060, None).model_copy(update={"value": None}),
        ],
    )


def _parties() -> list[Party]:
    return [
        Party(name="Supplier", spent=700_000, change=700_000),
        Party(name="Miner", loans=700_000, traded=-5_000_000, rewards=2_000_000, spent=-700_000),
        Party(name="Lender", lent=135, change=135),
        Party(name="Borrower", loans=1_000_000, traded=-1_400_000),
        Party(name="Liquidator", loans=-952_060, rewards=1_300_000),
        Party(name="Fee receiver", lent=15),
        Party(name="Covered vault", lent=-90, loans=-700_000, rewards=700_091),
        Party(name="Delivery vault", lent=-60, loans=-47_940, rewards=48_000),
        Party(name="Issuance", traded=6_400_000, rewards=-4_048_091),
    ]


def _events() -> list[Event]:
    covered, delivery, odd = "Covered vault", "Delivery vault", 480 * WAD + WAD // 3
    return [
        _event(0, 0, Deed.OPEN, "Lender", covered, gas=4_900_000),
        _event(0, 1, Deed.DEPOSIT, "Lender", covered, sats=500_000, gas=146_000),
        _event(0, 2, Deed.OPEN, "Lender", delivery, gas=5_400_000),
        _event(0, 3, Deed.DEPOSIT, "Lender", delivery, sats=1_200_000, gas=147_000),
        _event(0, 4, Deed.MINT, "Miner", tokens=1_500 * WAD, sats=5_000_000, gas=140_000),
        _event(0, 5, Deed.POST, "Miner", covered, tokens=1_500 * WAD, gas=92_000),
        _event(0, 6, Deed.BORROW, "Miner", covered, sats=400_000, gas=117_000),
        _event(0, 7, Deed.SPEND, "Miner", whom="Supplier", sats=700_000, gas=34_000),
        _event(0, 8, Deed.BORROW, "Borrower", delivery, sats=1_000_000, gas=170_000),
        _event(1, 0, Deed.LIQUIDATE, "Liquidator", delivery, sats=952_060, tokens=odd, gas=161_000),
        _event(3, 0, Deed.BORROW, "Miner", covered, sats=300_000, gas=150_000),
        _event(4, 0, Deed.HARVEST, "Lender", covered, gas=50_000),
        _event(4, 1, Deed.REDEEM, "Lender", covered, sats=500_081, gas=90_000),
        _event(4, 2, Deed.COLLECT, "Fee receiver", covered, gas=67_000),
        _event(5, 0, Deed.CLOSE, "Miner", covered, sats=50_000, tokens=1_500 * WAD, gas=93_000),
    ]


def _lending() -> LendingReplay:
    return LendingReplay(
        registry=f"0x{3:040x}",
        token=f"0x{4:040x}",
        last_day=42,
        vaults=[_covered(), _delivery()],
        retargets=[
            Retarget(time=START + DAY - HOUR, change=WAD // 50),
            Retarget(time=START + 4 * DAY, change=-WAD // 25),
        ],
        seizure=Seizure(
            time=START + DAY,
            day=9,
            vault="Delivery vault",
            borrower="Borrower",
            paid=952_060,
            seized=480 * WAD + WAD // 3,
            left=20 * WAD - WAD // 3,
            value=2_130 * WAD,
            before=2_206 * WAD,
            health=WAD * 9_986 // 10_000,
            health_before=WAD * 10_321 // 10_000,
            health_usual=WAD * 116 // 100,
            usual_stress=8 * WAD // 10,
            usual_lltv=7 * WAD // 10,
        ),
        parties=_parties(),
        events=_events(),
    )


@pytest.fixture
def lending() -> LendingReplay:
    return _lending()


@pytest.fixture(scope="module")
def told() -> Section:
    """What the chapter says of them, its charts drawn once."""
    return section(_lending())


def _table(told: Section, title: str) -> Table:
    (found,) = (table for table in told.tables if table.title.startswith(title))
    return found


def test_lending__as_json__keeps_every_digit(lending: LendingReplay) -> None:
    written = lending.model_dump_json()
    assert json.loads(written)["seizure"]["seized"] == str(480 * WAD + WAD // 3)
    assert json.loads(written)["parties"][1]["net"] == -3_000_000
    assert LendingReplay.model_validate_json(written) == lending


def test_party__columns__are_what_its_net_adds_up(lending: LendingReplay) -> None:
    for party in lending.parties:
        assert list(party.columns) == ["lent", "loans", "traded", "rewards", "spent"]
        assert sum(party.columns.values()) == party.net
    assert sum(party.net for party in lending.parties) == 0


def test_vault__repaid_at__is_the_first_day_without_a_debt(lending: LendingReplay) -> None:
    covered, delivery = lending.vaults
    assert covered.repaid_at == covered.standings[2]
    assert delivery.repaid_at == delivery.standings[1]
    still = covered.model_copy(update={"standings": covered.standings[:2]})
    idle = covered.model_copy(update={"standings": covered.standings[2:3]})
    assert still.repaid_at is idle.repaid_at is None


def test_vault__from_credit__is_what_rewards_had_not_to_repay(lending: LendingReplay) -> None:
    assert lending.covered.from_credit == 100_000 * WAD


def test_section__figures__say_what_was_borrowed_and_repaid(told: Section) -> None:
    assert [(figure.value, figure.label) for figure in told.figures] == [
        ("0.00700000 BTC", "borrowed by a miner, and spent"),
        ("0.00600090 BTC", "repaid by its tokens' rewards"),
        ("135 sats", "interest, with which the lender left"),
        ("0.9986", "health at which another loan was liquidated"),
    ]


def test_section__miner__tells_of_its_loans_and_what_repaid_them(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Miner"] == (
        "minted 1,500 TH/s for itself, posted them, borrowed 2 times, 700,000 sats in all, and "
        "spent them. Of these 100,000.000 were its credit by then; rewards repaid the rest with "
        "90.500 of interest; of the loan of day 8 nothing was left on day 10"
    )
    assert facts["Unassisted"] == (
        "without rewards the same loans would have owed 600,181 sats on day 12; with them they "
        "owed 0, and the Miner had a credit of 50,000"
    )


def test_section__liquidation__tells_of_the_retarget_that_caused_it(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Retarget"] == (
        "difficulty +2.00 % reached the index on 2024-01-05 23:00 UTC: to the delivery vault a "
        "token was worth 2,130.00 sats, and at the difficulty before would have been worth "
        "2,206.00"
    )
    assert (
        "health was 0.9986, and at the difficulty before would have been 1.0321"
        in (facts["Liquidation"])
    )
    assert "repaid 952,060 sats and took 480.333 of its 500 TH/s" in facts["Liquidation"]
    assert "of 80 % of the hashprice and liquidation at 70 %" in facts["Liquidation"]
    assert "would have been 1.16: a day's rewards outrun" in facts["Liquidation"]
    assert "one that also counts on 90 % of the hashprice" in facts["Vaults"]


def test_section__lender_and_sum__add_up(told: Section) -> None:
    facts = dict(told.facts)
    assert "with 81 and 54 sats more than it had lent; the fee receiver got 15" in facts["Lender"]
    assert "took in 6,400,000 sats for tokens and paid 4,048,091 in rewards" in facts["Sum"]
    assert "and 1 sat stays in the vaults" in facts["Sum"]
    assert facts["Agreement"].startswith("15 transactions done again in exact fractions")
    assert facts["Agreement"].endswith("on all of 7 days")


def test_section__statement__adds_up(told: Section) -> None:
    *parts, total = _table(told, "The statement").rows
    assert parts[1] == (
        "Miner", "-", "700,000", "-5,000,000", "2,000,000", "-700,000", "-3,000,000"
    )  # fmt: skip
    assert total == ("Sum", *"000000")
    for row in parts:
        numbers = [int(cell.replace(",", "")) if cell != "-" else 0 for cell in row[1:]]
        assert sum(numbers[:-1]) == numbers[-1]


def test_section__vaults__stand_side_by_side(told: Section) -> None:
    table = _table(told, "The vaults")
    assert [column.title for column in table.columns[1:]] == ["Covered vault", "Delivery vault"]
    rows = {name: cells for name, *cells in table.rows}
    assert rows["Counts on"] == ["cash nobody can take", "90 % of hashprice"]
    assert rows["Liquidation LTV, %"] == ["90", "95"]
    assert rows["Interest, sats"] == ["90.500000", "60.000000"]
    assert rows["Left in it, sats"] == ["1", "0"]


def test_section__story__leaves_out_what_only_moves_shares(told: Section) -> None:
    rows = _table(told, "What happened").rows
    assert len(rows) == 14
    assert rows[9] == (
        "9", "Liquidator", "liquidates, and takes tokens", "Delivery", "480.333", "952,060"
    )  # fmt: skip
    assert rows[7] == ("8", "Miner", "spends", "-", "-", "700,000")


def test_section__costs__are_the_least_of_each(told: Section) -> None:
    rows = {name: gas for name, gas, *_ in _table(told, "What it costs").rows}
    assert (rows["Borrow"], rows["Lend"]) == ("117,000", "146,000")
    assert rows["Open the delivery vault, once"] == "5,400,000"


def test_section__days__say_where_nothing_is_known(told: Section) -> None:
    rows = _table(told, "The Borrower's loan, day by day: 2").rows
    assert rows[0] == (
        "2024-01-05 01:00", "8", "1,000,000", "1,000,000", "0", "900.0000", "1.0200"
    )  # fmt: skip
    assert rows[1][4:] == ("0", "-", "-")
    events = _table(told, "Every transaction").rows
    assert events[9][5] == f"480.{'3' * 18}"


def test_section__lending__has_a_cell_for_every_column_and_fits_a_page(
    told: Section, run: Run
) -> None:
    for table in told.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    page = render(run, [told])
    assert 'id="lending"' in page
    assert page.count('role="img"') == 2 * len(told.charts) == 4


def test_charts__debt_and_health__name_what_they_show(told: Section) -> None:
    debt, health = told.charts
    assert debt.title == "What the Miner owes, in BTC"
    for chart in (debt, health):
        for drawn in (chart.wide, chart.narrow):
            text = re.sub("\N{MINUS SIGN}", "-", drawn)
            assert ">+2.00 %<" in text and ">-4.00 %<" in text
    for drawn in (debt.wide, debt.narrow):
        assert ">without rewards 0.00600181<" in drawn
    for drawn in (health.wide, health.narrow):
        assert ">liquidated at 0.9986<" in drawn


def test_charts__debt__rises_upright_where_a_loan_is_made(lending: LendingReplay) -> None:
    from terahash.report.lending_charts import _line

    vault = lending.covered
    times, debts = _line(lending, vault, [standing.debt for standing in vault.standings])
    second = START + 3 * DAY
    # Nothing was owed up to the second loan, and an hour later what it was.
    assert (second, 0.0) in zip(times, debts, strict=True)
    assert (second + HOUR, 0.002) in zip(times, debts, strict=True)
    assert len(times) == len(vault.standings) + 1


def test_charts__health__breaks_where_there_is_no_debt(lending: LendingReplay) -> None:
    from terahash.report.lending_charts import _runs

    assert [healths for _, healths in _runs(lending.covered)] == [[1.5, 3.5], [1.3]]
