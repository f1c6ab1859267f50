"""The client of the register of vaults."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from terahash.chain import ChainError, Receipt
from terahash.lending.models import Delivery
from terahash.session import RefusedError
from tests.support.issuing import HOLDER, ONE
from tests.support.lending import DELIVERY
from tests.support.lending_desk import LendingDesk


def test_vaults__two_opened__in_order_and_numbered(desk: LendingDesk) -> None:
    registry = desk.registry
    assert registry.count() == 2
    assert [one.address for one in registry.vaults()] == [
        desk.covered.address,
        desk.delivery.address,
    ]
    assert [registry.number(one) for one in (desk.delivery.address, HOLDER)] == [2, 0]
    assert registry.vault(2).address == desk.delivery.address
    assert registry.vault(2).lens == registry.lens


@pytest.mark.parametrize("number", [-1, 0, 3, 99])
def test_vault__number_of_none__refused_with_how_many_there_are(
    desk: LendingDesk, number: int
) -> None:
    with pytest.raises(RefusedError, match=f"there is no vault {number}: the register has 2; "):
        desk.registry.vault(number)


def test_states__more_than_one_call_shows__all_as_alone(desk: LendingDesk) -> None:
    for number in range(16):
        desk.open_vault(lltv=(50 + number) * ONE // 100)
    states = desk.registry.states()
    assert len(states) == desk.registry.count() == 18
    assert states == [vault.state() for vault in desk.registry.vaults()]
    assert [one.terms.lltv for one in states[2:]] == [(50 + i) * ONE // 100 for i in range(16)]


def test_open__each_kind__the_vault_that_was_opened(desk: LendingDesk) -> None:
    covered = desk.open_vault(fee=0)
    assert covered.terms.fee == 0 and covered.terms.is_covered
    delivery = desk.open_vault(Delivery(**DELIVERY)._replace(phi=0), uncovered_cap=7)
    assert delivery.delivery == Delivery(**DELIVERY)._replace(phi=0)
    assert (delivery.terms.uncovered_cap, desk.registry.number(delivery.address)) == (7, 4)


def test_open__valuation_named__left_to_the_registry_all_the_same(desk: LendingDesk) -> None:
    vault = desk.open_vault(valuation=HOLDER, fee=0)
    assert vault.terms.valuation == desk.covered.terms.valuation


def test_open__bad_terms__the_registrys_reason(desk: LendingDesk) -> None:
    with pytest.raises(ChainError) as caught:
        desk.open_vault(lltv=ONE)
    assert caught.value.reason == "registry: lltv not 10..95 %"


def test_opened__receipt_of_something_else__refused(desk: LendingDesk) -> None:
    receipt = Receipt(0, 0, (("Opened", {"issuance": HOLDER}),))
    with pytest.raises(LookupError, match="says of no vault"):
        desk.registry.opened(receipt)


def test_readme__names_of_the_library__can_be_imported() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text()
    named = re.findall(r"`(terahash\.lending(?:\.[a-z_]+)*)(?:\.([A-Z]\w+))?`", text)
    assert ("terahash.lending.registry", "VaultRegistry") in named
    for module, name in named:
        assert not name or hasattr(import_module(module), name), f"{module}.{name}"
