"""titanoboa's EVM as a `Chain`: thousands of transactions a second."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import boa
from boa.contracts.vyper.vyper_contract import VyperContract, VyperDeployer
from eth_abi import decode

from terahash.chain import ChainError, Receipt

_ERROR = bytes.fromhex("08c379a0")
CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"


@cache
def deployer(contract: str) -> VyperDeployer:
    """Compile a contract by its name, once."""
    (path,) = CONTRACTS.rglob(f"{contract}.vy")
    return boa.load_partial(str(path))


class BoaChain:
    """The `Chain` of `terahash.chain`, in this process and at whatever time the test sets."""

    chain_id = 1

    @property
    def now(self) -> int:
        return int(boa.env.timestamp)

    @now.setter
    def now(self, time: int) -> None:
        boa.env.timestamp = time

    def has_code(self, address: str) -> bool:
        return bool(boa.env.get_code(address))

    def deploy(self, contract: str, *args: Any) -> str:
        return str(self._try(deployer(contract).deploy, *args).address)

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        return self._try(getattr(self.at(contract, address), function), *args)

    def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
        """Execute a call; the gas is of the execution alone, so measure with real receipts."""
        target = self.at(contract, address)
        self._try(getattr(target, function), *args)
        logs = tuple((type(log).__name__, _arguments(log)) for log in target.get_logs())
        return Receipt(target._computation.get_gas_used(), self.now, logs)

    def at(self, contract: str, address: str) -> VyperContract:
        """Return titanoboa's own object for a contract that stands at an address."""
        return deployer(contract).at(address)

    @staticmethod
    def _try(function: Any, *args: Any) -> Any:
        try:
            return function(*args)
        except boa.BoaError as error:
            raise ChainError(
                getattr(function, "fn_signature", "deploying"), _reason(error)
            ) from error


def _arguments(log: Any) -> dict[str, Any]:
    return {name: value for name, value in log._asdict().items() if name != "address"}


def _reason(error: boa.BoaError) -> str:
    """Take the contract's own words out of the raw return of a failed call."""
    raw = next(iter(error.stack_trace.last_frame.vm_error.args), b"")
    return str(decode(["string"], raw[4:])[0]) if raw[:4] == _ERROR else ""
