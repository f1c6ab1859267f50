"""Terms as people write them, and as the contract has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from terahash.deployment import NOBODY
from terahash.hashrate.issue import read_issue
from terahash.hashrate.written import TermsError
from terahash.units import HOUR
from tests.support.issuing import HOLDER, ISSUER, ONE

TOML = f"""
name = "Northern hashrate"
symbol = "NHASH"
btc = "{HOLDER}"
first = 900
last = 942
price = 48.1
capacity = 10_000
cost = "5.000000000000000001"
reference = 12
ratio = 25
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "terms.toml"
    path.write_text(TOML)
    return path


def test_read_issue__toml__people_units_to_the_contracts(file: Path) -> None:
    issue = read_issue(file, {})
    terms = issue.terms(ISSUER)
    assert (issue.price, issue.capacity) == (481 * ONE // 10, 10_000 * ONE)
    assert terms == (
        HOLDER,
        ISSUER,
        900,
        942,
        5 * ONE + 1,
        0,
        ONE // 4,
        12 * ONE,
        ONE // 100,
        72 * HOUR,
        NOBODY,
        bytes(32),
    )


def test_read_issue__json__the_same(file: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {
        "name": "Northern hashrate",
        "symbol": "NHASH",
        "btc": HOLDER,
        "first": 900,
        "last": 942,
        "price": 48.1,
        "capacity": "10000",
        "cost": "5.000000000000000001",
        "reference": 12,
        "ratio": 25.0,
    }
    other = tmp_path / "terms.json"
    other.write_text(json.dumps(fields))
    assert read_issue(other, {}) == read_issue(file, {})


def test_read_issue__options__count_over_the_file(file: Path) -> None:
    issue = read_issue(file, {"price": "50", "grace": "1.5", "fee": None, "exit_fee": 2})
    assert issue.price == 50 * ONE
    assert issue.grace == 5_400
    assert issue.fee == 0
    assert issue.exit_fee == ONE // 50


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"price": "cheap"}, "price: cheap is not a number"),
        ({"price": "2e59"}, "price: 2e59 is more than can be counted"),
        ({"first": -1}, "first: "),
        ({"last": 2**23 + 1}, "last: "),
        ({"last": 2**300}, "last: "),
        ({"name": ""}, "name: give 1 to 50 bytes"),
        ({"name": "\u00e9" * 25 + "x"}, "name: give 1 to 50 bytes"),
        ({"name": "\udcff"}, "name: "),
        ({"symbol": ""}, "symbol: give 1 to 32 bytes"),
        ({"symbol": "\u20bf" * 11}, "symbol: give 1 to 32 bytes"),
        ({"ratio": "-1"}, "ratio: -1 is not an amount"),
        ({"btc": "0x12"}, "btc: 0x12 is not an address"),
        ({"first": "soon"}, "first: "),
        ({"grace": "0.0001"}, "grace: 0.0001 has more decimals"),
        ({"owner": ISSUER}, "owner: Extra inputs are not permitted"),
        ({"capacity": True}, "capacity: give a number"),
        ({"cost": 0.1}, "cost: give a number"),
    ],
)
def test_read_issue__bad_field__named(file: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(TermsError) as caught:
        read_issue(file, options)
    assert said in str(caught.value)


def test_read_issue__nothing__every_missing_field_is_named() -> None:
    with pytest.raises(TermsError) as caught:
        read_issue(None, {})
    for name in ("name", "symbol", "btc", "first", "last", "price", "cost", "reference", "ratio"):
        assert f"{name}: Field required" in str(caught.value)


@pytest.mark.parametrize("text", ["name = ", "[1, 2", "\x00"])
def test_read_issue__neither_toml_nor_json__refused(tmp_path: Path, text: str) -> None:
    for name in ("terms.toml", "terms.json"):
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(TermsError, match="neither TOML nor JSON"):
            read_issue(path, {})


def test_read_issue__json_that_is_a_list__refused(tmp_path: Path) -> None:
    path = tmp_path / "terms.json"
    path.write_text("[]")
    with pytest.raises(TermsError, match="holds no terms"):
        read_issue(path, {})


@pytest.mark.parametrize("feed_id", ["0x12", "zz", "0x" + "00" * 33])
def test_terms__feed_id_of_another_length__refused(file: Path, feed_id: str) -> None:
    with pytest.raises(TermsError, match="feed_id: give 32 bytes"):
        read_issue(file, {"feed_id": feed_id}).terms(ISSUER)
