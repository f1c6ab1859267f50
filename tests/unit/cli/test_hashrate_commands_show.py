"""`terahash issuances`, `status` and `issue`: what a register says, and what is added to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terahash.deployment import Deployment
from terahash.units import DAY
from tests.support.issuing import HASHPRICE, ISSUER, ONE, STRANGER, TERM
from tests.support.market import USER, Market, connected

REGISTER = """\
           term                sold  capacity   price  coverage    owed
#  symbol  (days)   status   (TH/s)    (TH/s)  (sats)       (%)  (sats)
───────────────────────────────────────────────────────────────────────
1  HASH    102-143  SELLING      10    10,000   48.00        25       0
2  NHASH   110-151  SELLING       0     2,000   48.50         -       0
"""
NET = HASHPRICE * 49 // 50 - 5 * ONE


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Market:
    return connected(Market(tmp_path), monkeypatch)


@pytest.fixture
def terms(market: Market, tmp_path: Path) -> Path:
    """Terms of another issuance, in a file."""
    path = tmp_path / "terms.toml"
    path.write_text(
        f'name = "Northern hashrate"\nsymbol = "NHASH"\nbtc = "{market.btc}"\n'
        "first = 110\nlast = 152\nprice = 48.5\ncapacity = 2_000\ncost = 5\n"
        "reference = 10\nratio = 25\nfee = 2\n"
    )
    return path


# issuances


def test_issuances__two__a_line_each(market: Market, terms: Path) -> None:
    market.buy(USER, 10)
    market.run("issue", terms, "--yes", key=True)
    result = market.run("issuances")
    assert result.exit_code == 0, result.stderr
    assert [line.rstrip() for line in result.stdout.splitlines()] == REGISTER.splitlines()


def test_issuances__json__everything_and_exact(market: Market) -> None:
    (listed,) = market.json("issuances")["issuances"]
    assert listed["number"] == 1
    assert listed["address"] == market.token.address
    assert listed["status"] == "SELLING"
    assert listed["terms"]["cost"] == str(5 * ONE)
    assert listed["terms"]["first"] == 102
    assert listed["terms"]["feed_id"] == "0x" + "00" * 32
    assert listed["backing"]["overdue"] is False
    assert listed["coverage"] is None


def test_issuances__one_far_behind__named_and_the_others_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = connected(Market(tmp_path, last=202), monkeypatch)
    market.terms = market.terms._replace(first=150)
    market.open("Second")
    for _ in range(70):
        market.pass_day()
    result = market.run("issuances")
    assert result.exit_code == 0
    assert "issuance 1, HASH, has more than 64 closed block-days to accrue" in result.stderr
    assert "150-201" in result.stdout
    assert "102-201" not in result.stdout
    found = json.loads(market.run("issuances", "--json").stdout)
    assert [one["number"] for one in found["issuances"]] == [2]
    assert found["behind"] == [{"number": 1, "address": market.token.address}]
    refused = market.run("status", 1)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "run `terahash accrue ISSUANCE` first" in refused.stderr


def test_issuances__none__said(market: Market) -> None:
    blueprint = market.chain.call("HashrateFactory", market.factory.address, "BLUEPRINT")
    empty = market.chain.deploy("HashrateFactory", market.index, blueprint)
    deployment = Deployment.model_validate_json(market.file.read_text())
    deployment.contracts["HashrateFactory"].address = empty
    market.file.write_text(deployment.model_dump_json())
    assert market.run("issuances").stdout == "No issuance was opened here.\n"
    assert market.json("issuances") == {"issuances": [], "behind": []}


def test_issuances__no_deployment__asked_for(market: Market) -> None:
    result = market.run("issuances", register=False)
    assert result.exit_code == 2
    assert "--deployment" in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is not a deployment file"),
        ('{"chain_id": 5}', "the deployment is of chain 5, and the node is of 1"),
        ('{"chain_id": 1}', "HashrateFactory is not part of this deployment"),
    ],
)
def test_issuances__another_deployment__refused(market: Market, text: str, said: str) -> None:
    market.file.write_text(text)
    result = market.run("issuances")
    assert result.exit_code == 1
    assert said in result.stderr


# status


def test_status__number_of_5_000_digits__one_line(market: Market) -> None:
    result = market.run("status", "9" * 5_000)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: there is no issuance 999")
    assert len(result.stderr) < 400


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b'{"chain_id": 1, "contracts": {"HashrateFactory": {"address": "0x12", "arguments": []}}}',
        b'{"chain_id": "one\\u001b[2J"}',
        b"[" * 1_000,
    ],
)
def test_status__file_that_is_no_deployment__one_line(market: Market, content: bytes) -> None:
    market.file.write_bytes(content)
    result = market.run("status", 1)
    assert result.exit_code == 1
    assert "is not a deployment file: " in result.stderr
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr


def test_status__contract_that_answers_nonsense__one_line(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = market.chain.call

    def call(contract: str, address: str, function: str, *args: object) -> object:
        return 200 if function == "status" else usual(contract, address, function, *args)

    monkeypatch.setattr(market.chain, "call", call)
    result = market.run("status", 1)
    assert result.exit_code == 1
    assert "200 is no status" in result.stderr


def test_status__debt_since_the_end_of_time__said(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = market.chain.call

    def call(contract: str, address: str, function: str, *args: object) -> object:
        late = function == "unpaid_since"
        return 2**256 - 1 if late else usual(contract, address, function, *args)

    monkeypatch.setattr(market.chain, "call", call)
    result = market.run("status", 1)
    assert result.exit_code == 0
    assert "unpaid since second 115,792," in result.stdout


def test_status__arrears__issuance_and_account(market: Market) -> None:
    market.buy(USER, 10)
    market.act(USER, market.token.transfer(STRANGER, 4 * ONE))
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    since = market.chain.now
    market.chain.now += market.terms.grace + 1
    result = market.run("status", 1, "--account", USER)
    assert result.exit_code == 0, result.stderr
    lines = {line[:10].strip(): line for line in result.stdout.splitlines()}
    assert lines["status"].endswith("OVERDUE")
    assert lines["sold"].endswith("10 TH/s of 10,000 TH/s")
    assert lines["owed"].split("  ")[-1].startswith("440.000 sats, unpaid since 2023-11-16")
    assert since < market.chain.now
    assert lines["term"].endswith(f"block-days 102 to 143; {TERM - 1} left")
    assert lines["holds"].endswith("6 TH/s")
    assert "264.000 sats" in result.stdout  # its share of the debt
    assert "allowance      unlimited" in result.stdout


def test_status__json__state_and_position(market: Market) -> None:
    market.buy(USER, 10)
    found = market.json("status", market.token.address, "--account", USER, register=False)
    assert found["issuance"]["backing"]["supply"] == str(10 * ONE)
    assert found["position"]["balance"] == str(10 * ONE)
    assert found["position"]["claimable"] == 0
    assert market.json("status", 1)["position"] is None


def test_status__stream_running__until_when(market: Market) -> None:
    market.buy(USER, 10)
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    market.act(ISSUER, market.token.deliver())
    result = market.run("status", 1)
    assert "440.000 sats until 2023-11-17 22:13" in result.stdout


def test_status__not_in_the_register__warned(market: Market) -> None:
    arguments = ("Odd\x1b[2J", "ODD", ISSUER, tuple(market.terms), (48 * ONE, ONE))
    other = market.chain.deploy("HashrateToken", *arguments)
    result = market.run("status", other)
    assert "its code may be anything" in result.stderr
    assert "\x1b" not in result.stdout
    assert "Odd?[2J" in result.stdout


# issue


def test_issue__terms_in_a_file__opened_after_asking(market: Market, terms: Path) -> None:
    result = market.run("issue", terms, key=True, answer="y\n")
    assert result.exit_code == 0, result.stderr
    said = result.stdout
    assert (
        "term begins    with block-day 110\nterm ends      before block-day 152, after 42" in said
    )
    assert "price          48.5000 sats/TH/block-day\n" in said
    assert "owes today     44.0000 sats/TH/day, at the newest hashprice\n" in said
    assert "reference      10.0000 sats/TH/block-day\n" in said
    assert "grace          72.0 hours\n" in said
    opened = market.factory.issuance(2)
    assert said.endswith(f"Opened issuance 2, {opened.address}.\n")
    assert opened.issuer() == USER
    assert opened.terms.ratio == ONE // 4
    assert opened.sale() == (485 * ONE // 10, 2_000 * ONE)
    assert result.stderr.strip() == "Send? [y/N]:"


def test_issue__options_alone__an_unsent_transaction(market: Market) -> None:
    options = {
        "name": "N",
        "symbol": "S",
        "btc": market.btc,
        "first": 110,
        "last": 130,
        "price": 50,
        "capacity": 1,
        "cost": "5.5",
        "reference": 10,
        "ratio": 100,
    }
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    document = market.json("issue", *arguments, "--from", STRANGER)
    assert document["facts"]["cost"] == str(55 * ONE // 10)
    assert document["facts"]["issuer"] == STRANGER
    named = ("name", "symbol", "first", "last", "feed_id")
    assert [document["facts"][name] for name in named] == ["N", "S", 110, 130, "0x" + "00" * 32]
    (opening,) = document["transactions"]
    assert opening["to"] == market.factory.address
    assert opening["gas"] > 1_000_000
    assert market.factory.count() == 1


def test_issue__terms_out_of_bounds__refused_in_words(market: Market, terms: Path) -> None:
    result = market.run("issue", terms, "--exit-fee", 11, key=True)
    assert result.exit_code == 1
    assert "Redeeming may cost at most 10 %: choose a lower exit fee." in result.stderr
    assert market.chain.sent == []


def test_issue__field_missing__named(market: Market) -> None:
    result = market.run("issue", "--name", "N", "--from", STRANGER)
    assert result.exit_code == 1
    assert "symbol: Field required" in result.stderr


@pytest.mark.parametrize(("reference", "warned"), [("0.01", True), ("4.3", True), ("4.4", False)])
def test_issue__reference_next_to_todays_net_hashprice__warned(
    market: Market, terms: Path, reference: str, warned: bool
) -> None:
    assert NET == 44 * ONE
    result = market.run("issue", terms, "--reference", reference, "--from", STRANGER)
    assert result.exit_code == 0, result.stderr
    assert ("Warning: the reference is " in result.stderr) == warned


def test_issue__price_below_the_reserves_share__warned(market: Market, terms: Path) -> None:
    result = market.run("issue", terms, "--price", "10.9", "--from", STRANGER)
    assert "the price is below the reserve's share of 11.0000 sats" in result.stderr
    assert market.run("issue", terms, "--price", 11, "--from", STRANGER).stderr == ""


def test_issue__dearer_fortnight_than_last_day__its_share_is_warned_of(
    market: Market, terms: Path
) -> None:
    for _ in range(5):
        market.pass_day()
    market.pass_day(HASHPRICE // 2)
    result = market.run("issue", terms, "--price", "8", "--reference", 9, "--from", STRANGER)
    assert "owes today     19.5000 sats" in result.stdout
    assert "the price is below the reserve's share of 10." in result.stderr


def test_issue__as_the_file_shows__sells_as_opened(market: Market, terms: Path) -> None:
    market.run("issue", terms, "--yes", key=True)
    market.chain.now += DAY // 2
    result = market.run("mint", 2, "1.5", "--from", STRANGER, "--json")
    assert json.loads(result.stdout)["facts"]["cost"] == 3_056  # 3,055.5 rounded up
