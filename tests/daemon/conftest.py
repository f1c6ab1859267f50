"""Servers that live as long as a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stamina

from tests.support.bitcoin_servers import Respond, Server


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Respond], Server]]:
    """Start servers; retries do not wait."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    servers: list[Server] = []

    def start(respond: Respond) -> Server:
        servers.append(Server(respond))
        return servers[-1]

    with stamina.set_testing(True, attempts=3):
        yield start
    for server in servers:
        server.close()
