"""Sources of headers: files, and servers that answer well, badly or not at all."""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import stamina

from oracle.sources import CoreSource, EsploraSource, FileSource, open_source
from terahash.bitcoin.header import display, double_sha256
from terahash.errors import SourceError
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.bitcoin_servers import Answer, Respond, Server
from tests.support.shared_data import FIRST, LAST, checkpoint_824543, shipped_headers

PASSWORD = "p@ss/w0rd"
QUOTED = "p%40ss%2Fw0rd"

GENESIS_BLOCKS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e"
    "67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
    "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e"
    "1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299"
)
"""Bitcoin's first two headers."""


def header_at(height: int) -> bytes:
    return shipped_headers()[height - FIRST]


@cache
def by_hash() -> dict[str, bytes]:
    return {display(double_sha256(header)): header for header in shipped_headers()}


def core(_: str, body: Any) -> Answer:
    """Answer as Bitcoin Core does, in the reverse order of the calls, as it may."""
    headers = by_hash()

    def result(method: str, params: list[Any]) -> Any:
        match method, params:
            case "getblockchaininfo", []:
                return {"chain": "main", "blocks": LAST, "headers": LAST + 7}
            case "getblockhash", [int(height)]:
                return display(double_sha256(header_at(height)))
            case "getblockheader", [str(name), False]:
                return headers[name].hex()
            case "getblockheader", [str(name), True]:
                return {"hash": name, "chainwork": checkpoint_824543().chainwork}
        raise AssertionError(f"{method} {params}")

    answers = [
        {"jsonrpc": "2.0", "id": c["id"], "result": result(c["method"], c["params"])} for c in body
    ]
    return 200, json.dumps(answers[::-1])


def esplora(path: str, _: Any) -> Answer:
    """Answer as Esplora does."""
    match path.split("/")[1:]:
        case ["api", "blocks", "tip", "height"]:
            return 200, str(LAST)
        case ["api", "block-height", height] if FIRST <= int(height) <= LAST:
            return 200, display(double_sha256(header_at(int(height))))
        case ["api", "block", name, "header"]:
            return 200, by_hash()[name].hex()
    return 404, "Block not found"


def core_at(server: Server, timeout: float = 5.0) -> CoreSource:
    return CoreSource(f"http://relayer:{QUOTED}@{server.address}", timeout)


def esplora_at(server: Server, timeout: float = 5.0) -> EsploraSource:
    return EsploraSource(f"http://relayer:{QUOTED}@{server.address}/api", timeout)


# Bitcoin Core


def test_core_headers__three_batches__in_order_in_six_requests(serve: Any) -> None:
    server = serve(core)
    headers = list(core_at(server).headers(FIRST + 10, 450))
    assert headers == list(shipped_headers()[10:460])
    assert [len(body) for _, body in server.requests] == [200, 200, 200, 200, 50, 50]


def test_core_header__one_height__its_80_bytes(serve: Any) -> None:
    assert core_at(serve(core)).header(824_543) == checkpoint_824543().header_bytes


def test_core_tip_height__node_ahead_in_headers__counts_verified_blocks(serve: Any) -> None:
    assert core_at(serve(core)).tip_height() == LAST


def test_core_chainwork__known_block__exact(serve: Any) -> None:
    assert core_at(serve(core)).chainwork(824_543) == int(checkpoint_824543().chainwork, 16)


def test_core__password_percent_encoded__sent_decoded(serve: Any) -> None:
    server = serve(core)
    core_at(server).tip_height()
    expected = b64encode(f"relayer:{PASSWORD}".encode()).decode()
    assert server.authorization == [f"Basic {expected}"]


def test_core__name__is_the_address_without_user_and_password(serve: Any) -> None:
    server = serve(core)
    assert core_at(server).name == f"http://{server.address}"


def test_core__height_above_tip__says_what_core_says(serve: Any) -> None:
    def respond(_: str, body: Any) -> Answer:
        failure = {"code": -8, "message": "Block height out of range"}
        return 200, json.dumps([{"id": 0, "result": None, "error": failure}])

    with pytest.raises(SourceError, match=r"getblockhash of 900000 failed: .* out of range.*-8"):
        core_at(serve(respond)).header(900_000)


def test_core__wrong_password__says_to_check_it(serve: Any) -> None:
    server = serve(lambda *_: (401, ""))
    with pytest.raises(SourceError, match=r"HTTP 401.*check the user and password"):
        core_at(server).tip_height()
    assert len(server.requests) == 1  # asking again would not help


def test_core__html_body__says_what_it_is_not(serve: Any) -> None:
    server = serve(lambda *_: (200, "<html><body>Welcome</body></html>"))
    with pytest.raises(SourceError, match=r"“<html><body>Welcome.*JSON-RPC"):
        core_at(server).tip_height()


def test_core__one_result_missing__refused(serve: Any) -> None:
    def respond(path: str, body: Any) -> Answer:
        _, text = core(path, body)
        return 200, json.dumps(json.loads(text)[1:])

    with pytest.raises(SourceError, match="not one JSON-RPC result for each call"):
        list(core_at(serve(respond)).headers(FIRST, 3))


@pytest.mark.parametrize("result", [{}, {"blocks": "many"}, {"blocks": -1}, [], None])
def test_core_tip_height__result_of_another_shape__refused(serve: Any, result: object) -> None:
    server = serve(lambda *_: (200, json.dumps([{"id": 0, "result": result}])))
    with pytest.raises(SourceError, match="without a usable blocks"):
        core_at(server).tip_height()


@pytest.mark.parametrize("header", ["00" * 79, "00" * 81, "zz" * 80, "", None, 7])
def test_core_header__not_80_bytes__refused(serve: Any, header: object) -> None:
    def respond(path: str, body: Any) -> Answer:
        if body[0]["method"] == "getblockhash":
            return core(path, body)
        return 200, json.dumps([{"id": 0, "result": header}])

    with pytest.raises(SourceError, match="not a header of 80 bytes"):
        core_at(serve(respond)).header(FIRST)


def test_core__busy_twice__asked_three_times_and_answers(serve: Any) -> None:
    server: Server = serve(
        lambda path, body: core(path, body) if len(server.requests) > 2 else (503, "busy")
    )
    assert core_at(server).tip_height() == LAST
    assert len(server.requests) == 3


def test_core__always_busy__gives_up_after_three(serve: Any) -> None:
    server = serve(lambda *_: (503, "Work queue depth exceeded"))
    with pytest.raises(SourceError, match=r"HTTP 503, “Work queue depth exceeded”.*try again"):
        core_at(server).tip_height()
    assert len(server.requests) == 3


def test_core__silent__says_how_long_it_waited(serve: Any) -> None:
    def respond(*_: Any) -> Answer:
        time.sleep(0.5)
        return 200, "[]"

    with pytest.raises(SourceError, match=r"did not answer within 0\.05 s"):
        core_at(serve(respond), timeout=0.05).tip_height()


def test_core__answer_that_drips__given_up() -> None:
    """A byte now and then is no silence; so the whole answer has a limit, too."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(1_000):
                    connection.sendall(b" ")
                    time.sleep(0.02)

    threading.Thread(target=drip, daemon=True).start()
    source = CoreSource(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.05)
    started = time.monotonic()
    with (
        stamina.set_testing(True, attempts=1),
        pytest.raises(SourceError, match="did not answer"),
    ):
        source.tip_height()
    listener.close()
    assert time.monotonic() - started < 10  # a thousand bytes would take twenty seconds


def test_core__nobody_listens__says_to_check_the_address(serve: Any) -> None:
    server = serve(core)
    source = core_at(server)
    server.close()
    with pytest.raises(SourceError, match=rf"{server.address} cannot be read.*check the address"):
        source.tip_height()


# Esplora


def test_esplora_headers__a_range__in_order(serve: Any) -> None:
    assert list(esplora_at(serve(esplora)).headers(FIRST, 5)) == list(shipped_headers()[:5])


def test_esplora_tip_height__number__returned(serve: Any) -> None:
    assert esplora_at(serve(esplora)).tip_height() == LAST


def test_esplora_chainwork__any_height__not_known(serve: Any) -> None:
    assert esplora_at(serve(esplora)).chainwork(FIRST) is None


def test_esplora_header__above_tip__says_that_it_may_not_have_it(serve: Any) -> None:
    server = serve(esplora)
    with pytest.raises(
        SourceError,
        match=rf"{server.address}/api/block-height/{LAST + 1} answered HTTP 404, “Block not found”"
        ": it may not have this block yet",
    ):
        esplora_at(server).header(LAST + 1)


@pytest.mark.parametrize("text", ["<html></html>", "", "-1", "8e5", "9" * 11, "٣"])
def test_esplora_tip_height__not_a_number__refused(serve: Any, text: str) -> None:
    with pytest.raises(SourceError, match="not a height"):
        esplora_at(serve(lambda *_: (200, text))).tip_height()


@pytest.mark.parametrize("text", ["<html></html>", "00" * 31, "../../admin"])
def test_esplora_header__not_a_hash__refused_and_not_asked_for(serve: Any, text: str) -> None:
    server = serve(lambda *_: (200, text))
    with pytest.raises(SourceError, match="not a block hash"):
        esplora_at(server).header(FIRST)
    assert len(server.requests) == 1


def test_esplora_header__79_bytes__refused(serve: Any) -> None:
    def respond(path: str, body: Any) -> Answer:
        return (200, "00" * 79) if path.endswith("/header") else esplora(path, body)

    with pytest.raises(SourceError, match="not a header of 80 bytes"):
        esplora_at(serve(respond)).header(FIRST)


# Secrets


@pytest.mark.parametrize(
    "respond",
    [
        lambda *_: (401, "no"),
        lambda *_: (500, "no"),
        lambda *_: (200, "<html>"),
        lambda *_: (200, '[{"id": 0, "result": "00"}]'),
        lambda *_: (200, '[{"id": 0, "error": {"code": -1, "message": "no"}}]'),
        lambda *_: time.sleep(0.3) or (200, ""),
    ],
    ids=["unauthorized", "broken", "html", "short", "error", "silent"],
)
@pytest.mark.parametrize("connect", [core_at, esplora_at])
def test_source__any_failure__password_in_no_message_and_no_traceback(
    serve: Any, respond: Respond, connect: Callable[[Server, float], CoreSource]
) -> None:
    source = connect(serve(respond), 0.1)
    with pytest.raises(SourceError) as caught:
        source.header(FIRST)
    shown = "".join(traceback.format_exception(caught.value)) + repr(source)
    assert "127.0.0.1" in shown
    assert not [secret for secret in (PASSWORD, QUOTED, "w0rd", "relayer") if secret in shown]


@pytest.mark.parametrize(
    "url",
    [
        "core+http://relayer:s3cret/word@127.0.0.1:8332",
        "core+http://relayer:1234/s3cret@127.0.0.1:8332",
        "core+http://relayer:1234#s3cret@127.0.0.1:8332",
        "core+http://relayer:s3cret@",
        "core+http:/relayer:s3cret@127.0.0.1:8332",
        "http://relayer:s3cret@127.0.0.1:8332",
        "core+ftp://relayer:s3cret@127.0.0.1:8332",
        "postgres://relayer:s3cret@127.0.0.1:8332",
    ],
)
def test_open_source__url_that_cannot_be_read__not_repeated(url: str) -> None:
    with pytest.raises(SourceError, match=r"core\+http|percent-encoded") as caught:
        open_source(url)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


# Files


@pytest.fixture
def raw_file(tmp_path: Path) -> Path:
    """The shipped headers as raw ones."""
    path = tmp_path / "headers.bin"
    path.write_bytes(b"".join(shipped_headers()))
    return path


def test_open_source__each_kind__opened(raw_file: Path) -> None:
    assert isinstance(open_source("core+http://127.0.0.1:8332"), CoreSource)
    assert isinstance(open_source("esplora+https://127.0.0.1/api"), EsploraSource)
    assert isinstance(open_source(str(SHIPPED_ARCHIVE)), FileSource)
    assert open_source(f"{raw_file}@{FIRST}") == open_source(f"file://{raw_file}@{FIRST}")


@pytest.mark.parametrize("is_archive", [True, False])
def test_file__heights__those_of_its_headers(raw_file: Path, is_archive: bool) -> None:
    source = open_source(str(SHIPPED_ARCHIVE) if is_archive else f"{raw_file}@{FIRST}")
    assert source.tip_height() == LAST
    assert source.header(LAST) == shipped_headers()[-1]
    assert list(source.headers(823_000, 300)) == list(shipped_headers()[472:772])


@pytest.mark.parametrize("start, count", [(FIRST - 1, 2), (LAST, 2), (LAST + 1, 1)])
@pytest.mark.parametrize("is_archive", [True, False])
def test_file__heights_it_does_not_hold__says_which_it_does(
    raw_file: Path, is_archive: bool, start: int, count: int
) -> None:
    source = open_source(str(SHIPPED_ARCHIVE) if is_archive else f"{raw_file}@{FIRST}")
    with pytest.raises(SourceError, match="has heights 822,528 to 830,592, not all of"):
        source.headers(start, count)


def test_file_chainwork__archive__counted_up_from_its_checkpoint() -> None:
    # One block of a difficulty of 72.0061 T, as every explorer shows it for this epoch.
    source = open_source(str(SHIPPED_ARCHIVE))
    before, after = source.chainwork(823_000), source.chainwork(823_001)
    assert before is not None and after is not None
    assert (after - before) / 2**32 / 1e12 == pytest.approx(72.0061, abs=0.002)


def test_file_chainwork__raw_from_genesis__verified_sum(tmp_path: Path) -> None:
    path = tmp_path / "chain.bin"
    path.write_bytes(GENESIS_BLOCKS)
    assert open_source(f"{path}@0").chainwork(1) == 0x2_0002_0002


def test_file_chainwork__raw_from_genesis_with_bad_work__refused(tmp_path: Path) -> None:
    path = tmp_path / "chain.bin"
    path.write_bytes(GENESIS_BLOCKS[:-1] + b"\0")
    with pytest.raises(SourceError, match="height 1 refused: insufficient work"):
        open_source(f"{path}@0").chainwork(1)


def test_file_chainwork__raw_from_elsewhere__not_known(raw_file: Path) -> None:
    assert open_source(f"{raw_file}@{FIRST}").chainwork(LAST) is None


def test_file__raw_without_height__says_how_to_write_it(raw_file: Path) -> None:
    with pytest.raises(SourceError, match=r"as in headers\.bin@822528"):
        open_source(str(raw_file))


@pytest.mark.parametrize("raw", [b"", bytes(79), bytes(81)])
def test_file__not_whole_headers__refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "headers.bin"
    path.write_bytes(raw)
    with pytest.raises(SourceError, match=f"has {len(raw)} bytes"):
        open_source(f"{path}@0")


def test_file__missing__says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        open_source(str(tmp_path / "none.headers"))


def test_file__corrupt_archive__a_source_error_names_the_height(tmp_path: Path) -> None:
    path = tmp_path / "corrupt.headers"
    raw = bytearray(SHIPPED_ARCHIVE.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(SourceError, match="corrupt at height 830,592"):
        open_source(str(path)).header(LAST)
