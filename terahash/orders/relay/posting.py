"""Orders and requests for quotes, from a stranger's lines to the disk."""

from __future__ import annotations

import asyncio

from terahash.orders.relay.admission import TOO_MANY, Admission, Admitted, Read, Refused
from terahash.orders.relay.documents import Outcome
from terahash.orders.relay.limits import Buckets, Limits
from terahash.orders.relay.pruning import Pruner
from terahash.orders.relay.shelf import Shelf, Stored
from terahash.orders.relay.stream import Events
from terahash.orders.wire import to_line


class Posting:
    """Takes what strangers post: read, verified, stored, told, and only then acknowledged."""

    def __init__(
        self,
        admission: Admission,
        shelf: Shelf,
        events: Events,
        pruner: Pruner,
        limits: Limits,
    ) -> None:
        self._admission = admission
        self._shelf = shelf
        self._events = events
        self._pruner = pruner
        self._makers = Buckets(limits.writes_of_maker, limits.remembered)

    async def orders(self, lines: list[bytes]) -> list[Outcome]:
        """Take orders, one after the other: so every client that posts has its turn."""
        read = [self._read(line) for line in lines]
        digests = [one.digest for one in read if isinstance(one, Read)]
        known = await self._shelf.read(lambda book: {one for one in digests if book.get(one)})
        found: list[Admitted | Outcome] = []
        for one in read:
            if isinstance(one, Read):
                found.append(
                    _stored(one.digest) if one.digest in known else await self._verify(one)
                )
            else:
                found.append(one)
        admitted = [one for one in found if isinstance(one, Admitted)]
        if admitted:  # a client that goes away does not keep its orders from being told of
            outcomes = iter(await asyncio.shield(self._store(admitted)))
            return [next(outcomes) if isinstance(one, Admitted) else one for one in found]
        return [one for one in found if isinstance(one, Outcome)]

    async def request(self, line: bytes, now: int) -> Outcome:
        """Take a request for quotes."""
        try:
            asked = await self._admission.request(line)
            stored = await self._shelf.ask(asked, now)
        except Refused as error:
            return _refused(None, error)
        if stored is not None:
            self._events.tell("request", stored)
        return _stored(asked.digest)

    def _read(self, line: bytes) -> Read | Outcome:
        try:
            return self._admission.read(line)
        except Refused as error:
            return _refused(None, error)

    async def _verify(self, order: Read) -> Admitted | Outcome:
        """Verify an order, and then its maker's rate: nobody uses up another's."""
        try:
            admitted = await self._admission.verify(order)
            if wait := self._makers.take(order.signed.order.maker):
                raise Refused(TOO_MANY, f"too many orders of this maker: wait {wait:.0f} s")
        except Refused as error:
            return _refused(order.digest, error)
        return admitted

    async def _store(self, admitted: list[Admitted]) -> list[Outcome]:
        stored: Stored = await self._shelf.store(admitted)
        self._pruner.drop(stored.dropped, "the book was full, and its maker has the most orders")
        outcomes = []
        for one, outcome in zip(admitted, stored.outcomes, strict=True):
            if isinstance(outcome, Refused):
                outcomes.append(_refused(one.digest, outcome))
                continue
            outcomes.append(_stored(one.digest))
            if outcome:
                self._events.tell("order", to_line(self._admission.domain, one.signed))
        return outcomes


def _stored(digest: bytes) -> Outcome:
    return Outcome(digest="0x" + digest.hex(), is_stored=True)


def _refused(digest: bytes | None, error: Refused) -> Outcome:
    name = "0x" + digest.hex() if digest else None
    return Outcome(digest=name, status=error.status, why=str(error))
