"""A registry of vaults on the issuances of one factory, of which one is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from terahash.chain import Receipt
from tests.support.issuing import FIRST_DAY, ISSUER, NOBODY, ONE, START, TERMS
from tests.support.lending import DELIVERY, FOREVER
from tests.support.lending import TERMS as VAULT_TERMS
from tests.support.revm_chain import RevmChain

SALE = 48 * ONE, 10_000 * ONE
BLUEPRINTS = ("LendingVault", "CoveredValue", "DeliveryValue")
UNCOVERED_CAP = 10**9
"""Of delivery vaults."""


class Registry:
    """A registry, its blueprints, its factory and an issuance of that."""

    def __init__(self) -> None:
        self.chain = RevmChain(START)
        self.btc = self.chain.deploy("BitcoinDouble")
        self.index = self.chain.deploy("IndexDouble", FIRST_DAY, START)
        token = self.chain.deploy_blueprint("HashrateToken")
        self.factory = self.chain.deploy("HashrateFactory", self.index, token)
        self.blueprints = [self.chain.deploy_blueprint(name) for name in BLUEPRINTS]
        self.address = self.chain.deploy("VaultRegistry", self.factory, *self.blueprints)
        self.close()
        self.token = self.issue()

    def issue(self, name: str = "Hashrate", symbol: str = "HASH") -> str:
        """Open an issuance; return its address."""
        terms = tuple(({"btc": self.btc, "index": self.index} | TERMS).values())
        with self.chain.acting_as(ISSUER):
            call = ("HashrateFactory", self.factory, "open", name, symbol, terms, SALE)
            return str(dict(self.chain.send(*call).logs)["Opened"]["issuance"])

    def close(self) -> None:
        """Close a block-day in the index."""
        self.chain.now += 86_400
        self.chain.send("IndexDouble", self.index, "close", 86_400, 50 * ONE)

    def terms(self, **changes: Any) -> tuple[Any, ...]:
        """Terms that are in bounds, but for the changes."""
        given = {"token": self.token, "valuation": NOBODY} | VAULT_TERMS
        return tuple((given | {"uncovered_cap": FOREVER} | changes).values())

    def covered(self, **changes: Any) -> Receipt:
        """Open a cash-covered vault."""
        return self.send("open_covered", self.terms(**changes))

    def delivery(self, told: dict[str, int] | None = None, **changes: Any) -> Receipt:
        """Open a delivery vault; `told` is what its valuation is told otherwise."""
        how = tuple((DELIVERY | (told or {})).values())
        terms = self.terms(**({"uncovered_cap": UNCOVERED_CAP} | changes))
        return self.send("open_delivery", how, terms)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo everything that happens inside."""
        with self.chain.undone():
            yield

    def send(self, function: str, *args: Any) -> Receipt:
        return self.chain.send("VaultRegistry", self.address, function, *args)

    def read(self, function: str, *args: Any) -> Any:
        return self.chain.call("VaultRegistry", self.address, function, *args)


def opened(receipt: Receipt) -> str:
    """Return the vault that a call has opened."""
    return str(dict(receipt.logs)["Opened"]["vault"])


@pytest.fixture
def registry() -> Registry:
    """No vault is open."""
    return Registry()
