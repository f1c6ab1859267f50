"""A lending vault on an issuance of hashrate tokens, its valuation, and its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from eth_utils.address import to_checksum_address

from terahash.chain import Receipt
from tests.support.issuing import (
    ATTACKER,
    FOREVER,
    ISSUER,
    NOBODY,
    ONE,
    STRANGER,
    Issuance,
)
from tests.support.revm_chain import RevmChain

__all__ = ["ATTACKER", "FOREVER", "ISSUER", "NOBODY", "ONE", "STRANGER"]

FIXED = 2**32
"""The vault counts satoshi in so many parts."""
RAY = 10**27
EXACT = 10**36
VIRTUAL_SHARES = 10**6
DELIVERY = {"stress": 8 * ONE // 10, "decay": 999 * ONE // 1_000, "phi": ONE // 4}
"""What a delivery valuation is told."""


def _actors(*numbers: int) -> tuple[str, ...]:
    return tuple(str(to_checksum_address("0x" + f"{i:02x}" * 20)) for i in numbers)


LENDERS = LENDER, SECOND_LENDER, THIRD_LENDER = _actors(0x11, 0x12, 0x13)
BORROWERS = BORROWER, SECOND_BORROWER, THIRD_BORROWER = _actors(0x21, 0x22, 0x23)
LIQUIDATOR, GUARDIAN, FEE_RECEIVER = _actors(0x31, 0x32, 0x33)
PEOPLE = (*LENDERS, *BORROWERS, LIQUIDATOR, ATTACKER, GUARDIAN)
"""Who has satoshi, which the vault and the token may take."""
TERMS: dict[str, Any] = {
    "lltv": 9 * ONE // 10,
    "supply_cap": 10**12,
    "borrow_cap": 10**12,
    "uncovered_cap": FOREVER,
    "min_borrow": 1_000,
    "fee": ONE // 10,
    "fee_receiver": FEE_RECEIVER,
    "guardian": GUARDIAN,
    "target": 9 * ONE // 10,
    "rate": ONE // 25,
    "steepness": 4 * ONE,
    "speed": 50 * ONE,
    "min_rate": ONE // 1_000,
    "max_rate": 2 * ONE,
}
KINDS: dict[str, dict[str, Any]] = {
    "covered": {},
    "delivery": {"lltv": 7 * ONE // 10, "uncovered_cap": 10**9},
    "double": {"uncovered_cap": 10**9},
}
"""Terms that differ from the usual ones, by what values the tokens: with the double, tests do."""


class Pool(NamedTuple):
    """As in ILendingVault."""

    index: int
    rate: int
    cash: int
    scaled: int
    credited: int
    shares: int
    till: int
    deposits_stopped: bool
    loans_stopped: bool
    keeps_tokens: bool

    @property
    def lent(self) -> int:
        return self.scaled * self.index // RAY

    @property
    def assets(self) -> int:
        return self.cash + self.lent


class Loan(NamedTuple):
    """As in ILendingVault."""

    collateral: int
    scaled: int
    credit: int
    index: int


class Worth(NamedTuple):
    """As in IValue: an assessment."""

    index: int
    value: int
    most: int
    covered: int
    price: int
    payout: int
    streaming: int
    is_stopped: bool
    is_pending: bool
    is_overdue: bool = False


class Lending:
    """One vault, with its issuance, its valuation, and a chain whose time tests set.

    Attributes:
        issuance: whose tokens are posted.
        token: its address.
        valuation: the address of the contract that values them; of a `ValueDouble` if so told.
        terms: the vault's terms by name, addresses included.
        address: of the vault.
    """

    def __init__(
        self,
        kind: str = "covered",
        issuance: Issuance | None = None,
        *,
        chain: RevmChain | None = None,
        valuation: str = "",
        values: dict[str, int] | None = None,
        **terms: Any,
    ) -> None:
        """Open a vault.

        Args:
            kind: of KINDS.
            issuance: to lend against; a usual one by default.
            chain: for that one.
            valuation: of a contract that is there already.
            values: what a delivery valuation is told otherwise than in DELIVERY.
            terms: of the vault, where they are not the kind's.
        """
        self.issuance = issuance = issuance or Issuance(chain)
        self.chain, self.btc, self.token = issuance.chain, issuance.btc, issuance.address
        self.kind = kind
        self.valuation = valuation or self._value(kind, values or {})
        given = {"token": self.token, "valuation": self.valuation}
        self.terms: dict[str, Any] = {**given, **TERMS, **KINDS[kind], **terms}
        names = ("Terahash vault of Hashrate", "tvHASH")
        arguments = (self.btc, *names, tuple(self.terms.values()))
        self.address = self.chain.deploy("LendingVault", *arguments)
        for actor in PEOPLE:
            self.fund(actor)
        self.allow(ISSUER, ATTACKER, STRANGER)

    def _value(self, kind: str, values: dict[str, int]) -> str:
        if kind == "covered":
            return self.chain.deploy("CoveredValue", self.token)
        if kind == "delivery":
            told = {**DELIVERY, **values}
            return self.chain.deploy("DeliveryValue", self.token, *told.values())
        return self.chain.deploy("ValueDouble", self.token)

    def fund(self, actor: str) -> None:
        """Give an account satoshi, and let the vault and the token take what it has."""
        self.issuance.fund(actor)
        self.allow(actor)

    def allow(self, *actors: str) -> None:
        """Let the vault take what some accounts have of satoshi and of tokens."""
        for actor in actors:
            with self.chain.acting_as(actor):
                self.chain.send("BitcoinDouble", self.btc, "approve", self.address, FOREVER)
                self.chain.send("HashrateToken", self.token, "approve", self.address, FOREVER)

    # Calls.

    def send(self, actor: str, function: str, *args: Any) -> Receipt:
        """Call the vault as somebody."""
        with self.chain.acting_as(actor):
            return self.chain.send("LendingVault", self.address, function, *args)

    def logged(self, actor: str, function: str, *args: Any) -> dict[str, dict[str, Any]]:
        """Call the vault as somebody, and return the events by name, the last of each."""
        return dict(self.send(actor, function, *args).logs)

    def read(self, function: str, *args: Any) -> Any:
        """Read a view of the vault; of a call, say what it would return to anyone."""
        return self.chain.call("LendingVault", self.address, function, *args)

    def asked(self, actor: str, function: str, *args: Any) -> Any:
        """Call the vault as somebody, and return what it returned; nothing stays of the call."""
        with self.chain.undone(), self.chain.acting_as(actor):
            return self.read(function, *args)

    def lend(self, amount: int, lender: str = LENDER) -> Receipt:
        """Deposit satoshi."""
        return self.send(lender, "deposit", amount, lender)

    def post(self, tokens: int, borrower: str = BORROWER) -> Receipt:
        """Buy whole tokens, at whatever they cost, and post them."""
        self.issuance.mint(borrower, tokens)
        return self.send(borrower, "post", tokens * ONE, borrower)

    def borrow(self, amount: int, borrower: str = BORROWER) -> Receipt:
        """Borrow satoshi."""
        return self.send(borrower, "borrow", amount, borrower, borrower)

    def borrow_most(self, borrower: str = BORROWER) -> int:
        """Borrow as much as the valuation allows, and say how much that was."""
        worth, loan = self.assess(), self.loan(borrower)
        each = min(worth.value * (self.terms["lltv"] * 98 // 100) // ONE, worth.most)
        owed = -(-loan.scaled * self.pool().index // RAY)
        # The lent amount is rounded up to a debt by less than two units.
        amount = (loan.collateral * each * FIXED // EXACT - owed - 2 + loan.credit) // FIXED
        self.borrow(amount, borrower)
        return amount

    # What there is.

    def pool(self) -> Pool:
        """Read the lenders' side, as of now."""
        return Pool(*self.read("pool"))

    def loan(self, borrower: str = BORROWER) -> Loan:
        """Read a borrower's side, as of now."""
        return Loan(*self.read("loan", borrower))

    def debt(self, borrower: str = BORROWER) -> int:
        """Say what a loan owes, satoshi x 2^32, rounded up."""
        return -(-self.loan(borrower).scaled * self.pool().index // RAY)

    def assess(self) -> Worth:
        """Ask what a token is worth."""
        names = {"covered": "CoveredValue", "delivery": "DeliveryValue", "double": "ValueDouble"}
        return Worth(*self.chain.call(names[self.kind], self.valuation, "assess"))

    def set_worth(
        self, value: int, payout: int | None = None, most: int = FOREVER, streaming: int = 0
    ) -> None:
        """Have the double say what a token is worth, satoshi x 10^18."""
        paid = value if payout is None else payout
        self.chain.send("ValueDouble", self.valuation, "set_worth", value, most, paid, streaming)

    def set_standing(
        self, is_stopped: bool = False, is_pending: bool = False, is_refused: bool = False
    ) -> None:
        """Have the double stop new loans, give the issuer its grace, or refuse to answer."""
        standing = (is_stopped, is_pending, is_refused)
        self.chain.send("ValueDouble", self.valuation, "set_standing", *standing)

    def sats(self, account: str) -> int:
        """Say how many satoshi an account has."""
        return self.issuance.sats(account)

    def tokens(self, account: str) -> int:
        """Say how many tokens an account has, 18 decimals."""
        return int(self.issuance.read("balanceOf", account))

    def shares(self, account: str) -> int:
        """Say how many shares an account has, 14 decimals."""
        return int(self.read("balanceOf", account))

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo everything that happens inside."""
        with self.chain.undone():
            yield
