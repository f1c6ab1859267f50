"""Proofs of fees: what a file says of them, what counts, and what their header refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from terahash.bitcoin.header import Header
from terahash.bitcoin.network import subsidy
from terahash.bitcoin.proof import SHIPPED_PROOFS, CoinbaseProof, read_proofs, write_proofs
from terahash.errors import ProofError, TransactionError
from tests.support.miner import coinbase
from tests.support.shared_data import shared, shipped_headers

HEIGHT = 830_000


def proof_830000() -> CoinbaseProof:
    (proof,) = read_proofs(SHIPPED_PROOFS)
    return proof


def root_830000() -> bytes:
    return Header.parse(shipped_headers()[HEIGHT - 822_528]).merkle_root


def test_shipped_proof__real_block__its_header_commits_to_it() -> None:
    proof = proof_830000()
    proof.check(root_830000())
    assert (proof.height, proof.fees, proof.root) == (HEIGHT, 23_268_040, root_830000())


def facts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shared("coinbase_proofs.json").read_text())
    return found


def test_check__twelve_real_coinbases__all_hold_and_pay_their_fees() -> None:
    assert len(facts()) == 12
    for fact in facts():
        proof = CoinbaseProof(
            fact["height"],
            bytes.fromhex(fact["coinbase_stripped_hex"]),
            tuple(bytes.fromhex(sibling) for sibling in fact["merkle_branch"]),
        )
        proof.check(Header.parse(bytes.fromhex(fact["header"])).merkle_root)
        assert proof.fees == fact["fees_sat"]


def test_check__any_byte_changed__refused() -> None:
    proof, root = proof_830000(), root_830000()
    for at in range(len(proof.coinbase)):
        raw = bytearray(proof.coinbase)
        raw[at] ^= 1
        with pytest.raises(ProofError, match="coinbase of block 830,000"):
            proof._replace(coinbase=bytes(raw)).check(root)
    for level, sibling in enumerate(proof.branch):
        for at in range(32):
            changed = bytearray(sibling)
            changed[at] ^= 1
            branch = (*proof.branch[:level], bytes(changed), *proof.branch[level + 1 :])
            with pytest.raises(ProofError, match="leads to the Merkle root"):
                proof._replace(branch=branch).check(root)


@pytest.mark.parametrize("change", ["shorter", "longer", "reversed"])
def test_check__branch_of_another_shape__refused(change: str) -> None:
    proof = proof_830000()
    branch = {
        "shorter": proof.branch[:-1],
        "longer": (*proof.branch, bytes(32)),
        "reversed": proof.branch[::-1],
    }[change]
    with pytest.raises(ProofError, match="of another block, or changed"):
        proof._replace(branch=branch).check(root_830000())


def test_check__coinbase_with_its_witness__refused_with_the_remedy() -> None:
    proof = proof_830000()
    raw = proof.coinbase
    with_witness = raw[:4] + b"\0\1" + raw[4:-4] + b"\1\x20" + bytes(32) + raw[-4:]
    with pytest.raises(ProofError, match="carries its witness"):
        proof._replace(coinbase=with_witness).check(root_830000())


@pytest.mark.parametrize(
    "paid, counted",
    [(-1, 0), (0, 0), (1, 1), (-(10**9), 0), (625_000_000, 625_000_000), (10**12, 625_000_000)],
)
def test_fees__around_nothing_and_around_the_subsidy__between_both(paid: int, counted: int) -> None:
    value = max(subsidy(HEIGHT) + paid, 0)
    assert CoinbaseProof(HEIGHT, coinbase(HEIGHT, value), ()).fees == counted


def test_fees__bytes_that_are_no_coinbase__refused() -> None:
    with pytest.raises(TransactionError):
        _ = CoinbaseProof(HEIGHT, bytes(64), ()).fees


def test_write_proofs__then_read__equal(tmp_path: Path) -> None:
    proofs = [proof_830000(), CoinbaseProof(1, coinbase(1, 7), ())]
    write_proofs(tmp_path / "some.coinbases", proofs)
    assert list(read_proofs(tmp_path / "some.coinbases")) == proofs


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        "not json",
        '{"height": -1, "coinbase": "00", "branch": []}',
        '{"height": 1, "coinbase": "zz", "branch": []}',
        '{"height": 1, "coinbase": "00", "branch": ["00"]}',
        '{"height": 1, "coinbase": "00", "branch": "00"}',
        '{"height": "one", "coinbase": "00", "branch": []}',
    ],
)
def test_read_proofs__line_that_is_none__named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "some.coinbases"
    file.write_text(SHIPPED_PROOFS.read_text() + line + "\n")
    with pytest.raises(ProofError, match=r"some\.coinbases, line 2: not a proof"):
        list(read_proofs(file))
