"""The market's commands as their users run them: a real EVM node, the real index, real headers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from terahash import rpc
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import Header
from terahash.bitcoin.state import DAY_BLOCKS, Day, State
from terahash.bitcoin.tree import split
from terahash.chain import ChainError
from terahash.deployment import NOBODY, Terms, deploy
from terahash.hashprice import block_days, floor_mean
from terahash.hashprice_index import HashpriceIndex
from terahash.headers import SHIPPED_ARCHIVE
from terahash.orders.order import Order
from terahash.relay import Relay
from terahash.rpc import RpcChain
from terahash.swaps.market import Market
from terahash.swaps.names import label
from terahash.swaps.series import SHARES, HashpriceKind, Instrument, series
from terahash.swaps.trading import Take, Trader
from terahash.units import DAY, HOUR, WAD
from tests.nodes.conftest import ISSUER, START, Node
from tests.nodes.user import User
from tests.support.revm_chain import compiled

RICH = 10**9
CLAIMS = 50_000_000


class Setting(User):
    """A deployment on a node, and the files that a user has: the fund, which pays."""

    signs = False

    def __init__(self, node: Node, payer: LocalAccount, folder: Path) -> None:
        super().__init__(node, payer, folder)
        self.chain = RpcChain(node.url, payer, compiled())
        self.miner = RpcChain(node.url, ISSUER, compiled())
        self.btc = self.chain.deploy("BitcoinDouble")
        terms = Terms(START, confirmations=1, challenge=HOUR, fee_window=HOUR, collateral=self.btc)
        deployment = deploy(self.chain, terms, self.file)
        self.relay = Relay(self.chain, deployment.address("BitcoinRelay"))
        self.index = HashpriceIndex(self.chain, deployment.address("HashpriceIndex"))
        self.market = Market(self.chain, deployment.address("PairMarket"))
        self.days: list[Day] = []
        self._batches = Archive.open(SHIPPED_ARCHIVE).batches(self.days)
        self._tip: State = START
        for chain, account in ((self.chain, payer), (self.miner, ISSUER)):
            chain.send("BitcoinDouble", self.btc, "mint", account.address, RICH)
            Trader.on(self.market).approve_bitcoin(RICH).send(chain)

    def publish(self, count: int) -> None:
        """Relay so many more block-days, and close those that are buried."""
        for headers, state in self._taken(count):
            self._pass_to(max(Header.parse(header).time for header in split(headers)))
            self.relay.submit(self._tip, headers)
            self._tip = state
        self._pass_to(self.chain.now + HOUR)
        final = self.relay.tip().final_day
        first = START.height // DAY_BLOCKS + 1
        ripe = self.relay.ripe(self.days[final + 1 - first :], self.chain.now)
        self.relay.finalize(ripe.days, ripe.rest)
        self.index.record(ripe.days)
        self._pass_to(self.chain.now + HOUR)
        while self.index.latest().day < self.index.recorded():
            self.index.close()

    def _taken(self, count: int) -> Iterator[tuple[bytes, State]]:
        return (next(self._batches) for _ in range(count))

    def _pass_to(self, time: int) -> None:
        if self.chain.now < time:
            self.node.set_time(time)


@pytest.fixture
def setting(
    node: Node, payer: LocalAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Setting:
    monkeypatch.setattr(rpc, "POLL", 0.05)
    setting = Setting(node, payer, tmp_path)
    setting.publish(3)
    return setting


def test_life__forward_on_real_days__traded_settled_and_paid_to_the_satoshi(
    setting: Setting,
) -> None:
    """A miner sells a day and a half of hashprice, which starts and ends inside block-days."""
    trader, fund, start = Trader.on(setting.market), setting.user, setting.chain.now + 12_345
    one = series(
        Instrument.HASHPRICE,
        HashpriceKind.SUBSIDY,
        start,
        start + 3 * DAY // 2,
        150 * WAD,
        190 * WAD,
        5_000,
    )
    trader.open([one]).send(setting.chain)
    (listed,) = setting.json("series")["series"]
    assert (listed["stage"], listed["label"]) == ("TRADING", label(one))
    assert listed["label"] == setting.market.label(one)
    order = Order(ISSUER.address, NOBODY, one, False, CLAIMS, 5_000, start, 0, 1)
    signed = setting.market.domain.sign(ISSUER, order)
    assert setting.market.fillable(signed, fund) == (CLAIMS, "")
    trader.fill(Take(signed, CLAIMS)).send(setting.chain)
    assert setting.market.filled(order) == CLAIMS
    (position,) = setting.json("positions", fund)["positions"]
    assert (position["longs"], position["worth"]) == (str(CLAIMS), None)
    setting.publish(4)
    days = list(block_days(setting.days, START.height // DAY_BLOCKS + 1))
    x = floor_mean(days, one.start, one.end)
    assert setting.json("series", label(one))["x"] == str(x)
    share = one.share(x)
    paid, rest = CLAIMS * share // SHARES, CLAIMS * (SHARES - share) // SHARES
    assert 0 < paid < CLAIMS
    assert setting.json("settle", "--all", key=True)["result"] == "Settled 1 series."
    assert setting.json("series")["series"] == []
    redeemed = setting.json("swaps", "redeem", label(one), key=True)
    assert redeemed["facts"]["total"] == paid
    miner = setting.json("swaps", "redeem", label(one), "--owner", ISSUER.address, key=True)
    assert miner["sent"]
    held = [setting.market.bitcoin_of(who).held for who in (fund, ISSUER.address)]
    assert held == [RICH - CLAIMS // 2 + paid, RICH - CLAIMS // 2 + rest]


def test_settle__too_early__in_words_and_nothing_sent(setting: Setting) -> None:
    start = setting.chain.now
    one = series(Instrument.HASHPRICE, 0, start, start + DAY, 150 * WAD, 190 * WAD, 5_000)
    Trader.on(setting.market).open([one]).send(setting.chain)
    before = setting.node.rpc("eth_blockNumber")
    result = setting.run("settle", label(one), "--yes", key=True)
    assert result.exit_code == 1
    assert f"{label(one)} cannot be settled: its window is not over" in result.stderr
    assert setting.node.rpc("eth_blockNumber") == before


def test_open__window_that_is_over__the_instruments_reason(setting: Setting) -> None:
    now = setting.chain.now
    one = series(Instrument.HASHPRICE, 0, now - 2 * DAY, now - 1, 150 * WAD, 190 * WAD, 5_000)
    with pytest.raises(ChainError) as caught:
        Trader.on(setting.market).open([one]).send(setting.chain)
    assert caught.value.reason == "swap: window is known"
