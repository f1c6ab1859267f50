"""HashrateToken.set_sale: the issuer changes price and capacity, for those who have not bought."""

from __future__ import annotations

import pytest

from tests.support.issuing import BUYER, FOREVER, HOLDER, ISSUER, ONE, STRANGER, Issuance
from tests.support.relay import refused

HIGHEST_PRICE, LARGEST_CAPACITY = 10**9 * ONE, 10**8 * ONE


def test_set_sale__price_and_capacity__are_those_of_the_next_mint(sold: Issuance) -> None:
    assert sold.send(ISSUER, "set_sale", 60 * ONE, 1_001 * ONE).logs == (
        ("SaleChanged", {"price": 60 * ONE, "capacity": 1_001 * ONE}),
    )
    assert sold.read("sale") == (60 * ONE, 1_001 * ONE)
    with refused("token: above capacity"):
        sold.send(BUYER, "mint", ONE + 1, FOREVER, BUYER)
    assert sold.logged(BUYER, "mint", ONE, FOREVER, BUYER)["Minted"]["cost"] == 60 * 42


def test_set_sale__capacity_below_the_supply__takes_nothing_from_holders(sold: Issuance) -> None:
    sold.send(ISSUER, "set_sale", 0, 0)
    assert sold.read("sale") == (0, 0)
    assert sold.read("balanceOf", HOLDER) == 1_000 * ONE
    with refused("token: above capacity"):
        sold.send(BUYER, "mint", 1, FOREVER, BUYER)


def test_set_sale__largest__stands_and_one_more_is_refused(issuance: Issuance) -> None:
    issuance.send(ISSUER, "set_sale", HIGHEST_PRICE, LARGEST_CAPACITY)
    assert issuance.read("sale") == (HIGHEST_PRICE, LARGEST_CAPACITY)
    with refused("token: price too large"):
        issuance.send(ISSUER, "set_sale", HIGHEST_PRICE + 1, 0)
    with refused("token: capacity too large"):
        issuance.send(ISSUER, "set_sale", 0, LARGEST_CAPACITY + 1)


@pytest.mark.parametrize(
    ("reason", "sale"),
    [
        ("token: price too large", {"price": HIGHEST_PRICE + 1}),
        ("token: capacity too large", {"capacity": LARGEST_CAPACITY + 1}),
    ],
)
def test_set_sale__too_large_at_the_opening__refused(reason: str, sale: dict[str, int]) -> None:
    with refused(reason):
        Issuance(**sale)


def test_set_sale__anyone_but_the_issuer__refused(issuance: Issuance) -> None:
    for actor in (STRANGER, BUYER):
        with refused("ownable: caller is not the owner"):
            issuance.send(actor, "set_sale", 0, 0)
