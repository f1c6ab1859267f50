"""VaultRegistry.__init__: the factory and the code of all vaults, chosen once."""

from __future__ import annotations

import pytest

from tests.support.issuing import HOLDER, NOBODY
from tests.support.relay import refused
from tests.unit.vault_registry.conftest import Registry


def test_constructor__factory_and_blueprints__are_shown(registry: Registry) -> None:
    said = [registry.read(name) for name in ("FACTORY", "VAULT", "COVERED", "DELIVERY")]
    assert said == [registry.factory, *registry.blueprints]
    assert registry.read("VERSION") == "0.1.0"
    assert registry.read("count") == 0


@pytest.mark.parametrize("address", [NOBODY, HOLDER])
def test_constructor__no_contract__refused(registry: Registry, address: str) -> None:
    with refused("registry: factory is no contract"):
        registry.chain.deploy("VaultRegistry", address, *registry.blueprints)
    for missing in range(3):
        blueprints = list(registry.blueprints)
        blueprints[missing] = address
        with refused("registry: no blueprint"):
            registry.chain.deploy("VaultRegistry", registry.factory, *blueprints)
