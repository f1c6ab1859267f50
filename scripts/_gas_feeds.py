"""A quorum feed, and what its calls take with three, five and twenty-one signers.

Operators are contracts here, for the chain's accounts are few.
"""

from __future__ import annotations

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from scripts._chain import ApeChain
from terahash.codec import shipped
from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Domain, Report
from terahash.units import DAY, HOUR, MINUTE

FRESH, OLD = FeedId.of("BTC/USD", 8, MINUTE), FeedId.of("BTC/USD", 8, 12 * HOUR)
"""Two feeds: one in its first thirty days, and one whose ring is full."""
RING = 62
"""Observations that thirty days of the old one hold."""
PRICE = 42_345 * 10**8 + 12_345_678
SIZES = ((4, 3), (5, 5), (31, 21))
"""Operators, and how many sign."""
INTRINSIC, COLD_ACCOUNT = 21_000, 2_600


class Quorum:
    """A quorum feed whose set of operators grows.

    Attributes:
        gas: of each call, by the name of its line in the table.
    """

    def __init__(self, chain: ApeChain) -> None:
        self.gas: dict[str, int] = {}
        self._chain = chain
        most, _ = SIZES[-1]
        made = (chain.deploy("Forwarder") for _ in range(most))
        self._operators = sorted(made, key=lambda address: int(address, 16))
        count, self._threshold = SIZES[0]
        first = self._operators[:count]
        self._address = chain.deploy("QuorumFeed", chain.sender, first, self._threshold, DAY)
        self.gas["deploy"] = chain.deployed[self._address].gas_used
        self._domain = Domain(chain.chain_id, self._address)
        self._keys = [_key(operator) for operator in self._operators]
        for operator, key in zip(self._operators, self._keys, strict=True):
            signature = self._domain.sign_key(key, operator)
            _, rotate = shipped().calldata("QuorumFeed", "rotate", signature)
            receipt = chain.send("Forwarder", operator, "forward", self._address, rotate)
            self.gas.setdefault("name a hot key", receipt.gas_used)
        for _ in range(RING):
            self._observe(OLD)
        for count, threshold in SIZES:
            self._seat(count, threshold)
            self._measure(f"submit, {threshold} signers")
        self.gas["read latest, by a contract"] = self._read("QuorumFeed", "latest", bytes(OLD))
        arguments = (0, self._address, bytes(OLD), False, 1, 2 * DAY)
        self._address = chain.deploy("AggregatorFacade", *arguments)
        self.gas["read a feed, by a contract"] = self._read("AggregatorFacade", "latestRoundData")

    def _seat(self, count: int, threshold: int) -> None:
        """Put a set into force."""
        wanted = (self._operators[:count], threshold)
        self._chain.send("QuorumFeed", self._address, "propose", *wanted)
        self._chain.set_time(self._chain.now + DAY + 1)
        self._chain.send("QuorumFeed", self._address, "enact", *wanted)
        self._threshold = threshold

    def _measure(self, name: str) -> None:
        """Observe at midnight, and then at noon, when no day ends: the ordinary case."""
        self._observe(OLD, at_midnight=True)
        self._observe(FRESH)
        self.gas[name] = self._observe(OLD)
        self.gas[f"{name}, in the first thirty days"] = self._observe(FRESH)

    def _observe(self, feed: FeedId, at_midnight: bool = False) -> int:
        """Submit what a threshold of operators sign at the next due time, and return the gas."""
        at = feed.due(self._chain.now) + feed.period
        if at_midnight and at % DAY:
            at += feed.period
        config = self._chain.call("QuorumFeed", self._address, "config")
        signed = []
        for seat, key in enumerate(self._keys[: self._threshold]):
            value = PRICE + seat * 1_234_567
            report = self._domain.sign(key, Report(config, bytes(feed), value, at))
            signed.append((seat, value, *report.signature))
        self._chain.set_time(at)
        arguments = (bytes(feed), at, signed)
        return self._chain.send("QuorumFeed", self._address, "submit", *arguments).gas_used

    def _read(self, contract: str, function: str, *args: bytes) -> int:
        """Return what a call of a view takes of whoever makes it: its calldata was paid before."""
        gas = self._chain.send(contract, self._address, function, *args).gas_used
        _, calldata = shipped().calldata(contract, function, args)
        paid = sum(16 if byte else 4 for byte in calldata)
        return gas - INTRINSIC - paid + COLD_ACCOUNT


def _key(operator: str) -> LocalAccount:
    key: LocalAccount = Account.from_key(keccak(text=operator))
    return key
