"""AggregatorFacade.__init__: chooses one number, names it, and refuses nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.deployment import BTC_USD, Number
from terahash.feeds.feed_id import FeedId
from tests.support.facades import KINDS, POWER_PRICE, Bitcoin, Facade, Kind
from tests.support.indexing import ZERO_ADDRESS
from tests.support.relay import refused
from tests.support.revm_chain import SENDER

FOREVER = 2**256 - 1
NO_ID = bytes(32)
NUMBERS_OF_THE_INDEX = (Number.HASHRATE, Number.HASHPRICE, Number.SPOT)


def _deploy(real: Bitcoin, number: int, **changes: Any) -> Facade:
    """Deploy a facade of a number as it may be, but for the changes."""
    source = {0: real.quorum.address, 1: real.relay.address}.get(number, real.index)
    terms = {
        "number": number,
        "source": source,
        "feed_id": bytes(BTC_USD) if number == Number.FEED else NO_ID,
        "in_dollars": False,
        "per": 1,
        "max_age": 60,
    }
    address = real.chain.deploy("AggregatorFacade", *(terms | changes).values())
    return Facade(real.chain, address)


@pytest.mark.parametrize("kind", [*KINDS.values(), POWER_PRICE], ids=lambda kind: kind.description)
def test_constructor__each_number__is_named_and_its_terms_are_shown(
    real: Bitcoin, kind: Kind
) -> None:
    read = real.facade(kind).read
    assert (read("description"), read("decimals")) == (kind.description, kind.decimals)
    assert (read("version"), read("VERSION")) == (1, "0.1.0")
    feed_id = bytes(kind.feed) if kind.feed else NO_ID
    assert (read("NUMBER"), read("SOURCE"), read("FEED_ID")) == (
        kind.number,
        real.source(kind),
        feed_id,
    )
    assert (read("IN_DOLLARS"), read("PER")) == (kind.in_dollars, kind.per)
    assert read("MAX_AGE") == kind.max_age


def test_constructor__names__are_those_that_others_list_it_by() -> None:
    assert list(KINDS) == [
        "BTC/USD",
        "Bitcoin difficulty",
        "Bitcoin hashrate, TH/s",
        "BTC/TH/day",
        "BTC/PH/day",
        "USD/TH/day",
        "USD/PH/day",
        "BTC/TH/day, spot",
        "BTC/PH/day, spot",
        "USD/TH/day, spot",
        "USD/PH/day, spot",
    ]


@pytest.mark.parametrize("name", ["X", "A feed whose name is as lon"])
@pytest.mark.parametrize("decimals", [0, 1, 18, 36])
def test_constructor__feed__its_id_says_name_and_decimals(
    real: Bitcoin, name: str, decimals: int
) -> None:
    feed_id = bytes(FeedId.of(name, decimals, 86_400))
    facade = _deploy(real, Number.FEED, feed_id=feed_id)
    assert facade.read("description") == name
    assert facade.read("decimals") == decimals


def test_constructor__id_that_nobody_would_write__is_read_all_the_same(real: Bitcoin) -> None:
    """Bytes after the name's first zero are no part of it, and a byte is what decimals have."""
    feed_id = b"AB\0CD".ljust(27, b"\xff") + b"\xff" * 5
    facade = _deploy(real, Number.FEED, feed_id=feed_id)
    assert (facade.read("description"), facade.read("decimals")) == ("AB", 255)


@pytest.mark.parametrize("max_age", [60, FOREVER])
def test_constructor__age_at_the_edge_of_what_is_allowed__stands(
    real: Bitcoin, max_age: int
) -> None:
    assert _deploy(real, Number.FEED, max_age=max_age).read("MAX_AGE") == max_age


@pytest.mark.parametrize("number", [5, FOREVER])
def test_constructor__other_number__refused(real: Bitcoin, number: int) -> None:
    with refused("facade: no such number"):
        _deploy(real, number)


@pytest.mark.parametrize("number", Number)
@pytest.mark.parametrize("source", [SENDER, ZERO_ADDRESS])
def test_constructor__source_without_code__refused(
    real: Bitcoin, number: Number, source: str
) -> None:
    with refused("facade: source is no contract"):
        _deploy(real, number, source=source)


@pytest.mark.parametrize(
    ("number", "feed_id"),
    [(Number.FEED, NO_ID), *((number, bytes(BTC_USD)) for number in list(Number)[1:])],
)
def test_constructor__feed_without_an_id_or_id_without_a_feed__refused(
    real: Bitcoin, number: Number, feed_id: bytes
) -> None:
    with refused("facade: feed id"):
        _deploy(real, number, feed_id=feed_id)


@pytest.mark.parametrize("feed_id", [b"\0" + bytes(BTC_USD)[1:], bytes(31) + b"\1"])
def test_constructor__feed_without_a_name__refused(real: Bitcoin, feed_id: bytes) -> None:
    with refused("facade: feed has no name"):
        _deploy(real, Number.FEED, feed_id=feed_id)


@pytest.mark.parametrize("changes", [{"in_dollars": True}, {"per": 1_000}, {"per": 0}])
@pytest.mark.parametrize("number", [Number.FEED, Number.DIFFICULTY, Number.HASHRATE])
def test_constructor__dollars_or_petahashes_of_no_hashprice__refused(
    real: Bitcoin, number: Number, changes: dict[str, Any]
) -> None:
    with refused("facade: not a hashprice"):
        _deploy(real, number, **changes)


@pytest.mark.parametrize("per", [0, 2, 999, 1_001, 10**6, FOREVER])
@pytest.mark.parametrize("number", [Number.HASHPRICE, Number.SPOT])
def test_constructor__hashprice_of_another_unit__refused(
    real: Bitcoin, number: Number, per: int
) -> None:
    with refused("facade: neither th/s nor ph/s"):
        _deploy(real, number, per=per)


@pytest.mark.parametrize("number", [Number.HASHPRICE, Number.SPOT])
def test_constructor__dollars_of_an_index_without_a_feed__refused(
    real: Bitcoin, number: Number
) -> None:
    index = real.deploy_index(ZERO_ADDRESS, feed_id=NO_ID)
    with refused("facade: index has no feed"):
        _deploy(real, number, source=index, in_dollars=True)
    assert _deploy(real, number, source=index).read("SOURCE") == index  # in bitcoin it has prices


@pytest.mark.parametrize("number", Number)
@pytest.mark.parametrize("max_age", [0, 59])
def test_constructor__age_below_a_minute__refused(
    real: Bitcoin, number: Number, max_age: int
) -> None:
    with refused("facade: max age below 60 s"):
        _deploy(real, number, max_age=max_age)


@pytest.mark.parametrize("number", NUMBERS_OF_THE_INDEX)
def test_constructor__source_that_is_no_index__refused(real: Bitcoin, number: Number) -> None:
    with refused(""):
        _deploy(real, number, source=real.relay.address)
