"""What the library asks of an EVM chain, whoever runs it: ape, titanoboa or a node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from terahash.errors import TerahashError


class ChainError(TerahashError):
    """A transaction or a call that failed.

    Attributes:
        action: what was being done.
        reason: the contract's own words, "" when it gave none.
        transaction: hash of what was sent all the same, "" for nothing.
    """

    def __init__(self, action: str, reason: str, detail: str = "", transaction: str = "") -> None:
        super().__init__(f"{action} failed: {reason or detail or 'reverted without a reason'}")
        self.action = action
        self.reason = reason
        self.transaction = transaction


class PendingError(ChainError):
    """A transaction that may have been sent, and was not seen mined: send nothing after it.

    Those that somebody else has sent have no hash here.
    """


@dataclass(frozen=True)
class Receipt:
    """What one transaction did.

    Attributes:
        gas_used: of the whole of it: intrinsic cost, calldata floor (EIP-7623), cold storage.
        block_time: unix seconds.
        logs: (event's name, its arguments), in order.
        hash: of the transaction; "" on chains that name none.
    """

    gas_used: int
    block_time: int
    logs: tuple[tuple[str, dict[str, Any]], ...]
    hash: str = ""


@dataclass(frozen=True)
class Transaction:
    """A call that nobody has sent yet: to look at, to sign elsewhere, or to send.

    Attributes:
        contract: name of the contract, by which its ABI is known.
        address: where it stands.
        function: to call.
        arguments: of the function; structs are tuples.
    """

    contract: str
    address: str
    function: str
    arguments: tuple[Any, ...] = ()

    def send(self, chain: Chain) -> Receipt:
        """Send it from the chain's account.

        Raises:
            ChainError: when the chain refuses.
        """
        return chain.send(self.contract, self.address, self.function, *self.arguments)


class Chain(Protocol):
    """An EVM chain with one account that sends. Structs are tuples, both ways.

    Every method raises `ChainError` when the chain refuses.
    """

    @property
    def chain_id(self) -> int:
        """The chain's id, EIP-155."""

    @property
    def now(self) -> int:
        """The newest block's time, unix seconds."""

    def has_code(self, address: str) -> bool:
        """Say whether a contract lives at this address."""

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        """Read a view as of the newest block."""

    def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
        """Send a transaction and wait for its receipt."""

    def events(self, contract: str, address: str, event: str) -> Iterator[dict[str, Any]]:
        """Stream what a contract has logged under a name, newest first: arguments by name."""


class Deployer(Chain, Protocol):
    """A chain to which contracts can be deployed."""

    def deploy(self, contract: str, *args: Any) -> str:
        """Deploy a contract by its name and return its checksummed address."""

    def deploy_blueprint(self, contract: str) -> str:
        """Deploy a contract's creation code for others to deploy (ERC-5202); return its address."""
