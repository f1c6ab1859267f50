"""Contract calls and logs as bytes and back, by a contract's ABI.

Structs are tuples, arrays lists, addresses checksummed text, at any depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from ethpm_types import ContractType
from ethpm_types.abi import ABIType, EventABI, MethodABI

_ERROR = keccak(text="Error(string)")[:4]
Logs = tuple[tuple[str, dict[str, Any]], ...]


class Codec:
    """The functions and events of some contracts, by name."""

    def __init__(self, contracts: Mapping[str, ContractType]) -> None:
        self._contracts = contracts
        self._events = {
            keccak(text=event.selector): event
            for contract in contracts.values()
            for event in contract.events
        }

    def contract(self, name: str) -> ContractType:
        """Return a contract's type, or raise LookupError."""
        try:
            return self._contracts[name]
        except KeyError:
            raise LookupError(f"no contract is called {name}") from None

    def creation(self, contract: str, args: Sequence[Any]) -> bytes:
        """Join a contract's creation code with its constructor's arguments."""
        abi = self.contract(contract)
        code = bytes(abi.get_deployment_bytecode() or b"")
        return code + _encode(abi.constructor.inputs, args)

    def calldata(
        self, contract: str, function: str, args: Sequence[Any]
    ) -> tuple[MethodABI, bytes]:
        """Find a function by name and argument count (defaults make several) and encode a call."""
        for method in self.contract(contract).methods:
            if method.name == function and len(method.inputs) == len(args):
                return method, keccak(text=method.selector)[:4] + _encode(method.inputs, args)
        raise LookupError(f"{contract} has no function {function} of {len(args)} arguments")

    def logs(self, raw: Iterable[tuple[Sequence[bytes], bytes]]) -> Logs:
        """Decode logs, given as (topics, body); those of no known event are left out."""
        return tuple(
            self._log(self._events[topics[0]], topics, body)
            for topics, body in raw
            if topics and topics[0] in self._events
        )

    @staticmethod
    def _log(event: EventABI, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]]:
        """Decode one log; an indexed string, array or struct is only its 32-byte hash."""
        values: dict[str, Any] = {}
        words = iter(topics[1:])
        body = iter(_decode([i for i in event.inputs if not i.indexed], data))
        for item in event.inputs:
            if not item.indexed:
                values[str(item.name)] = next(body)
            elif item.canonical_type.endswith(("string", "bytes", "]", ")")):
                values[str(item.name)] = next(words)
            else:
                (values[str(item.name)],) = _decode([item], next(words))
        return event.name, values


def returned(method: MethodABI, output: bytes) -> Any:
    """Decode what a function returned: one value, a tuple of several, or None."""
    values = _decode(method.outputs, output)
    return values[0] if len(values) == 1 else values or None


def revert_reason(output: bytes) -> str:
    """Take the reason string out of what a failed call returned; "" when there is none."""
    if output[:4] == _ERROR:
        with suppress(DecodingError):
            return str(decode(["string"], output[4:])[0])
    return ""


def _encode(inputs: Sequence[ABIType], args: Sequence[Any]) -> bytes:
    return encode([i.canonical_type for i in inputs], args)


def _decode(outputs: Sequence[ABIType], data: bytes) -> tuple[Any, ...]:
    values = decode([o.canonical_type for o in outputs], data)
    return tuple(_plain(o.canonical_type, o, v) for o, v in zip(outputs, values, strict=True))


def _plain(kind: str, abi: ABIType, value: Any) -> Any:
    """Checksum addresses, and tell arrays (lists) from structs (tuples), at any depth."""
    if kind.endswith("]"):
        return [_plain(kind[: kind.rindex("[")], abi, item) for item in value]
    if kind.startswith("("):
        members = zip(abi.components or [], value, strict=True)
        return tuple(_plain(member.canonical_type, member, item) for member, item in members)
    return to_checksum_address(value) if kind == "address" else value
