"""HashrateFactory.__init__: the index and the code of all issuances, chosen once."""

from __future__ import annotations

import pytest

from tests.support.issuing import HOLDER, NOBODY
from tests.support.relay import refused
from tests.unit.hashrate_factory.conftest import Factory


def test_constructor__index_and_blueprint__are_shown(factory: Factory) -> None:
    assert factory.read("INDEX") == factory.index
    assert factory.read("BLUEPRINT") == factory.blueprint
    assert factory.read("VERSION") == "0.1.0"
    assert factory.read("count") == 0


@pytest.mark.parametrize("address", [NOBODY, HOLDER])
def test_constructor__no_contract__refused(factory: Factory, address: str) -> None:
    with refused("factory: index is no contract"):
        factory.chain.deploy("HashrateFactory", address, factory.blueprint)
    with refused("factory: no blueprint"):
        factory.chain.deploy("HashrateFactory", factory.index, address)
