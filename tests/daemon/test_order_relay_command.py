"""`terahash orders serve` as its users run it: what it refuses, and how it ends."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from terahash.cli import main
from terahash.deployment import Deployed, Deployment
from terahash.orders.book import Book
from tests.support.desk import Desk
from tests.support.order_relay import DOMAIN, MARKET, Node, Process, answered, connected


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    contracts = {"PairMarket": Deployed(address=MARKET, arguments=[])}
    file = tmp_path / "deployment.json"
    file.write_text(Deployment(chain_id=1, contracts=contracts).model_dump_json())
    return file


def serve(deployment: Path, *options: str) -> Result:
    """Run the command, which ends by itself where it refuses."""
    book = deployment.with_name("orders.sqlite")
    arguments = ["orders", "serve", "--deployment", str(deployment), "--book", str(book)]
    runner = CliRunner(mix_stderr=False, env={"TERAHASH_RPC": ""})
    return runner.invoke(main, [*arguments, "--listen", "127.0.0.1:0", *options])


def test_serve__address_taken__refused_in_words(deployment: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        result = serve(deployment, "--listen", where)
    assert (result.exit_code, where in result.stderr) == (1, True), result.stderr


@pytest.mark.parametrize("where", ["", "8645", ":8645", "127.0.0.1:", "127.0.0.1:x", "h:65536"])
def test_serve__no_address__wrong_usage(deployment: Path, where: str) -> None:
    result = serve(deployment, "--listen", where)
    assert (result.exit_code, "HOST:PORT" in result.stderr) == (2, True), result.stderr


def test_serve__book_of_another_market__refused_and_left_alone(deployment: Path) -> None:
    other = DOMAIN._replace(chain_id=5)
    Book(deployment.with_name("orders.sqlite"), other).close()
    result = serve(deployment)
    assert (result.exit_code, "on chain 5" in result.stderr) == (1, True), result.stderr
    Book(deployment.with_name("orders.sqlite"), other).close()


def test_serve__deployment_without_a_market__refused_in_words(deployment: Path) -> None:
    deployment.write_text(Deployment(chain_id=1, contracts={}).model_dump_json())
    result = serve(deployment)
    assert (result.exit_code, "PairMarket" in result.stderr) == (1, True), result.stderr


def test_serve__node_of_another_chain__refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    deployed = Deployment.model_validate_json(desk.file.read_bytes())
    desk.file.write_text(deployed.model_copy(update={"chain_id": 7}).model_dump_json())

    def connect(_: str) -> Any:
        return Node(desk.chain)

    monkeypatch.setattr("terahash.orders.relay.command.connect", connect)
    result = serve(desk.file, "--rpc", "http://nowhere")
    assert (result.exit_code, "of chain 7" in result.stderr) == (1, True), result.stderr


def test_serve__told_to_end_with_streams_open__ends_at_once_and_in_order(tmp_path: Path) -> None:
    relay = Process(tmp_path)
    with closing(connected(relay.port)) as listening:
        listening.sendall(b"GET /stream HTTP/1.1\r\nHost: relay\r\n\r\n")
        assert listening.recv(100)
        code, said = relay.close()
        answered(listening)  # which ends
    assert (code, said.strip().splitlines()[-1]) == (0, "Ended; all orders are on the disk.")
    assert "Traceback" not in said
