"""An issuance of hashrate tokens on an index that tests close as they like, and its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_utils.address import to_checksum_address

from terahash.chain import Receipt
from terahash.units import DAY
from tests.support.revm_chain import RevmChain

ONE = 10**18
SAT = 10**36
"""Debts count satoshi in so many parts."""
FOREVER = 2**256 - 1
NOBODY = "0x" + "00" * 20
START = 1_700_000_000
"""End of the index's first day, and the time at which the chain begins."""
FIRST_DAY = 100
"""The block-day that sets the index's clock; the term begins after the next one."""
TERM = 42
"""Block-days."""
ISSUER, BUYER, HOLDER, STRANGER, ATTACKER = (
    str(to_checksum_address("0x" + f"{i:02x}" * 20)) for i in (0xA1, 0xB2, 0xC3, 0xD4, 0xE5)
)
RICH = 10**15
"""Satoshi that everybody has to begin with."""
TERMS: dict[str, Any] = {
    "first": FIRST_DAY + 2,
    "last": FIRST_DAY + 2 + TERM,
    "cost": 5 * ONE,
    "fee": ONE // 50,
    "ratio": ONE // 4,
    "reference": 10 * ONE,
    "exit_fee": ONE // 100,
    "grace": 3 * DAY,
    "feed": NOBODY,
    "feed_id": bytes(32),
}
HASHPRICE = 50 * ONE
"""Sats per TH/s per day, of days that tests close without saying otherwise."""


class Issuance:
    """One issuance, with its index, its bitcoin, and a chain whose time tests set.

    Attributes:
        terms: the terms' fields by name, addresses included.
        address: of the token.
    """

    def __init__(
        self,
        chain: RevmChain | None = None,
        btc: str | None = None,
        price: int = 48 * ONE,
        capacity: int = 10_000 * ONE,
        **terms: Any,
    ) -> None:
        self.chain = chain = chain or RevmChain(START)
        self.btc = btc or chain.deploy("BitcoinDouble")
        self.index = chain.deploy("IndexDouble", FIRST_DAY, START)
        self.terms = {"btc": self.btc, "index": self.index, **TERMS, **terms}
        arguments = ("Hashrate", "HASH", ISSUER, tuple(self.terms.values()), (price, capacity))
        self.address = chain.deploy("HashrateToken", *arguments)
        self.pass_day()  # a hashprice to sell by; the term begins with the next day
        for actor in (ISSUER, BUYER, HOLDER, STRANGER, ATTACKER):
            self.fund(actor)

    def fund(self, actor: str, amount: int = RICH) -> None:
        """Give an account satoshi, and let the issuance take them."""
        self.chain.send("BitcoinDouble", self.btc, "mint", actor, amount)
        with self.chain.acting_as(actor):
            self.chain.send("BitcoinDouble", self.btc, "approve", self.address, FOREVER)

    def sats(self, account: str) -> int:
        """Say how many satoshi an account has."""
        return int(self.chain.call("BitcoinDouble", self.btc, "balanceOf", account))

    def send(self, actor: str, function: str, *args: Any) -> Receipt:
        """Call the token as somebody."""
        with self.chain.acting_as(actor):
            return self.chain.send("HashrateToken", self.address, function, *args)

    def logged(self, actor: str, function: str, *args: Any) -> dict[str, dict[str, Any]]:
        """Call the token as somebody, and return the events by name, the token's alone."""
        return dict(self.send(actor, function, *args).logs)

    def read(self, function: str, *args: Any) -> Any:
        """Read a view of the token."""
        return self.chain.call("HashrateToken", self.address, function, *args)

    def close(self, gained: int = HASHPRICE, seconds: int = DAY) -> None:
        """Close a block-day in the index; no time passes."""
        self.chain.send("IndexDouble", self.index, "close", seconds, gained)

    def pass_day(self, gained: int = HASHPRICE, seconds: int = DAY) -> None:
        """Let a block-day pass, and close it at once."""
        self.chain.now += seconds
        self.close(gained, seconds)

    def pass_days(self, count: int, gained: int = HASHPRICE) -> None:
        """Let block-days pass, each a day long."""
        for _ in range(count):
            self.pass_day(gained)

    def mint(self, actor: str, tokens: int, receiver: str | None = None) -> Receipt:
        """Buy whole tokens at whatever they cost."""
        return self.send(actor, "mint", tokens * ONE, FOREVER, receiver or actor)

    def deliver(self, amount: int = FOREVER, actor: str = ISSUER) -> Receipt:
        """Deliver satoshi; without an amount, what is owed after accruing."""
        if amount == FOREVER:
            self.send(STRANGER, "accrue")
        return self.send(actor, "deliver", amount)

    def keep_promise(self) -> None:
        """Pay what is owed, and each block-day of the term from now on as it closes."""
        self.deliver()
        while self.read("next_day") < self.terms["last"]:
            self.pass_day()
            self.deliver()
        self.chain.now += DAY

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo everything that happens inside."""
        with self.chain.undone():
            yield
