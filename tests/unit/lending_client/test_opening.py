"""Opening a vault: terms as people write them, what is sent, and what users are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from terahash.deployment import NOBODY
from terahash.hashrate.show import document
from terahash.hashrate.written import TermsError
from terahash.lending.models import UNCOUNTED, Delivery, Terms
from terahash.lending.opening import LAST_DAYS, Opening, open_plan, read_opening
from terahash.units import SATS_PER_BTC
from tests.support.issuing import ONE, STRANGER
from tests.support.lending import FEE_RECEIVER, GUARDIAN
from tests.support.lending_desk import LendingDesk
from tests.unit.lending_client.conftest import facts, functions, session

TOML = f"""
lltv = 87.5
supply_cap = "0.5btc"
borrow_cap = 40_000_000
min_borrow = "2000sats"
fee = "10"
fee_receiver = "{FEE_RECEIVER}"
guardian = "{GUARDIAN}"
rate = 3.25
steepness = 5
speed = 40
min_rate = 0.2
max_rate = 150
target = 85
"""
LEAST = {"lltv": 90, "supply_cap": "1btc"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vault.toml"
    path.write_text(TOML)
    return path


def test_read_opening__toml__people_units_to_the_contracts(file: Path) -> None:
    opening = read_opening(file, {})
    assert opening.terms(STRANGER) == Terms(
        token=STRANGER,
        valuation=NOBODY,
        lltv=875 * ONE // 1_000,
        supply_cap=SATS_PER_BTC // 2,
        borrow_cap=40_000_000,
        uncovered_cap=UNCOUNTED,
        min_borrow=2_000,
        fee=ONE // 10,
        fee_receiver=FEE_RECEIVER,
        guardian=GUARDIAN,
        target=85 * ONE // 100,
        rate=325 * ONE // 10_000,
        steepness=5 * ONE,
        speed=40 * ONE,
        min_rate=ONE // 500,
        max_rate=3 * ONE // 2,
    )
    assert opening.delivery() is None


def test_read_opening__json__the_same(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "vault.json"
    fields = {**read_opening(file, {}).model_dump(exclude_none=True)}
    percents = ("lltv", "fee", "rate", "min_rate", "max_rate", "target")
    fields |= {name: str(fields[name] * 100 / ONE) for name in percents}
    fields |= {name: fields[name] // ONE for name in ("steepness", "speed")}
    other.write_text(json.dumps(fields))
    assert read_opening(other, {}) == read_opening(file, {})


def test_read_opening__options__count_over_the_file(file: Path) -> None:
    given = {"lltv": "70", "uncovered_cap": "0.1btc", "phi": "50", "stress": None}
    opening = read_opening(file, given)
    assert opening.lltv == 7 * ONE // 10
    assert opening.terms(STRANGER).uncovered_cap == SATS_PER_BTC // 10
    assert opening.delivery() == Delivery(8 * ONE // 10, 999 * ONE // 1_000, ONE // 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lltv": "much"}, "lltv: much is not a number"),
        ({"lltv": 0.9}, "lltv: give a number"),
        ({"supply_cap": "0.5eth"}, "supply_cap: 0.5eth is not an amount: 1500, 1500sats or "),
        ({"supply_cap": "1.5"}, "supply_cap: 1.5 has more decimals than can be counted"),
        ({"supply_cap": "1btc", "borrow_cap": "-1"}, "borrow_cap: -1 is not an amount"),
        ({"guardian": "0x12"}, "guardian: 0x12 is not an address"),
        ({"speed": True}, "speed: give a number"),
        ({"token": STRANGER}, "token: Extra inputs are not permitted"),
    ],
)
def test_read_opening__bad_field__named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(TermsError, match="these are no terms of a vault") as caught:
        read_opening(None, {**LEAST, **changes})
    assert said in str(caught.value)


def test_read_opening__nothing__every_missing_field_is_named() -> None:
    with pytest.raises(TermsError) as caught:
        read_opening(None, {})
    assert "lltv: Field required; supply_cap: Field required" in str(caught.value)


def test_delivery__without_a_cap_on_what_no_cash_covers__refused() -> None:
    opening = Opening(**{**LEAST, "phi": 30, "decay": "99"})
    with pytest.raises(TermsError, match=r"decay and phi: .* needs uncovered_cap"):
        opening.delivery()


@pytest.mark.parametrize("cap", [None, "0.1btc"], ids=["covered", "delivery"])
def test_open_plan__least_terms__opens_what_it_said(desk: LendingDesk, cap: str | None) -> None:
    opening = read_opening(None, {**LEAST, "uncovered_cap": cap})
    plan = open_plan(session(desk, STRANGER), desk.token, opening)
    assert functions(plan) == ["open_covered" if cap is None else "open_delivery"]
    said = facts(plan)
    (step,) = plan.steps
    done = plan.done([desk.act(STRANGER, step.transaction)])

    vault = desk.registry.vault(3)
    assert done == f"Opened vault 3, {vault.address}."
    fixed = vault.terms._asdict()
    assert fixed == {**opening.terms(desk.token.address)._asdict(), "valuation": fixed["valuation"]}
    assert fixed["borrow_cap"] == fixed["supply_cap"] == SATS_PER_BTC
    assert vault.delivery == opening.delivery()
    assert said["terms"] == document(vault.terms._replace(valuation=NOBODY))
    assert said["delivery"] == document(vault.delivery)
    assert (said["token"], said["btc"]) == (desk.token.address, desk.btc)


def test_open_plan__says_when_loans_end_and_what_lenders_risk(desk: LendingDesk) -> None:
    texts = []
    for cap in (None, "0.1btc"):
        opening = read_opening(None, {**LEAST, "uncovered_cap": cap})
        plan = open_plan(session(desk), desk.token, opening)
        assert plan.warnings == []
        texts += [{fact.name: fact.text for fact in plan.facts}]
    last = desk.token.terms.last
    assert texts[0]["loans end"].startswith(f"from block-day {last - LAST_DAYS} on, 4 before")
    assert texts[1]["loans end"].startswith(f"with the term: from block-day {last} on")
    assert texts[0]["lenders may lose"].startswith("nothing by the issuer or the market")
    assert texts[1]["lenders may lose"].startswith("up to 10,000,000 sats (0.10000000 BTC)")
    assert texts[1]["liquidation LTV"] == "90.00 %; a loan may reach 88.20 %"


def test_open_plan__term_nearly_over__warned(desk: LendingDesk) -> None:
    terms = desk.token.terms
    for _ in range(terms.first, terms.last - LAST_DAYS):
        assert open_plan(session(desk), desk.token, read_opening(None, LEAST)).warnings == []
        desk.pass_day()
    plan = open_plan(session(desk), desk.token, read_opening(None, LEAST))
    assert plan.warnings == ["of the term 4 block-days are left"]


def test_open__command__sends_and_the_register_lists_it(commands: LendingDesk, file: Path) -> None:
    desk = commands
    result = desk.run("lend", "open", 1, file, "--rate", "2.5", "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    vault = desk.registry.vault(3)
    assert f"Opened vault 3, {vault.address}." in result.stdout
    assert vault.terms.rate == ONE // 40
    assert desk.json("loans", 3)["vault"]["vault"] == vault.address


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lltv", 96), "between them"),
        (("--fee", 60, "--fee-receiver", FEE_RECEIVER), "choose a lower fee"),
        (("--fee", 1), "name who, or let it be zero"),
        (("--supply-cap", 0), "A supply cap is of 1 satoshi to all bitcoin"),
        (("--phi", 30), "it needs uncovered_cap"),
    ],
)
def test_open__out_of_bounds__refused_in_words_and_nothing_is_sent(
    commands: LendingDesk, options: tuple[object, ...], said: str
) -> None:
    least = ("--lltv", 90, "--supply-cap", "1btc")
    result = commands.run("lend", "open", 1, *least, *options, "--yes", key=True)
    assert result.exit_code == 1 and commands.chain.sent == []
    assert said in " ".join(result.stderr.split())


def test_open__issuance_that_is_not_there__refused(commands: LendingDesk) -> None:
    result = commands.run("lend", "open", 7, "--lltv", 90, "--supply-cap", "1btc")
    assert result.exit_code == 1
    assert "there is no issuance 7: the register has 1" in result.stderr
