"""Calls and logs as bytes: what ships is what the contracts say, and what is not there is named."""

from __future__ import annotations

import json

import pytest

from terahash.codec import ABI_FOLDER, Codec, Contract, returned, revert_reason, shipped
from tests.support.revm_chain import compiled

SHIPPED = sorted(file.stem for file in ABI_FOLDER.glob("*.json"))

POINT = {
    "type": "tuple",
    "name": "point",
    "components": [{"type": "address", "name": "who"}, {"type": "uint256[]", "name": "sizes"}],
}
CODEC = Codec(
    {
        "Example": Contract(
            [
                {"type": "constructor", "inputs": [{"type": "uint256", "name": "one"}]},
                {"type": "function", "name": "both", "inputs": [POINT], "outputs": [POINT, POINT]},
                {
                    "type": "event",
                    "name": "Moved",
                    "anonymous": False,
                    "inputs": [
                        {"type": "uint256", "name": "id", "indexed": True},
                        {"type": "string", "name": "word", "indexed": True},
                        {**POINT, "indexed": False},
                    ],
                },
            ],
            b"\x60",
        )
    }
)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped__each_contract__is_the_abi_of_its_source(name: str) -> None:
    """`python -m scripts.abi` writes them."""
    written = json.loads((ABI_FOLDER / f"{name}.json").read_text())
    assert written == compiled().contract(name).abi


def test_shipped__deployed_contracts__all_there() -> None:
    assert {"BitcoinRelay", "HashpriceIndex"} <= set(SHIPPED)
    assert shipped().contract("HashpriceIndex").creation == b""


def test_calldata__struct_with_an_array__comes_back_equal() -> None:
    who = "0x" + "00" * 19 + "11"
    method, calldata = CODEC.calldata("Example", "both", [(who, [1, 2])])
    body = calldata[4 + 32 :]
    word = (64).to_bytes(32, "big")
    second = (64 + len(body)).to_bytes(32, "big")
    assert returned(method, word + second + body + body) == ((who, [1, 2]), (who, [1, 2]))


def test_logs__indexed_number_and_text__the_text_is_its_hash() -> None:
    point = (b"\0" * 31 + b"\x20") + b"\0" * 31 + b"\x11" + (b"\0" * 31 + b"\x40") + bytes(32)
    topics = [CODEC.topic("Example", "Moved"), (7).to_bytes(32, "big"), b"\xaa" * 32]
    ((name, values),) = CODEC.logs([(topics, point), ([b"\1" * 32], b"")])
    assert name == "Moved"
    who = "0x" + "00" * 19 + "11"
    assert values == {"id": 7, "word": b"\xaa" * 32, "point": (who, [])}


def test_creation__arguments__follow_the_code() -> None:
    assert CODEC.creation("Example", [3]) == b"\x60" + (3).to_bytes(32, "big")


def test_lookup__what_is_not_there__named() -> None:
    with pytest.raises(LookupError, match="no contract is called Nothing"):
        CODEC.contract("Nothing")
    with pytest.raises(LookupError, match="Example has no function both of 2 arguments"):
        CODEC.calldata("Example", "both", [1, 2])
    with pytest.raises(LookupError, match="Example has no event Stood"):
        CODEC.topic("Example", "Stood")


def test_revert_reason__no_reason__empty() -> None:
    assert revert_reason(b"") == ""
    assert revert_reason(b"\x08\xc3\x79\xa0 broken") == ""
