"""revm as a `Chain`: the EVM of the tests, fifty times faster than one in Python.

The demo, the gas figures and the integration tests run on py-evm instead, so that two independent
EVMs execute every contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from terahash.chain import ChainError, Receipt
from terahash.codec import Codec, Contract, returned, revert_reason
from tests.support.compiled import compile_contract

_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")
CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
GAS_LIMIT = 16_777_216
"""Gas that one transaction may use (EIP-7825)."""
SENDER = to_checksum_address("0x" + "5e" * 20)


class _Compiled(dict[str, Contract]):
    """The deployed contracts, compiled when they are first asked for."""

    def __missing__(self, name: str) -> Contract:
        for path in CONTRACTS.rglob(f"{name}.vy"):
            self[name] = compile_contract(path)
            return self[name]
        raise KeyError(name)


@cache
def compiled() -> Codec:
    """Return the contracts of this project, once a process."""
    return Codec(_Compiled())


class RevmChain:
    """Contracts on one revm, at whatever time a test sets.

    Attributes:
        now: unix seconds, of every call until it is changed.
        gas: that a call may use, likewise.
        sender: whose account calls, likewise.
        deployed: what each deployment did, by address.
    """

    chain_id = 1

    def __init__(self, now: int) -> None:
        self.now = now
        self.gas = GAS_LIMIT
        self.sender = SENDER
        self.deployed: dict[str, Receipt] = {}
        self._evm = EVM()
        self._codec = compiled()
        self._logs: list[tuple[str, str, dict[str, Any]]] = []  # address, event, arguments

    @classmethod
    def numbered(cls, chain_id: int, now: int) -> RevmChain:
        """Start another chain, on which the first account deploys to the same addresses."""
        chain = cls(now)
        chain._evm = EVM(env=Env(cfg=CfgEnv(chain_id=chain_id)))
        chain.chain_id = chain_id
        return chain

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo everything that happens to the chain inside."""
        now, gas, logged = self.now, self.gas, len(self._logs)
        snapshot = self._evm.snapshot()
        try:
            yield
        finally:
            self._evm.revert(snapshot)
            del self._logs[logged:]
            self.now, self.gas = now, gas

    @contextmanager
    def acting_as(self, sender: str) -> Iterator[None]:
        """Let another account call inside."""
        before, self.sender = self.sender, sender
        try:
            yield
        finally:
            self.sender = before

    def has_code(self, address: str) -> bool:
        return bool(self._evm.get_code(address))

    def deploy(self, contract: str, *args: Any) -> str:
        return self._deploy(f"deploying {contract}", self._codec.creation(contract, args))

    def deploy_blueprint(self, contract: str) -> str:
        return self._deploy(f"deploying {contract}'s blueprint", self._codec.blueprint(contract))

    def _deploy(self, action: str, code: bytes) -> str:
        self._set_time()
        try:
            address = str(to_checksum_address(self._evm.deploy(self.sender, code)))
        except RuntimeError as error:
            raise _failure(action, error) from error
        self.deployed[address] = self._receipt()
        return address

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        method, calldata = self._codec.calldata(contract, function, args)
        return returned(method, self._execute(contract, address, function, calldata))

    def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
        """Execute a call; its gas is of warm storage, and not to be published."""
        _, calldata = self._codec.calldata(contract, function, args)
        self._execute(contract, address, function, calldata)
        return self._receipt()

    def events(self, contract: str, address: str, event: str) -> Iterator[dict[str, Any]]:
        for where, name, arguments in reversed(self._logs):
            if (where, name) == (address, event):
                yield arguments

    def _receipt(self) -> Receipt:
        result = self._evm.result
        logs = []
        for log in result.logs:
            topics = [bytes.fromhex(topic.removeprefix("0x")) for topic in log.topics]
            for name, arguments in self._codec.logs([(topics, log.data[1])]):
                logs.append((name, arguments))
                self._logs.append((str(to_checksum_address(log.address)), name, arguments))
        return Receipt(result.gas_used, self.now, tuple(logs))

    def _execute(self, contract: str, address: str, function: str, calldata: bytes) -> bytes:
        self._set_time()
        try:
            return self._evm.message_call(self.sender, address, calldata, gas=self.gas)
        except RuntimeError as error:
            raise _failure(f"{contract}.{function}", error) from error

    def _set_time(self) -> None:
        self._evm.reset_transient_storage()
        self._evm.set_block_env(BlockEnv(timestamp=self.now))


def _failure(action: str, error: RuntimeError) -> ChainError:
    """Read revm's words for a revert: it says what was returned in them and nowhere else."""
    found = _OUTPUT.search(str(error))
    output = bytes.fromhex(found[1]) if found else b""
    return ChainError(action, revert_reason(output), str(error)[:200])
