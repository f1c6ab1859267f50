"""Issuances in a register, and the commands that use them, on revm instead of a node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from eth_account import Account

from terahash.chain import Transaction
from terahash.cli import main
from terahash.deployment import Deployed, Deployment
from terahash.hashrate.factory import HashrateFactory
from terahash.hashrate.models import Sale, Terms
from terahash.hashrate.token import HashrateToken
from terahash.units import DAY
from terahash.wallet import Estimate
from tests.support.issuing import (
    FIRST_DAY,
    HASHPRICE,
    ISSUER,
    ONE,
    RICH,
    START,
    STRANGER,
    TERMS,
)
from tests.support.revm_chain import RevmChain

PASSWORD = "correct horse"
KEY = Account.from_key("0x" + "42" * 32)
"""Of whoever runs the commands."""
USER = str(KEY.address)
SALE = Sale(48 * ONE, 10_000 * ONE)


class WalletChain(RevmChain):
    """A chain as the commands see it: what it says must not change it.

    Attributes:
        codes: of accounts that are said to have some.
        coin: wei that everybody has.
        sent: functions of the transactions that were sent.
    """

    def __init__(self, now: int) -> None:
        super().__init__(now)
        self.codes: dict[str, bytes] = {}
        self.coin = ONE
        self.sent: list[str] = []

    def code(self, address: str) -> bytes:
        return self.codes.get(address) or bytes(self._evm.get_code(address) or b"")

    def balance(self) -> int:
        return self.coin

    def settle(self) -> int:
        return 0

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        with self.undone():
            return super().call(contract, address, function, *args)

    def send(self, contract: str, address: str, function: str, *args: Any) -> Any:
        self.sent.append(function)
        return super().send(contract, address, function, *args)

    def estimate(self, transaction: Transaction, sender: str) -> Estimate:
        with self.undone(), self.acting_as(sender):
            function, arguments = transaction.function, transaction.arguments
            tried = super().send(transaction.contract, transaction.address, function, *arguments)
        return Estimate(tried.gas_used, 10**9, 10**8)


class Market:
    """A register with one issuance, and a user with a key.

    Attributes:
        file: of the deployment.
        token: the issuance.
    """

    def __init__(self, folder: Path, btc: str = "BitcoinDouble", **terms: Any) -> None:
        self.chain = chain = WalletChain(START)
        self.btc = chain.deploy(btc, *([] if btc == "BitcoinDouble" else [8]))
        self.index = chain.deploy("IndexDouble", FIRST_DAY, START)
        blueprint = chain.deploy_blueprint("HashrateToken")
        self.factory = HashrateFactory(
            chain, chain.deploy("HashrateFactory", self.index, blueprint)
        )
        self.terms = Terms(btc=self.btc, index=self.index, **{**TERMS, **terms})
        self.token = self.open()
        self.pass_day()  # a hashprice to sell by
        for account in (USER, ISSUER, STRANGER):
            chain.send("BitcoinDouble", self.btc, "mint", account, RICH)
        self.file = folder / "deployment.json"
        deployed = Deployed(address=self.factory.address, arguments=[])
        deployment = Deployment(chain_id=1, contracts={"HashrateFactory": deployed})
        self.file.write_text(deployment.model_dump_json())
        self.keystore, self.password = folder / "key.json", folder / "password"
        self.keystore.write_text(json.dumps(Account.encrypt(KEY.key, PASSWORD, iterations=2)))
        self.password.write_text(PASSWORD)

    def open(self, name: str = "Hashrate", sale: Sale = SALE) -> HashrateToken:
        """Open another issuance with the same terms."""
        with self.chain.acting_as(ISSUER):
            opened = self.factory.open(name, "HASH", self.terms, sale).send(self.chain)
        return self.factory.opened(opened)

    def act(self, actor: str, transaction: Transaction) -> Any:
        """Send a transaction as somebody who has allowed the issuance everything."""
        with self.chain.acting_as(actor):
            self.token.approve_bitcoin(2**256 - 1).send(self.chain)
            return transaction.send(self.chain)

    def buy(self, actor: str, tokens: int) -> None:
        """Buy whole tokens at whatever they cost."""
        self.act(actor, self.token.mint(tokens * ONE, RICH, actor))

    def pass_day(self, gained: int = HASHPRICE) -> None:
        """Let a block-day pass, and close it at once."""
        self.chain.now += DAY
        self.chain.send("IndexDouble", self.index, "close", DAY, gained)

    def sats(self, account: str) -> int:
        """Say how many satoshi an account has."""
        return int(self.chain.call("BitcoinDouble", self.btc, "balanceOf", account))

    def run(
        self, *arguments: object, key: bool = False, answer: str = "", register: bool = True
    ) -> Result:
        """Run a command: `key` with the user's key, `answer` what it types."""
        texts = [str(argument) for argument in arguments]
        if key:
            texts += ["--keystore", str(self.keystore), "--password-file", str(self.password)]
        env = {"TERAHASH_RPC": "http://nowhere"}
        if register:
            env["TERAHASH_DEPLOYMENT"] = str(self.file)
        self.chain.sent = []
        return CliRunner(mix_stderr=False).invoke(main, texts, input=answer, env=env)

    def json(self, *arguments: object, **options: Any) -> dict[str, Any]:
        """Run a command that succeeds, and read what it prints."""
        result = self.run(*arguments, "--json", **options)
        assert result.exit_code == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document


def connected(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    """Let every command that asks for a node find the market's chain."""

    def connect(rpc: str, account: Any = None, max_fee: int = 100) -> WalletChain:
        if account:
            market.chain.sender = account.address
        return market.chain

    monkeypatch.setattr("terahash.session.connect", connect)
    return market
