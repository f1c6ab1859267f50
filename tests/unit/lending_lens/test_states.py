"""LendingLens.states: vaults of a register, so many from one on."""

from __future__ import annotations

import pytest

from terahash.lending.models import State
from tests.support.lending import ONE
from tests.support.relay import refused
from tests.unit.vault_registry.conftest import Registry, opened

ALL = 3


class Register:
    """Three vaults in the order in which they were opened, and a lens on their register."""

    def __init__(self) -> None:
        registry = Registry()
        self.chain = registry.chain
        shares = [(60 + number) * ONE // 100 for number in range(ALL)]
        self.vaults = [opened(registry.covered(lltv=share)) for share in shares]
        self.lens = self.chain.deploy("LendingLens", registry.address)

    def states(self, first: int, count: int) -> list[str]:
        """Read whose states there are."""
        found = self.chain.call("LendingLens", self.lens, "states", first, count)
        return [State.read(one).vault for one in found]


@pytest.fixture(scope="module")
def register() -> Register:
    return Register()


@pytest.mark.parametrize("first", range(1, ALL + 3))
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 16, 17, 2**256 - 1])
def test_states__any_part_of_the_register__in_order_and_no_more(
    register: Register, first: int, count: int
) -> None:
    assert register.states(first, count) == register.vaults[first - 1 : first - 1 + count]


def test_states__from_none__refused(register: Register) -> None:
    with refused("lens: vaults count from one"):
        register.states(0, 1)
