"""A relay in a process of its own, until it is told to end."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from collections.abc import Callable
from dataclasses import replace

from terahash.orders.relay.server import Setup, serving

OTHER_FILES = 100
"""Open files besides connections: the book, and those to the node."""


def run(setup: Setup, where: socket.socket, say: Callable[[str], object]) -> None:
    """Serve until SIGINT or SIGTERM, and end in order."""
    limits = replace(setup.limits, connections=_room(setup.limits.connections))
    asyncio.run(_run(replace(setup, limits=limits), where, say))


def _room(connections: int) -> int:
    """Ask the system for so many open files; return how many connections it has room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return min(connections, soft - OTHER_FILES)
    return connections


async def _run(setup: Setup, where: socket.socket, say: Callable[[str], object]) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with serving(setup, where):
        host, port = where.getsockname()[:2]
        name = f"[{host}]" if ":" in host else host
        say(f"Serving orders of {setup.domain.address} at http://{name}:{port}")
        if setup.market is None:
            say("Without --rpc nobody's money is looked at, nor what was cancelled or filled.")
        await ended.wait()
    say("Ended; all orders are on the disk.")
