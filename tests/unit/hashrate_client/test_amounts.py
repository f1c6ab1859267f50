"""Amounts as people write them: exact, or refused."""

from __future__ import annotations

import pytest
from click import BadParameter

from terahash.address import Address
from terahash.hashrate.amounts import (
    AmountError,
    Bitcoin,
    Scaled,
    exactly,
    percent,
    rate,
    sats,
    terahash,
)
from terahash.text import printable, quoted
from tests.support.issuing import ONE
from tests.support.market import USER


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1", ONE),
        ("0.000000000000000001", 1),
        ("1_000.5", 1_000 * ONE + ONE // 2),
        ("1e3", 1_000 * ONE),
        ("0.1", ONE // 10),
        ("12345678901.123456789012345678", 12_345_678_901_123_456_789_012_345_678),
        ("0", 0),
    ],
)
def test_exactly__number__to_the_last_digit(text: str, amount: int) -> None:
    assert exactly(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "9" * 5_000,
        "1e60",
        "-1",
        "-0",
        "NaN",
        "Infinity",
        "1,5",
        "1e100",
        "1e-999999999",
        "1e999999999",
        "0x10",
    ],
)
def test_exactly__no_amount__refused(text: str) -> None:
    with pytest.raises(AmountError):
        exactly(text)


def test_exactly__256_bits__counted_and_no_more() -> None:
    assert exactly(str(2**192), 2**63) == 2**255
    assert exactly(2**191, 2**65 - 1) < 2**256
    with pytest.raises(AmountError, match="more than can be counted"):
        exactly(2**192, 2**64)


def test_exactly__too_many_decimals__refused_and_not_rounded() -> None:
    with pytest.raises(AmountError, match="more decimals than can be counted"):
        exactly("0.0000000000000000001")


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1500", 1_500), ("1500sats", 1_500), ("1 sat", 1), ("0.000015btc", 1_500), ("1 BTC", 10**8)],
)
def test_bitcoin__amount__satoshi(text: str, amount: int) -> None:
    assert Bitcoin().convert(text, None, None) == amount


@pytest.mark.parametrize("text", ["1.5", "0.000000001btc", "1,500", "1eth", "-1", "btc", "."])
def test_bitcoin__no_whole_satoshi__refused(text: str) -> None:
    with pytest.raises(BadParameter):
        Bitcoin().convert(text, None, None)


def test_scaled__percent__share() -> None:
    assert Scaled("percent", ONE // 100).convert("2.5", None, None) == ONE // 40
    with pytest.raises(BadParameter):
        Scaled("percent", ONE // 100).convert("2 %", None, None)


def test_address__any_case__with_its_checksum() -> None:
    assert Address().convert(USER.lower(), None, None) == USER
    assert Address().convert("0x" + USER[2:].upper(), None, None) == USER
    assert Address().convert(USER, None, None) == USER


@pytest.mark.parametrize(
    "text",
    ["", "0x12", "0x" + "zz" * 20, USER[2:], USER[:-1] + "6", "0x" + USER[2:].swapcase()],
)
def test_address__mistyped__refused(text: str) -> None:
    with pytest.raises(BadParameter):
        Address().convert(text, None, None)


def test_texts__people_read_them__units_and_separators() -> None:
    assert terahash(1_234 * ONE + ONE // 4) == "1,234.25 TH/s"
    assert terahash(5 * ONE) == "5 TH/s"
    assert sats(123_456) == "123,456 sats (0.00123456 BTC)"
    assert percent(ONE // 40) == "2.50 %"
    assert rate(48 * ONE) == "48.0000"
    assert printable("HASH\x1b[2J\n") == "HASH?[2J?"
    assert quoted("no\n way\x1b" + "!" * 900) == "no way?" + "!" * 193
