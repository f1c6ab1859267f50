"""Contract calls and logs as bytes and back, by a contract's ABI.

Structs are tuples, arrays lists, addresses checksummed text, at any depth.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.abi import (
    collapse_if_tuple,
    event_abi_to_log_topic,
    function_abi_to_4byte_selector,
)
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from terahash.errors import TerahashError
from terahash.text import quoted

ABI_FOLDER = Path(__file__).parent / "abi"
"""The ABIs that ship, a JSON file for each contract; `python -m scripts.abi` writes them."""

_ERROR = keccak(text="Error(string)")[:4]
Abi = dict[str, Any]
"""One function, event, argument or result of a contract's ABI."""
Logs = tuple[tuple[str, dict[str, Any]], ...]


class EncodeError(TerahashError, ValueError):
    """An argument that a contract's function cannot take: too large, negative or malformed."""


class Contract(NamedTuple):
    """What is needed to deploy a contract and to speak with it; no creation code to only speak."""

    abi: list[Abi]
    creation: bytes = b""

    def members(self, kind: str) -> list[Abi]:
        """List its functions, its events or its constructor."""
        return [member for member in self.abi if member["type"] == kind]


class Codec:
    """The functions and events of some contracts, by name; there may be more of them later."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = contracts
        self._events: dict[bytes, Abi] = {}
        self._counted = 0  # contracts whose events are known

    def contract(self, name: str) -> Contract:
        """Return a contract, or raise LookupError."""
        try:
            return self._contracts[name]
        except KeyError:
            raise LookupError(f"no contract is called {name}") from None

    def creation(self, name: str, args: Sequence[Any]) -> bytes:
        """Join a contract's creation code with its constructor's arguments."""
        contract = self.contract(name)
        constructors = contract.members("constructor")
        return contract.creation + _encode([i for c in constructors for i in c["inputs"]], args)

    def blueprint(self, name: str) -> bytes:
        """Return code that creates a blueprint of a contract (ERC-5202)."""
        blueprint = bytes.fromhex("fe7100") + self.contract(name).creation
        # Return what follows these ten bytes.
        return (
            b"\x61"
            + len(blueprint).to_bytes(2, "big")
            + bytes.fromhex("3d81600a3d39f3")
            + blueprint
        )

    def calldata(self, name: str, function: str, args: Sequence[Any]) -> tuple[Abi, bytes]:
        """Find a function by name and argument count (defaults make several) and encode a call."""
        for method in self.contract(name).members("function"):
            if method["name"] == function and len(method["inputs"]) == len(args):
                selector = function_abi_to_4byte_selector(method)  # type: ignore[arg-type]
                return method, selector + _encode(method["inputs"], args)
        raise LookupError(f"{name} has no function {function} of {len(args)} arguments")

    def topic(self, name: str, event: str) -> bytes:
        """Return the first topic of a contract's event, or raise LookupError."""
        for member in self.contract(name).members("event"):
            if member["name"] == event:
                return event_abi_to_log_topic(member)  # type: ignore[arg-type]
        raise LookupError(f"{name} has no event {event}")

    def logs(self, raw: Iterable[tuple[Sequence[bytes], bytes]]) -> Logs:
        """Decode logs, given as (topics, body); those of no known event are left out."""
        if self._counted != len(self._contracts):
            self._counted = len(self._contracts)
            self._events = {
                event_abi_to_log_topic(event): event  # type: ignore[arg-type]
                for contract in self._contracts.values()
                for event in contract.members("event")
            }
        return tuple(
            self._log(self._events[topics[0]], topics, body)
            for topics, body in raw
            if topics and topics[0] in self._events
        )

    @staticmethod
    def _log(event: Abi, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]]:
        """Decode one log; an indexed string, array or struct is only its 32-byte hash."""
        values: dict[str, Any] = {}
        words = iter(topics[1:])
        body = iter(_decode([i for i in event["inputs"] if not i["indexed"]], data))
        for item in event["inputs"]:
            if not item["indexed"]:
                values[item["name"]] = next(body)
            elif collapse_if_tuple(item).endswith(("string", "bytes", "]", ")")):
                values[item["name"]] = next(words)
            else:
                (values[item["name"]],) = _decode([item], next(words))
        return event["name"], values


@cache
def shipped() -> Codec:
    """Read the contracts whose ABIs come with this package: enough to speak with any deployment."""
    return Codec(
        {file.stem: Contract(json.loads(file.read_text())) for file in ABI_FOLDER.glob("*.json")}
    )


def returned(method: Abi, output: bytes) -> Any:
    """Decode what a function returned: one value, a tuple of several, or None."""
    values = _decode(method["outputs"], output)
    return values[0] if len(values) == 1 else values or None


def revert_reason(output: bytes) -> str:
    """Take the reason string out of what a failed call returned; "" when there is none."""
    if output[:4] == _ERROR:
        with suppress(DecodingError, UnicodeDecodeError):
            return str(decode(["string"], output[4:])[0])
    return ""


def _encode(inputs: Sequence[Abi], args: Sequence[Any]) -> bytes:
    try:
        return encode([collapse_if_tuple(i) for i in inputs], args)
    except (EncodingError, ValueError, TypeError) as error:
        names = ", ".join(i["name"] for i in inputs)
        raise EncodeError(
            f"one of {names} is not what the contract takes: {quoted(str(error))}"
        ) from None


def _decode(outputs: Sequence[Abi], data: bytes) -> tuple[Any, ...]:
    values = decode([collapse_if_tuple(o) for o in outputs], data)
    return tuple(_plain(collapse_if_tuple(o), o, v) for o, v in zip(outputs, values, strict=True))


def _plain(kind: str, abi: Abi, value: Any) -> Any:
    """Checksum addresses, and tell arrays (lists) from structs (tuples), at any depth."""
    if kind.endswith("]"):
        return [_plain(kind[: kind.rindex("[")], abi, item) for item in value]
    if kind.startswith("("):
        members = zip(abi["components"], value, strict=True)
        return tuple(_plain(collapse_if_tuple(member), member, item) for member, item in members)
    return to_checksum_address(value) if kind == "address" else value
