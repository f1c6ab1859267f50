"""Headers against the two that everybody knows by heart."""

from __future__ import annotations

import pytest

from terahash.bitcoin.header import Header, display, double_sha256, from_display
from terahash.errors import HeaderError, Rule

GENESIS = Header(
    version=1,
    parent=bytes(32),
    merkle_root=bytes.fromhex("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b")[
        ::-1
    ],
    time=1_231_006_505,
    bits=0x1D00FFFF,
    nonce=2_083_236_893,
)
GENESIS_RAW = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e"
    "67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
)
GENESIS_HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"


def test_header_serialize__genesis__its_80_bytes() -> None:
    assert GENESIS.serialize() == GENESIS_RAW
    assert len(GENESIS_RAW) == 80


def test_header_parse__genesis__its_fields() -> None:
    assert Header.parse(GENESIS_RAW) == GENESIS


def test_header_hash__genesis__its_name() -> None:
    assert GENESIS.hash == bytes.fromhex(GENESIS_HASH)[::-1]
    assert display(GENESIS.hash) == GENESIS_HASH
    assert from_display(GENESIS_HASH) == GENESIS.hash


@pytest.mark.parametrize(
    "raw, version",
    [
        ("01000000", 1),
        ("00e05420", 0x2054E000),
        ("ffffffff", -1),
        ("00000080", -(1 << 31)),
        ("ffffff7f", (1 << 31) - 1),
    ],
)
def test_header_parse__version__signed(raw: str, version: int) -> None:
    header = bytes.fromhex(raw) + GENESIS_RAW[4:]
    assert Header.parse(header).version == version
    assert Header.parse(header).serialize() == header


def test_header_parse__highest_numbers__unsigned() -> None:
    header = Header.parse(GENESIS_RAW[:68] + b"\xff" * 12)
    assert header[3:] == (0xFFFFFFFF,) * 3


@pytest.mark.parametrize("size", [0, 1, 79, 81, 160])
def test_header_parse__any_other_length__refused(size: int) -> None:
    with pytest.raises(HeaderError, match=f"{size} bytes where a header has 80") as caught:
        Header.parse(bytes(size))
    assert caught.value.rule is Rule.WHOLE


def test_header_hash__any_bit_changed__another() -> None:
    whole = int.from_bytes(GENESIS_RAW, "big")
    changed = [(whole ^ 1 << bit).to_bytes(80, "big") for bit in range(640)]
    assert GENESIS.hash not in {Header.parse(raw).hash for raw in changed}


def test_double_sha256__known_preimage__known_hash() -> None:
    expected = "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50"
    assert double_sha256(b"hello").hex() == expected
