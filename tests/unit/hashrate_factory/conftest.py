"""A factory on an index whose days tests close as they like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from terahash.chain import Receipt
from tests.support.issuing import FIRST_DAY, ONE, START, TERMS
from tests.support.revm_chain import RevmChain

SALE = 48 * ONE, 10_000 * ONE


class Factory:
    """A factory, its blueprint, its index and a bitcoin token."""

    def __init__(self) -> None:
        self.chain = RevmChain(START)
        self.btc = self.chain.deploy("BitcoinDouble")
        self.index = self.chain.deploy("IndexDouble", FIRST_DAY, START)
        self.blueprint = self.chain.deploy_blueprint("HashrateToken")
        self.address = self.chain.deploy("HashrateFactory", self.index, self.blueprint)

    def terms(self, **changes: Any) -> tuple[Any, ...]:
        """Terms that are in bounds, but for the changes."""
        return tuple(({"btc": self.btc, "index": self.index} | TERMS | changes).values())

    def open(self, actor: str, **changes: Any) -> Receipt:
        """Open an issuance of somebody's own."""
        with self.chain.acting_as(actor):
            return self.send("open", "Hashrate", "HASH", self.terms(**changes), SALE)

    def close(self, days: int = 1) -> None:
        """Close block-days in the index."""
        for _ in range(days):
            self.chain.send("IndexDouble", self.index, "close", 86_400, 50 * ONE)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo everything that happens inside."""
        with self.chain.undone():
            yield

    def send(self, function: str, *args: Any) -> Receipt:
        return self.chain.send("HashrateFactory", self.address, function, *args)

    def read(self, function: str, *args: Any) -> Any:
        return self.chain.call("HashrateFactory", self.address, function, *args)


@pytest.fixture
def factory() -> Factory:
    """Nothing is opened, and one day is closed: the term may begin with the day after the next."""
    factory = Factory()
    factory.close()
    return factory
