"""Lending vaults as their clients and commands see them, on revm instead of a node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from terahash.chain import Receipt, Transaction
from terahash.deployment import Deployed, Deployment
from terahash.lending.models import UNCOUNTED, Delivery, Terms
from terahash.lending.registry import VaultRegistry
from terahash.lending.vault import Vault
from terahash.units import DAY
from tests.support.issuing import ISSUER, NOBODY, ONE, RICH, STRANGER
from tests.support.lending import (
    BORROWER,
    DELIVERY,
    GUARDIAN,
    KINDS,
    LENDER,
    LIQUIDATOR,
    TERMS,
)
from tests.support.market import USER, Market

FOREVER = 2**256 - 1
ACTORS = (USER, ISSUER, STRANGER, LENDER, BORROWER, LIQUIDATOR, GUARDIAN)


class LendingDesk(Market):
    """A register of issuances with one, and one of vaults with a vault of each kind on it.

    Attributes:
        registry: of the vaults.
        covered, delivery: the vaults, which have the numbers one and two.
    """

    def __init__(self, folder: Path, **terms: Any) -> None:
        super().__init__(folder, **terms)
        chain = self.chain
        blueprints = [
            chain.deploy_blueprint(name)
            for name in ("LendingVault", "CoveredValue", "DeliveryValue")
        ]
        registry = chain.deploy("VaultRegistry", self.factory.address, *blueprints)
        lens = chain.deploy("LendingLens", registry)
        self.registry = VaultRegistry(chain, registry, lens)
        self.covered = self.open_vault()
        self.delivery = self.open_vault(Delivery(**DELIVERY), **KINDS["delivery"])
        for actor in ACTORS:
            chain.send("BitcoinDouble", self.btc, "mint", actor, RICH)
        contracts = {
            name: Deployed(address=address, arguments=[])
            for name, address in (
                ("HashrateFactory", self.factory.address),
                ("VaultRegistry", registry),
                ("LendingLens", lens),
            )
        }
        self.file.write_text(Deployment(chain_id=1, contracts=contracts).model_dump_json())

    def vault_terms(self, **changes: Any) -> Terms:
        """Terms of a vault that are in bounds, but for the changes."""
        given = {"token": self.token.address, "valuation": NOBODY, **TERMS}
        return Terms(**{**given, "uncovered_cap": UNCOUNTED, **changes})

    def open_vault(self, delivery: Delivery | None = None, **changes: Any) -> Vault:
        """Open a vault; cash-covered unless it is said how deliveries are valued."""
        opening = self.registry.open(self.vault_terms(**changes), delivery)
        return self.registry.opened(opening.send(self.chain))

    def do(self, actor: str, transaction: Transaction) -> Receipt:
        """Send a transaction as somebody who has allowed both vaults everything."""
        with self.chain.acting_as(actor):
            for vault in (self.covered, self.delivery):
                vault.approve_bitcoin(FOREVER).send(self.chain)
                vault.approve_tokens(FOREVER).send(self.chain)
            return transaction.send(self.chain)

    def lend(self, vault: Vault, amount: int = 10**9, actor: str = LENDER) -> None:
        """Have somebody lend."""
        self.do(actor, vault.deposit(amount, actor))

    def post(self, vault: Vault, tokens: int, actor: str = BORROWER) -> None:
        """Have somebody buy whole tokens, and post them."""
        self.buy(actor, tokens)
        self.do(actor, vault.post(tokens * ONE, actor))

    def owe(self, vault: Vault, tokens: int, amount: int, actor: str = BORROWER) -> None:
        """Have somebody post whole tokens, and borrow against them what a lender lends."""
        self.lend(vault)
        self.post(vault, tokens, actor)
        self.do(actor, vault.borrow(amount, actor, actor))

    def deliver(self) -> None:
        """Have the issuer pay what it owes, and a day pass in which it streams."""
        self.act(STRANGER, self.token.accrue())
        self.act(ISSUER, self.token.deliver())
        self.chain.now += DAY
