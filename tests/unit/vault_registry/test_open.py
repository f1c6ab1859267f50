"""VaultRegistry.open_covered and open_delivery: terms in bounds, the register, vaults that work."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.chain import ChainError
from tests.support.issuing import BUYER, HOLDER, NOBODY, ONE, STRANGER
from tests.support.lending import DELIVERY, FOREVER
from tests.support.relay import refused
from tests.unit.vault_registry.conftest import UNCOVERED_CAP, Registry, opened

ALL_BITCOIN = 21 * 10**14


def _read(registry: Registry, contract: str, address: str, function: str, *args: Any) -> Any:
    return registry.chain.call(contract, address, function, *args)


def test_open_covered__terms_in_bounds__a_vault_stands_with_them(registry: Registry) -> None:
    vault = opened(registry.covered())

    def read(function: str, *args: Any) -> Any:
        return _read(registry, "LendingVault", vault, function, *args)

    valuation = read("terms")[1]
    assert read("terms") == registry.terms(valuation=valuation)
    assert read("asset") == registry.btc
    assert (read("name"), read("symbol")) == ("Terahash covered vault of HASH", "tvcHASH")
    assert _read(registry, "CoveredValue", valuation, "TOKEN") == registry.token
    assert _read(registry, "CoveredValue", valuation, "VERSION") == "0.1.0"


def test_open_delivery__terms_in_bounds__a_vault_and_its_valuation_stand(
    registry: Registry,
) -> None:
    vault = opened(registry.delivery())

    def read(function: str, *args: Any) -> Any:
        return _read(registry, "LendingVault", vault, function, *args)

    valuation = read("terms")[1]
    assert read("terms") == registry.terms(valuation=valuation, uncovered_cap=UNCOVERED_CAP)
    assert (read("name"), read("symbol")) == ("Terahash delivery vault of HASH", "tvdHASH")
    said = [_read(registry, "DeliveryValue", valuation, one) for one in ("STRESS", "DECAY", "PHI")]
    assert said == list(DELIVERY.values())
    assert _read(registry, "DeliveryValue", valuation, "TOKEN") == registry.token


def test_open__event__says_everything_that_an_indexer_needs(registry: Registry) -> None:
    covered, delivery = registry.covered(), registry.delivery()
    first, second = opened(covered), opened(delivery)
    terms = [_read(registry, "LendingVault", vault, "terms") for vault in (first, second)]
    assert covered.logs[-1] == (
        "Opened",
        {
            "vault": first,
            "token": registry.token,
            "valuation": terms[0][1],
            "number": 1,
            "delivery": (0, 0, 0),
            "terms": terms[0],
        },
    )
    said = dict(delivery.logs)["Opened"]
    assert (said["number"], said["delivery"]) == (2, tuple(DELIVERY.values()))
    assert (said["vault"], said["terms"]) == (second, terms[1])


def test_open__several__are_registered_from_one(registry: Registry) -> None:
    first, second = opened(registry.covered()), opened(registry.delivery())
    assert first != second
    assert registry.read("count") == 2
    assert [registry.read("vaults", i) for i in range(2)] == [first, second]
    assert [registry.read("number", a) for a in (first, second, HOLDER)] == [1, 2, 0]


def test_open__return__is_the_vault(registry: Registry) -> None:
    with registry.undone():
        returned = registry.read("open_covered", registry.terms())
    assert returned == opened(registry.covered())


def test_open__longest_symbol__fits(registry: Registry) -> None:
    registry.token = registry.issue("N" * 50, "S" * 32)
    vault = opened(registry.delivery())
    assert _read(registry, "LendingVault", vault, "symbol") == "tvd" + "S" * 32
    assert _read(registry, "LendingVault", vault, "name").endswith("vault of " + "S" * 32)


def test_open__same_again__refused(registry: Registry) -> None:
    opened(registry.covered())
    with refused("registry: open already"), registry.chain.acting_as(STRANGER):
        registry.covered()
    opened(registry.delivery())
    with refused("registry: open already"):
        registry.delivery()
    assert registry.read("count") == 2


def test_open__same_but_for_one_term__another_vault_with_the_same_valuation(
    registry: Registry,
) -> None:
    vaults = [opened(registry.covered()), opened(registry.covered(rate=ONE // 20))]
    vaults += [opened(registry.delivery()), opened(registry.delivery(lltv=ONE // 2))]
    vaults += [opened(registry.delivery({"phi": ONE // 5}))]
    terms = [_read(registry, "LendingVault", vault, "terms") for vault in vaults]
    assert terms[0][1] == terms[1][1]
    assert terms[2][1] == terms[3][1]
    assert len({one[1] for one in terms}) == 3
    registry.token = registry.issue("Second", "SECOND")
    other = _read(registry, "LendingVault", opened(registry.covered()), "terms")[1]
    assert _read(registry, "CoveredValue", other, "TOKEN") == registry.token


def test_open__after_a_reorganisation__another_cannot_stand_at_its_place(
    registry: Registry,
) -> None:
    """Whoever deposits into what was to be the first vault must not deposit into another."""
    with registry.undone():
        first = opened(registry.covered())
    other = opened(registry.covered(lltv=ONE // 2))
    assert other != first
    with registry.chain.acting_as(STRANGER):
        assert opened(registry.covered()) == first


@pytest.mark.parametrize("kind", ["covered", "delivery"])
def test_open__vault__lends(registry: Registry, kind: str) -> None:
    vault, chain = opened(getattr(registry, kind)()), registry.chain
    for actor in (BUYER, HOLDER):
        chain.send("BitcoinDouble", registry.btc, "mint", actor, 10**9)
        with chain.acting_as(actor):
            for spender in (registry.token, vault):
                chain.send("BitcoinDouble", registry.btc, "approve", spender, FOREVER)
            chain.send("HashrateToken", registry.token, "approve", vault, FOREVER)
    with chain.acting_as(HOLDER):
        chain.send("LendingVault", vault, "deposit", 10**6, HOLDER)
    with chain.acting_as(BUYER):
        chain.send("HashrateToken", registry.token, "mint", 1_000 * ONE, FOREVER, BUYER)
        chain.send("LendingVault", vault, "post", 1_000 * ONE, BUYER)
        chain.send("LendingVault", vault, "borrow", 50_000, STRANGER, BUYER)
    assert chain.call("BitcoinDouble", registry.btc, "balanceOf", STRANGER) == 50_000


EDGES: list[dict[str, Any]] = [
    {"lltv": ONE // 10},
    {"lltv": 95 * ONE // 100},
    {"supply_cap": 1},
    {"supply_cap": ALL_BITCOIN},
    {"borrow_cap": 1_000},
    {"borrow_cap": ALL_BITCOIN},
    {"min_borrow": 1_000},
    {"min_borrow": 10**12},
    {"fee": 0, "fee_receiver": NOBODY},
    {"fee": ONE // 2},
    {"guardian": NOBODY},
    {"target": ONE // 100},
    {"target": 99 * ONE // 100},
    {"rate": ONE // 1_000},
    {"rate": 2 * ONE},
    {"rate": ONE // 25, "min_rate": ONE // 25, "max_rate": ONE // 25},
    {"steepness": ONE},
    {"steepness": 10 * ONE},
    {"speed": 0},
    {"speed": 100 * ONE},
]
BEYOND: list[tuple[str, dict[str, Any]]] = [
    ("registry: not an issuance", {"token": NOBODY}),
    ("registry: not an issuance", {"token": HOLDER}),
    ("registry: valuation not zero", {"valuation": HOLDER}),
    ("registry: lltv not 10..95 %", {"lltv": ONE // 10 - 1}),
    ("registry: lltv not 10..95 %", {"lltv": 95 * ONE // 100 + 1}),
    ("registry: supply not 1..21e14", {"supply_cap": 0}),
    ("registry: supply not 1..21e14", {"supply_cap": ALL_BITCOIN + 1}),
    ("registry: borrow not 1..21e14", {"borrow_cap": 0}),
    ("registry: borrow not 1..21e14", {"borrow_cap": ALL_BITCOIN + 1}),
    ("registry: min borrow below 1000", {"min_borrow": 999}),
    ("registry: min borrow above cap", {"borrow_cap": 1_999, "min_borrow": 2_000}),
    ("registry: fee above 50 %", {"fee": ONE // 2 + 1}),
    ("registry: fee without receiver", {"fee": 1, "fee_receiver": NOBODY}),
    ("registry: target not 1..99 %", {"target": ONE // 100 - 1}),
    ("registry: target not 1..99 %", {"target": 99 * ONE // 100 + 1}),
    ("registry: min rate below 0.1 %", {"min_rate": ONE // 1_000 - 1}),
    ("registry: max rate above 200 %", {"max_rate": 2 * ONE + 1}),
    ("registry: rate out of bounds", {"rate": ONE // 1_000 - 1}),
    ("registry: rate out of bounds", {"rate": 2 * ONE + 1}),
    ("registry: rate out of bounds", {"min_rate": ONE, "max_rate": ONE - 1, "rate": ONE}),
    ("registry: steepness not 1..10", {"steepness": ONE - 1}),
    ("registry: steepness not 1..10", {"steepness": 10 * ONE + 1}),
    ("registry: speed above 100", {"speed": 100 * ONE + 1}),
]


@pytest.mark.parametrize("changes", EDGES)
@pytest.mark.parametrize("kind", ["covered", "delivery"])
def test_open__at_the_edge_of_what_is_allowed__stands(
    registry: Registry, kind: str, changes: dict[str, Any]
) -> None:
    vault = opened(getattr(registry, kind)(**changes))
    terms = _read(registry, "LendingVault", vault, "terms")
    caps = {"uncovered_cap": FOREVER if kind == "covered" else UNCOVERED_CAP}
    assert terms == registry.terms(**({"valuation": terms[1]} | caps | changes))


@pytest.mark.parametrize(("reason", "changes"), BEYOND)
@pytest.mark.parametrize("kind", ["covered", "delivery"])
def test_open__beyond_what_is_allowed__refused(
    registry: Registry, kind: str, reason: str, changes: dict[str, Any]
) -> None:
    with refused(reason):
        getattr(registry, kind)(**changes)
    assert registry.read("count") == 0


@pytest.mark.parametrize("cap", [0, 1, ALL_BITCOIN, FOREVER - 1])
def test_open_covered__uncovered_debt_is_counted__refused(registry: Registry, cap: int) -> None:
    with refused("registry: uncovered not 2^256-1"):
        registry.covered(uncovered_cap=cap)


def test_open_delivery__uncovered_cap__counts_and_is_bounded(registry: Registry) -> None:
    for cap in (0, ALL_BITCOIN + 1, FOREVER):
        with refused("registry: uncovered not 1..21e14"):
            registry.delivery(uncovered_cap=cap)
    for cap in (1, ALL_BITCOIN):
        opened(registry.delivery(uncovered_cap=cap))
    assert registry.read("count") == 2


@pytest.mark.parametrize(
    "told",
    [
        {"stress": ONE // 10},
        {"stress": ONE},
        {"decay": 9 * ONE // 10},
        {"decay": ONE},
        {"phi": 0},
        {"phi": ONE},
    ],
)
def test_open_delivery__valuation_at_the_edge__stands(
    registry: Registry, told: dict[str, int]
) -> None:
    said = dict(registry.delivery(told).logs)["Opened"]
    assert said["delivery"] == tuple((DELIVERY | told).values())
    assert _read(registry, "DeliveryValue", said["valuation"], "assess")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("registry: stress not 10..100 %", {"stress": ONE // 10 - 1}),
        ("registry: stress not 10..100 %", {"stress": ONE + 1}),
        ("registry: decay not 90..100 %", {"decay": 9 * ONE // 10 - 1}),
        ("registry: decay not 90..100 %", {"decay": ONE + 1}),
        ("registry: phi above 100 %", {"phi": ONE + 1}),
    ],
)
def test_open_delivery__valuation_beyond_what_is_allowed__refused(
    registry: Registry, reason: str, told: dict[str, int]
) -> None:
    with refused(reason):
        registry.delivery(told)
    assert registry.read("count") == 0


def test_open__issuance_of_another_factory__refused(registry: Registry) -> None:
    """Its code may be anything."""
    blueprint = registry.chain.deploy_blueprint("HashrateToken")
    own, registry.factory = (
        registry.factory,
        registry.chain.deploy("HashrateFactory", registry.index, blueprint),
    )
    foreign = registry.issue()
    for token in (foreign, own, registry.btc):
        with refused("registry: not an issuance"):
            registry.covered(token=token)


def test_blueprints__called__do_nothing(registry: Registry) -> None:
    for contract, address in zip(
        ("LendingVault", "CoveredValue", "DeliveryValue"), registry.blueprints, strict=True
    ):
        with pytest.raises(ChainError):
            registry.chain.call(contract, address, "VERSION")
        assert registry.chain.has_code(address)
