"""Order relays on this machine, in a thread or a process of their own, and who speaks to them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from terahash.chain import ChainError
from terahash.deployment import Deployed, Deployment
from terahash.orders.order import Domain, Order, SignedOrder
from terahash.orders.relay.client import RelayClient
from terahash.orders.relay.handlers import Handlers
from terahash.orders.relay.limits import Limits, Rate
from terahash.orders.relay.server import Setup, listening, serving
from terahash.swaps.series import series
from tests.support.trading import NOBODY, trader

ROOT = Path(__file__).parents[2]
MARKET = "0x" + "11" * 20
DOMAIN = Domain(1, MARKET)
SERIES = series(0, 0, 500, 502, 100, 200, 5_000)
FAST = Rate(1e6, 10**6)
LOOSE = replace(Limits(), reads=FAST, writes=FAST, writes_of_maker=FAST)
"""Without rates, for tests of all else."""


def order(salt: int, deadline: int, maker: str = "miner", **changes: Any) -> SignedOrder:
    """Have a maker sign an order: a bid of a lot at half of the collateral."""
    key = trader(maker)
    fields = {"maker": key.address, "taker": NOBODY, "series": SERIES, "long": True}
    numbers = {"amount": 10_000, "price": 5_000, "deadline": deadline, "counter": 0, "salt": salt}
    return DOMAIN.sign(key, Order(**{**fields, **numbers, **changes}))


class Node:
    """A chain that several threads may ask, one at a time, and that can be away or lie.

    Attributes:
        is_away: it does not answer.
        lie: what it says of every order; None for the truth.
        lag: seconds that its newest block is behind.
        asked: functions that were called.
    """

    def __init__(self, chain: Any) -> None:
        self._chain = chain
        self._lock = threading.Lock()
        self.is_away = False
        self.lie: tuple[int, str] | None = None
        self.lag = 0
        self.asked: list[str] = []

    @property
    def chain_id(self) -> int:
        return int(self._chain.chain_id)

    @property
    def now(self) -> int:
        self._check()
        return int(self._chain.now) - self.lag

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        self._check()
        self.asked.append(function)
        if self.lie and function == "fillable":
            return self.lie
        with self._lock:
            return self._chain.call(contract, address, function, *args)

    def _check(self) -> None:
        if self.is_away:
            raise ChainError("asking", "", "the node did not answer")


class Relay:
    """A relay in a thread.

    Attributes:
        url, port: where.
        handlers: its insides.
    """

    def __init__(self, setup: Setup) -> None:
        where = listening("127.0.0.1", 0)
        self.port = int(where.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._ready, self._failed = threading.Event(), list[BaseException]()
        self._thread = threading.Thread(target=self._serve, args=(setup, where))
        self._thread.start()
        self._ready.wait()
        if self._failed:
            raise self._failed[0]

    def _serve(self, setup: Setup, where: socket.socket) -> None:
        async def whole() -> None:
            self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
            async with serving(setup, where) as self.handlers:
                self._ready.set()
                await self._ended.wait()

        try:
            asyncio.run(whole())
        except BaseException as error:
            self._failed.append(error)
        finally:
            self._ready.set()

    handlers: Handlers

    def look(self) -> None:
        """Have it look at every order now."""
        pruner = self.handlers.parts.pruner
        asyncio.run_coroutine_threadsafe(pruner.round(), self._loop).result(30)

    def tell(self, kind: str, *texts: str) -> None:
        """Tell its listeners of events at one moment."""

        def tell() -> None:
            for text in texts:
                self.handlers.parts.events.tell(kind, text)

        self._loop.call_soon_threadsafe(tell)

    def client(self, address: str | None = None) -> RelayClient:
        """Return a client, from an address of this machine."""
        return RelayClient(self.url, address=address)

    def close(self) -> None:
        """End it, and wait until it has."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the relay does not end"


@contextmanager
def relaying(setup: Setup) -> Iterator[Relay]:
    """Run a relay inside."""
    relay = Relay(setup)
    try:
        yield relay
    finally:
        relay.close()


class Process:
    """A relay as its users run it, without a node, in a process of its own.

    Attributes:
        url, port: where.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        file = folder / "deployment.json"
        contracts = {"PairMarket": Deployed(address=MARKET, arguments=[])}
        file.write_text(Deployment(chain_id=1, contracts=contracts).model_dump_json())
        command = [sys.executable, "-m", "terahash", "orders", "serve", "--listen", "127.0.0.1:0"]
        command += ["--deployment", str(file), "--book", str(folder / "orders.sqlite"), *options]
        self._said = folder / "said.txt"
        with self._said.open("w") as said:  # a pipe that nobody reads would stop it
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        until = monotonic() + 20
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self._said.read_text())):
            assert self._process.poll() is None and monotonic() < until, self._said.read_text()
            sleep(0.02)
        self.url, self.port = found[0], int(found[1])

    def client(self, address: str | None = None) -> RelayClient:
        """Return a client, from an address of this machine."""
        return RelayClient(self.url, address=address)

    def memory(self) -> int:
        """Return the bytes of memory that it has."""
        said = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, check=True
        )
        return int(said.stdout) * 1_024

    def kill(self) -> None:
        """End it as a power cut would, as far as a process can tell."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> tuple[int, str]:
        """End it in order; return its exit code, and what it said."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20), self._said.read_text()


def connected(port: int, address: str = "127.0.0.1") -> socket.socket:
    """Open a connection, from an address of this machine."""
    return socket.create_connection(("127.0.0.1", port), 10, (address, 0))


def answered(connection: socket.socket) -> bytes:
    """Read what comes until the connection ends, however it ends."""
    said = b""
    try:
        while chunk := connection.recv(65_536):
            said += chunk
    except (ConnectionError, TimeoutError):
        pass
    return said


def raw_post(body: bytes, path: str = "/orders") -> bytes:
    """Write a request to post a body."""
    head = f"POST {path} HTTP/1.1\r\nHost: relay\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def changed(line: str, **fields: Any) -> str:
    """Change fields of a line, and leave its signature."""
    return json.dumps({**json.loads(line), **fields})
