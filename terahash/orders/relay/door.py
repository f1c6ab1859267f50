"""Who gets in: connections are counted before anything is read of them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic

from terahash.orders.relay.limits import Limits, network

LOOK = 1.0
"""Seconds between two looks at connections that are closing."""
PAUSE = 0.1
"""Seconds to wait where the system has no room for another connection."""


class Door:
    """A listening socket that lets in so many, and of each address so many.

    Where all places are taken, the address that has the most of them loses its oldest to one that
    has fewer: some strangers cannot keep all others out.

    A connection counts until its socket is closed. One that is closing, but whose client does not
    take what it was sent last, is cut off.
    """

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.BaseProtocol],
        limits: Limits,
        of_address: int,
    ) -> None:
        self._listening = listening
        self._protocol = protocol
        self._limits = limits
        self._of_address = of_address
        self._inside: dict[str, dict[asyncio.Transport, float | None]] = {}  # closing since

    @property
    def count(self) -> int:
        """Connections that are open."""
        return sum(map(len, self._inside.values()))

    async def keep(self) -> None:
        """Let connections in until cancelled."""
        looking = asyncio.create_task(self._look())
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    one, peer = await loop.sock_accept(self._listening)
                except OSError:  # too many open files, or it was gone already
                    await asyncio.sleep(PAUSE)
                    continue
                await self._let_in(one, network(str(peer[0])))
        finally:
            looking.cancel()
            for _, _, transport in list(self._transports()):
                transport.abort()

    async def _let_in(self, one: socket.socket, address: str) -> None:
        own = self._inside.get(address, {})
        for transport in [transport for transport in own if _is_gone(transport)]:
            del own[transport]
        if len(own) >= self._of_address or not self._make_room(len(own)):
            one.close()
            return
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.connect_accepted_socket(self._protocol, one)
        except OSError:
            one.close()
            return
        assert isinstance(transport, asyncio.Transport)
        self._inside.setdefault(address, {})[transport] = None

    def _make_room(self, own: int) -> bool:
        """Cut off one of who has the most, for who has fewer; say whether there is room."""
        if self.count < self._limits.connections:
            return True
        most = max(self._inside.values(), key=len)
        if len(most) <= own + 1:
            return False
        oldest = next(iter(most))
        del most[oldest]
        oldest.abort()
        return True

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            now = monotonic()
            for address, since, transport in list(self._transports()):
                if _is_gone(transport):
                    del self._inside[address][transport]
                elif transport.is_closing():
                    self._inside[address][transport] = since or now
                    if since and now - since > self._limits.write_seconds:
                        with suppress(OSError):
                            transport.abort()
            self._inside = {address: own for address, own in self._inside.items() if own}

    def _transports(self) -> Iterator[tuple[str, float | None, asyncio.Transport]]:
        for address, own in self._inside.items():
            for transport, since in own.items():
                yield address, since, transport


def _is_gone(transport: asyncio.Transport) -> bool:
    found = transport.get_extra_info("socket")
    return found is None or found.fileno() == -1
