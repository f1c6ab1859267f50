"""Ids of feeds as people write them, and values that are written exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.feeds.feed_id import MAX_DECIMALS, VALUE_LIMIT, FeedError, FeedId
from terahash.units import DAY, MINUTE

FEED = FeedId.of("BTC/USD", 8, 600)
ID = "4254432f555344" + "00" * 20 + "08" + "00000258"
printable = st.characters(min_codepoint=32, max_codepoint=126)
feeds = st.builds(
    FeedId.of,
    st.text(printable, min_size=1, max_size=27),
    st.integers(0, MAX_DECIMALS),
    st.integers(MINUTE, DAY),
)


def test_bytes__of_a_feed__name_decimals_period() -> None:
    assert bytes(FEED).hex() == ID


@given(feeds)
def test_parse__as_written_and_in_hexadecimal__the_feed(feed: FeedId) -> None:
    assert FeedId.parse(str(feed)) == feed
    assert FeedId.parse("0x" + bytes(feed).hex()) == feed
    assert FeedId.read(bytes(feed)) == feed


def test_parse__as_people_write_it__name_decimals_period() -> None:
    assert FeedId.parse("BTC/USD:8:600") == FEED
    assert FeedId.parse("a:b:0:60") == FeedId.of("a:b", 0, 60)
    assert FeedId.parse("0x" + ID.upper()) == FEED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BTC/USD", "write NAME:DECIMALS:PERIOD"),
        ("BTC/USD:8", "write NAME:DECIMALS:PERIOD"),
        ("BTC/USD:8:600.0", "write NAME:DECIMALS:PERIOD"),
        ("BTC/USD:+8:600", "write NAME:DECIMALS:PERIOD"),
        ("BTC/USD:\u0668:600", "write NAME:DECIMALS:PERIOD"),
        ("0x" + ID[2:], "write NAME:DECIMALS:PERIOD"),
        ("", "write NAME:DECIMALS:PERIOD"),
        ("x" * 5_000, "write NAME:DECIMALS:PERIOD"),
        (":8:600", "1 to 27 printable ASCII characters"),
        ("B" * 28 + ":8:600", "1 to 27 printable ASCII characters"),
        ("₿:8:600", "1 to 27 printable ASCII characters"),
        ("BTC\x1b:8:600", "1 to 27 printable ASCII characters"),
        ("BTC/USD:37:600", "0 to 36 decimals"),
        ("BTC/USD:8:59", "60 to 86,400 seconds"),
        ("BTC/USD:8:86401", "60 to 86,400 seconds"),
        ("0x" + "00" * 32, "1 to 27 printable ASCII characters"),
        ("0x41" + "0042" + "00" * 24 + "08" + "00000258", "is no feed's id"),
        ("0xff" + "00" * 26 + "08" + "00000258", "is no feed's id"),
    ],
)
def test_parse__no_feed__says_what_one_is(text: str, said: str) -> None:
    with pytest.raises(FeedError, match=said) as caught:
        FeedId.parse(text)
    assert len(str(caught.value)) < 400
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42345.12345678", 4_234_512_345_678),
        ("-0.5", -50_000_000),
        ("0", 0),
        ("1e3", 10**11),
        ("42_345", 4_234_500_000_000),
        ("12345678901234567890123456.12345678", 1_234_567_890_123_456_789_012_345_612_345_678),
    ],
)
def test_scaled__value__to_the_last_digit(text: str, value: int) -> None:
    assert FEED.scaled(Decimal(text)) == value
    assert FEED.shown(value) == Decimal(text)


@given(feeds, st.integers(-VALUE_LIMIT + 1, VALUE_LIMIT - 1))
def test_scaled__what_is_shown__the_same(feed: FeedId, value: int) -> None:
    assert feed.scaled(feed.shown(value)) == value
    assert feed.scaled(Decimal(f"{feed.shown(value):f}")) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.000000001", "has 8 decimals"),
        ("12345678901234567890123456.123456789", "has 8 decimals"),
        ("NaN", "no value that can be counted"),
        ("-Infinity", "no value that can be counted"),
        ("1e999999", "no value that can be counted"),
        ("1e-999999", "no value that can be counted"),
        ("1e30", "out of range"),
        ("-1e30", "out of range"),
    ],
)
def test_scaled__cannot_be_written__refused_and_not_rounded(text: str, said: str) -> None:
    with pytest.raises(FeedError, match=said):
        FEED.scaled(Decimal(text))


def test_scaled__limits__the_contracts() -> None:
    whole = FeedId.of("W", 0, 600)
    assert whole.scaled(Decimal(VALUE_LIMIT - 1)) == VALUE_LIMIT - 1
    assert whole.scaled(Decimal(1 - VALUE_LIMIT)) == 1 - VALUE_LIMIT
    for value in (VALUE_LIMIT, -VALUE_LIMIT):
        with pytest.raises(FeedError, match="out of range"):
            whole.scaled(Decimal(value))


def test_due__any_second__the_newest_multiple_of_the_period() -> None:
    assert [FEED.due(now) for now in (600, 601, 1_199, 1_200)] == [600, 600, 600, 1_200]
