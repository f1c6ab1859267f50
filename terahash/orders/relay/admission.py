"""What a relay verifies before it stores anything: cheap checks first, the node last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from terahash.chain import ChainError
from terahash.deployment import NOBODY
from terahash.orders.book import MAX_AMOUNT
from terahash.orders.order import Domain, OrderError, SignedOrder
from terahash.orders.relay import quotes
from terahash.orders.relay.limits import Limits
from terahash.orders.wire import WireError, from_line
from terahash.swaps.market import Market
from terahash.swaps.models import Fillable
from terahash.swaps.series import LOT, MAX_BOUND, TICKS, Series, payment
from terahash.text import quoted
from terahash.units import DAY

MALFORMED, UNSOUND, TOO_MANY, AWAY = 400, 422, 429, 503
"""HTTP statuses of refusals: no order, one that does not count, too many, and a node away."""

Answer = TypeVar("Answer")


class Refused(OrderError):
    """What the relay does not take; the message says why.

    Attributes:
        status: HTTP's, for refusals of this kind.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Read(NamedTuple):
    """An order that reads well and is not verified yet, and the hash that should be signed."""

    digest: bytes
    signed: SignedOrder


class Admitted(NamedTuple):
    """An order that may be stored, and the claims that may be taken of it now."""

    digest: bytes
    signed: SignedOrder
    remaining: int


class Asked(NamedTuple):
    """A request for quotes that may be stored."""

    digest: bytes
    signed: quotes.SignedRequest


class Admission:
    """Verifies orders of one market, beside the loop that serves.

    Keys are recovered in one thread, and the loop gets its turns in between. The node is asked by a
    few threads.
    """

    def __init__(
        self, domain: Domain, market: Market | None, limits: Limits, clock: Callable[[], int]
    ) -> None:
        """Verify for a market; without a reader of it, only what needs no chain."""
        self.domain = domain
        self._market = market
        self._limits = limits
        self._clock = clock
        self._keys = ThreadPoolExecutor(1, "keys")
        self._node = ThreadPoolExecutor(limits.asked, "node")

    def close(self) -> None:
        """End the threads; what waits is not done."""
        for pool in (self._keys, self._node):
            pool.shutdown(wait=False, cancel_futures=True)

    def read(self, line: bytes) -> Read:
        """Read an order, and refuse what cannot be right whoever signed it.

        Raises:
            Refused: with the reason.
        """
        try:
            domain, signed = from_line(line)
        except WireError as error:
            raise Refused(MALFORMED, str(error)) from None
        self._check_domain(domain)
        order = signed.order
        _check_series(order.series)
        if order.maker == NOBODY or order.maker == order.taker:
            raise Refused(UNSOUND, "maker and taker are two accounts, and the maker is somebody")
        self._check_amount(order.amount)
        if order.price > TICKS:
            raise Refused(UNSOUND, f"its price is above {TICKS:,} ticks, all of the collateral")
        # Without money at stake anybody signs orders by the thousand.
        if not payment(order.amount, order.price, order.long):
            raise Refused(UNSOUND, "its maker would lock nothing: name another price")
        self._check_deadline(order.deadline, self._limits.days_ahead * DAY)
        return Read(self.domain.digest(order), signed)

    async def verify(self, order: Read) -> Admitted:
        """Verify who signed an order, and ask the chain what can be taken of it.

        Raises:
            Refused: with the reason.
        """
        maker, named = order.signed.order.maker, order.signed.order.taker
        by_key = await self._run(self._keys, lambda: self.domain.signer(order.signed) == maker)
        if self._market is None:
            if not by_key:
                raise Refused(
                    UNSOUND,
                    "its signature is not of the maker's key; what an account's code signed only a "
                    "relay with a node can tell",
                )
            return Admitted(order.digest, order.signed, order.signed.order.amount)
        said = await self.fillable(order.signed, named)
        if not said.amount:
            raise Refused(UNSOUND, quoted(said.reason) or "nothing can be taken of it")
        return Admitted(order.digest, order.signed, said.amount)

    async def fillable(self, signed: SignedOrder, taker: str) -> Fillable:
        """Ask the node how much of an order can be taken.

        Raises:
            Refused: when the node does not answer.
        """
        market = self._market
        assert market is not None
        try:
            said = await self._run(self._node, lambda: market.fillable(signed, taker))
        except ChainError as error:
            if error.reason:  # the market does not take the question: terms of another shape
                return Fillable(0, error.reason)
            raise Refused(AWAY, "the relay's node does not answer: post it again later") from None
        return said

    async def ask(self, question: Callable[[Market], Answer]) -> Answer:
        """Ask the node something; raises `ChainError` when it does not answer."""
        market = self._market
        assert market is not None
        return await self._run(self._node, lambda: question(market))

    async def request(self, line: bytes) -> Asked:
        """Verify a request for quotes.

        Raises:
            Refused: with the reason.
        """
        try:
            domain, signed = quotes.from_line(line)
        except WireError as error:
            raise Refused(MALFORMED, str(error)) from None
        self._check_domain(domain)
        request = signed.request
        _check_series(request.series)
        self._check_amount(request.amount)
        self._check_deadline(request.deadline, self._limits.request_seconds)
        if not await self._run(self._keys, lambda: quotes.is_signed(domain, signed)):
            raise Refused(UNSOUND, "its signature is not of the key of the account that asks")
        if self._market is not None:
            try:
                state = await self.ask(lambda market: market.state(request.series))
            except ChainError:
                raise Refused(AWAY, "the relay's node does not answer: ask again later") from None
            if not state.is_open or state.is_settled:
                raise Refused(UNSOUND, "its series is not open")
        return Asked(quotes.digest(domain, request), signed)

    def _check_domain(self, domain: Domain) -> None:
        if domain != self.domain:
            chain_id, address, version = self.domain
            raise Refused(
                UNSOUND, f"this relay is of market {address} (version {version}), chain {chain_id}"
            )

    def _check_amount(self, amount: int) -> None:
        least = self._limits.min_amount
        if amount % LOT or not least <= amount <= MAX_AMOUNT:
            raise Refused(
                UNSOUND, f"its amount is not in lots of {LOT:,}, from {least:,} to all bitcoin"
            )

    def _check_deadline(self, deadline: int, ahead: int) -> None:
        now = self._clock()
        if not now <= deadline <= now + ahead:
            raise Refused(UNSOUND, f"its deadline is past, or more than {ahead:,} seconds ahead")

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def _check_series(series: Series) -> None:
    """Refuse terms that no market opens."""
    bounds = -MAX_BOUND <= series.floor < series.cap <= MAX_BOUND
    if not bounds or series.start >= series.end or series.fallback_share > TICKS:
        raise Refused(UNSOUND, "no market opens such a series: look at its bounds and its window")
