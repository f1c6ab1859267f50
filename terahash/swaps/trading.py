"""What trades on a `PairMarket`: transactions that are still to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from terahash.chain import Transaction
from terahash.hashrate.token import ERC20
from terahash.orders.order import Order, SignedOrder
from terahash.swaps.market import MARKET, Market
from terahash.swaps.models import SwapError
from terahash.swaps.series import Series

MAX_SERIES = 36
"""Series that one call opens."""
MAX_LEGS = 16
"""Orders that one call takes."""


class Take(NamedTuple):
    """So many claims of an order."""

    signed: SignedOrder
    amount: int

    @property
    def calldata(self) -> tuple[Any, ...]:
        """It as the market takes it, beside the terms of the series."""
        return self.signed.fill(self.amount)


class Trader:
    """Calls of one market: nothing is read, and nothing is sent until `Transaction.send`."""

    def __init__(self, address: str, collateral: str) -> None:
        """Name the market, and the token of wrapped bitcoin that it takes."""
        self.address = address
        self.collateral = collateral

    @classmethod
    def on(cls, market: Market) -> Trader:
        """Trade on the market that a client reads."""
        return cls(market.address, market.collateral)

    def approve_bitcoin(self, amount: int) -> Transaction:
        """Allow the market to take so many of the sender's satoshi."""
        return Transaction(ERC20, self.collateral, "approve", (self.address, amount))

    def open(self, some: Sequence[Series]) -> Transaction:
        """Open up to 36 series; those that are open already stay as they are.

        Raises:
            SwapError: for none, or more.
        """
        _check_count(some, MAX_SERIES, "series")
        return self._transaction("open", list(some))

    def describe(self, series: Series) -> Transaction:
        """Give the claims of a series the name that wallets show."""
        return self._transaction("describe", series)

    def mint_pair(self, series: Series, amount: int, long: str, short: str) -> Transaction:
        """Lock satoshi, and make a long and a short claim of each.

        Args:
            series: of the claims.
            amount: satoshi.
            long: who gets the longs.
            short: who gets the shorts.
        """
        return self._transaction("mint_pair", series.id, amount, long, short)

    def burn_pair(self, series: Series, amount: int, receiver: str) -> Transaction:
        """End as many longs as shorts of the sender, and get the satoshi that they lock."""
        return self._transaction("burn_pair", series.id, amount, receiver)

    def fill(self, take: Take) -> Transaction:
        """Take claims of an order, at its price."""
        return self._transaction("fill", take.signed.order.series, take.calldata)

    def fill_all(self, takes: Sequence[Take], max_payment: int) -> Transaction:
        """Take claims of up to 16 orders of any series, all or nothing.

        Args:
            takes: the claims.
            max_payment: satoshi to pay in all at most; negative for those to receive at least.

        Raises:
            SwapError: for none, or more.
        """
        _check_count(takes, MAX_LEGS, "orders")
        legs = [(take.signed.order.series, *take.calldata) for take in takes]
        return self._transaction("fill_all", legs, max_payment)

    def sweep(
        self,
        series: Series,
        long: bool,
        takes: Sequence[Take],
        amount: int,
        limit: int,
        min_amount: int,
    ) -> Transaction:
        """Take claims of up to 16 orders of one series, passing over those that are dead.

        Args:
            series: of the orders.
            long: the sender wants longs, so that the orders want shorts.
            takes: best first, and of each how much at most.
            amount: claims in all at most; whole lots.
            limit: ticks, the worst price.
            min_amount: claims below which all is undone.

        Raises:
            SwapError: for none, or more; or an order of another series.
        """
        _check_count(takes, MAX_LEGS, "orders")
        if any(take.signed.order.series != series for take in takes):
            raise SwapError("an order is of another series: sweep each series alone")
        fills = [take.calldata for take in takes]
        return self._transaction("sweep", series, long, fills, amount, limit, min_amount)

    def match_orders(self, long: SignedOrder, short: SignedOrder, amount: int) -> Transaction:
        """Match claims of two orders that cross, at the tick in the middle."""
        fills = (one.fill(amount) for one in (long, short))
        return self._transaction("match_orders", long.order.series, *fills)

    def cancel(self, order: Order) -> Transaction:
        """Cancel one of the sender's orders."""
        return self._transaction("cancel", order.calldata)

    def cancel_all(self) -> Transaction:
        """Cancel all of the sender's orders: those that it signs later name the next counter."""
        return self._transaction("cancel_all")

    def settle(self, series: Series) -> Transaction:
        """Fix what the claims of a series are worth, once its window is over and final."""
        return self._transaction("settle", series)

    def settle_dead(self, series: Series) -> Transaction:
        """Settle a series by its own fallback, where its index has stood still for 90 days."""
        return self._transaction("settle_dead", series)

    def redeem(self, series: Series, owner: str, receiver: str | None = None) -> Transaction:
        """Have an owner's claims of a settled series paid, to itself unless it names another."""
        return self._transaction("redeem", series.id, owner, receiver or owner)

    def transfer(self, receiver: str, claim: int, amount: int) -> Transaction:
        """Send claims of one id."""
        return self._transaction("transfer", receiver, claim, amount)

    def approve(self, spender: str, claim: int, amount: int) -> Transaction:
        """Allow an account to send so many of the sender's claims of one id."""
        return self._transaction("approve", spender, claim, amount)

    def set_operator(self, spender: str, approved: bool) -> Transaction:
        """Allow an account to send and redeem all of the sender's claims, or end that."""
        return self._transaction("setOperator", spender, approved)

    def _transaction(self, function: str, *args: Any) -> Transaction:
        return Transaction(MARKET, self.address, function, args)


def _check_count(some: Sequence[Any], most: int, what: str) -> None:
    if not 1 <= len(some) <= most:
        raise SwapError(f"{len(some)} {what}: one call takes 1 to {most}")
