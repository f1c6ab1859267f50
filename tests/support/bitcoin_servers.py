"""Servers on this machine that imitate Bitcoin Core and Esplora."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from terahash.bitcoin.header import display, double_sha256
from terahash.bitcoin.state import State

Answer = tuple[int, str]
Respond = Callable[[str, Any], Answer]


class Server:
    """An HTTP server on this machine: `respond` gets a path and a JSON body, or None."""

    def __init__(self, respond: Respond) -> None:
        self.requests: list[tuple[str, Any]] = []
        self.authorization: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size)) if size else None
                server.requests.append((self.path, body))
                server.authorization.append(self.headers.get("Authorization"))
                status, text = respond(self.path, body)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A client that gave up waiting is no news."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Coinbase(NamedTuple):
    """What a node knows of a block's first transaction.

    Attributes:
        raw: as nodes serve it, with its witness if it has one.
        txids: of all transactions, which Core tells; internal byte order.
        branch: of the coinbase, which Esplora tells; internal byte order.
    """

    raw: bytes
    txids: Sequence[bytes]
    branch: Sequence[bytes]


class BitcoinNode:
    """A node's chain as it stands: both servers below tell of it, as long as it stays so.

    Attributes:
        first: height of the first header.
        headers: of the chain, 80 bytes each.
        tip: height that it admits to.
        coinbases: by height.
    """

    def __init__(
        self,
        first: int,
        headers: Sequence[bytes],
        coinbases: Mapping[int, Coinbase] | None = None,
    ) -> None:
        self.first, self.headers = first, list(headers)
        self.tip = first + len(headers) - 1
        self.coinbases = dict(coinbases or {})
        self._names = [display(double_sha256(header)) for header in headers]

    def follow(self, anchor: State, headers: Sequence[bytes]) -> None:
        """Reorganise to other headers after a block."""
        at = anchor.height + 1 - self.first
        self.headers[at:] = headers
        self._names[at:] = [display(double_sha256(header)) for header in headers]
        self.tip = self.first + len(self.headers) - 1

    def _hash(self, height: int) -> str:
        if not self.first <= height <= self.tip:
            raise LookupError("Block height out of range")
        return self._names[height - self.first]

    def _height(self, name: str) -> int:
        if name not in self._names:
            raise LookupError("Block not found")
        return self.first + self._names.index(name)

    def core(self, _: str, body: Any) -> Answer:
        """Answer as Bitcoin Core does."""
        return 200, json.dumps([self._one(call) for call in body])

    def _one(self, call: Any) -> dict[str, Any]:
        try:
            return {"id": call["id"], "result": self._result(call["method"], call["params"])}
        except LookupError as error:
            return {"id": call["id"], "error": {"code": -8, "message": str(error)}}

    def _result(self, method: str, params: list[Any]) -> Any:
        match method, params:
            case "getblockchaininfo", []:
                return {"chain": "main", "blocks": self.tip}
            case "getblockhash", [int(height)]:
                return self._hash(height)
            case "getblockheader", [str(name), False]:
                return self.headers[self._height(name) - self.first].hex()
            case "getblock", [str(name), 1]:
                txids = self.coinbases[self._height(name)].txids
                return {"hash": name, "tx": [display(txid) for txid in txids]}
            case "getrawtransaction", [str(txid), False, str(name)]:
                coinbase = self.coinbases[self._height(name)]
                assert display(coinbase.txids[0]) == txid
                return coinbase.raw.hex()
        raise AssertionError(f"{method} {params}")

    def esplora(self, path: str, _: Any) -> Answer:
        """Answer as Esplora does."""
        try:
            return 200, self._page(path.split("/")[2:])
        except LookupError:
            return 404, "Block not found"

    def _page(self, path: list[str]) -> str:
        match path:
            case ["blocks", "tip", "height"]:
                return str(self.tip)
            case ["block-height", height]:
                return self._hash(int(height))
            case ["block", name, "header"]:
                return self.headers[self._height(name) - self.first].hex()
            case ["block", name, "txid", "0"]:
                return self._txid(name)
            case ["tx", txid, "hex"]:
                return self._by_txid(txid)[1].raw.hex()
            case ["tx", txid, "merkle-proof"]:
                height, coinbase = self._by_txid(txid)
                merkle = [display(sibling) for sibling in coinbase.branch]
                return json.dumps({"block_height": height, "merkle": merkle, "pos": 0})
        raise AssertionError(path)

    def _txid(self, name: str) -> str:
        return display(self.coinbases[self._height(name)].txids[0])

    def _by_txid(self, txid: str) -> tuple[int, Coinbase]:
        found = {display(one.txids[0]): (height, one) for height, one in self.coinbases.items()}
        return found[txid]
