"""Coinbases from servers and files: with their branches, or an error that says what came."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oracle.sources import CoreSource, EsploraSource, open_source
from oracle.sources.remembered import Remembered
from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import Header, double_sha256
from terahash.bitcoin.merkle import merkle_branch, merkle_root
from terahash.bitcoin.network import subsidy
from terahash.bitcoin.proof import SHIPPED_PROOFS, CoinbaseProof, read_proofs
from terahash.bitcoin.state import extend
from terahash.errors import SourceError
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.bitcoin_servers import Answer, BitcoinNode, Coinbase
from tests.support.miner import TRIVIAL, checkpoint, coinbase, next_header, seal
from tests.support.shared_data import FIRST, shipped_headers

HEIGHT = 2_016
Serve = Callable[..., Any]


def with_witness(stripped: bytes) -> bytes:
    """Serialize a coinbase as nodes serve it: with the witness that its block commits to."""
    return stripped[:4] + b"\0\1" + stripped[4:-4] + b"\1\x20" + bytes(32) + stripped[-4:]


@pytest.fixture
def block() -> tuple[BitcoinNode, bytes]:
    """A node with one block of seven transactions, and that block's Merkle root."""
    raw = coinbase(HEIGHT, subsidy(HEIGHT) + 12_345)
    txids = [double_sha256(raw), *(double_sha256(b"%d" % i) for i in range(6))]
    root = merkle_root(txids)
    header = seal(next_header(checkpoint(), network=TRIVIAL)._replace(merkle_root=root))
    extend(checkpoint(), header, TRIVIAL)
    known = Coinbase(with_witness(raw), txids, merkle_branch(txids))
    return BitcoinNode(HEIGHT, [header], {HEIGHT: known}), root


@pytest.mark.parametrize("kind", ["core", "esplora"])
def test_coinbase__served_with_its_witness__proves_without(
    serve: Serve, block: tuple[BitcoinNode, bytes], kind: str
) -> None:
    bitcoin, root = block
    address = serve(getattr(bitcoin, kind)).address
    source = open_source(f"{kind}+http://{address}" + ("/api" if kind == "esplora" else ""))
    proof = source.coinbase(HEIGHT)
    assert proof is not None
    proof.check(root)
    assert parse_coinbase(proof.coinbase).witness == ()
    assert (proof.height, proof.fees) == (HEIGHT, 12_345)


@pytest.mark.parametrize(
    "method, result, words",
    [
        ("getblock", {"hash": "00"}, "without a usable tx"),
        ("getblock", {"tx": []}, "without a usable tx"),
        ("getblock", {"tx": ["../etc"]}, "without a usable tx"),
        ("getrawtransaction", None, "not a transaction in hexadecimal"),
        ("getrawtransaction", "zz", "not a transaction in hexadecimal"),
        ("getrawtransaction", "00" * 100, "coinbase of block 2,016"),
    ],
)
def test_core_coinbase__result_of_another_shape__refused(
    serve: Serve, block: tuple[BitcoinNode, bytes], method: str, result: Any, words: str
) -> None:
    def respond(path: str, body: Any) -> Answer:
        if body[0]["method"] == method:
            return 200, json.dumps([{"id": 0, "result": result}])
        return block[0].core(path, body)

    with pytest.raises(SourceError, match=words):
        CoreSource(f"http://{serve(respond).address}").coinbase(HEIGHT)


@pytest.mark.parametrize(
    "page, text, words",
    [
        ("txid/0", "<html>", "not a block hash"),
        ("hex", "<html>", "not a transaction in hexadecimal"),
        ("hex", "00" * 100, "coinbase of block 2,016"),
        ("merkle-proof", "<html>", "answered no Merkle branch"),
        ("merkle-proof", '{"merkle": ["00"]}', "answered no Merkle branch"),
    ],
)
def test_esplora_coinbase__page_of_another_shape__refused(
    serve: Serve, block: tuple[BitcoinNode, bytes], page: str, text: str, words: str
) -> None:
    def respond(path: str, body: Any) -> Answer:
        return (200, text) if path.endswith(page) else block[0].esplora(path, body)

    with pytest.raises(SourceError, match=words):
        EsploraSource(f"http://{serve(respond).address}/api").coinbase(HEIGHT)


def test_coinbase_file__block_that_it_has__served_with_the_sources_headers() -> None:
    source = open_source(str(SHIPPED_ARCHIVE), SHIPPED_PROOFS)
    proof = source.coinbase(830_000)
    assert proof is not None
    proof.check(Header.parse(source.header(830_000)).merkle_root)
    assert proof.fees == 23_268_040
    assert source.coinbase(829_999) is None
    assert source.name == str(SHIPPED_ARCHIVE)
    assert source.tip_height() == FIRST + len(shipped_headers()) - 1
    assert list(source.headers(FIRST, 2)) == list(shipped_headers()[:2])


def test_coinbase_file__not_one_of_proofs__says_which_line(tmp_path: Path) -> None:
    file = tmp_path / "proofs"
    file.write_text(SHIPPED_PROOFS.read_text() + "{}\n")
    with pytest.raises(SourceError, match="line 2"):
        open_source(str(SHIPPED_ARCHIVE), file)


def test_coinbase_file__missing__says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        open_source(str(SHIPPED_ARCHIVE), tmp_path / "none")


class Counting:
    """A source that counts what it is asked for, and whose tip moves."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []
        self.tip = FIRST + 99

    def tip_height(self) -> int:
        self.tip += 1
        return self.tip

    def header(self, height: int) -> bytes:
        return shipped_headers()[height - FIRST]

    def headers(self, start: int, count: int) -> Any:
        self.asked.append((start, count))
        return iter(shipped_headers()[start - FIRST : start - FIRST + count])

    def chainwork(self, height: int) -> int | None:
        return None

    def coinbase(self, height: int) -> CoinbaseProof | None:
        return next(read_proofs(SHIPPED_PROOFS)) if height == 830_000 else None


def test_remembered__asked_again__answers_as_the_first_time() -> None:
    source = Counting()
    remembered = Remembered(source)
    assert remembered.tip_height() == remembered.tip_height() == FIRST + 100
    assert list(remembered.headers(FIRST, 50)) == list(shipped_headers()[:50])
    assert list(remembered.headers(FIRST + 10, 60)) == list(shipped_headers()[10:70])
    assert remembered.header(FIRST + 69) == shipped_headers()[69]
    assert source.asked == [(FIRST, 50), (FIRST + 50, 20)]
