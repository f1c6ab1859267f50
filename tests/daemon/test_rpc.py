"""A node that answers well, badly or not at all, and what is known of a transaction then."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from terahash import rpc
from terahash.chain import ChainError, PendingError
from terahash.codec import EncodeError, shipped
from terahash.rpc import RpcChain
from tests.support.bitcoin_servers import Answer, Server

KEY = Account.from_key("0x" + "42" * 32)
TOKEN = "0x" + "11" * 20
BLOCK_HASH = "0x" + "22" * 32
BLOCK = {"number": "0x7", "timestamp": "0x65", "baseFeePerGas": "0x3b9aca00", "hash": BLOCK_HASH}
INFINITE = float("1e400")


class EvmNode:
    """Answers what it is told, and otherwise as a node does that mines at once.

    Attributes:
        answers: by method, what the node gives instead: a result, an HTTP status, an error (a
            dictionary with "code"), or a function of the parameters.
        sent: hash of what arrived; "" for nothing.
        logs: of every receipt.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.sent = ""
        self.logs: list[dict[str, Any]] = []

    def __call__(self, _: str, body: Any) -> Answer:
        method, params = body["method"], body["params"]
        usual = getattr(self, method)(*params)
        told = self.answers.get(method, usual)
        if callable(told):
            told = told(*params)
        if isinstance(told, int) and not isinstance(told, bool) and 400 <= told < 600:
            return told, "busy"
        whole = {"jsonrpc": "2.0", "id": body["id"]}
        if isinstance(told, dict) and "code" in told:
            return 200, json.dumps({**whole, "error": told})
        return 200, json.dumps({**whole, "result": told}).replace("Infinity", "1e400")

    def eth_chainId(self) -> str:
        return "0x1"

    def eth_blockNumber(self) -> str:
        return "0x7"

    def eth_getBalance(self, *_: Any) -> str:
        return "0x1"

    def eth_getLogs(self, *_: Any) -> list[Any]:
        return []

    def eth_call(self, *_: Any) -> str:
        return "0x" + "00" * 32

    def eth_estimateGas(self, *_: Any) -> str:
        return hex(50_000)

    def eth_maxPriorityFeePerGas(self) -> str:
        return hex(10**8)

    def eth_getBlockByNumber(self, *_: Any) -> Any:
        return BLOCK

    def eth_getTransactionCount(self, _: str, block: str) -> str:
        return "0x0"

    def eth_sendRawTransaction(self, raw: str) -> str:
        self.sent = "0x" + keccak(hexstr=raw).hex()
        return self.sent

    def eth_getTransactionReceipt(self, name: str) -> Any:
        return self.receipt(name) if name == self.sent else None

    def receipt(self, name: str, **changed: Any) -> dict[str, Any]:
        return {
            "transactionHash": name,
            "blockNumber": "0x7",
            "blockHash": BLOCK_HASH,
            "gasUsed": hex(40_000),
            "status": "0x1",
            "contractAddress": None,
            "logs": self.logs,
            **changed,
        }


@pytest.fixture
def node() -> EvmNode:
    return EvmNode()


@pytest.fixture
def chain(
    node: EvmNode, serve: Callable[[Any], Server], monkeypatch: pytest.MonkeyPatch
) -> RpcChain:
    monkeypatch.setattr(rpc, "POLL", 0.01)
    monkeypatch.setattr("web3.providers.rpc.rpc.time", SimpleNamespace(sleep=lambda _: None))
    return RpcChain(f"http://{serve(node).address}", KEY, patience=0.1)


def send(chain: RpcChain) -> Any:
    return chain.send("HashrateToken", TOKEN, "accrue")


def log(topic: bytes, body: str) -> dict[str, Any]:
    return {
        "address": TOKEN,
        "topics": ["0x" + topic.hex()],
        "data": body,
        "blockNumber": "0x7",
        "blockHash": BLOCK_HASH,
        "transactionHash": "0x" + "33" * 32,
        "transactionIndex": "0x0",
        "logIndex": "0x0",
    }


# What is known of a transaction that was signed


def test_send__mined__receipt_with_its_hash(node: EvmNode, chain: RpcChain) -> None:
    receipt = send(chain)
    assert (receipt.hash, receipt.gas_used, receipt.block_time) == (node.sent, 40_000, 0x65)
    assert len(receipt.hash) == 66


@pytest.mark.parametrize("answer", [503, {}, None, "0x", "0x" + "99" * 32, []])
def test_send__answer_lost_or_nonsense__its_own_hash_is_looked_for(
    node: EvmNode, chain: RpcChain, answer: Any
) -> None:
    node.answers["eth_sendRawTransaction"] = answer
    assert send(chain).hash == node.sent


@pytest.mark.parametrize("answer", [503, {}, "0x"])
def test_send__answer_lost_and_not_mined__pending_with_its_hash(
    node: EvmNode, chain: RpcChain, answer: Any
) -> None:
    node.answers |= {"eth_sendRawTransaction": answer, "eth_getTransactionReceipt": None}
    with pytest.raises(PendingError, match="was not seen mined") as caught:
        send(chain)
    assert caught.value.transaction == node.sent != ""
    assert "URL" not in str(caught.value)


@pytest.mark.parametrize(
    "changed",
    [{"status": INFINITE}, {"status": None}, {"gasUsed": "-0x1"}, {"logs": None}],
)
def test_send__receipt_of_another_shape__pending(
    node: EvmNode, chain: RpcChain, changed: dict[str, Any]
) -> None:
    node.answers["eth_getTransactionReceipt"] = lambda name: node.receipt(name, **changed)
    with pytest.raises(PendingError) as caught:
        send(chain)
    assert caught.value.transaction == node.sent


@pytest.mark.parametrize("method", ["eth_getTransactionReceipt", "eth_getBlockByNumber"])
def test_send__node_silent_after_it__pending(node: EvmNode, chain: RpcChain, method: str) -> None:
    def silent(*params: Any) -> Any:
        return 503 if node.sent else getattr(node, method)(*params)

    node.answers[method] = silent
    with pytest.raises(PendingError) as caught:
        send(chain)
    assert caught.value.transaction == node.sent


def test_send__reverted_when_mined__no_success(node: EvmNode, chain: RpcChain) -> None:
    node.answers["eth_getTransactionReceipt"] = lambda name: node.receipt(name, status="0x0")
    with pytest.raises(ChainError, match=r"0x\w{64} was reverted") as caught:
        send(chain)
    assert caught.value.transaction == node.sent
    assert not isinstance(caught.value, PendingError)


def test_send__log_that_does_not_decode__left_out(node: EvmNode, chain: RpcChain) -> None:
    covered = shipped().topic("HashrateToken", "Covered")
    node.logs = [log(covered, "0x1234"), log(covered, "0x" + f"{7:064x}" * 3)]
    assert send(chain).logs == (("Covered", {"amount": 7, "reserve": 7, "owed": 7}),)


def test_send__refused_by_the_node__failed_and_not_pending(node: EvmNode, chain: RpcChain) -> None:
    node.answers["eth_sendRawTransaction"] = {"code": -32000, "message": "insufficient funds"}
    with pytest.raises(ChainError, match=r"refused to send it: .*insufficient funds") as caught:
        send(chain)
    assert not isinstance(caught.value, PendingError)


def test_send__known_already__waited_for(node: EvmNode, chain: RpcChain) -> None:
    node.answers["eth_sendRawTransaction"] = {"code": -32000, "message": "already known"}
    node.answers["eth_getTransactionCount"] = lambda _, block: (
        "0x1" if node.sent and block == "pending" else "0x0"
    )
    assert send(chain).hash == node.sent


def test_settle__one_on_its_way__waited_for_and_counted(node: EvmNode, chain: RpcChain) -> None:
    assert chain.settle() == 0
    looks = iter(["0x4", "0x4", "0x5"])
    node.answers["eth_getTransactionCount"] = lambda _, block: (
        "0x5" if block == "pending" else next(looks)
    )
    assert chain.settle() == 1


# What nodes say


@pytest.mark.parametrize("number", [INFINITE, "-0x1", "0x" + "f" * 4_000, -1, "9" * 4_000, 1.5])
@pytest.mark.parametrize(
    "method",
    [
        "eth_chainId",
        "eth_estimateGas",
        "eth_maxPriorityFeePerGas",
        "eth_getTransactionCount",
        "eth_getBlockByNumber",
        "eth_getBalance",
        "eth_blockNumber",
    ],
)
def test_numbers__that_none_can_be__an_error_of_ours(
    node: EvmNode, chain: RpcChain, method: str, number: Any
) -> None:
    def asked() -> None:
        chain.balance()
        list(chain.events("HashrateToken", TOKEN, "Covered"))
        send(chain)

    is_block = method == "eth_getBlockByNumber"
    node.answers[method] = {**BLOCK, "baseFeePerGas": number} if is_block else number
    with pytest.raises(ChainError):
        asked()
    assert node.sent == ""
    del node.answers[method]
    asked()
    assert node.sent


@pytest.mark.parametrize("code", [3, -32000])
def test_message__that_steers_a_terminal__printable_and_cut(
    node: EvmNode, chain: RpcChain, code: int
) -> None:
    node.answers["eth_call"] = {"code": code, "message": "odd\x1b[2J" + "!" * 5_000}
    with pytest.raises(ChainError) as caught:
        send(chain)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_reason__that_steers_a_terminal__printable_and_cut(node: EvmNode, chain: RpcChain) -> None:
    text = b"odd\x1b[2J" + b"!" * 500
    body = f"{32:064x}{len(text):064x}" + text.hex().ljust(1_024, "0")
    reverted = {"code": 3, "message": "execution reverted", "data": "0x08c379a0" + body}
    node.answers["eth_call"] = reverted
    with pytest.raises(ChainError) as caught:
        send(chain)
    assert caught.value.reason.startswith("odd?[2J!!")
    assert len(caught.value.reason) == 200


@pytest.mark.parametrize("amount", [2**256, -1, "x"])
def test_argument__that_does_not_fit__an_error_of_ours(chain: RpcChain, amount: Any) -> None:
    with pytest.raises(EncodeError, match="one of _amount is not what the contract takes"):
        chain.send("HashrateToken", TOKEN, "deliver", amount)
