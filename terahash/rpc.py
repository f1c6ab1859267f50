"""An EVM chain behind JSON-RPC, and the account that pays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, partial
from time import monotonic, sleep
from typing import Any, Literal, NamedTuple

from eth_account.datastructures import SignedTransaction
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from requests import RequestException
from web3 import Web3
from web3.exceptions import RequestTimedOut, TimeExhausted, Web3Exception, Web3RPCError
from web3.types import BlockData, FilterParams, LogReceipt, TxParams

from terahash.chain import ChainError, PendingError, Receipt, Transaction
from terahash.codec import Codec, Logs, returned, shipped
from terahash.node import NONSENSE, ask, natural
from terahash.text import quoted
from terahash.wallet import Estimate

TIMEOUT = 20.0
"""Seconds that a node may be silent."""
PATIENCE = 300.0
"""Seconds that a transaction may wait to be mined."""
POLL = 0.5
"""Seconds between two looks at a transaction."""
FIRST_RANGE, LAST_RANGE = 2_000, 64_000
"""Blocks that one request for logs asks for: at first, and at most."""

MAX_FEE = 100 * 10**9
"""Wei that a unit of gas may cost, unless the operator says otherwise."""
MAX_GAS = 16_777_216
"""Gas that one transaction may use (EIP-7825)."""
SPARE_GAS = 30_000
"""Allowed beyond an estimate and an eighth of it: interest that was not due a second before takes
gas when it is mined. What is left is not paid."""


WAITING = "waiting for earlier transactions"


class _Mined(NamedTuple):
    """A transaction that was mined: done or reverted, and the contract that it deployed."""

    is_done: bool
    receipt: Receipt
    contract: object


def _raw(log: LogReceipt) -> tuple[list[bytes], bytes]:
    return [bytes(topic) for topic in log["topics"]], bytes(log["data"])


class RpcChain:
    """One node. Without an account it is read only.

    One transaction is on its way at a time: an earlier one of the account, of whoever was
    interrupted, is waited for before the next is sent.
    """

    def __init__(
        self,
        url: str,
        account: LocalAccount | None = None,
        codec: Codec | None = None,
        patience: float = PATIENCE,
        max_fee: int = MAX_FEE,
    ) -> None:
        """Name the node by its URL, which is never repeated: it may hold a key."""
        self._web3 = Web3(Web3.HTTPProvider(url, request_kwargs={"timeout": TIMEOUT}))
        self._account = account
        self._codec = codec or shipped()
        self._patience = patience
        self._max_fee = max_fee

    @cached_property
    def chain_id(self) -> int:
        """The chain's id, EIP-155."""
        return ask("asking for the chain's id", lambda: natural(self._web3.eth.chain_id))

    @property
    def now(self) -> int:
        """The newest block's time, unix seconds."""
        return ask("reading the newest block", lambda: natural(self._newest()["timestamp"]))

    def balance(self) -> int:
        """Read what the account can pay with, wei; zero without an account."""
        account = self._account
        if account is None:
            return 0
        balance = self._web3.eth.get_balance
        return ask("reading a balance", lambda: natural(balance(account.address)))

    def has_code(self, address: str) -> bool:
        """Say whether a contract lives at this address."""
        return bool(self.code(address))

    def code(self, address: str) -> bytes:
        """Read an account's code; empty for an account that has only a key."""
        where = to_checksum_address(address)
        return ask("reading a contract", lambda: bytes(self._web3.eth.get_code(where)))

    def deploy(self, contract: str, *args: Any) -> str:
        """Deploy a contract, whose creation code the codec must hold; return its address."""
        return self._deploy(f"deploying {contract}", self._codec.creation(contract, args))

    def deploy_blueprint(self, contract: str) -> str:
        """Deploy a contract's creation code for others to deploy (ERC-5202); return its address."""
        return self._deploy(f"deploying {contract}'s blueprint", self._codec.blueprint(contract))

    def _deploy(self, action: str, code: bytes) -> str:
        mined = self._transact(action, None, code)
        return ask(action, lambda: str(to_checksum_address(str(mined.contract))))

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        """Read a view as of the newest block."""
        action = f"{contract}.{function}"
        method, calldata = self._codec.calldata(contract, function, args)
        transaction = self._transaction(address, calldata)
        output = ask(action, lambda: bytes(self._web3.eth.call(transaction)))
        if not output and method["outputs"]:
            raise ChainError(action, "", f"no contract answers at {address}: check the deployment")
        return ask(action, lambda: returned(method, output))

    def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
        """Try a transaction, send it, and wait for its receipt."""
        _, calldata = self._codec.calldata(contract, function, args)
        return self._transact(f"{contract}.{function}", address, calldata).receipt

    def estimate(self, transaction: Transaction, sender: str) -> Estimate:
        """Try a transaction, and say what it would take."""
        function = transaction.function
        _, calldata = self._codec.calldata(transaction.contract, function, transaction.arguments)
        asked = self._transaction(transaction.address, calldata)
        asked["from"] = to_checksum_address(sender)
        return self._estimate(f"{transaction.contract}.{function}", asked)

    def _estimate(self, action: str, transaction: TxParams) -> Estimate:
        eth = self._web3.eth
        ask(action, lambda: eth.call(transaction))
        gas = ask(action, lambda: natural(eth.estimate_gas(transaction)))
        base = ask(action, lambda: natural(self._newest()["baseFeePerGas"]))
        return Estimate(gas, base, ask(action, lambda: natural(eth.max_priority_fee)))

    def _transact(self, action: str, address: str | None, data: bytes) -> _Mined:
        if self._account is None:
            raise ChainError(action, "", "there is no key to sign with")
        transaction = self._transaction(address, data)
        nonce = self._settled()
        gas, base, tip = self._estimate(action, transaction)
        if gas > MAX_GAS or base + tip > self._max_fee:
            raise ChainError(
                action,
                "",
                f"the node asks for {gas:,} gas at {(base + tip) / 10**9:g} gwei, above "
                f"{MAX_GAS:,} gas at {self._max_fee / 10**9:g} gwei: wait, or allow a higher fee",
            )
        whole: dict[str, Any] = {
            **transaction,
            "value": 0,
            "chainId": self.chain_id,
            "nonce": nonce,
            "gas": min(gas + gas // 8 + SPARE_GAS, MAX_GAS),
            "maxFeePerGas": min(2 * base + tip, self._max_fee),
            "maxPriorityFeePerGas": tip,
        }
        signed = self._account.sign_transaction(whole)
        return self._mined(action, signed, nonce)

    def events(self, contract: str, address: str, event: str) -> Iterator[dict[str, Any]]:
        """Stream what a contract has logged under a name, newest first, range by range."""
        topic = "0x" + self._codec.topic(contract, event).hex()
        action = f"reading {contract}'s logs"
        last = ask(action, lambda: natural(self._web3.eth.block_number))
        size, limit = FIRST_RANGE, LAST_RANGE
        while last >= 0:
            wanted: FilterParams = {
                "address": to_checksum_address(address),
                "topics": [topic],
                "fromBlock": max(last - size + 1, 0),
                "toBlock": last,
            }
            try:
                found = ask(action, partial(self._logs, wanted))
            except ChainError:
                if size == 1:
                    raise
                size = limit = max(size // 8, 1)  # nodes limit ranges, each in its own words
                continue
            for _, arguments in reversed(found):
                yield arguments
            last -= size
            size = min(2 * size, limit)

    def _logs(self, wanted: FilterParams) -> Logs:
        return self._codec.logs(map(_raw, self._web3.eth.get_logs(wanted)))

    def _newest(self) -> BlockData:
        return self._web3.eth.get_block("latest")

    def _transaction(self, address: str | None, data: bytes) -> TxParams:
        transaction: TxParams = {"data": data}
        if address:
            transaction["to"] = to_checksum_address(address)
        if self._account:
            transaction["from"] = self._account.address
        return transaction

    def settle(self) -> int:
        """Wait until no earlier transaction of the account is on its way; return how many were.

        Raises:
            PendingError: when one stays on its way for too long.
        """
        before = self._count("latest")
        return self._settled() - before

    def _settled(self) -> int:
        """Settle, and return the account's next nonce."""
        pending, until = self._count("pending"), monotonic() + self._patience
        while (mined := self._count("latest")) < pending:
            if monotonic() >= until:
                raise PendingError(
                    WAITING,
                    "",
                    f"{pending - mined} of {self._payer.address} were not mined within "
                    f"{self._patience:g} s: replace them with a higher fee, or wait",
                )
            sleep(POLL)
        return mined

    def _count(self, block: Literal["latest", "pending"]) -> int:
        """Count the account's transactions up to a block."""
        count = self._web3.eth.get_transaction_count
        return ask(WAITING, lambda: natural(count(self._payer.address, block)))

    @property
    def _payer(self) -> LocalAccount:
        assert self._account is not None
        return self._account

    def _mined(self, action: str, signed: SignedTransaction, nonce: int) -> _Mined:
        """Send what is signed, and wait for its receipt: from here on it may be on its way."""
        name = "0x" + bytes(signed.hash).hex()
        try:
            refusal = self._refusal(signed, nonce)
            mined = None if refusal else ask(action, lambda: self._receipt(name))
        except (TimeExhausted, ChainError):
            raise PendingError(
                action,
                "",
                f"transaction {name} was not seen mined within {self._patience:g} s: run again "
                "later, which waits for it first",
                name,
            ) from None
        if mined is None:
            raise ChainError(action, "", f"the node refused to send it: {refusal}")
        if not mined.is_done:
            reverted = f"transaction {name} was reverted when it was mined"
            raise ChainError(action, "", reverted, name)
        return mined

    def _refusal(self, signed: SignedTransaction, nonce: int) -> str:
        """Send what is signed, and say why the node refused; "" where it may have taken it."""
        try:
            self._web3.eth.send_raw_transaction(signed.raw_transaction)
        except RequestTimedOut:
            pass
        except Web3RPCError as error:
            # web3 sends again after a lost answer, and the node may know it by then.
            if self._count("pending") <= nonce:
                return quoted(str(error)) or "it gave no reason"
        except (RequestException, Web3Exception, *NONSENSE):
            pass  # only the receipt will tell
        return ""

    def _receipt(self, name: str) -> _Mined:
        """Wait for a receipt and read it; a log that does not decode is left out."""
        eth = self._web3.eth
        mined = eth.wait_for_transaction_receipt(HexBytes(name), self._patience, POLL)
        logs: list[tuple[str, dict[str, Any]]] = []
        for log in mined["logs"]:
            with suppress(*NONSENSE):
                logs += self._codec.logs([_raw(log)])
        time = natural(eth.get_block(mined["blockNumber"])["timestamp"])
        receipt = Receipt(natural(mined["gasUsed"]), time, tuple(logs), name)
        return _Mined(natural(mined["status"]) == 1, receipt, mined["contractAddress"])
