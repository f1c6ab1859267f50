"""A relay as it runs: its parts, who gets in, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time

from aiohttp import web

from terahash.orders.order import Domain
from terahash.orders.relay.admission import Admission
from terahash.orders.relay.door import Door
from terahash.orders.relay.handlers import Handlers, Parts
from terahash.orders.relay.limits import Limits
from terahash.orders.relay.pruning import Pruner
from terahash.orders.relay.shelf import Shelf
from terahash.orders.relay.stream import Events
from terahash.swaps.market import Market

LINGER = 1.0
"""Seconds in which the rest of a refused body is thrown away, so that its client sees why."""
ENDING = 2.0
"""Seconds that requests have to end in when the relay does."""
BACKLOG = 512
DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Setup:
    """What a relay is of.

    Attributes:
        domain: the market that its orders are for.
        file: of its book.
        market: reads the market; None for no node.
        limits: on strangers.
        behind_proxy: clients' addresses are what a proxy of one's own says (X-Forwarded-For, the
            last); anyone could say them, where there is none.
        look_every: seconds between two rounds that look for dead orders.
        sure_after: seconds after which a node that says again that an order is dead is believed.
        clock: unix seconds.
    """

    domain: Domain
    file: Path
    market: Market | None = None
    limits: Limits = DEFAULT_LIMITS
    behind_proxy: bool = False
    look_every: float = 30.0
    sure_after: int = 60
    clock: Callable[[], int] = lambda: int(time())


def listening(host: str, port: int) -> socket.socket:
    """Open a socket to serve on; raises OSError when the address is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


@asynccontextmanager
async def serving(setup: Setup, where: socket.socket) -> AsyncIterator[Handlers]:
    """Serve on a socket inside; when this ends, all that was acknowledged is on the disk."""
    limits = setup.limits
    where.setblocking(False)
    shelf = Shelf(setup.file, setup.domain, limits)
    admission = Admission(setup.domain, setup.market, limits, setup.clock)
    events = Events(limits.events)
    has_node = setup.market is not None
    pruner = Pruner(admission, shelf, events, setup.clock, has_node, setup.sure_after)
    handlers = Handlers(
        Parts(setup.domain, limits, setup.clock, admission, shelf, events, pruner, has_node),
        setup.behind_proxy,
    )
    runner = web.AppRunner(
        handlers.application(),
        access_log=None,
        logger=_unheard(),
        keepalive_timeout=limits.read_seconds,  # within which a head has arrived, too
        lingering_time=LINGER,
        auto_decompress=False,
        shutdown_timeout=ENDING,
        handler_cancellation=True,
    )
    await runner.setup()
    assert runner.server is not None
    most = limits.connections if setup.behind_proxy else limits.connections_of_address
    door = Door(where, runner.server, limits, most)
    handlers.connections = lambda: door.count
    tasks = [
        asyncio.create_task(door.keep()),
        asyncio.create_task(pruner.run(setup.look_every)),
    ]
    try:
        yield handlers
    finally:
        handlers.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await runner.cleanup()
        where.close()
        admission.close()
        shelf.close()


def _unheard() -> logging.Logger:
    """Return a log for malformed requests: strangers could fill a disk with them."""
    log = logging.getLogger(f"{__name__}.malformed")
    log.setLevel(logging.CRITICAL + 1)
    return log
