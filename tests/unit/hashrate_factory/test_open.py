"""HashrateFactory.open: terms within their bounds, the register, and an issuance that works."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import BUYER, FIRST_DAY, FOREVER, HOLDER, ISSUER, NOBODY, ONE, STRANGER
from tests.support.relay import refused
from tests.unit.hashrate_factory.conftest import SALE, Factory

FIRST = FIRST_DAY + 2
LAST_TERM_DAY = 2**23
LARGEST_PRICE = 10**9 * ONE


def _opened(factory: Factory, actor: str = ISSUER, **changes: Any) -> str:
    """Open an issuance; return its address."""
    address: str = dict(factory.open(actor, **changes).logs)["Opened"]["issuance"]
    return address


def test_open__terms_in_bounds__an_issuance_stands_with_them(factory: Factory) -> None:
    issuance = _opened(factory)

    def read(function: str, *args: Any) -> Any:
        return factory.chain.call("HashrateToken", issuance, function, *args)

    assert read("terms") == factory.terms()
    assert read("sale") == SALE
    assert (read("name"), read("symbol"), read("owner")) == ("Hashrate", "HASH", ISSUER)
    assert read("totalSupply") == 0
    assert read("eip712Domain")[4] == issuance


def test_open__event__says_everything_that_an_indexer_needs(factory: Factory) -> None:
    receipt = factory.open(ISSUER)
    assert receipt.logs[-1] == (
        "Opened",
        {
            "issuance": factory.read("issuances", 0),
            "issuer": ISSUER,
            "btc": factory.btc,
            "number": 1,
            "name": "Hashrate",
            "symbol": "HASH",
            "terms": factory.terms(),
        },
    )
    assert ("SaleChanged", dict(zip(("price", "capacity"), SALE, strict=True))) in receipt.logs


def test_open__several__are_registered_from_one(factory: Factory) -> None:
    first, second = _opened(factory), _opened(factory, STRANGER, cost=0)
    assert first != second
    assert factory.read("count") == 2
    assert [factory.read("issuances", i) for i in range(2)] == [first, second]
    assert [factory.read("number", a) for a in (first, second, HOLDER)] == [1, 2, 0]
    with refused(""):
        factory.read("issuances", 2)


def test_open__return__is_the_issuance(factory: Factory) -> None:
    address = factory.read("open", "Hashrate", "HASH", factory.terms(), SALE)
    assert factory.read("number", address) == 1


def test_open__anyone__is_the_issuer(factory: Factory) -> None:
    with factory.chain.acting_as(STRANGER):
        receipt = factory.send("open", "N" * 50, "S" * 32, factory.terms(), SALE)
    event = dict(receipt.logs)["Opened"]
    assert (event["issuer"], event["name"], event["symbol"]) == (STRANGER, "N" * 50, "S" * 32)
    assert factory.chain.call("HashrateToken", event["issuance"], "owner") == STRANGER


def test_open__same_again__refused(factory: Factory) -> None:
    _opened(factory)
    with refused("factory: open already"):
        factory.open(ISSUER)
    others = [_opened(factory, STRANGER), _opened(factory, grace=2 * DAY)]
    assert factory.read("count") == 1 + len(set(others))


def test_open__after_a_reorganisation__another_cannot_stand_at_its_place(factory: Factory) -> None:
    """Whoever pays what was to be the first issuance must not pay another's."""
    with factory.undone():
        first = _opened(factory)
    other = _opened(factory, STRANGER, cost=0)
    assert other != first
    assert _opened(factory) == first


def test_open__issuance__sells_and_pays(factory: Factory) -> None:
    issuance, chain = _opened(factory), factory.chain
    for actor in (BUYER, ISSUER):
        chain.send("BitcoinDouble", factory.btc, "mint", actor, 10**9)
        with chain.acting_as(actor):
            chain.send("BitcoinDouble", factory.btc, "approve", issuance, FOREVER)
    with chain.acting_as(BUYER):
        chain.send("HashrateToken", issuance, "mint", 1_000 * ONE, FOREVER, HOLDER)
    factory.close()
    with chain.acting_as(ISSUER):
        chain.send("HashrateToken", issuance, "accrue")
        chain.send("HashrateToken", issuance, "deliver", FOREVER)
    chain.now += DAY
    chain.send("HashrateToken", issuance, "claim", HOLDER)
    assert chain.call("BitcoinDouble", factory.btc, "balanceOf", HOLDER) == 43_999


@pytest.mark.parametrize(
    "changes",
    [
        {"first": LAST_TERM_DAY - 8, "last": LAST_TERM_DAY - 1},
        {"last": FIRST + 7},
        {"last": FIRST + 1_500},
        {"cost": 0},
        {"cost": LARGEST_PRICE},
        {"fee": 0},
        {"fee": ONE // 2},
        {"ratio": ONE // 100},
        {"ratio": ONE},
        {"reference": 1},
        {"reference": LARGEST_PRICE},
        {"exit_fee": 0},
        {"exit_fee": ONE // 10},
        {"grace": 3_600},
        {"grace": 30 * DAY},
    ],
)
def test_open__at_the_edge_of_what_is_allowed__stands(
    factory: Factory, changes: dict[str, int]
) -> None:
    issuance = _opened(factory, **changes)
    assert factory.chain.call("HashrateToken", issuance, "terms") == factory.terms(**changes)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("factory: not this index", {"index": HOLDER}),
        ("factory: not of 8 decimals", {"btc": NOBODY}),
        ("factory: not of 8 decimals", {"btc": HOLDER}),
        ("factory: term begins too early", {"first": FIRST - 1}),
        ("factory: term begins too early", {"first": 0}),
        ("factory: term ends too late", {"first": LAST_TERM_DAY - 7, "last": LAST_TERM_DAY}),
        ("factory: term ends too late", {"last": FOREVER}),
        ("factory: term not 7..1500 days", {"last": FIRST + 6}),
        ("factory: term ends too late", {"last": FIRST - 1}),
        ("factory: term not 7..1500 days", {"last": FIRST + 1_501}),
        ("factory: cost too large", {"cost": LARGEST_PRICE + 1}),
        ("factory: fee above 50 %", {"fee": ONE // 2 + 1}),
        ("factory: ratio not 1..100 %", {"ratio": ONE // 100 - 1}),
        ("factory: ratio not 1..100 %", {"ratio": ONE + 1}),
        ("factory: no reference", {"reference": 0}),
        ("factory: reference too large", {"reference": LARGEST_PRICE + 1}),
        ("factory: exit fee above 10 %", {"exit_fee": ONE // 10 + 1}),
        ("factory: grace not 1h..30d", {"grace": 3_599}),
        ("factory: grace not 1h..30d", {"grace": 30 * DAY + 1}),
        ("factory: feed is no contract", {"feed": HOLDER}),
        ("factory: feed is no contract", {"feed": HOLDER, "feed_id": b"\1" * 32}),
        ("factory: feed is no contract", {"feed_id": b"\1" * 32}),
    ],
)
def test_open__beyond_what_is_allowed__refused(
    factory: Factory, reason: str, changes: dict[str, Any]
) -> None:
    with refused(reason):
        factory.open(ISSUER, **changes)
    assert factory.read("count") == 0


def test_open__first_day_of_the_term_is_known__refused(factory: Factory) -> None:
    factory.close()
    with refused("factory: term begins too early"):
        factory.open(ISSUER)
    _opened(factory, first=FIRST + 1)
    assert factory.read("count") == 1


def test_open__index_has_only_its_clock__term_begins_a_day_later() -> None:
    factory = Factory()
    with refused("factory: term begins too early"):
        factory.open(ISSUER, first=FIRST_DAY)
    _opened(factory, first=FIRST_DAY + 1)
    assert factory.read("count") == 1


def test_open__feed__any_id_of_a_contract(factory: Factory) -> None:
    feed = factory.chain.deploy("FeedDouble")
    for feed_id in (bytes(32), b"\1" * 32):
        issuance = _opened(factory, feed=feed, feed_id=feed_id)
        terms = factory.chain.call("HashrateToken", issuance, "terms")
        assert terms[-2:] == (feed, feed_id)


@pytest.mark.parametrize("decimals", [0, 6, 7, 9, 18])
def test_open__bitcoin_of_other_decimals__refused(factory: Factory, decimals: int) -> None:
    odd = factory.chain.deploy("OddToken", decimals)
    with refused("factory: not of 8 decimals"):
        factory.open(ISSUER, btc=odd)


def test_open__bitcoin_without_decimals__refused(factory: Factory) -> None:
    with pytest.raises(ChainError):
        factory.open(ISSUER, btc=factory.index)
    assert factory.read("count") == 0


def test_open__no_name__refused(factory: Factory) -> None:
    for name, symbol in (("", "HASH"), ("Hashrate", ""), ("", "")):
        with refused("factory: no name"):
            factory.send("open", name, symbol, factory.terms(), SALE)


@pytest.mark.parametrize(
    ("reason", "sale"),
    [
        ("token: price too large", (LARGEST_PRICE + 1, 0)),
        ("token: capacity too large", (0, 10**8 * ONE + 1)),
    ],
)
def test_open__sale_too_large__refused_in_the_tokens_words(
    factory: Factory, reason: str, sale: tuple[int, int]
) -> None:
    with refused(reason):
        factory.send("open", "Hashrate", "HASH", factory.terms(), sale)


def test_blueprint__called__does_nothing(factory: Factory) -> None:
    for function, args in (("name", ()), ("accrue", ()), ("set_sale", (0, 0))):
        with pytest.raises(ChainError):
            factory.chain.send("HashrateToken", factory.blueprint, function, *args)
    assert factory.chain.has_code(factory.blueprint)
