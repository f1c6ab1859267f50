"""A hashrate token called in plain words of 32 bytes, several times faster than by its ABI."""

from __future__ import annotations

from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector

from terahash.chain import ChainError
from tests.support.revm_chain import RevmChain, compiled

Word = int | str | list[str]
Answer = tuple[int, ...]
"""What a call returned, word by word; structs are flat."""


def words(*args: Word) -> bytes:
    """Encode whole numbers, addresses, and at the end perhaps one list of addresses."""
    static = b"".join(_word(arg) for arg in args if not isinstance(arg, list))
    if not args or not isinstance(args[-1], list):
        return static
    items = args[-1]
    return static + _word(32 * len(args)) + _word(len(items)) + b"".join(map(_word, items))


def _word(value: Any) -> bytes:
    number = int(value, 16) if isinstance(value, str) else value
    return int(number).to_bytes(32, "big")


def selectors(contract: str) -> dict[str, bytes]:
    """Map a contract's functions to their selectors."""
    return {
        method["name"]: function_abi_to_4byte_selector(method)  # type: ignore[arg-type]
        for method in compiled().contract(contract).members("function")
    }


class TokenCalls:
    """One token on a chain, called by accounts, or by forwarders that stand for them."""

    def __init__(self, chain: RevmChain, address: str, forwarded: bool = False) -> None:
        self.chain, self.address, self.forwarded = chain, address, forwarded
        self._selectors = selectors("HashrateToken")
        (self._forward,) = selectors("Forwarder").values()

    def read(self, function: str, *args: Word) -> Answer:
        """Read a view."""
        return self._execute(self.address, self._selectors[function] + words(*args))

    def view(self, function: str, *args: Word) -> tuple[Answer | None, str | None]:
        """Read a view that may refuse: what it returned, or the reason."""
        try:
            return self.read(function, *args), None
        except ChainError as error:
            return None, error.reason

    def call(self, actor: str, function: str, *args: Word) -> tuple[Answer | None, str | None]:
        """Call as an actor: what it returned, or the reason against it."""
        calldata = self._selectors[function] + words(*args)
        try:
            return self.call_as(actor, self.address, calldata), None
        except ChainError as error:
            return None, error.reason

    def call_as(self, actor: str, target: str, calldata: bytes) -> Answer:
        """Call any contract as an actor."""
        if self.forwarded:
            padding = bytes(-len(calldata) % 32)
            sent = words(target, 64, len(calldata)) + calldata + padding
            return self._execute(actor, self._forward + sent)[2:]
        with self.chain.acting_as(actor):
            return self._execute(target, calldata)

    def _execute(self, target: str, calldata: bytes) -> Answer:
        output = self.chain._execute("HashrateToken", target, calldata[:4].hex(), calldata)
        return tuple(
            int.from_bytes(output[at : at + 32], "big") for at in range(0, len(output), 32)
        )
