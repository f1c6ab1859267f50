"""Coinbases: twelve real ones and genesis', and everything that is not one."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import from_display
from terahash.bitcoin.merkle import root_of_branch
from terahash.bitcoin.network import subsidy
from terahash.errors import TransactionError
from tests.support.miner import checkpoint, mine_block
from tests.support.shared_data import COINBASE_HEIGHTS, shared

GENESIS = bytes.fromhex(
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d"
    "0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66"
    "207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe55"
    "48271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba"
    "0b8d578a4c702b6bf11d5fac00000000"
)
NULL = bytes(32) + b"\xff" * 4
COMMITMENT = bytes(32)
"""The one witness item of a coinbase, BIP 141."""


@cache
def proofs() -> dict[int, dict[str, Any]]:
    found = json.loads(shared("coinbase_proofs.json").read_text())
    return {proof["height"]: proof for proof in found}


def raw_of(height: int) -> bytes:
    return bytes.fromhex(proofs()[height]["coinbase_stripped_hex"])


def size(number: int, width: int = 1) -> bytes:
    """Write a compact size in a chosen width: 1, 2, 4 or 8 bytes after the prefix."""
    prefix = {1: b"", 2: b"\xfd", 4: b"\xfe", 8: b"\xff"}[width]
    return prefix + number.to_bytes(width, "little")


def coinbase(
    script: bytes = b"\x03\x01\x02\x03",
    outputs: tuple[tuple[int, bytes], ...] = ((5_000_000_000, b"\x51" * 22),),
    inputs: bytes = b"\x01",
    outpoint: bytes = NULL,
    script_size: bytes | None = None,
    output_count: bytes | None = None,
    output_width: int = 1,
) -> bytes:
    """Serialize a coinbase by hand, without witness; any part of it may be wrong."""
    parts = [b"\x01\x00\x00\x00", inputs, outpoint]
    parts += [size(len(script)) if script_size is None else script_size, script, b"\xff" * 4]
    parts.append(size(len(outputs)) if output_count is None else output_count)
    for value, paid in outputs:
        parts += [value.to_bytes(8, "little"), size(len(paid), output_width), paid]
    return b"".join([*parts, bytes(4)])


def with_witness(stripped: bytes, items: bytes = b"\x01\x20" + COMMITMENT) -> bytes:
    return stripped[:4] + b"\x00\x01" + stripped[4:-4] + items + stripped[-4:]


@pytest.mark.parametrize("height", COINBASE_HEIGHTS)
def test_parse_coinbase__real_one__pays_what_was_recorded(height: int) -> None:
    proof = proofs()[height]
    parsed = parse_coinbase(raw_of(height))
    assert parsed.txid == bytes.fromhex(proof["coinbase_txid"])[::-1]
    assert parsed.stripped == raw_of(height)
    assert parsed.witness == ()
    assert parsed.total == proof["outputs_total_sat"]
    assert subsidy(height) == proof["subsidy_sat"]
    assert parsed.total - subsidy(height) == proof["fees_sat"]


@pytest.mark.parametrize("height", [height for height in COINBASE_HEIGHTS if height >= 227_931])
def test_coinbase_height__real_one_since_bip_34__its_block_s(height: int) -> None:
    assert parse_coinbase(raw_of(height)).height == height


def test_coinbase_height__before_bip_34_was_law__said_all_the_same() -> None:
    assert parse_coinbase(raw_of(227_836)).height == 227_836


@pytest.mark.parametrize("height", COINBASE_HEIGHTS)
def test_parse_coinbase__real_one__first_leaf_of_its_block(height: int) -> None:
    proof = proofs()[height]
    header = bytes.fromhex(proof["header"])
    assert sha256(sha256(header).digest()).digest()[::-1].hex() == proof["block_hash"]
    # Unlike the other hashes of this file, siblings are in internal byte order.
    branch = [bytes.fromhex(sibling) for sibling in proof["merkle_branch"]]
    assert len(branch) == (proof["tx_count"] - 1).bit_length()
    txid = parse_coinbase(raw_of(height)).txid
    assert root_of_branch(txid, branch, proof["index"]) == header[36:68]
    assert root_of_branch(txid, branch, 1) != header[36:68]


def test_proofs__heights__those_listed_here() -> None:
    assert list(proofs()) == COINBASE_HEIGHTS


def test_parse_coinbase__genesis__fifty_bitcoin_and_a_headline() -> None:
    parsed = parse_coinbase(GENESIS)
    assert parsed.txid == from_display(
        "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
    )
    assert parsed.total == 5_000_000_000
    assert len(parsed.outputs) == 1
    assert parsed.outputs[0].value == 5_000_000_000
    assert parsed.outputs[0].script == GENESIS[-71:-4]
    assert parsed.script == GENESIS[42:119]
    assert parsed.script.endswith(
        b"The Times 03/Jan/2009 Chancellor on brink of second bailout for banks"
    )


def test_parse_coinbase__block_of_the_synthetic_miner__proves_its_fees() -> None:
    state = checkpoint()
    block = mine_block(state, fees=123_456)
    parsed = parse_coinbase(block.coinbase)
    assert parsed.total == 5_000_000_000 + 123_456
    assert parsed.height == state.height + 1 == 2_016
    assert root_of_branch(parsed.txid, block.branch) == block.header[36:68]


def test_parse_coinbase__any_byte_of_the_shortest_real_one__refused_or_another_txid() -> None:
    raw = min((raw_of(height) for height in COINBASE_HEIGHTS), key=len)
    assert len(raw) == 123
    txid, refused = parse_coinbase(raw).txid, 0
    for at in range(len(raw)):
        for other in {*range(256)} - {raw[at]}:
            mutated = raw[:at] + bytes([other]) + raw[at + 1 :]
            try:
                assert parse_coinbase(mutated).txid != txid, (at, other)
            except TransactionError:
                refused += 1
    # At least the number of inputs, the outpoint, and the three lengths are fixed by what follows.
    assert refused >= 255 * (1 + 36 + 3)


@pytest.mark.parametrize("height", COINBASE_HEIGHTS)
def test_parse_coinbase__truncated_anywhere__refused(height: int) -> None:
    for raw in (raw_of(height), with_witness(raw_of(height))):
        for length in range(len(raw)):
            with pytest.raises(TransactionError):
                parse_coinbase(raw[:length])


@pytest.mark.parametrize("height", COINBASE_HEIGHTS)
def test_parse_coinbase__bytes_appended__refused(height: int) -> None:
    for raw in (raw_of(height), with_witness(raw_of(height))):
        for more in (b"\x00", b"\xff", raw):
            with pytest.raises(TransactionError, match=f"{len(more)} bytes follow its end"):
                parse_coinbase(raw + more)


def test_parse_coinbase__truncated__says_what_is_missing_and_where() -> None:
    with pytest.raises(TransactionError, match="lock time needs 4 bytes at offset 200 of 203"):
        parse_coinbase(GENESIS[:-1])


@pytest.mark.parametrize("height", COINBASE_HEIGHTS)
def test_parse_coinbase__with_witness__same_txid(height: int) -> None:
    parsed = parse_coinbase(with_witness(raw_of(height)))
    assert parsed.txid == from_display(proofs()[height]["coinbase_txid"])
    assert parsed.stripped == raw_of(height)
    assert parsed.witness == (COMMITMENT,)
    assert parsed.total == proofs()[height]["outputs_total_sat"]


def test_parse_coinbase__several_witness_items__all_read() -> None:
    items = b"\x03\x01\xaa\x00" + size(300, 2) + bytes(300)
    parsed = parse_coinbase(with_witness(coinbase(), items))
    assert parsed.witness == (b"\xaa", b"", bytes(300))
    assert parsed.stripped == coinbase()


@pytest.mark.parametrize("flag", [0x00, 0x02, 0x03, 0xFF])
def test_parse_coinbase__unknown_witness_flag__refused(flag: int) -> None:
    raw = with_witness(coinbase())
    with pytest.raises(TransactionError, match="0 inputs where a coinbase has one"):
        parse_coinbase(raw[:5] + bytes([flag]) + raw[6:])


@pytest.mark.parametrize("script, output", [(0, 4), (4, 0), (2, 2), (2, 0), (0, 0)])
def test_parse_coinbase__at_most_64_bytes__refused(script: int, output: int) -> None:
    """CVE-2017-12842: an inner node of a Merkle tree has 64 bytes and could pass as this."""
    raw = coinbase(bytes(script), ((1, bytes(output)),))
    assert len(raw) == 60 + script + output
    for form in (raw, with_witness(raw)):
        with pytest.raises(TransactionError, match=f"{len(raw)} bytes: an inner Merkle node"):
            parse_coinbase(form)


def test_parse_coinbase__65_bytes__accepted() -> None:
    raw = coinbase(bytes(2), ((7, bytes(3)),))
    assert len(raw) == 65
    assert parse_coinbase(raw).total == 7


@pytest.mark.parametrize("inputs", [b"\x00", b"\x02", b"\xfc", b"\xfd\xfd\x00"])
def test_parse_coinbase__not_one_input__refused(inputs: bytes) -> None:
    with pytest.raises(TransactionError, match="inputs where a coinbase has one"):
        parse_coinbase(coinbase(inputs=inputs, outpoint=NULL))


def test_parse_coinbase__two_whole_inputs__refused() -> None:
    one = NULL + b"\x03\x01\x02\x03" + b"\xff" * 4
    raw = b"\x01\x00\x00\x00\x02" + one * 2 + coinbase()[-36:]
    with pytest.raises(TransactionError, match="2 inputs where a coinbase has one"):
        parse_coinbase(raw)


@pytest.mark.parametrize("at", range(36))
def test_parse_coinbase__outpoint_of_a_payment__refused(at: int) -> None:
    outpoint = bytes(byte ^ (i == at) for i, byte in enumerate(NULL))
    with pytest.raises(TransactionError, match="spends an output"):
        parse_coinbase(coinbase(outpoint=outpoint))


def test_parse_coinbase__no_outputs__refused() -> None:
    with pytest.raises(TransactionError, match="no outputs"):
        parse_coinbase(coinbase(bytes(20), ()))


@pytest.mark.parametrize("number, width", [(4, 2), (4, 4), (4, 8), (0, 2), (0xFFFFFFFF, 8)])
def test_parse_coinbase__script_length_in_too_many_bytes__refused(number: int, width: int) -> None:
    with pytest.raises(TransactionError, match=f"script is {number}, written in more bytes"):
        parse_coinbase(coinbase(bytes(4), script_size=size(number, width)))


@pytest.mark.parametrize("width", [2, 4, 8])
def test_parse_coinbase__counts_in_too_many_bytes__refused(width: int) -> None:
    for raw in (
        coinbase(inputs=size(1, width)),
        coinbase(output_count=size(1, width)),
        coinbase(output_width=width),
        with_witness(coinbase(), size(1, width) + b"\x20" + COMMITMENT),
        with_witness(coinbase(), b"\x01" + size(32, width) + COMMITMENT),
    ):
        with pytest.raises(TransactionError, match="written in more bytes than it needs"):
            parse_coinbase(raw)


@pytest.mark.parametrize(
    "number, shortest, refused",
    [
        (0xFC, 1, (2, 4, 8)),
        (0xFD, 2, (4, 8)),
        (0xFFFF, 2, (4, 8)),
        (0x10000, 4, (8,)),
    ],
)
def test_parse_coinbase__length_of_an_output_s_script__only_in_its_shortest_form(
    number: int, shortest: int, refused: tuple[int, ...]
) -> None:
    outputs = ((1, bytes(number)), (2, b""))

    # The second, empty script needs its length in one byte whatever the first takes.
    def form(width: int) -> bytes:
        raw = coinbase(outputs=outputs[:1], output_width=width, output_count=b"\x02")
        return raw[:-4] + (2).to_bytes(8, "little") + b"\x00" + raw[-4:]

    parsed = parse_coinbase(form(shortest))
    assert [(output.value, len(output.script)) for output in parsed.outputs] == [
        (1, number),
        (2, 0),
    ]
    assert parsed.total == 3
    for width in refused:
        with pytest.raises(TransactionError, match=f"is {number}, written in more bytes"):
            parse_coinbase(form(width))


def test_parse_coinbase__more_outputs_than_one_byte_counts__all_summed() -> None:
    outputs = tuple((value, bytes(22)) for value in range(1_024))
    parsed = parse_coinbase(coinbase(outputs=outputs, output_count=size(1_024, 2)))
    assert len(parsed.outputs) == 1_024
    assert parsed.total == 1_023 * 512


@pytest.mark.parametrize(
    "raw",
    [
        coinbase(script_size=b"\xff" + b"\xff" * 8),
        coinbase(script_size=size(1 << 32, 8)),
        coinbase(output_count=b"\xff" + b"\xff" * 8),
        with_witness(coinbase(), b"\xff" + b"\xff" * 8),
    ],
)
def test_parse_coinbase__astronomic_lengths__refused_at_once(raw: bytes) -> None:
    with pytest.raises(TransactionError, match="truncated"):
        parse_coinbase(raw)


@pytest.mark.parametrize(
    "script, height",
    [
        ("0160aa", 0x60),
        ("02e80399", 1_000),
        ("03a0bb0d", 900_000),
        ("0400000001", 1 << 24),
        ("04ffff001d0104", 0x1D00FFFF),
        ("08ffffffffffffff7f", (1 << 63) - 1),
        ("03a0bb", None),
        ("03", None),
        ("", None),
        ("0001", None),
        ("09000000000000000000", None),
        ("51", None),
    ],
)
def test_coinbase_height__script__the_number_it_begins_with(
    script: str, height: int | None
) -> None:
    assert parse_coinbase(coinbase(bytes.fromhex(script))).height == height
