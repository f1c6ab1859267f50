"""The fourth chapter: what its models add up, what its section says, and runs that end early."""

from __future__ import annotations

import json

import pytest

from terahash.report.issuance import Deed, IssuanceReplay, whole
from terahash.report.issuance_section import section
from terahash.report.issuance_tables import tables
from terahash.report.page import Run, render
from terahash.report.section import Section, Table
from terahash.units import WAD


def _table(issuance: IssuanceReplay, title: str) -> Table:
    (found,) = (table for table in tables(issuance) if table.title.startswith(title))
    return found


def _cut(issuance: IssuanceReplay, days: int) -> IssuanceReplay:
    """End a run when so many block-days of the term were counted, and nobody had claimed late."""
    standings = [standing for standing in issuance.standings if standing.accrued <= days]
    events = [event for event in issuance.events if event.time <= standings[-1].time]
    names = {event.whom for event in events if event.deed is Deed.CLAIM}
    return issuance.model_copy(
        update={
            "owed": issuance.owed[:days],
            "standings": standings,
            "events": events,
            "entitled": [holder for holder in issuance.entitled if holder.name in names],
        }
    )


def test_issuance__of_one_deed__adds_up_what_it_paid(issuance: IssuanceReplay) -> None:
    assert issuance.paid(Deed.MINT) == 2_210_001
    assert issuance.paid(Deed.DELIVER) == 1_910_000
    assert issuance.paid(Deed.COVER) == 600_000
    assert issuance.paid(Deed.CLAIM) == 2_510_000
    assert issuance.paid(Deed.TRANSFER) == 0
    assert [event.who for event in issuance.of(Deed.WITHDRAW)] == ["Issuer", "Issuer"]


def test_issuance__of_a_whole_term__knows_its_price_and_what_it_owed(
    issuance: IssuanceReplay,
) -> None:
    assert issuance.is_over
    assert issuance.net == 400 * WAD + 4 * 123_456_789
    assert issuance.price == 336 * WAD
    assert issuance.sold == 7_000 * WAD
    assert issuance.worst == 75 * WAD // 100


def test_issuance__issuer_that_stopped__paid_the_days_before(issuance: IssuanceReplay) -> None:
    assert issuance.unpaid_from == issuance.standings[5].time
    assert issuance.delivered_days == 3


def test_issuance__issuer_that_never_stopped__paid_every_day(issuance: IssuanceReplay) -> None:
    for standing in issuance.standings:
        standing.owed = 0
    assert issuance.unpaid_from is None
    assert issuance.delivered_days == 4


def test_issuance__without_claims__has_no_worst(issuance: IssuanceReplay) -> None:
    issuance.entitled = []
    assert issuance.worst == 0


@pytest.mark.parametrize(
    ("tokens", "written"),
    [(0, "0"), (WAD // 2, "0.5"), (10_000 * WAD, "10,000"), (1_000 * WAD + WAD // 8, "1,000.125")],
)
def test_whole__tokens__are_terahash_with_their_parts(tokens: int, written: str) -> None:
    assert whole(tokens) == written


def test_issuance__as_json__keeps_every_digit(issuance: IssuanceReplay) -> None:
    written = issuance.model_dump_json()
    read = json.loads(written)
    assert read["owed"][1]["gross"] == "180000000000123456789"
    assert read["owed"][1]["net"] == "100000000000123456789"
    assert read["left"]["unclaimed"] == "999995999000000000"
    assert read["entitled"][0]["exact"] == "1600000250000000000000000"
    assert read["entitled"][0]["worst"] == "750000000000000000"
    assert read["agreed"]["fee"] == "20000000000000000"
    assert read["events"][1]["tokens"] == "4000000000000000000000"
    assert read["standings"][3]["coverage"] == "1140000000000000000"
    assert read["standings"][5]["coverage"] is None
    assert [party["net"] for party in read["parties"]] == [
        -350_000,
        256_000,
        -72_000,
        -34_001,
        200_000,
        1,
    ]
    assert IssuanceReplay.model_validate_json(written) == issuance


def test_section__of_an_issuance__states_its_terms_and_its_sale(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Terms"] == (
        "10,000 TH/s for the block-days 5717 to 5720: each owes a token what 1 TH/s earns, less "
        "2 % and 80 sats a day; a reserve of 50 % of what tokens are worth; debts may be unpaid "
        "for 2 days"
    )
    assert facts["Sale"] == (
        "at 84 sats/TH and block-day that is left, 3 buyers paid 2,210,001 sats for 7,000 TH/s: "
        "690,000 to the reserve, 1 to the stream, 1,520,000 to the issuer"
    )


def test_section__late_buyer__paid_for_what_was_owed_already(told: Section) -> None:
    facts = dict(told.facts)
    assert facts["Buyer 3"].startswith("came on day 5 and paid 110,001 sats on top of the price")
    assert not {"Buyer 1", "Buyer 2"} & facts.keys()


def test_section__of_a_whole_term__sets_what_it_owed_beside_its_price(told: Section) -> None:
    assert dict(told.facts)["Owed"] == (
        "400.00 sats by a token for 4 block-days, of 720.00 that 1 TH/s earned; bought before the "
        "term, a token cost 336.00 (+19.05 %)"
    )


def test_section__issuer_that_stopped__says_who_paid_and_what_credit_that_was(
    told: Section,
) -> None:
    facts = dict(told.facts)
    assert "stopped paying" in told.lead
    assert facts["Delivered"] == (
        "1,910,000 sats by the issuer in 3 transactions, for 3 of 4 block-days; then it stopped"
    )
    assert facts["Reserve"].startswith("paid 600,000 sats in 1 transaction that anyone may send")
    assert facts["Reserve"].endswith(
        "the issuer withdrew 30,000 during the term, as much as the ratio let it, and 10,000 "
        "after it"
    )
    assert "its reserve covered 113 % of what was to come" in facts["Credit"]
    assert "ask for 50 %" in facts["Credit"]


def test_section__coverage_after_the_stop__is_not_the_credits(issuance: IssuanceReplay) -> None:
    issuance.standings[5].coverage = 20 * WAD // 100
    assert "its reserve covered 113 %" in dict(section(issuance).facts)["Credit"]


def test_section__redemption__says_what_was_given_back_and_for_what(told: Section) -> None:
    assert dict(told.facts)["Early exit"] == (
        "Buyer 3 gave 1,000 TH/s back on day 6 for 50,000 sats: their part of the reserve, which "
        "covered 114 % of their value, less 1 %"
    )


def test_section__agreement__counts_claims_holders_and_payments(told: Section) -> None:
    agreement = dict(told.facts)["Agreement"]
    assert agreement.startswith("5 claims of 4 holders beside exact fractions")
    assert "4 payments of what was owed, equal to the satoshi" in agreement


def test_section__sum__says_whose_the_last_satoshi_is(issuance: IssuanceReplay) -> None:
    assert dict(section(issuance).facts)["Sum"] == (
        "2,600,001 sats into the contract, 2,600,000 out of it, 1 stay: parts of a satoshi, which "
        "holders have earned and cannot claim yet"
    )
    issuance.left.reserve, issuance.left.unclaimed = issuance.left.unclaimed, 0
    assert dict(section(issuance).facts)["Sum"].endswith("1 stay: the table says for what")


def test_section__figures__are_sold_paid_claimed_and_worst(told: Section) -> None:
    assert [figure.value for figure in told.figures] == [
        "7,000 TH/s",
        "0.02210001 BTC",
        "0.02510000 BTC",
        "0.750 sats",
    ]


def test_section__statement__has_a_row_for_each_side_and_adds_up(issuance: IssuanceReplay) -> None:
    table = _table(issuance, "The statement")
    assert [column.heading for column in table.columns] == [
        "Who",
        "Tokens, sats",
        "Delivered, sats",
        "Claimed, sats",
        "Redeemed, sats",
        "Withdrawn, sats",
        "In all, sats",
    ]
    assert table.rows == (
        ("Issuer", "1,520,000", "-1,910,000", "-", "-", "40,000", "-350,000"),
        ("Buyer 1", "-1,344,000", "-", "1,600,000", "-", "-", "256,000"),
        ("Buyer 2", "-672,000", "-", "600,000", "-", "-", "-72,000"),
        ("Buyer 3", "-194,001", "-", "110,000", "50,000", "-", "-34,001"),
        ("Receiver", "-", "-", "200,000", "-", "-", "200,000"),
        ("Contract", "690,001", "1,910,000", "-2,510,000", "-50,000", "-40,000", "1"),
        ("Sum", "0", "0", "0", "0", "0", "0"),
    )
    assert "What the Receiver gave" in table.note


def test_section__statement_that_lacks_a_satoshi__shows_it_in_its_sum(
    issuance: IssuanceReplay,
) -> None:
    issuance.parties[1].claimed -= 1
    sums = _table(issuance, "The statement").rows[-1]
    assert sums == ("Sum", "0", "0", "-1", "0", "0", "-1")


def test_section__what_stays__adds_up_to_the_balance(issuance: IssuanceReplay) -> None:
    assert _table(issuance, "What stays").rows == (
        ("Reserve", "0.000000000"),
        ("Streaming to holders, earned within a day", "0.000000000"),
        ("Waiting for the next delivery", "0.000004000"),
        ("Earned and not claimed", "0.999995999"),
        ("Cut from accounts, nobody's", "0.000000001"),
        ("Balance of the contract", "1.000000000"),
    )


def test_section__claims__stand_beside_the_exact_amounts(issuance: IssuanceReplay) -> None:
    table = _table(issuance, "Claims beside")
    assert [column.heading for column in table.columns] == [
        "Who",
        "Claims",
        "Paid, sats",
        "Exact, sats",
        "Short, sats",
        "At worst, sats",
    ]
    assert table.rows == (
        ("Buyer 1", "2", "1,600,000", "1,600,000.250000", "0.250000", "0.750000"),
        ("Buyer 2", "1", "600,000", "600,000.500000", "0.500000", "0.500000"),
        ("Buyer 3", "1", "110,000", "110,000.125000", "0.125000", "0.125000"),
        ("Receiver", "1", "200,000", "200,000.125000", "0.125000", "0.125000"),
    )


def test_section__what_happened__joins_deliveries_that_only_claims_part(
    issuance: IssuanceReplay,
) -> None:
    assert _table(issuance, "What happened").rows == (
        ("0", "2023-12-23", "Issuer", "opens the issuance", "-", "-"),
        ("0", "2023-12-23", "Buyer 1", "buys", "4,000", "1,344,000"),
        ("0", "2023-12-23", "Buyer 2", "buys", "2,000", "672,000"),
        ("3 to 4", "2023-12-26", "Issuer", "delivers, 2 times", "-", "1,140,000"),
        ("4", "2023-12-27", "Issuer", "withdraws", "-", "30,000"),
        ("5", "2023-12-28", "Buyer 3", "buys", "1,000", "194,001"),
        ("5", "2023-12-28", "Issuer", "delivers", "-", "770,000"),
        ("6", "2023-12-29", "Buyer 2", "transfers to Receiver", "2,000", "-"),
        ("6", "2023-12-29", "Buyer 3", "redeems", "1,000", "50,000"),
        ("9", "2024-01-01", "Anyone", "has the reserve pay", "-", "600,000"),
        ("10", "2024-01-02", "Issuer", "withdraws", "-", "10,000"),
    )


def test_section__every_transaction__says_for_whom_and_is_left_out_nowhere(
    issuance: IssuanceReplay,
) -> None:
    table = _table(issuance, "Every transaction")
    assert table.title == "Every transaction of the issuance: 21"
    assert table.is_long
    assert len(table.rows) == 21
    assert table.rows[5] == (
        "2023-12-27 06:04",
        "4",
        "Buyer 1",
        "claims",
        "-",
        "360,000",
        "66,001",
    )
    assert table.rows[-1][2:6] == ("Anyone", "claims for Receiver", "-", "200,000")


def test_section__costs__are_means_beside_their_targets(issuance: IssuanceReplay) -> None:
    assert _table(issuance, "What it costs").rows == (
        ("Buy tokens", "122,501", "140,000", "0.000123"),  # 122,500.5, without the first
        ("Deliver", "58,501", "59,000", "0.000059"),  # 58,500.5, without the first
        ("Transfer to a new holder", "54,000", "57,000", "0.000054"),
        ("Redeem", "86,000", "90,000", "0.000086"),
        ("Have the reserve pay", "49,000", "65,000", "0.000049"),
        ("Claim, an account's first", "66,001", "69,000", "0.000066"),  # 66,000.25
        ("Claim, later", "49,500", "51,000", "0.000050"),
        ("Count closed days", "50,001", "", "0.000050"),  # 50,000.25
        ("Open an issuance, once", "4,600,000", "", "0.004600"),
        ("Deploy factory and blueprint, once", "5,700,000", "", "0.005700"),
    )


def test_section__what_another_chapter_did__is_listed_without_gas_and_not_told(
    issuance: IssuanceReplay,
) -> None:
    costs, story = (_table(issuance, title).rows for title in ("What it costs", "What happened"))
    inside = {"who": "Vault", "whom": "Holder", "gas": 0, "sats": 1}
    last = issuance.events[-1]
    issuance.events += [
        last.model_copy(update={**inside, "deed": deed}) for deed in (Deed.CLAIM, Deed.TRANSFER)
    ]
    assert _table(issuance, "What it costs").rows == costs
    assert _table(issuance, "What happened").rows == story
    listed = _table(issuance, "Every transaction").rows[-2:]
    assert [row[3:] for row in listed] == [
        ("claims for Holder", "-", "1", "-"),
        ("transfers to Holder", "-", "1", "-"),
    ]


def test_section__days__have_what_they_owed_and_a_total(issuance: IssuanceReplay) -> None:
    table = _table(issuance, "What every block-day")
    assert table.title.endswith(": 4")
    assert [row[:2] + row[3:] for row in table.rows] == [
        ("1", "5717", "24.00", "170.0000", "90.0000", "90.0000"),
        ("2", "5718", "24.00", "180.0000", "100.0000", "190.0000"),
        ("3", "5719", "24.00", "190.0000", "110.0000", "300.0000"),
        ("4", "5720", "24.00", "180.0000", "100.0000", "400.0000"),
    ]
    assert table.rows[0][2] == "2023-12-25 06:04"


def test_section__standings__show_debts_reserve_and_coverage(issuance: IssuanceReplay) -> None:
    rows = _table(issuance, "How the issuance stood").rows
    assert len(rows) == 8
    assert rows[2][1:] == ("2", "0", "1,140,000", "0", "570,000", "75.0", "RUNNING")
    assert rows[5][1:] == ("4", "600,000", "1,910,000", "0", "610,000", "-", "RUNNING")
    assert rows[6][1:] == ("4", "0", "1,910,000", "600,000", "10,000", "-", "RUNNING")


def test_charts__of_the_issuance__name_their_units_and_their_marks(told: Section) -> None:
    owed, coverage = told.charts
    assert owed.title == "Owed and paid since the term began, in BTC"
    assert "Blue: the reserve." in owed.caption
    assert coverage.title.startswith("Coverage")
    assert "in % of the tokens' value" in coverage.title
    assert "not drawn" not in coverage.caption
    for drawn in (owed.wide, owed.narrow):
        assert "0.02510000 BTC" in drawn
        assert "has stopped" in drawn
    for drawn in (coverage.wide, coverage.narrow):
        assert "ratio, " in drawn
        assert "50 %" in drawn
        assert drawn.count("issuer withdraws") == 1  # the other has no coverage after it
        assert drawn.count("redemption") == 1
        assert "has stopped" in drawn


def test_charts__debt_that_is_unpaid__is_part_of_what_was_owed(issuance: IssuanceReplay) -> None:
    owed, _ = section(_cut(issuance, 2)).charts
    assert "0.01140000 BTC" in owed.wide
    issuance.standings = issuance.standings[:6]  # delivered 1,910,000, and 600,000 unpaid
    owed, _ = section(issuance).charts
    assert "0.02510000 BTC" in owed.wide
    assert "0.030" in owed.wide  # on the axis: 0.0191 alone would not reach so far


def test_charts__coverage_beyond_the_chart__is_said_not_to_be_drawn(
    issuance: IssuanceReplay,
) -> None:
    issuance.standings[4].coverage = 151 * WAD // 100
    _, coverage = section(issuance).charts
    assert "beyond 150 % it is not drawn" in coverage.caption


def test_section__run_that_ends_before_the_term_is_over__says_how_far_it_came(
    issuance: IssuanceReplay,
) -> None:
    ended = _cut(issuance, 2)
    told = section(ended)
    facts = dict(told.facts)
    assert facts["Owed"] == (
        "190.00 sats by a token for 2 block-days, of 350.00 that 1 TH/s earned; the replay ends "
        "on day 2 of 4"
    )
    assert facts["Delivered"] == (
        "1,140,000 sats by the issuer in 2 transactions, for 2 of 4 block-days"
    )
    assert facts["Agreement"].startswith("2 claims of 1 holder beside")
    owed, coverage = told.charts
    for drawn in (owed.wide, coverage.wide):
        assert "has stopped" not in drawn
    assert len(_table(ended, "What every block-day").rows) == 2
    assert "What the Receiver gave" not in _table(ended, "The statement").note


def test_section__run_that_ends_when_the_reserve_has_paid__says_nothing_of_withdrawals_to_come(
    issuance: IssuanceReplay,
) -> None:
    issuance.owed.pop()
    assert dict(section(issuance).facts)["Reserve"] == (
        "paid 600,000 sats in 1 transaction that anyone may send once a debt is unpaid for longer "
        "than the grace"
    )


def test_section__issuance_just_opened__owes_nothing_and_has_no_charts(
    issuance: IssuanceReplay,
) -> None:
    opened = _cut(issuance, 0)
    told = section(opened)
    facts = dict(told.facts)
    assert list(facts) == ["Terms", "Sale", "Owed", "Sum"]
    assert facts["Owed"].startswith("nothing yet: no block-day of the term was closed")
    assert "2 buyers paid 2,016,000 sats" in facts["Sale"]
    assert told.charts == ()
    assert [figure.value for figure in told.figures][-2:] == ["0.00000000 BTC", "0.000 sats"]
    assert [table.title.split(":")[0] for table in told.tables] == [
        "The statement",
        "What stays in the contract, and why",
        "What happened",
        "What it costs",
        "How the issuance stood, day by day",
        "Every transaction of the issuance",
    ]
    assert [row[0] for row in _table(opened, "What it costs").rows] == [
        "Buy tokens",
        "Open an issuance, once",
        "Deploy factory and blueprint, once",
    ]


def test_section__reserve_that_never_paid__tells_of_no_stop_and_no_credit(
    issuance: IssuanceReplay,
) -> None:
    issuance.events = [event for event in issuance.events if event.deed is not Deed.COVER]
    for standing in issuance.standings:
        standing.owed = standing.covered = 0
    told = section(issuance)
    facts = dict(told.facts)
    assert "stopped" not in told.lead
    assert not {"Reserve", "Credit"} & facts.keys()
    assert facts["Delivered"].endswith("for 4 of 4 block-days")
    assert "3 payments of what was owed" in facts["Agreement"]
    assert "Blue" not in told.charts[0].caption
    assert all(row[0] != "Have the reserve pay" for row in _table(issuance, "What it costs").rows)
    assert all("reserve pay" not in row[3] for row in _table(issuance, "What happened").rows)


def test_section__nobody_redeemed__tells_of_no_early_exit(issuance: IssuanceReplay) -> None:
    issuance.events = [event for event in issuance.events if event.deed is not Deed.REDEEM]
    told = section(issuance)
    assert "Early exit" not in dict(told.facts)
    assert "redemption" not in told.charts[1].wide
    assert all(row[0] != "Redeem" for row in _table(issuance, "What it costs").rows)


@pytest.mark.parametrize("days", [0, 1, 2, 3, 4])
def test_section__run_of_any_length__has_a_cell_for_every_column_and_fits_a_page(
    days: int, run: Run, issuance: IssuanceReplay
) -> None:
    told = section(_cut(issuance, days))
    for table in told.tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert 'id="issuance"' in render(run, [told])
