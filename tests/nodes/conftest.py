"""An EVM node of its own for each test, on 127.0.0.1, stopped when the test ends."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from terahash.bitcoin.archive import Archive
from terahash.headers import SHIPPED_ARCHIVE

PACKAGES = Path(__file__).parent / "node_modules" / "@foundry-rs"
RICH = Account.from_key("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""The first account of every anvil; its key is public."""
ISSUER = Account.from_key("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
"""The second, which sells."""
START = Archive.open(SHIPPED_ARCHIVE).checkpoint


class Node:
    """A real EVM node, whose clock starts at the shipped checkpoint."""

    def __init__(self) -> None:
        found = sorted(PACKAGES.glob("anvil-*/bin/anvil"))
        if not found:
            pytest.skip("no EVM node is installed: `make test-nodes` installs it")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [str(found[0]), "--port", str(port), "--timestamp", str(START.time), "--silent"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                self.rpc("eth_chainId")
                return
            except httpx.HTTPError:
                time.sleep(0.05)
        self.stop()
        raise AssertionError("anvil did not start within ten seconds")

    def rpc(self, method: str, *params: Any) -> Any:
        """Call a method; the test's own hands, not what is tested."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer = httpx.post(self.url, json=call, timeout=30).json()
        assert "error" not in answer, answer
        return answer["result"]

    def set_time(self, time: int) -> None:
        """Mine a block at a time, unix seconds."""
        self.rpc("evm_setNextBlockTimestamp", time)
        self.rpc("evm_mine")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def node() -> Iterator[Node]:
    started = Node()
    yield started
    started.stop()


@pytest.fixture
def payer() -> LocalAccount:
    """The account that pays: anvil gives it 10,000 ether."""
    account: LocalAccount = RICH
    return account
