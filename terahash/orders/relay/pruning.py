"""Orders that have died, found and dropped, and a node that is not believed at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial

from terahash.chain import ChainError
from terahash.orders.book import Book, Entry
from terahash.orders.relay.admission import Admission, Refused
from terahash.orders.relay.documents import Dropped
from terahash.orders.relay.shelf import Shelf
from terahash.orders.relay.stream import Events
from terahash.swaps.models import Fillable
from terahash.text import quoted
from terahash.units import HOUR

BATCH = 200
"""Orders that are looked at together."""
MAX_LAG = HOUR
"""Seconds that the node's newest block may be old, and the node still be asked."""

_log = logging.getLogger(__name__)


class Pruner:
    """Looks at every order, round after round.

    Deadlines need no chain. All else is the market's `fillable`, and one answer drops nothing: an
    order goes when the node has said twice, in rounds at least `sure_after` seconds apart, that
    nothing can be taken of it. A node that does not answer, or lags behind, ends the round, and all
    orders stay.

    Attributes:
        trouble: why the last round found nothing out; "" when it did.
    """

    def __init__(
        self,
        admission: Admission,
        shelf: Shelf,
        events: Events,
        clock: Callable[[], int],
        has_node: bool,
        sure_after: int = 60,
    ) -> None:
        self._admission = admission
        self._shelf = shelf
        self._events = events
        self._clock = clock
        self._has_node = has_node
        self._sure_after = sure_after
        self._doubted: dict[bytes, int] = {}  # when the node first said that it is dead
        self.trouble = ""

    async def run(self, every: float) -> None:
        """Do rounds until cancelled, so many seconds apart; nothing that fails ends this."""
        while True:
            try:
                await self.round()
            except Exception as error:
                _log.exception("a round of looking for dead orders failed")
                self.trouble = f"looking for dead orders failed ({type(error).__name__})"
            await asyncio.sleep(every)

    async def round(self) -> None:
        """Look at every order once."""
        now = self._clock()
        self.drop(await self._shelf.write(lambda book: book.expire(now)), "its deadline is past")
        if not self._has_node:
            return
        try:
            lag = now - await self._admission.ask(lambda market: market.chain.now)
            if lag > MAX_LAG:
                self.trouble = f"the node's newest block is {lag:,} seconds old"
                return
            await self._look_at_all(now)
        except (ChainError, Refused):
            self.trouble = "the node does not answer"
            return
        self.trouble = ""

    def drop(self, digests: Iterable[bytes], why: str) -> None:
        """Tell listeners of orders that are gone."""
        for digest in digests:
            self._doubted.pop(digest, None)
            said = Dropped(digest="0x" + digest.hex(), why=why)
            self._events.tell("dropped", said.model_dump_json())

    async def _look_at_all(self, now: int) -> None:
        seen, last = set[bytes](), 0
        while batch := await self._shelf.read(partial(_after, last)):
            answers = await asyncio.gather(*map(self._left, batch), return_exceptions=True)
            for answer in answers:
                if isinstance(answer, BaseException):
                    raise answer
            last = batch[-1].arrival
            seen |= {entry.digest for entry in batch}
            said = [answer for answer in answers if isinstance(answer, Fillable)]
            await self._judge(list(zip(batch, said, strict=True)), now)
        self._doubted = {one: since for one, since in self._doubted.items() if one in seen}

    async def _left(self, entry: Entry) -> Fillable:
        signed = entry.signed
        return await self._admission.fillable(signed, signed.order.taker)

    async def _judge(self, looked_at: list[tuple[Entry, Fillable]], now: int) -> None:
        dead: dict[bytes, str] = {}
        changed: dict[bytes, int] = {}
        for entry, said in looked_at:
            if said.amount:
                self._doubted.pop(entry.digest, None)
                if said.amount != entry.remaining:
                    changed[entry.digest] = said.amount
            elif now - self._doubted.setdefault(entry.digest, now) >= self._sure_after:
                dead[entry.digest] = quoted(said.reason) or "nothing can be taken of it"
        if not dead and not changed:
            return

        def write(book: Book) -> None:
            for digest in dead:
                book.remove(digest)
            for digest, claims in changed.items():
                book.set_remaining(digest, claims)

        await self._shelf.write(write)
        for digest, why in dead.items():
            self.drop([digest], why)


def _after(arrival: int, book: Book) -> list[Entry]:
    return list(book.entries(arrival, BATCH))
