"""Proofs of fees: the file they are kept in, what they are worth, and what refuses them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import Header, display
from terahash.bitcoin.merkle import root_of_branch
from terahash.bitcoin.proof import SHIPPED_PROOFS, CoinbaseProof, read_proofs, write_proofs
from terahash.errors import ProofError, TransactionError
from tests.support.miner import coinbase
from tests.support.shared_data import COINBASE_HEIGHTS, FIRST, shared, shipped_headers


@cache
def recorded() -> dict[int, dict[str, Any]]:
    found = json.loads(shared("coinbase_proofs.json").read_text())
    return {entry["height"]: entry for entry in found}


def real(height: int) -> CoinbaseProof:
    """Build the proof of a recorded block, whose siblings are in internal byte order there."""
    entry = recorded()[height]
    siblings = tuple(bytes.fromhex(sibling) for sibling in entry["merkle_branch"])
    return CoinbaseProof(height, bytes.fromhex(entry["coinbase_stripped_hex"]), siblings)


def shipped() -> CoinbaseProof:
    (proof,) = read_proofs(SHIPPED_PROOFS)
    return proof


def root(height: int) -> bytes:
    """Read the Merkle root of a shipped header."""
    return Header.parse(shipped_headers()[height - FIRST]).merkle_root


def paying(value: int, height: int = 840_000) -> CoinbaseProof:
    """Build the proof of a block without other transactions, whose coinbase pays this."""
    return CoinbaseProof(height, coinbase(height, value), ())


def with_witness(proof: CoinbaseProof) -> CoinbaseProof:
    raw = proof.coinbase
    witness = b"\x01\x20" + bytes(32)
    return proof._replace(coinbase=raw[:4] + b"\x00\x01" + raw[4:-4] + witness + raw[-4:])


def written(path: Path, *lines: str | bytes) -> Path:
    raw = (line if isinstance(line, bytes) else line.encode() for line in lines)
    path.write_bytes(b"".join(line + b"\n" for line in raw))
    return path


def line(**changes: object) -> str:
    """Write a line of a file of proofs; None leaves a field out."""
    fields = {"height": 830_000, "coinbase": "00ff", "branch": ["ab" * 32], **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not None})


@pytest.mark.parametrize("height", COINBASE_HEIGHTS)
def test_check__real_block__leads_to_its_header_s_root(height: int) -> None:
    header = bytes.fromhex(recorded()[height]["header"])
    proof = real(height)
    proof.check(header[36:68])
    assert proof.root == header[36:68]


@pytest.mark.parametrize("height", COINBASE_HEIGHTS)
def test_fees__real_block__what_was_recorded(height: int) -> None:
    assert real(height).fees == recorded()[height]["fees_sat"]


def test_heights__recorded__those_listed_here() -> None:
    assert list(recorded()) == COINBASE_HEIGHTS


def test_shipped_proofs__block_830000__the_recorded_one_and_in_the_shipped_headers() -> None:
    assert shipped() == real(830_000)
    assert shipped().fees == 23_268_040
    shipped().check(root(830_000))


def test_check__any_byte_of_the_coinbase_changed__refused() -> None:
    proof, header_root = shipped(), root(830_000)
    for at in range(len(proof.coinbase)):
        changed = bytearray(proof.coinbase)
        changed[at] ^= 1
        with pytest.raises(ProofError, match="coinbase of block 830,000"):
            proof._replace(coinbase=bytes(changed)).check(header_root)


def test_check__any_byte_of_a_sibling_changed__refused() -> None:
    proof = shipped()
    assert len(proof.branch) == 11
    for level, sibling in enumerate(proof.branch):
        for at in range(32):
            changed = bytearray(sibling)
            changed[at] ^= 0x80
            branch = (*proof.branch[:level], bytes(changed), *proof.branch[level + 1 :])
            with pytest.raises(ProofError, match="leads to the Merkle root"):
                proof._replace(branch=branch).check(root(830_000))


def test_check__siblings_left_out_added_or_in_another_order__refused() -> None:
    proof = shipped()
    for branch in (
        proof.branch[1:],
        proof.branch[:-1],
        (*proof.branch, bytes(32)),
        proof.branch[::-1],
        (),
        tuple(sibling[::-1] for sibling in proof.branch),
    ):
        with pytest.raises(ProofError, match="leads to the Merkle root"):
            proof._replace(branch=branch).check(root(830_000))


def test_check__root_of_the_next_block__refused_with_both_roots() -> None:
    other = root(830_001)
    with pytest.raises(ProofError) as refused:
        shipped().check(other)
    assert str(refused.value) == (
        f"coinbase of block 830,000 leads to the Merkle root {display(root(830_000))}, not to the "
        f"header's {display(other)}: it is of another block, or changed"
    )


@pytest.mark.parametrize("at", range(32))
def test_check__any_byte_of_the_root_changed__refused(at: int) -> None:
    changed = bytearray(root(830_000))
    changed[at] ^= 1
    with pytest.raises(ProofError, match="leads to the Merkle root"):
        shipped().check(bytes(changed))


def test_check__another_transaction_of_the_block__refused() -> None:
    proof = shipped()
    payment = proof.coinbase.replace(bytes(32), b"\x01" * 32)
    with pytest.raises(ProofError, match="block 830,000: its input spends an output"):
        proof._replace(coinbase=payment).check(root(830_000))


def test_check__coinbase_with_its_witness__refused_although_its_id_is_the_same() -> None:
    """The index on chain parses the form without witness alone: it would refuse the proof."""
    proof = with_witness(shipped())
    assert proof.root == root(830_000)
    with pytest.raises(ProofError, match="block 830,000 carries its witness"):
        proof.check(root(830_000))


def test_check__inner_node_of_64_bytes__refused() -> None:
    """CVE-2017-12842: 64 bytes that hash to a node of the tree, and parse as a coinbase."""
    node = bytes.fromhex("01000000" + "01" + "00" * 32 + "ff" * 4 + "04") + bytes(4) + b"\xff" * 4
    node += b"\x01" + bytes(8) + b"\x00" + bytes(4)
    assert len(node) == 64
    proof = CoinbaseProof(830_000, node, ())
    with pytest.raises(TransactionError, match="64 bytes"):
        _ = proof.root
    with pytest.raises(ProofError, match="block 830,000: 64 bytes: an inner Merkle node"):
        proof.check(bytes(32))


def test_check__block_of_its_coinbase_alone__its_id_is_the_root() -> None:
    proof = paying(1)
    assert proof.root == parse_coinbase(proof.coinbase).txid
    proof.check(root_of_branch(proof.root, []))


@pytest.mark.parametrize(
    "paid, fees",
    [
        (0, 0),
        (312_499_999, 0),
        (312_500_000, 0),
        (312_500_001, 1),
        (624_999_999, 312_499_999),
        (625_000_000, 312_500_000),
        (625_000_001, 312_500_000),
        (21_000_000 * 10**8, 312_500_000),
    ],
)
def test_fees__paid_around_the_subsidy__none_below_it_and_at_most_as_much(
    paid: int, fees: int
) -> None:
    assert paying(paid).fees == fees


@pytest.mark.parametrize("height, subsidy", [(839_999, 625_000_000), (840_000, 312_500_000)])
def test_fees__at_a_halving__above_the_block_s_own_subsidy(height: int, subsidy: int) -> None:
    assert paying(subsidy + 7, height).fees == 7


def test_fees__no_subsidy_left__none_count() -> None:
    assert paying(10**8, 64 * 210_000).fees == 0


def test_fees__no_coinbase__transaction_error() -> None:
    with pytest.raises(TransactionError, match="truncated"):
        _ = CoinbaseProof(1, b"\x01", ()).fees


@pytest.mark.parametrize("count", [0, 1, 12])
def test_write_proofs__read_again__the_same(tmp_path: Path, count: int) -> None:
    proofs = [real(height) for height in COINBASE_HEIGHTS[:count]]
    path = tmp_path / "some.coinbases"
    write_proofs(path, proofs)
    assert list(read_proofs(path)) == proofs
    assert path.read_bytes().count(b"\n") == count


def test_write_proofs__shipped_ones__the_shipped_file_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "some.coinbases"
    write_proofs(path, [shipped()])
    assert path.read_bytes() == SHIPPED_PROOFS.read_bytes()


def test_write_proofs__hashes__as_explorers_show_them(tmp_path: Path) -> None:
    path = tmp_path / "some.coinbases"
    write_proofs(path, [CoinbaseProof(7, b"\x00\xff", (bytes(range(32)),))])
    assert json.loads(path.read_text()) == {
        "height": 7,
        "coinbase": "00ff",
        "branch": ["1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100"],
    }


@pytest.mark.parametrize("end", [b"\n", b"", b"\r\n"], ids=["line feed", "none", "carriage return"])
def test_read_proofs__end_of_the_last_line__any(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "some.coinbases"
    path.write_bytes(line().encode() + b"\n" + line(height=1).encode() + end)
    assert [proof.height for proof in read_proofs(path)] == [830_000, 1]


def test_read_proofs__capitals_and_more_fields__read_all_the_same(tmp_path: Path) -> None:
    path = written(tmp_path / "f", line(coinbase="00FF", branch=["AB" * 32], note="of a pool"))
    (proof,) = read_proofs(path)
    assert proof == CoinbaseProof(830_000, b"\x00\xff", (b"\xab" * 32,))


@pytest.mark.parametrize(
    "text, cause",
    [
        ("", "no JSON object"),
        ("hello", "no JSON object"),
        ("[]", "no JSON object"),
        ("{}", "height"),
        ("null", "no JSON object"),
        (line()[:-1], "no JSON object"),
        (line() + line(), "no JSON object"),
        (b"\xff\xfe\x00", "no JSON object"),
        (b'{"height": "\xff"}', "no JSON object"),
        (line(height=None), "height"),
        (line(height="830000"), "height"),
        (line(height=True), "height"),
        (line(height=1.5), "height"),
        (line(height=-1), "height"),
        (line(height=1 << 32), "height"),
        (line(coinbase=None), "coinbase"),
        (line(coinbase=""), "coinbase"),
        (line(coinbase="0"), "coinbase"),
        (line(coinbase="0x00"), "coinbase"),
        (line(coinbase="00 ff"), "coinbase"),
        (line(coinbase="00ff\n"), "coinbase"),
        (line(coinbase="\u0660\u0660"), "coinbase"),
        (line(coinbase=0), "coinbase"),
        (line(branch=None), "branch"),
        (line(branch="ab" * 32), "branch"),
        (line(branch={}), "branch"),
        (line(branch=["ab" * 31]), "branch"),
        (line(branch=["ab" * 33]), "branch"),
        (line(branch=["ab" * 32, "zz" * 32]), "branch"),
        (line(branch=["ab" * 32, None]), "branch"),
        (line(branch=[" " + "ab" * 32]), "branch"),
    ],
)
def test_read_proofs__malformed_line__its_number_and_what_to_write(
    tmp_path: Path, text: str | bytes, cause: str
) -> None:
    path = written(tmp_path / "some.coinbases", line(), line(), text, line())
    cause = cause if " " in cause else f"{cause} is missing or malformed"
    proofs = read_proofs(path)
    next(proofs), next(proofs)
    with pytest.raises(ProofError) as refused:
        next(proofs)
    assert str(refused.value) == (
        f'{path}, line 3: not a proof ({cause}): write {{"height": 830000, "coinbase": "<hex>", '
        '"branch": ["<hash>", ...]} on one line'
    )


def test_read_proofs__binary_file__refused_at_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "some.headers"
    path.write_bytes(shipped_headers()[0] * 3)
    with pytest.raises(ProofError, match="line 1: not a proof"):
        list(read_proofs(path))
