"""A quorum feed on the tests' chain, its operators, and what they sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from terahash.chain import Receipt
from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Domain, Report, SignedReport
from tests.support.revm_chain import RevmChain

START = 1_700_006_400
"""Midnight, UTC: when the tests begin."""
OWNER = "0x0A0A0a0a0a0a0a0A0a0a0A0a0A0A0A0a0a0a0a0a"
SUBMITTER = "0x5B5B5b5B5b5B5B5b5B5B5b5b5B5b5B5B5b5B5B5b"
DELAY = 7 * 86_400
FEED = FeedId.of("BTC/USD", 8, 600)
FEED_ID = bytes(FEED)

Signed = tuple[int, int, int, int]
"""An operator's place, a value, and a signature: as `submit` takes it."""


@cache
def account(name: str) -> LocalAccount:
    """Make up a key from a name."""
    key: LocalAccount = Account.from_key(keccak(text=name))
    return key


@cache
def cold(count: int, role: str = "operator") -> tuple[LocalAccount, ...]:
    """Make up cold keys, in the order of their addresses."""
    keys = (account(f"{role} {number}") for number in range(count))
    return tuple(sorted(keys, key=lambda key: int(key.address, 16)))


def hot(operator: str, number: int = 0) -> LocalAccount:
    """Make up an operator's hot key, or a later one."""
    return account(f"hot {number} of {operator}")


class QuorumFeed:
    """One quorum feed, with n operators whose hot keys are named.

    Attributes:
        operators: addresses, as they are seated.
        keys: the hot keys, by operator.
    """

    def __init__(
        self,
        count: int = 5,
        threshold: int | None = None,
        chain: RevmChain | None = None,
        has_keys: bool = True,
    ) -> None:
        self.chain = chain or RevmChain(START)
        self.operators = [key.address for key in cold(count)]
        self.threshold = 2 * ((count - 1) // 3) + 1 if threshold is None else threshold
        self.address = self.chain.deploy("QuorumFeed", OWNER, self.operators, self.threshold, DELAY)
        self.domain = Domain(self.chain.chain_id, self.address)
        self.keys: dict[str, LocalAccount] = {}
        if has_keys:
            for operator in self.operators:
                self.rotate(operator)

    def read(self, function: str, *args: Any) -> Any:
        """Read a view."""
        return self.chain.call("QuorumFeed", self.address, function, *args)

    def send(self, sender: str, function: str, *args: Any) -> Receipt:
        """Send a call."""
        with self.chain.acting_as(sender):
            return self.chain.send("QuorumFeed", self.address, function, *args)

    def rotate(self, operator: str, number: int = 0) -> Receipt:
        """Name an operator's hot key."""
        key = hot(operator, number)
        receipt = self.send(operator, "rotate", *self.domain.sign_key(key, operator))
        self.keys[operator] = key
        return receipt

    def sign(
        self, seat: int, value: int, at: int, feed: bytes = FEED_ID, config: bytes | None = None
    ) -> Signed:
        """Sign a value as the operator of a seat."""
        signed = self.report(self.keys[self.operators[seat]], value, at, feed, config)
        return (seat, value, *signed.signature)

    def report(
        self,
        key: LocalAccount,
        value: int,
        at: int,
        feed: bytes = FEED_ID,
        config: bytes | None = None,
    ) -> SignedReport:
        """Sign a value with a key."""
        config = self.read("config") if config is None else config
        return self.domain.sign(key, Report(config, feed, value, at))

    def signed(self, values: Iterable[int], at: int, feed: bytes = FEED_ID) -> list[Signed]:
        """Sign a value for each operator, from the first on, in the order of the values."""
        config = self.read("config")
        each = [self.sign(seat, v, at, feed, config) for seat, v in enumerate(values)]
        return sorted(each, key=lambda one: one[1])

    def submit(
        self, signed: Sequence[Signed], at: int, feed: bytes = FEED_ID, sender: str = SUBMITTER
    ) -> Receipt:
        """Hand signed values in."""
        return self.send(sender, "submit", feed, at, list(signed))

    def observe(self, value: int, at: int, feed: bytes = FEED_ID) -> Receipt:
        """Have a quorum observe a value."""
        return self.submit(self.signed([value] * self.threshold, at, feed), at, feed)
