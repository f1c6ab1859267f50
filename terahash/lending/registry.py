"""A typed client of `VaultRegistry`, and vaults as commands name them."""

from __future__ import annotations

from typing import Any

import click

from terahash.address import AddressError, checked_address
from terahash.chain import Chain, Receipt, Transaction
from terahash.deployment import NOBODY
from terahash.hashrate.register import MAX_DIGITS
from terahash.lending.models import Delivery, State, Terms
from terahash.lending.vault import LENS, Vault
from terahash.session import RefusedError, Session
from terahash.text import quoted

REGISTRY = "VaultRegistry"
MAX_STATES = 16
"""Vaults that the lens shows in one call."""


class VaultRegistry:
    """One register of vaults, seen through a lens. Methods raise `ChainError` with its reason."""

    def __init__(self, chain: Chain, address: str, lens: str) -> None:
        self.chain = chain
        self.address = address
        self.lens = lens

    def count(self) -> int:
        """Read how many vaults were opened here."""
        return int(self._call("count"))

    def number(self, vault: str) -> int:
        """Read a vault's number, from one; zero for what was not opened here."""
        return int(self._call("number", vault))

    def vault(self, number: int) -> Vault:
        """Return a vault by its number, from one.

        Raises:
            RefusedError: when the register has no such number.
        """
        count = self.count()
        if not 1 <= number <= count:
            raise _missing(str(number), count)
        return self._vault(str(self._call("vaults", number - 1)))

    def vaults(self) -> list[Vault]:
        """List the vaults, oldest first."""
        return [self._vault(state.vault) for state in self.states()]

    def states(self) -> list[State]:
        """Read everything about all vaults, oldest first."""
        found: list[State] = []
        for first in range(1, self.count() + 1, MAX_STATES):
            page = self.chain.call(LENS, self.lens, "states", first, MAX_STATES)
            found += map(State.read, page)
        return found

    def open(self, terms: Terms, delivery: Delivery | None = None) -> Transaction:
        """Open a vault; whoever sends it gets no part in it.

        Args:
            terms: fixed for ever, but for the valuation, which the registry chooses.
            delivery: how to value what the issuer has yet to deliver; None where cash covers all.
        """
        named = tuple(terms._replace(valuation=NOBODY))
        if delivery is None:
            return Transaction(REGISTRY, self.address, "open_covered", (named,))
        return Transaction(REGISTRY, self.address, "open_delivery", (tuple(delivery), named))

    def opened(self, receipt: Receipt) -> Vault:
        """Return the vault that a transaction has opened, or raise LookupError."""
        for name, log in receipt.logs:
            if name == "Opened" and "vault" in log:
                return self._vault(str(log["vault"]))
        raise LookupError("the receipt says of no vault that it was opened")

    def _vault(self, address: str) -> Vault:
        return Vault(self.chain, address, self.lens)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(REGISTRY, self.address, function, *args)


def register(session: Session) -> VaultRegistry:
    """Return the registry of the deployment, whose vaults are meant."""
    deployment = session.needed_deployment()
    return VaultRegistry(session.chain, deployment.address(REGISTRY), deployment.address(LENS))


def find(session: Session, name: str) -> Vault:
    """Find a vault by its address, or by its number in the register.

    Raises:
        RefusedError: when the register has no such number, or has not opened it: the lens shows
            what a vault says of itself, and money is not sent to what may be anything.
    """
    registry = register(session)
    if name.isdecimal():
        if len(name) > MAX_DIGITS:
            raise _missing(name, registry.count())
        return registry.vault(int(name))
    try:
        address = checked_address(name)
    except AddressError as error:
        raise click.UsageError(f"{error}; or give its number in the register") from error
    if registry.number(address) == 0:
        raise RefusedError(
            f"{address} is no vault of this deployment, and its code may be anything: `terahash "
            "loans` lists those that are"
        )
    return Vault(session.chain, address, registry.lens)


def _missing(number: str, count: int) -> RefusedError:
    return RefusedError(
        f"there is no vault {quoted(number)}: the register has {count}; `terahash loans` lists them"
    )
