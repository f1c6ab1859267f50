"""A typed client of `HashrateToken`: one issuance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from terahash.chain import Chain, ChainError, Transaction
from terahash.deployment import NOBODY
from terahash.hashrate.models import (
    EVERYTHING,
    Backing,
    IssuanceState,
    MintQuote,
    Position,
    Sale,
    Signature,
    Status,
    Stream,
    Terms,
    Window,
)

TOKEN = "HashrateToken"
ERC20 = TOKEN
"""The contract by whose ABI any token is spoken with: it has all of ERC-20 and EIP-2612."""
MAX_ACCOUNTS = 64
"""Accounts that one `claim_many` takes."""
MAX_DAYS = 64
"""Block-days that one `accrue` takes."""


class HashrateToken:
    """One issuance. What changes it is a transaction that is still to be sent.

    Reading raises `ChainError` with the contract's own reason, and so does sending.
    """

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address

    @cached_property
    def terms(self) -> Terms:
        """What is fixed for ever."""
        return Terms(*self._call("terms"))

    @cached_property
    def name(self) -> str:
        """The token's name."""
        return str(self._call("name"))

    @cached_property
    def symbol(self) -> str:
        """The token's symbol."""
        return str(self._call("symbol"))

    def issuer(self) -> str:
        """Read who sells, and may withdraw what the reserve need not hold."""
        return str(self._call("owner"))

    def sale(self) -> Sale:
        """Read the price and the capacity."""
        return Sale(*self._call("sale"))

    def status(self) -> Status:
        """Read how the issuance stands."""
        said = self._call("status")
        try:
            return Status(said)
        except ValueError:
            raise ChainError(f"{TOKEN}.status", "", f"{said} is no status: do not use it") from None

    def backing(self) -> Backing:
        """Read what stands behind the tokens."""
        said = self._call("backing")
        return Backing(*said)._replace(window=Window(*said[-1]))

    def stream(self) -> Stream:
        """Read what of the deliveries is still to be earned."""
        return Stream(*self._call("stream"))

    def state(self) -> IssuanceState:
        """Read everything about the issuance."""
        coverage, since = int(self._call("coverage")), int(self._call("unpaid_since"))
        return IssuanceState(
            address=self.address,
            name=self.name,
            symbol=self.symbol,
            issuer=self.issuer(),
            terms=self.terms,
            sale=self.sale(),
            status=self.status(),
            backing=self.backing(),
            stream=self.stream(),
            value=int(self._call("value")),
            coverage=None if coverage == EVERYTHING else coverage,
            due=int(self._call("due")),
            delivered=int(self._call("delivered")),
            unpaid_since=since or None,
        )

    def position(self, account: str) -> Position:
        """Read what an account has here."""
        beneficiary = str(self._call("beneficiary", account))
        bitcoin, allowance = self.bitcoin_of(account)
        return Position(
            account=account,
            balance=self.balance(account),
            earned=int(self._call("earned", account)),
            claimed=int(self._call("claimed", account)),
            claimable=self.claimable(account),
            beneficiary=None if beneficiary == NOBODY else beneficiary,
            bitcoin=bitcoin,
            allowance=allowance,
        )

    def bitcoin_of(self, account: str) -> tuple[int, int]:
        """Read how many satoshi an account holds, and how many the issuance may take of them."""
        held, allowed = (
            self.chain.call(ERC20, self.terms.btc, *asked)
            for asked in (("balanceOf", account), ("allowance", account, self.address))
        )
        return int(held), int(allowed)

    def balance(self, account: str) -> int:
        """Read how many tokens an account has."""
        return int(self._call("balanceOf", account))

    def claimable(self, account: str) -> int:
        """Read what a claim would pay now, satoshi."""
        return int(self._call("claimable", account))

    def preview_mint(self, amount: int) -> MintQuote:
        """Ask what minting so many tokens would cost now, or be refused as minting would be."""
        return MintQuote(*self._call("preview_mint", amount))

    def preview_redeem(self, amount: int) -> int:
        """Ask how many satoshi redeeming would pay now, or be refused as redeeming would be."""
        return int(self._call("preview_redeem", amount))

    def next_day(self) -> int:
        """Read the block-day that will be accrued next."""
        return int(self._call("next_day"))

    def is_behind(self) -> bool:
        """Say whether more days are to be accrued than one call takes: then views refuse."""
        try:
            self._call("owed")
        except ChainError as error:
            if error.reason != "token: accrue first":
                raise
            return True
        return False

    def accruable(self) -> int:
        """Try how many block-days the next `accrue` would add to the debt."""
        return int(self._call("accrue"))

    def mint(self, amount: int, max_cost: int, receiver: str) -> Transaction:
        """Buy new tokens for at most so many satoshi, which the issuance must be allowed to take.

        Args:
            amount: tokens, 18 decimals.
            max_cost: satoshi.
            receiver: of the tokens.
        """
        return self._transaction("mint", amount, max_cost, receiver)

    def mint_with_permit(
        self, amount: int, max_cost: int, receiver: str, permit: Signature
    ) -> Transaction:
        """Mint with an allowance of exactly `max_cost`, which the sender has signed."""
        return self._transaction("mint_with_permit", amount, max_cost, receiver, *permit)

    def redeem(self, amount: int, min_paid: int, receiver: str) -> Transaction:
        """Give tokens back for at least so many satoshi."""
        return self._transaction("redeem", amount, min_paid, receiver)

    def claim(self, account: str) -> Transaction:
        """Pay an account, or its beneficiary, what it has earned."""
        return self._transaction("claim", account)

    def claim_many(self, accounts: Sequence[str]) -> Transaction:
        """Claim for up to 64 accounts."""
        return self._transaction("claim_many", list(accounts))

    def deliver(self, amount: int = EVERYTHING) -> Transaction:
        """Pay holders over a day: satoshi, or all that the accrued days owe."""
        return self._transaction("deliver", amount)

    def deliver_with_permit(self, amount: int, permitted: int, permit: Signature) -> Transaction:
        """Deliver with an allowance of exactly `permitted`, which the sender has signed."""
        return self._transaction("deliver_with_permit", amount, permitted, *permit)

    def accrue(self) -> Transaction:
        """Add what up to 64 closed block-days owe to the debt."""
        return self._transaction("accrue")

    def cover(self) -> Transaction:
        """Have the reserve pay what is overdue."""
        return self._transaction("cover")

    def fund_reserve(self, amount: int) -> Transaction:
        """Add satoshi to the reserve."""
        return self._transaction("fund_reserve", amount)

    def withdraw_reserve(self, amount: int) -> Transaction:
        """Take out of the reserve, as the issuer, satoshi that it need not hold."""
        return self._transaction("withdraw_reserve", amount)

    def set_sale(self, sale: Sale) -> Transaction:
        """Change the price and the capacity, as the issuer."""
        return self._transaction("set_sale", *sale)

    def set_beneficiary(self, beneficiary: str | None) -> Transaction:
        """Name who receives what the sender earns; None for the sender itself."""
        return self._transaction("set_beneficiary", beneficiary or NOBODY)

    def transfer(self, receiver: str, amount: int) -> Transaction:
        """Send tokens; what they have earned so far stays with the sender."""
        return self._transaction("transfer", receiver, amount)

    def approve_bitcoin(self, amount: int) -> Transaction:
        """Allow the issuance to take so many of the sender's satoshi."""
        return Transaction(ERC20, self.terms.btc, "approve", (self.address, amount))

    def _transaction(self, function: str, *args: Any) -> Transaction:
        return Transaction(TOKEN, self.address, function, args)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(TOKEN, self.address, function, *args)
