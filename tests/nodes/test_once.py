"""`terahash-oracle once` as its users run it: a real EVM node, a keystore, files of headers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from click.testing import CliRunner, Result
from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracle.cli import main
from oracle.once import run_once
from oracle.sources import open_source
from terahash import rpc
from terahash.bitcoin.state import DAY_BLOCKS, extend
from terahash.chain import ChainError
from terahash.deployment import Deployment, Terms, deploy
from terahash.hashprice_index import HashpriceIndex
from terahash.relay import Relay
from terahash.rpc import RpcChain
from terahash.units import DAY
from tests.nodes.conftest import START, Node
from tests.support.bitcoin_servers import Server
from tests.support.revm_chain import compiled
from tests.support.shared_data import FIRST, shipped_headers

PASSWORD = "correct horse"
DAYS = 2


class Setting(NamedTuple):
    """A deployment on a node, and the files that an operator has."""

    node: Node
    chain: RpcChain
    deployment: Deployment
    file: Path
    headers: str
    keystore: Path
    password: Path

    @property
    def relay(self) -> Relay:
        return Relay(self.chain, self.deployment.address("BitcoinRelay"))

    @property
    def index(self) -> HashpriceIndex:
        return HashpriceIndex(self.chain, self.deployment.address("HashpriceIndex"))

    def once(self, *extra: str, rpc: str = "", key: bool = True, **env: str) -> Result:
        """Run the command; `rpc` stands for the node's URL."""
        arguments = ["once", "--deployment", str(self.file), "--source", self.headers, *extra]
        if key:
            arguments += ["--keystore", str(self.keystore), "--password-file", str(self.password)]
        env = {"TERAHASH_RPC": rpc or self.node.url, **env}
        return CliRunner().invoke(main, arguments, env=env)

    def wait(self, seconds: int = DAY) -> None:
        self.node.set_time(self.chain.now + seconds)


@pytest.fixture(autouse=True)
def no_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bitcoin's headers of 2023 are news to the node, whose own clock says so."""
    monkeypatch.setattr("oracle.cli.time", lambda: 0.0)
    monkeypatch.setattr(rpc, "POLL", 0.05)


@pytest.fixture
def setting(node: Node, payer: LocalAccount, tmp_path: Path) -> Setting:
    chain = RpcChain(node.url, payer, compiled())
    file = tmp_path / "deployment.json"
    deployment = deploy(chain, Terms(START, confirmations=1), file)
    headers = tmp_path / "headers.bin"
    headers.write_bytes(b"".join(shipped_headers()[: DAYS * DAY_BLOCKS + 1]))
    keystore, password = tmp_path / "key.json", tmp_path / "password"
    keystore.write_text(json.dumps(Account.encrypt(payer.key, PASSWORD, iterations=2)))
    password.write_text(PASSWORD + "\n")
    node.set_time(START.time + (DAYS + 1) * DAY)
    return Setting(node, chain, deployment, file, f"{headers}@{FIRST}", keystore, password)


def test_once__two_days__relayed_final_recorded_closed(setting: Setting) -> None:
    first = setting.once()
    assert first.exit_code == 0, first.output
    assert first.output.splitlines()[0].startswith("relayed headers 822,528 to 822,671  (")
    assert first.output.splitlines()[-1].startswith("3 transactions, ")
    state = extend(START, b"".join(shipped_headers()[: DAYS * DAY_BLOCKS + 1]))
    assert setting.relay.tip()[:3] == (state.chainwork, state.height, state.bits)
    assert setting.once().output == "Nothing is due.\n"
    setting.wait()
    second = json.loads(setting.once("--json").stdout)
    assert [step["what"] for step in second["steps"]] == [
        "finalized block-days 5712 to 5713",
        "recorded block-days 5712 to 5713",
    ]
    assert all(step["gas"] > 21_000 for step in second["steps"])
    setting.wait()
    assert "closed block-day 5713" in setting.once().output
    assert setting.index.latest().day == 5_713
    assert setting.once().output == "Nothing is due.\n"


def test_once__no_key__says_what_is_due_and_sends_nothing(setting: Setting) -> None:
    before = setting.node.rpc("eth_blockNumber")
    result = setting.once(key=False)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Dry run, for there is no key. Due now:",
        "relayed headers 822,528 to 822,671",
        "relayed headers 822,672 to 822,815",
        "relayed headers 822,816 to 822,816",
        "What follows from these is due once they are done.",
    ]
    assert setting.node.rpc("eth_blockNumber") == before


def test_once__wrong_password__refused_without_repeating_it(setting: Setting) -> None:
    setting.password.write_text("wrong battery")
    result = setting.once()
    assert result.exit_code == 1
    assert "cannot be opened: the password is wrong" in result.output
    assert "battery" not in result.output


def test_once__password_in_the_environment__opens_the_key(setting: Setting) -> None:
    result = setting.once(
        "--keystore", str(setting.keystore), key=False, TERAHASH_PASSWORD=PASSWORD
    )
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output


def test_once__deployment_of_another_chain__refused(setting: Setting) -> None:
    other = setting.deployment.model_copy(update={"chain_id": 1})
    setting.file.write_text(other.model_dump_json())
    result = setting.once()
    assert result.exit_code == 1
    assert "the deployment is of chain 1, and the node is of 31337" in result.output


def test_once__empty_wallet__refused_before_anything_is_sent(setting: Setting) -> None:
    poor = Account.create()
    setting.keystore.write_text(json.dumps(Account.encrypt(poor.key, PASSWORD, iterations=2)))
    result = setting.once()
    assert result.exit_code == 1
    assert f"{poor.address} has nothing to pay with" in result.output


def test_once__node_is_down__the_url_and_its_key_are_not_repeated(setting: Setting) -> None:
    result = setting.once(rpc="http://127.0.0.1:1/v2/s3cretkey")
    assert result.exit_code == 1
    assert "the node did not answer" in result.output
    assert "s3cret" not in result.output + repr(result.exception)


def test_once__contracts_that_are_not_there__said(setting: Setting) -> None:
    nowhere = "0x" + "00" * 19 + "77"
    contracts = {
        name: one.model_copy(update={"address": nowhere})
        for name, one in setting.deployment.contracts.items()
    }
    setting.file.write_text(
        setting.deployment.model_copy(update={"contracts": contracts}).model_dump_json()
    )
    result = setting.once()
    assert result.exit_code == 1
    assert f"no contract answers at {nowhere}" in result.output


def test_once__interrupted_with_a_transaction_on_its_way__the_next_run_waits_for_it(
    setting: Setting, payer: LocalAccount
) -> None:
    setting.node.rpc("evm_setAutomine", False)
    source = open_source(setting.headers)
    impatient = RpcChain(setting.node.url, payer, patience=0.2)
    sent = run_once(impatient, setting.deployment, [source], now=setting.chain.now)
    assert sent.steps == []
    assert "was not seen mined within 0.2 s" in sent.failures[0]
    with pytest.raises(ChainError, match=r"1 of 0x\w+ were not mined within 0.2 s"):
        impatient.settle()
    mining = threading.Timer(0.5, lambda: setting.node.rpc("evm_setIntervalMining", 1))
    mining.start()
    result = setting.once()
    mining.join()
    assert result.exit_code == 0, result.output
    # The first batch was sent once: by the run that was interrupted.
    assert result.output.startswith("relayed headers 822,672 to 822,815")
    assert setting.relay.tip().height == FIRST + DAYS * DAY_BLOCKS


# What nodes answer


@pytest.fixture
def proxy(setting: Setting) -> Iterator[Callable[[Callable[[Any], Any]], str]]:
    """A server that answers some calls itself and hands the others to the node."""
    servers: list[Server] = []

    def start(answer: Callable[[Any], Any]) -> str:
        def respond(_: str, body: Any) -> tuple[int, str]:
            own = answer(body)
            if own is not None:
                return 200, own if isinstance(own, str) else json.dumps(own)
            return 200, httpx.post(setting.node.url, json=body, timeout=30).text

        servers.append(Server(respond))
        return f"http://{servers[-1].address}"

    yield start
    for server in servers:
        server.close()


def test_events__node_that_limits_ranges__asked_for_less(
    setting: Setting, proxy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges: list[int] = []

    def limited(body: Any) -> Any:
        if body["method"] != "eth_getLogs":
            return None
        asked = body["params"][0]
        size = int(asked["toBlock"], 16) - int(asked["fromBlock"], 16) + 1
        ranges.append(size)
        if size > 10:
            message = "query exceeds the range of this plan"
            return {
                "jsonrpc": "2.0",
                "id": body["id"],
                "error": {"code": -32005, "message": message},
            }
        return None

    setting.once()
    setting.node.rpc("anvil_mine", hex(200))
    chain = RpcChain(proxy(limited))
    found = list(chain.events("BitcoinRelay", setting.relay.address, "Submitted"))
    assert [log["state"][1] for log in found] == [822_816, 822_815, 822_671, 822_527]
    assert min(ranges) <= 10 < max(ranges)


@pytest.mark.parametrize("body", ["<html>Too many requests</html>", "{}", "[]"])
def test_call__body_that_is_no_answer__an_error_of_ours(
    setting: Setting, proxy: Any, body: str
) -> None:
    chain = RpcChain(proxy(lambda _: body))
    with pytest.raises(ChainError):
        _ = chain.now


def test_send__contract_refuses__its_reason_and_nothing_paid(setting: Setting) -> None:
    before = setting.node.rpc("eth_blockNumber")
    with pytest.raises(ChainError) as caught:
        setting.index.close()
    assert caught.value.reason == "index: nothing to close"
    assert setting.node.rpc("eth_blockNumber") == before


def test_once__node_asks_for_too_much__refused_before_it_is_paid(
    setting: Setting, proxy: Any
) -> None:
    def greedy(body: Any) -> Any:
        if body["method"] != "eth_maxPriorityFeePerGas":
            return None
        return {"jsonrpc": "2.0", "id": body["id"], "result": hex(10**15)}

    before = setting.node.rpc("eth_blockNumber")
    result = setting.once(rpc=proxy(greedy))
    assert result.exit_code == 1
    assert "wait, or allow a higher fee" in result.output
    assert setting.node.rpc("eth_blockNumber") == before


@pytest.mark.parametrize("result", ["0x", [], "busy", {}, None])
@pytest.mark.parametrize("method", ["eth_call", "eth_getBlockByNumber", "eth_getLogs"])
def test_once__answer_of_another_shape__one_line_and_exit_1(
    setting: Setting, proxy: Any, method: str, result: Any
) -> None:
    def wrong(body: Any) -> Any:
        if body["method"] != method:
            return None
        return {"jsonrpc": "2.0", "id": body["id"], "result": result}

    found = setting.once(rpc=proxy(wrong))
    assert found.exit_code == 1
    assert "Error: " in found.output
    assert "Traceback" not in found.output
    assert found.exception is None or isinstance(found.exception, SystemExit)
