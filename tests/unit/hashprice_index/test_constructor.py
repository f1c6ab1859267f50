"""HashpriceIndex.__init__: chooses what is measured, once and for all, and refuses nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.indexing import FEED_ID, FIRST_DAY, ZERO_ADDRESS, Indexed
from tests.support.relay import refused
from tests.support.revm_chain import SENDER

LAST_FIRST_DAY = 2**23 - 1


def _deploy(base: Indexed, **changes: Any) -> str:
    terms = {
        "relay": base.relay.address,
        "unit": 10**12,
        "first_day": FIRST_DAY,
        "fee_window": 86_400,
        "feed": ZERO_ADDRESS,
        "feed_id": bytes(32),
    }
    return base.chain.deploy("HashpriceIndex", *(terms | changes).values())


def test_constructor__terms__are_shown_and_nothing_is_recorded(base: Indexed) -> None:
    feed = base.chain.deploy("FeedDouble")
    address = _deploy(base, feed=feed, feed_id=FEED_ID, unit=7, fee_window=172_800)

    def read(function: str, *args: Any) -> Any:
        return base.chain.call("HashpriceIndex", address, function, *args)

    assert read("VERSION") == "0.1.0"
    assert read("RELAY") == base.relay.address
    assert (read("UNIT"), read("FIRST_DAY"), read("FEE_WINDOW")) == (7, FIRST_DAY, 172_800)
    assert (read("FEED"), read("FEED_ID")) == (feed, FEED_ID)
    assert read("recorded") == FIRST_DAY - 1
    assert read("latest") == (FIRST_DAY - 1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "terms",
    [
        {"unit": 1},
        {"unit": 10**12},
        {"first_day": FIRST_DAY},
        {"first_day": LAST_FIRST_DAY},
        {"fee_window": 3_600},
        {"fee_window": 7 * 86_400},
        {"feed": ZERO_ADDRESS},
    ],
)
def test_constructor__at_the_edge_of_what_is_allowed__stands(
    base: Indexed, terms: dict[str, Any]
) -> None:
    address = _deploy(base, **terms)
    for name, value in terms.items():
        assert base.chain.call("HashpriceIndex", address, name.upper()) == value


@pytest.mark.parametrize("unit", [0, 10**12 + 1, 2**256 - 1])
def test_constructor__unit_out_of_range__refused(base: Indexed, unit: int) -> None:
    with refused("index: unit not 1..10^12"):
        _deploy(base, unit=unit)


@pytest.mark.parametrize("day", [0, FIRST_DAY - 2, FIRST_DAY - 1, LAST_FIRST_DAY + 1, 2**256 - 1])
def test_constructor__day_that_no_header_proves_or_that_does_not_fit__refused(
    base: Indexed, day: int
) -> None:
    with refused("index: first day out of range"):
        _deploy(base, first_day=day)


@pytest.mark.parametrize("seconds", [0, 3_599, 7 * 86_400 + 1, 2**256 - 1])
def test_constructor__fee_window_out_of_range__refused(base: Indexed, seconds: int) -> None:
    with refused("index: fee window not 1h..7d"):
        _deploy(base, fee_window=seconds)


@pytest.mark.parametrize(("feed", "feed_id"), [(SENDER, FEED_ID), (ZERO_ADDRESS, FEED_ID)])
def test_constructor__feed_without_code__refused(base: Indexed, feed: str, feed_id: bytes) -> None:
    with refused("index: feed is no contract"):
        _deploy(base, feed=feed, feed_id=feed_id)
