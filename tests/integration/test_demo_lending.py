"""The demo's loans, in a replay long enough for all of them to be repaid."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from tests.integration.test_demo import Demo, run_demo

ENOUGH = 35  # block-days up to which the lender has left
WAD = 10**18
YEAR = 365 * 86_400


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run_demo(ENOUGH, tmp_path_factory.mktemp("lending"))


@pytest.fixture
def lending(demo: Demo) -> dict[str, Any]:
    """Its sixth chapter."""
    return demo.report["chapters"]["lending"]


def _events(lending: dict[str, Any], deed: str, vault: str | None = None) -> list[dict[str, Any]]:
    return [
        event
        for event in lending["events"]
        if event["deed"] == deed and vault in (None, event["vault"])
    ]


def _party(lending: dict[str, Any], name: str) -> dict[str, Any]:
    return next(party for party in lending["parties"] if party["name"] == name)


def test_demo__lending__statement_adds_up_to_nothing_and_is_what_balances_say(
    lending: dict[str, Any],
) -> None:
    columns = ("lent", "loans", "traded", "rewards", "spent")
    for column in (*columns, "net", "change"):
        assert sum(party[column] for party in lending["parties"]) == 0, column
    for party in lending["parties"]:
        assert party["net"] == sum(party[column] for column in columns) == party["change"]


def test_demo__lending__statement_is_what_transactions_paid(lending: dict[str, Any]) -> None:
    def paid(deed: str, who: str) -> int:
        return sum(event["sats"] for event in _events(lending, deed) if event["who"] == who)

    assert _party(lending, "Lender")["lent"] == paid("redeem", "Lender") - paid("deposit", "Lender")
    for who in ("Miner", "Borrower"):
        party = _party(lending, who)
        assert party["loans"] == paid("borrow", who)  # nothing was repaid but by rewards
        assert party["traded"] == -paid("mint", who)
        assert party["rewards"] == paid("claim", who) + paid("close", who)
    assert _party(lending, "Liquidator")["loans"] == -paid("liquidate", "Liquidator")
    assert (
        _party(lending, "Supplier")["change"] == paid("spend", "Miner") == paid("borrow", "Miner")
    )


def test_demo__miners_loan__shrinks_every_day_that_nobody_touches_it(
    lending: dict[str, Any],
) -> None:
    covered, _ = lending["vaults"]
    touched = [event["time"] for event in _events(lending, "borrow", "Covered vault")]
    runs = 0
    for old, new in pairwise(covered["standings"]):
        if old["debt"] and not any(old["time"] < time <= new["time"] for time in touched):
            assert new["debt"] < old["debt"]
            runs += 1
    assert runs > 12
    assert covered["standings"][-1]["debt"] == 0 < covered["standings"][-1]["credit"]


def test_demo__first_day_of_the_loan__repays_what_was_streaming_when_tokens_were_minted(
    demo: Demo, lending: dict[str, Any]
) -> None:
    """Who comes late pays in what streams to its tokens: a day later all of that has come back."""
    events = demo.report["chapters"]["issuance"]["events"]
    mint = next(event for event in events if (event["deed"], event["who"]) == ("mint", "Miner"))
    loan = _events(lending, "borrow", "Covered vault")[0]
    day_later = lending["vaults"][0]["standings"][1]
    assert mint["time"] < loan["time"] < mint["time"] + 60
    assert day_later["time"] > mint["time"] + 86_400
    delivered = [event["time"] for event in events if event["deed"] == "deliver"]
    assert not any(mint["time"] < time < day_later["time"] for time in delivered)
    # What streamed in the seconds before was the miner's own, and lent to it first, as a credit.
    before = Fraction(mint["rewards"] * (loan["time"] - mint["time"]), 86_400)
    repaid = day_later["unassisted"] - day_later["debt"]
    assert abs(mint["rewards"] - before - repaid) <= 2
    assert repaid > 250_000 > 1_000 * before


def test_demo__unassisted_loan__grows_by_interest_alone(lending: dict[str, Any]) -> None:
    covered, _ = lending["vaults"]
    loans = _events(lending, "borrow", "Covered vault")
    days = [standing for standing in covered["standings"] if standing["time"] < loans[1]["time"]]
    start, last = loans[0], days[-1]
    grown = Fraction(last["unassisted"], start["sats"]) - 1
    years = Fraction(last["time"] - start["time"], YEAR)
    # Beneath its target the rate of 4 % a year falls, and no faster than by 50 a year.
    assert Fraction(2, 100) < grown / years < Fraction(4, 100)
    lent = int(covered["repaid"]) - int(covered["interest"])
    assert 0 < covered["standings"][-1]["unassisted"] - Fraction(lent, WAD) < 10_000


def test_demo__lender__leaves_with_what_the_loans_paid(lending: dict[str, Any]) -> None:
    total = 0
    for vault in lending["vaults"]:
        interest = Fraction(int(vault["interest"]), WAD)
        assert 0 <= interest + 1 - vault["lender"] - vault["fees"] - vault["held"] < 3
        assert abs(vault["fees"] - interest / 10) <= 2
        total += vault["lender"]
    assert _party(lending, "Lender")["change"] == total > 0
    assert _party(lending, "Fee receiver")["change"] == sum(v["fees"] for v in lending["vaults"])


def test_demo__liquidation__is_at_the_retarget_and_because_of_it(
    demo: Demo, lending: dict[str, Any]
) -> None:
    seizure, before = lending["seizure"], lending["retargets"][0]
    epochs = demo.report["chapters"]["relay"]["epochs"]
    assert before["change"] == epochs[1]["change"]
    assert 0 < seizure["time"] - before["time"] < 60
    assert int(seizure["health"]) < WAD < int(seizure["health_before"])
    assert int(seizure["health_usual"]) > 11 * WAD // 10
    _, delivery = lending["vaults"]
    # A day before, at the old difficulty, it had been at what may be borrowed.
    assert abs(int(delivery["standings"][-2]["health"]) - WAD * 100 // 98) < WAD // 10_000
    # The liquidator gets 1 / (1 - 0.3 x 5 %) of what it pays.
    worth = Fraction(int(seizure["seized"]) * int(seizure["value"]), WAD**2)
    assert abs(worth * Fraction(985, 1_000) - seizure["paid"]) < 1
    assert int(seizure["seized"]) + int(seizure["left"]) == 500 * WAD


def test_demo__lending__issuance_counts_what_vaults_and_borrowers_have(
    demo: Demo, lending: dict[str, Any]
) -> None:
    issuance = demo.report["chapters"]["issuance"]
    (guests,) = (party for party in issuance["parties"] if party["name"] == "Lending")
    counterpart = _party(lending, "Issuance")
    assert guests["traded"] == -counterpart["traded"]
    assert guests["claimed"] == -counterpart["rewards"]
    assert guests["change"] == -counterpart["net"]
    assert int(guests["tokens"]) == 2_000 * WAD
    assert int(issuance["left"]["cut"]) < WAD // 10**6
    holders = {holder["name"] for holder in issuance["entitled"]}
    assert {"Covered vault", "Delivery vault", "Miner"} <= holders


def test_demo__lending__is_printed_in_80_columns_and_on_the_page(demo: Demo) -> None:
    printed = demo.stdout[demo.stdout.index("Loans that repay themselves") :]
    printed = printed[: printed.index("Too short")]
    assert max(map(len, printed.splitlines())) <= 80
    assert ["Sum", *"000000"] in [line.split() for line in printed.splitlines()]
    page = (demo.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="lending"' in page
    for title in ("What the Miner owes, in BTC", "Health of the loans"):
        assert page.count(f'aria-label="{title}') == 2
