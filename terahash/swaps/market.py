"""A typed client that reads `PairMarket`; `terahash.swaps.trading` is the one that trades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from terahash.chain import Chain
from terahash.hashrate.token import ERC20
from terahash.orders.order import Domain, Order, SignedOrder
from terahash.swaps.models import (
    DEAD_AFTER,
    Bitcoin,
    Claims,
    Fillable,
    Position,
    Settlement,
    Stage,
    Standing,
    State,
    Trade,
    Value,
    fallback,
)
from terahash.swaps.series import Series

MARKET = "PairMarket"
INSTRUMENT = "DifficultySwap"
"""The contract by whose ABI any instrument is spoken with: all answer the same questions."""


class Market:
    """One pair market. Reading raises `ChainError` with the contract's own reason."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address
        self._instruments: dict[int, str] = {}

    @cached_property
    def collateral(self) -> str:
        """The token of wrapped bitcoin that claims are paid in."""
        return str(self._call("COLLATERAL"))

    @cached_property
    def domain(self) -> Domain:
        """What signatures of orders are for."""
        return Domain(self.chain.chain_id, self.address, str(self._call("VERSION")))

    def instrument(self, number: int) -> str:
        """Read where an instrument stands, by its number in the market's list."""
        if number not in self._instruments:
            self._instruments[number] = str(self._call("INSTRUMENTS", number))
        return self._instruments[number]

    def state(self, series: Series) -> State:
        """Read a series as the market keeps it; all zero for one that nobody opened."""
        return State(*self._call("series", series.id))

    def claims(self, account: str, series: Series) -> Claims:
        """Read what an account has of a series."""
        return Claims(
            *(int(self._call("balanceOf", account, claim)) for claim in (series.long, series.short))
        )

    def allowance(self, owner: str, spender: str, claim: int) -> int:
        """Read how many claims of one id an account may send of another's."""
        return int(self._call("allowance", owner, spender, claim))

    def is_operator(self, owner: str, spender: str) -> bool:
        """Say whether an account may send and redeem all of another's claims."""
        return bool(self._call("isOperator", owner, spender))

    def name(self, claim: int) -> str:
        """Read the name that wallets show of a claim; empty until its series is described."""
        return str(self._call("name", claim))

    def bitcoin_of(self, account: str) -> Bitcoin:
        """Read how many satoshi an account holds, and how many the market may take of them."""
        return Bitcoin(
            *(
                int(self.chain.call(ERC20, self.collateral, *asked))
                for asked in (("balanceOf", account), ("allowance", account, self.address))
            )
        )

    def counter(self, maker: str) -> int:
        """Read what an account's orders must name to count."""
        return int(self._call("counter", maker))

    def filled(self, order: Order) -> int:
        """Read how many claims were taken of an order; `CANCELLED` where its maker cancelled it."""
        return int(self._call("filled", self.domain.digest(order)))

    def fillable(self, signed: SignedOrder, taker: str) -> Fillable:
        """Ask how many claims a taker could take of an order now, or why none.

        Its maker's money is looked at, and the taker's is not.
        """
        order = signed.order
        return Fillable(*self._call("fillable", order.series, signed.fill(order.amount), taker))

    def check(self, series: Series) -> None:
        """Ask the instrument whether a series may be opened; it refuses with its reason."""
        self._ask(series, "check")

    def is_known(self, series: Series) -> bool:
        """Say whether the last reading is determined: nothing trades any more."""
        return bool(self._ask(series, "known"))

    def value(self, series: Series) -> Value:
        """Read X, once the whole window is final."""
        return Value(*self._ask(series, "value"))

    def last_advance(self, series: Series) -> int:
        """Read when the index last moved, or the window ended where that is later; unix seconds."""
        return int(self._ask(series, "last_advance"))

    def label(self, series: Series) -> str:
        """Ask the instrument what it calls a series."""
        return str(self._ask(series, "label", series.id))

    def opened(self) -> list[Series]:
        """List the series that were ever opened, oldest first."""
        return [Series(*log["terms"]) for log in self._events("Opened")][::-1]

    def trades(self) -> Iterator[Trade]:
        """Stream what was traded, newest first; pairs that were minted or burned are no trades."""
        for log in self._events("Traded"):
            yield Trade(*(log[field] for field in Trade._fields))

    def settlements(self) -> Iterator[Settlement]:
        """Stream what series were settled on, newest first."""
        for log in self._events("Settled"):
            yield Settlement(*(log[field] for field in Settlement._fields))

    def standing(self, series: Series) -> Standing:
        """Read how a series stands.

        Raises:
            LookupError: when nobody opened it.
        """
        return next(self.standings([series]))

    def standings(self, some: Iterable[Series]) -> Iterator[Standing]:
        """Read how series stand, one after the other; `standing` raises likewise."""
        settled: dict[bytes, Settlement] | None = None
        for series in some:
            state = self.state(series)
            if not state.is_open:
                raise LookupError(f"nobody has opened the series 0x{series.id.hex()}")
            if not state.is_settled:
                yield self._unsettled(series, state)
                continue
            if settled is None:
                settled = {one.series: one for one in self.settlements()}
            found = settled.get(series.id)
            x = None if found is None or found.is_dead else found.x
            yield Standing(series, Stage.SETTLED, state.pairs, x, state.share)

    def positions(self, account: str, some: Iterable[Series] | None = None) -> list[Position]:
        """List what an account has, oldest series first; series of which it has none are left out.

        Args:
            account: whose.
            some: series to look at; without them, all that were ever opened.
        """
        looked_at = self.opened() if some is None else some
        held = {series: self.claims(account, series) for series in looked_at}
        held = {series: claims for series, claims in held.items() if any(claims)}
        standings = self.standings(held)
        return [Position(account, standing, held[standing.series]) for standing in standings]

    def _unsettled(self, series: Series, state: State) -> Standing:
        value = self.value(series)
        if value.is_ready:
            share = series.share(value.x)
            return Standing(series, Stage.READY, state.pairs, value.x, share)
        moved = max(self.last_advance(series), int(self._call("opened_at", series.id)))
        if moved + DEAD_AFTER < self.chain.now:
            return Standing(series, Stage.DEAD, state.pairs, None, fallback(series))
        stage = Stage.KNOWN if self.is_known(series) else Stage.TRADING
        return Standing(series, stage, state.pairs, None, None)

    def _events(self, event: str) -> Iterator[dict[str, Any]]:
        return self.chain.events(MARKET, self.address, event)

    def _ask(self, series: Series, function: str, *args: Any) -> Any:
        instrument = self.instrument(series.instrument)
        return self.chain.call(INSTRUMENT, instrument, function, series, *args)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(MARKET, self.address, function, *args)
