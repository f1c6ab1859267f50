"""Proofs of a block's fees: its coinbase, and the Merkle branch up to the root in its header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, Field, ValidationError

from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import display, from_display
from terahash.bitcoin.merkle import root_of_branch
from terahash.bitcoin.network import subsidy
from terahash.errors import ProofError, TransactionError
from terahash.units import Sats

SHIPPED_PROOFS = Path(__file__).parents[1] / "data" / "mainnet-830000.coinbases"
"""The coinbase of block 830,000, inside the shipped headers."""


class CoinbaseProof(NamedTuple):
    """What proves the fees of one block.

    Attributes:
        height: of the block.
        coinbase: its first transaction without witness, as its id commits to it.
        branch: siblings from the coinbase up to the Merkle root, 32 bytes each, internal order.
    """

    height: int
    coinbase: bytes
    branch: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The Merkle root that it leads to, internal byte order.

        Raises:
            TransactionError: when its bytes are no coinbase.
        """
        return root_of_branch(parse_coinbase(self.coinbase).txid, list(self.branch))

    @property
    def fees(self) -> Sats:
        """What counts as the block's fees: what is paid above the subsidy, and at most as much.

        A miner can pay itself any fee in private, so that no more than the subsidy counts.

        Raises:
            TransactionError: when its bytes are no coinbase.
        """
        created = subsidy(self.height)
        return Sats(min(max(parse_coinbase(self.coinbase).total - created, 0), created))

    def check(self, merkle_root: bytes) -> None:
        """Check that a block with this Merkle root (internal byte order) commits to it.

        Raises:
            ProofError: when it does not, or its bytes are no coinbase.
        """
        try:
            found = self.root
        except TransactionError as error:
            raise ProofError(f"coinbase of block {self.height:,}: {error}") from error
        if found != merkle_root:
            raise ProofError(
                f"coinbase of block {self.height:,} leads to the Merkle root {display(found)}, "
                f"not to the header's {display(merkle_root)}: it is of another block, or changed"
            )


class _Line(BaseModel):
    """One line of a file of proofs; hashes as explorers show them."""

    height: int = Field(ge=0)
    coinbase: str
    branch: list[str]


def read_proofs(path: Path) -> Iterator[CoinbaseProof]:
    """Read a file of proofs: one JSON object a line, its hashes as explorers show them.

    What it says is not verified here: `CoinbaseProof.check` does that.

    Raises:
        ProofError: names the line that is not a proof.
    """
    for number, text in enumerate(path.read_text().splitlines(), 1):
        try:
            line = _Line.model_validate_json(text)
            proof = CoinbaseProof(
                line.height,
                bytes.fromhex(line.coinbase),
                tuple(from_display(sibling) for sibling in line.branch),
            )
        except (ValidationError, ValueError):
            proof = None
        if proof is None or any(len(sibling) != 32 for sibling in proof.branch):
            raise ProofError(
                f'{path}, line {number}: not a proof: write {{"height": 830000, "coinbase": '
                '"<hex>", "branch": ["<hash>", ...]} on one line'
            )
        yield proof


def write_proofs(path: Path, proofs: Iterable[CoinbaseProof]) -> None:
    """Write a file that `read_proofs` reads."""
    lines = (
        _Line(
            height=proof.height,
            coinbase=proof.coinbase.hex(),
            branch=[display(sibling) for sibling in proof.branch],
        ).model_dump_json()
        for proof in proofs
    )
    path.write_text("".join(f"{line}\n" for line in lines))
