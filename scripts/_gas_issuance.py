"""An issuance on the replayed index and on Bitcoin's clock, and what its calls take.

Its index has dollars: five operators observe BTC/USD.

Every account has bitcoin and has allowed the issuance to take it before anything is measured.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oracle.sources.coinbase_file import WithCoinbases
from scripts._chain import ApeChain, embedded
from scripts._gas_lending import Lending
from scripts._gas_market import Trading
from scripts._replay import ReplayError, Replaying, logged
from scripts._signing import Signing, price, quorum
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.proof import SHIPPED_PROOFS
from terahash.deployment import BTC_USD, NOBODY, Terms, deploy
from terahash.hashprice_index import HashpriceIndex
from terahash.relay import Relay
from terahash.units import HOUR, SATS_PER_BTC, WAD

ISSUER, BUYER, HOLDER, NEW_HOLDER, LATE_BUYER, STRANGER = range(6)
HISTORY = 18
"""Block-days that the index has before the issuance opens: more than its longest mean."""
TERM = 42
EPOCH_DAYS = 14
MISSED = 10
"""Block-days that nobody accrues."""
FOREVER = 2**256 - 1


class Issuing:
    """The calls of one issuance in the order of its life.

    Attributes:
        gas: of each call, by the name of its line in the table.
        trading, wrapping, lending: likewise, of a pair market, of the token of a claim, and of
            lending vaults.
    """

    def __init__(self, archive: Archive) -> None:
        self.gas: dict[str, int] = {}
        with embedded(archive.checkpoint.time) as chain, TemporaryDirectory() as folder:
            self._open(chain, archive, Path(folder))
            unknown = self._index.latest().day // EPOCH_DAYS + 1
            trading = Trading(chain, self._deployment, self._btc, unknown)
            self._live()
            trading.settle()
            self.trading, self.wrapping = trading.gas, trading.wrapping.gas
            day, wait = self._index.latest().day, self._publisher.wait
            lending = Lending(chain, self._deployment, self._btc, day, self._close, wait)
            self.lending = lending.gas

    def _open(self, chain: ApeChain, archive: Archive, folder: Path) -> None:
        self._chain = chain
        self._btc = chain.deploy("BitcoinDouble")
        terms = Terms(
            archive.checkpoint,
            confirmations=1,
            quorum=quorum(chain, chain.sender),
            collateral=self._btc,
        )
        self._deployment = deploy(chain, terms, folder / "deployment.json")
        self._signing = Signing(chain, self._deployment)
        relay = Relay(chain, self._deployment.address("BitcoinRelay"))
        self._publisher = Replaying(chain, relay, archive.checkpoint)
        self._source = WithCoinbases.open(self._publisher.bitcoin, SHIPPED_PROOFS)
        # Twice a day: once a day would leave the index more than four days behind.
        self._halves = (
            half
            for headers, _ in archive.batches()
            for half in (headers[: len(headers) // 2], headers[len(headers) // 2 :])
        )
        self._index = HashpriceIndex(chain, self._deployment.address("HashpriceIndex"))
        self._close(HISTORY)
        first = self._index.latest().day + 1
        btc = self._btc
        agreed = (btc, self._index.address, first, first + TERM, 100 * WAD, WAD // 50, WAD // 4)
        agreed += (30 * WAD, WAD // 100, HOUR, NOBODY, bytes(32))
        sale = (170 * WAD, 10_000 * WAD)
        factory = self._deployment.address("HashrateFactory")
        opened = chain.send("HashrateFactory", factory, "open", "Hash", "HASH", agreed, sale)
        self.gas["open an issuance"] = opened.gas_used
        (self._token,) = [log["issuance"] for name, log in opened.logs if name == "Opened"]
        for account in range(STRANGER + 1):
            with chain.acting_as(account) as actor:
                chain.send("BitcoinDouble", btc, "mint", actor, 10 * SATS_PER_BTC)
                chain.send("BitcoinDouble", btc, "approve", self._token, FOREVER)

    def _live(self) -> None:
        buyer, holder, new = (self._address(who) for who in (BUYER, HOLDER, NEW_HOLDER))
        self._send("mint, the first", BUYER, "mint", 5_000 * WAD, FOREVER, buyer)
        self._send("", HOLDER, "mint", 2_000 * WAD, FOREVER, holder)
        self._close(2)
        self._send("", STRANGER, "accrue")
        self._send("", ISSUER, "deliver", FOREVER)
        self._close(1)
        self._send("", STRANGER, "accrue")
        self._send("deliver, into a running stream", ISSUER, "deliver", SATS_PER_BTC // 1_000)
        late = self._address(LATE_BUYER)
        self._send(
            "mint, to a new holder, owed and streaming", LATE_BUYER, "mint", WAD, FOREVER, late
        )
        self._send("transfer, both sides earning", BUYER, "transfer", holder, 10 * WAD)
        self._send("transfer, to a new holder", BUYER, "transfer", new, 10 * WAD)
        self._send("claim, the first ever", STRANGER, "claim", buyer)
        self._publisher.wait(6 * HOUR)
        self._send("claim", STRANGER, "claim", buyer)
        self._send("redeem", HOLDER, "redeem", 500 * WAD, 0, holder)
        self._publisher.wait(HOUR)
        self._send("cover", STRANGER, "cover")
        one = self.gas["accrue a day"] = self._accrued(1)
        self._send("deliver", ISSUER, "deliver", SATS_PER_BTC // 1_000)
        self.gas["accrue, each further day"] = round((self._accrued(MISSED) - one) / (MISSED - 1))
        self.gas["close a day, with dollars"] = max(
            receipt.gas_used
            for receipt, log in logged(self._publisher.receipts, "DayPriced")
            # The first price, and an epoch's first day, take more.
            if log["observed"] and log["variance"] and log["day"] % EPOCH_DAYS
        )

    def _accrued(self, days: int) -> int:
        """Let block-days close, and return the gas that accruing them takes."""
        self._close(days)
        with self._chain.acting_as(STRANGER):
            receipt = self._chain.send("HashrateToken", self._token, "accrue")
        (log,) = (log for name, log in receipt.logs if name == "Accrued")
        if log["days"] != days:
            raise ReplayError(f"{log['days']} block-days were accrued, not {days}")
        return receipt.gas_used

    def _close(self, days: int) -> None:
        """Publish until so many more block-days are closed."""
        last = max(self._index.latest().day, self._index.first_day) + days
        while self._index.latest().day < last:
            self._publisher.mine(next(self._halves))
            now = self._publisher.now
            self._signing.observe(BTC_USD, price(now), now)
            self._publisher.publish(self._deployment, self._source)

    def _address(self, account: int) -> str:
        with self._chain.acting_as(account) as address:
            return address

    def _send(self, name: str, account: int, function: str, *args: Any) -> None:
        with self._chain.acting_as(account):
            receipt = self._chain.send("HashrateToken", self._token, function, *args)
        if name:
            self.gas[name] = receipt.gas_used
