"""Proofs of a block's fees: its coinbase, and the Merkle branch up to the root in its header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
            ProofError: when it does not, or its bytes are no coinbase without witness.
        """
        try:
            parsed = parse_coinbase(self.coinbase)
        except TransactionError as error:
            raise ProofError(f"coinbase of block {self.height:,}: {error}") from error
        if parsed.stripped != self.coinbase:
            raise ProofError(
                f"coinbase of block {self.height:,} carries its witness, to which its id does not "
                "commit: give it without"
            )
        found = root_of_branch(parsed.txid, list(self.branch))
        if found != merkle_root:
            raise ProofError(
                f"coinbase of block {self.height:,} leads to the Merkle root {display(found)}, "
                f"not to the header's {display(merkle_root)}: it is of another block, or changed"
            )


_Digest = Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")]


class _Line(BaseModel):
    """One line of a file of proofs; hashes as explorers show them."""

    model_config = ConfigDict(strict=True)

    height: Annotated[int, Field(ge=0, lt=1 << 32)]
    coinbase: Annotated[str, Field(pattern="^([0-9a-fA-F]{2})+$")]
    branch: list[_Digest]


def read_proofs(path: Path) -> Iterator[CoinbaseProof]:
    """Read a file of proofs: one JSON object a line, its hashes as explorers show them.

    What it says is not verified here: `CoinbaseProof.check` does that.

    Raises:
        ProofError: names the line that is not a proof.
    """
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            try:
                line = _Line.model_validate_json(text)
            except ValidationError as error:
                raise ProofError(
                    f"{path}, line {number:,}: not a proof ({_cause(error)}): write "
                    '{"height": 830000, "coinbase": "<hex>", "branch": ["<hash>", ...]} on one line'
                ) from error
            yield CoinbaseProof(
                line.height,
                bytes.fromhex(line.coinbase),
                tuple(from_display(sibling) for sibling in line.branch),
            )


def _cause(error: ValidationError) -> str:
    """Say which of a line's fields is wrong, the first of them."""
    where = error.errors(include_url=False)[0]["loc"]
    return f"{where[0]} is missing or malformed" if where else "no JSON object"


def write_proofs(path: Path, proofs: Iterable[CoinbaseProof]) -> None:
    """Write a file that `read_proofs` reads."""
    with path.open("w", encoding="ascii", newline="\n") as file:
        for proof in proofs:
            line = _Line(
                height=proof.height,
                coinbase=proof.coinbase.hex(),
                branch=[display(sibling) for sibling in proof.branch],
            )
            file.write(f"{line.model_dump_json()}\n")
