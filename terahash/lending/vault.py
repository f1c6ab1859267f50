"""A typed client of `LendingVault`: what it says, and what changes it, still to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from terahash.chain import Chain, ChainError, Transaction
from terahash.hashrate.token import ERC20, HashrateToken
from terahash.lending.models import Delivery, Funds, Lender, Position, State, Terms
from terahash.reverts import explained

VAULT = "LendingVault"
LENS = "LendingLens"
MAX_POSITIONS = 64
"""Loans that the lens shows in one call."""


class Vault:
    """One vault, read through a lens. What changes it is a transaction that is still to be sent.

    Reading raises `ChainError` with the contract's own reason, and so does sending.
    """

    def __init__(self, chain: Chain, address: str, lens: str) -> None:
        self.chain = chain
        self.address = address
        self.lens = lens

    @cached_property
    def terms(self) -> Terms:
        """What is fixed for ever."""
        return Terms(*self._call("terms"))

    @cached_property
    def token(self) -> HashrateToken:
        """The issuance whose tokens are posted."""
        return HashrateToken(self.chain, self.terms.token)

    @cached_property
    def btc(self) -> str:
        """The token of wrapped bitcoin that is lent."""
        return str(self._call("asset"))

    @cached_property
    def name(self) -> str:
        """The name of its shares."""
        return str(self._call("name"))

    @cached_property
    def symbol(self) -> str:
        """The symbol of its shares."""
        return str(self._call("symbol"))

    @cached_property
    def delivery(self) -> Delivery | None:
        """How it values what the issuer has yet to deliver; None where cash covers all."""
        if self.terms.is_covered:
            return None
        said = ("STRESS", "DECAY", "PHI")
        return Delivery(
            *(self.chain.call("DeliveryValue", self.terms.valuation, name) for name in said)
        )

    def state(self) -> State:
        """Read everything about the vault."""
        return State.read(self._seen("state", self.address))

    def unvalued(self) -> str:
        """Ask the valuation why it does not answer, in words; empty where it does."""
        kind = "CoveredValue" if self.terms.is_covered else "DeliveryValue"
        try:
            self.chain.call(kind, self.terms.valuation, "assess")
        except ChainError as error:
            return explained(error)
        return ""

    def position(self, borrower: str) -> Position:
        """Read a loan."""
        return Position.read(self._seen("position", self.address, borrower))

    def positions(self, borrowers: Sequence[str]) -> list[Position]:
        """Read loans, in the order that is asked for."""
        found: list[Position] = []
        for start in range(0, len(borrowers), MAX_POSITIONS):
            chunk = list(borrowers[start : start + MAX_POSITIONS])
            found += map(Position.read, self._seen("positions", self.address, chunk))
        return found

    def borrowers(self) -> list[str]:
        """List who has ever had tokens here, the newest first."""
        events = self.chain.events(VAULT, self.address, "Posted")
        return list(dict.fromkeys(str(log["borrower"]) for log in events))

    def lender(self, account: str) -> Lender:
        """Read what an account has lent."""
        shares = self.shares(account)
        withdrawable = int(self._call("maxWithdraw", account))
        return Lender(account, shares, self.preview_redeem(shares), withdrawable)

    def shares(self, account: str) -> int:
        """Read how many shares an account has."""
        return int(self._call("balanceOf", account))

    def max_deposit(self) -> int:
        """Read how many satoshi may still be lent, by all together."""
        # For whom makes no difference, but that a vault itself cannot receive.
        return int(self._call("maxDeposit", self.terms.token))

    def max_redeem(self, owner: str) -> int:
        """Read how many shares an owner can give back now."""
        return int(self._call("maxRedeem", owner))

    def preview_deposit(self, amount: int) -> int:
        """Ask how many shares a deposit of satoshi would get now."""
        return int(self._call("previewDeposit", amount))

    def preview_withdraw(self, amount: int) -> int:
        """Ask how many shares a withdrawal of satoshi would take now."""
        return int(self._call("previewWithdraw", amount))

    def preview_redeem(self, shares: int) -> int:
        """Ask how many satoshi shares would bring now."""
        return int(self._call("previewRedeem", shares))

    def is_authorized(self, owner: str, operator: str) -> bool:
        """Say whether an account may borrow and withdraw on another's behalf."""
        return bool(self._call("authorized", owner, operator))

    def operators(self, owner: str) -> list[str]:
        """List who may borrow and withdraw on an owner's behalf, the newest first."""
        newest: dict[str, bool] = {}
        for log in self.chain.events(VAULT, self.address, "AuthorizationSet"):
            if log["owner"] == owner:
                newest.setdefault(str(log["operator"]), bool(log["authorized"]))
        return [operator for operator, is_authorized in newest.items() if is_authorized]

    def bitcoin_of(self, account: str) -> Funds:
        """Read how many satoshi an account holds, and how many the vault may take of them."""
        return self._funds(self.btc, account)

    def tokens_of(self, account: str) -> Funds:
        """Read how many hashrate tokens an account holds, and how many the vault may take."""
        return self._funds(self.terms.token, account)

    def approve_bitcoin(self, amount: int) -> Transaction:
        """Allow the vault to take so many of the sender's satoshi."""
        return Transaction(ERC20, self.btc, "approve", (self.address, amount))

    def approve_tokens(self, amount: int) -> Transaction:
        """Allow the vault to take so many of the sender's hashrate tokens."""
        return Transaction(ERC20, self.terms.token, "approve", (self.address, amount))

    def deposit(self, amount: int, receiver: str) -> Transaction:
        """Lend satoshi.

        Args:
            amount: satoshi.
            receiver: of the shares.
        """
        return self._transaction("deposit", amount, receiver)

    def withdraw(self, amount: int, receiver: str, owner: str) -> Transaction:
        """Take satoshi out, for as many of the owner's shares as that takes."""
        return self._transaction("withdraw", amount, receiver, owner)

    def redeem(self, shares: int, receiver: str, owner: str) -> Transaction:
        """Give shares back, for the satoshi that they are."""
        return self._transaction("redeem", shares, receiver, owner)

    def collect_fees(self) -> Transaction:
        """Hand the fee receiver the shares that wait for it. Anyone may."""
        return self._transaction("collect_fees")

    def post(self, amount: int, borrower: str) -> Transaction:
        """Add the sender's tokens to what secures a loan."""
        return self._transaction("post", amount, borrower)

    def borrow(self, amount: int, receiver: str, borrower: str) -> Transaction:
        """Borrow satoshi; of a credit, that is taken first."""
        return self._transaction("borrow", amount, receiver, borrower)

    def repay(self, amount: int, borrower: str) -> Transaction:
        """Repay a loan, at most what it owes. Anyone may."""
        return self._transaction("repay", amount, borrower)

    def repay_all(self, borrower: str) -> Transaction:
        """Repay all that a loan owes. Anyone may."""
        return self._transaction("repay_all", borrower)

    def close(self, receiver: str, borrower: str) -> Transaction:
        """Repay everything, and take all tokens and the credit back."""
        return self._transaction("close", receiver, borrower)

    def withdraw_credit(self, receiver: str, borrower: str) -> Transaction:
        """Take what rewards have brought beyond the debt."""
        return self._transaction("withdraw_credit", receiver, borrower)

    def withdraw_collateral(self, amount: int, receiver: str, borrower: str) -> Transaction:
        """Take tokens back."""
        return self._transaction("withdraw_collateral", amount, receiver, borrower)

    def harvest(self, borrower: str) -> Transaction:
        """Have a loan credited what its tokens have earned. Anyone may."""
        return self._transaction("harvest", borrower)

    def liquidate(
        self, borrower: str, paid: int, seized: int, limit: int, receiver: str
    ) -> Transaction:
        """Repay an unhealthy loan, and take tokens for it at a discount. Anyone may.

        Args:
            borrower: whose loan.
            paid: satoshi to repay at most; or zero, and
            seized: tokens to take at most.
            limit: tokens to get at least, or satoshi to pay at most.
            receiver: of the tokens.
        """
        return self._transaction("liquidate", borrower, paid, seized, limit, receiver)

    def liquidate_to_reserve(self, borrower: str, receiver: str) -> Transaction:
        """Redeem the tokens of an unhealthy loan. Anyone may; a hundredth goes to the receiver."""
        return self._transaction("liquidate_to_reserve", borrower, receiver)

    def authorize(self, operator: str, authorized: bool) -> Transaction:
        """Let an account borrow, withdraw and close on the sender's behalf, or no longer."""
        return self._transaction("authorize", operator, authorized)

    def stop(self, deposits: bool, loans: bool) -> Transaction:
        """Stop new deposits or loans, as the guardian, or let them go on."""
        return self._transaction("stop", deposits, loans)

    def _funds(self, token: str, account: str) -> Funds:
        asked = (("balanceOf", account), ("allowance", account, self.address))
        return Funds(*(int(self.chain.call(ERC20, token, *one)) for one in asked))

    def _transaction(self, function: str, *args: Any) -> Transaction:
        return Transaction(VAULT, self.address, function, args)

    def _seen(self, function: str, *args: Any) -> Any:
        return self.chain.call(LENS, self.lens, function, *args)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(VAULT, self.address, function, *args)
