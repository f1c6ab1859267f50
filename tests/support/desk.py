"""A pair market as its clients and commands see it, on revm instead of a node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from eth_account import Account

from terahash.chain import Receipt, Transaction
from terahash.cli import main
from terahash.deployment import Deployed, Deployment
from terahash.orders.order import Order, SignedOrder
from terahash.swaps.market import Market
from terahash.swaps.series import Series, series
from terahash.swaps.trading import Trader
from terahash.units import WAD
from tests.support import trading
from tests.support.market import KEY, PASSWORD, USER, WalletChain
from tests.support.trading import FUND, MINER, NOBODY, START

T = 10**12 * WAD
"""A difficulty of a trillion, as X."""
DIFFICULTY = series(0, 0, 500, 502, 70 * T, 90 * T, 4_000)
"""Epochs 500 and 501, between 70 and 90 trillion."""
JANUARY = series(1, 0, 1_704_067_200, 1_706_745_600, 60 * WAD, 100 * WAD, 5_000)
"""January 2024, between 60,000 and 100,000 sats/PH/day."""


class Desk:
    """A market with two series on instruments whose X tests set, and a user with a key.

    Attributes:
        doubles: the market as its own tests see it.
        market, trader: the clients of it.
        file: of the deployment.
    """

    def __init__(self, folder: Path) -> None:
        self.chain = WalletChain(START)
        self.doubles = trading.Market(self.chain)
        self.market = Market(self.chain, self.doubles.address)
        self.trader = Trader.on(self.market)
        self.doubles.fund(USER)
        self.advance(START)
        self.act(USER, self.trader.open([DIFFICULTY, JANUARY]))
        self.file = folder / "deployment.json"
        contracts = {"PairMarket": Deployed(address=self.market.address, arguments=[])}
        deployment = Deployment(chain_id=1, contracts=contracts)
        self.file.write_text(deployment.model_dump_json())
        self.keystore, self.password = folder / "key.json", folder / "password"
        self.keystore.write_text(json.dumps(Account.encrypt(KEY.key, PASSWORD, iterations=2)))
        self.password.write_text(PASSWORD)

    def act(self, actor: str, transaction: Transaction) -> Receipt:
        """Send a transaction as somebody."""
        with self.chain.acting_as(actor):
            return transaction.send(self.chain)

    def order(self, one: Series = DIFFICULTY, **changes: Any) -> Order:
        """Write an order of the miner's: 30,000 shorts, for which a long pays 40 %."""
        fields = {"long": False, "amount": 30_000, "price": 4_000, "deadline": START + 100}
        whole = {"maker": MINER.address, "taker": NOBODY, "counter": 0, "salt": 1, **fields}
        return Order(**{**whole, "series": one, **changes})

    def signed(self, one: Series = DIFFICULTY, **changes: Any) -> SignedOrder:
        """Have the miner sign such an order, or the fund where it is the maker."""
        order = self.order(one, **changes)
        key = FUND if order.maker == FUND.address else MINER
        return self.market.domain.sign(key, order)

    def mint(self, one: Series, amount: int, long: str = USER, short: str | None = None) -> None:
        """Have the miner lock satoshi for a long and, unless another is named, its own short."""
        short = short or MINER.address
        self.act(MINER.address, self.trader.mint_pair(one, amount, long, short))

    def finish(self, x: int, number: int = 0) -> None:
        """Let the windows of an instrument end at X (times 10^18)."""
        self.doubles.instrument("set_known", True, number=number)
        self.doubles.instrument("set_value", True, x, number=number)

    def advance(self, time: int) -> None:
        """Let both indexes move at a time, unix seconds."""
        for number in range(2):
            self.doubles.instrument("set_advanced", time, number=number)

    def run(self, *arguments: object, key: bool = False, answer: str = "") -> Result:
        """Run a command: `key` with the user's key, `answer` what it types."""
        texts = [str(argument) for argument in arguments]
        if key:
            texts += ["--keystore", str(self.keystore), "--password-file", str(self.password)]
        env = {"TERAHASH_RPC": "http://nowhere", "TERAHASH_DEPLOYMENT": str(self.file)}
        self.chain.sent = []
        return CliRunner(mix_stderr=False).invoke(main, texts, input=answer, env=env)

    def json(self, *arguments: object, **options: Any) -> dict[str, Any]:
        """Run a command that succeeds, and read what it prints."""
        result = self.run(*arguments, "--json", **options)
        assert result.exit_code == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def connected(self, monkeypatch: pytest.MonkeyPatch) -> Desk:
        """Let every command that asks for a node find this chain."""

        def connect(rpc: str, account: Any = None, max_fee: int = 100) -> WalletChain:
            if account:
                self.chain.sender = account.address
            return self.chain

        monkeypatch.setattr("terahash.session.connect", connect)
        return self
