"""The block that a relay or an archive starts from, as a JSON file that people can check.

Its header proves itself. Its height, its chainwork, its epoch's start and the times before it do
not: `scripts/checkpoint.py` recomputes them from two sources.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from terahash.bitcoin.header import Header, display
from terahash.bitcoin.state import LAST_TIME, MEDIAN_BLOCKS, State, starts_epoch
from terahash.bitcoin.target import to_target, work
from terahash.documents import reasons
from terahash.errors import TerahashError

_Time = Annotated[int, Field(ge=0, le=LAST_TIME)]
_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class CheckpointError(TerahashError, ValueError):
    """A checkpoint that contradicts itself, or a file that holds none."""


class Checkpoint(BaseModel):
    """The last block of an epoch, and what the headers after it must be checked against.

    Attributes:
        height: one less than a multiple of 2,016.
        hash: of the block, in display order.
        header: its 80 bytes, in hexadecimal.
        chainwork: hashes proven by the chain up to it, itself included, in hexadecimal.
        bits: its compact target, in hexadecimal.
        time: its own, unix seconds.
        epoch_start_time: of its epoch's first block, unix seconds.
        earlier_times: of the ten blocks before it, newest first, unix seconds; None where they are
            not at hand.
        note: for readers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    height: Annotated[int, Field(ge=0, lt=1 << 32)]
    hash: _Digest
    header: Annotated[str, Field(pattern="^[0-9a-f]{160}$")]
    chainwork: _Digest
    bits: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
    time: _Time
    epoch_start_time: _Time
    earlier_times: (
        Annotated[list[_Time], Field(min_length=MEDIAN_BLOCKS - 1, max_length=MEDIAN_BLOCKS - 1)]
        | None
    ) = None
    note: str = ""

    @model_validator(mode="after")
    def _agrees_with_its_header(self) -> Checkpoint:
        header = Header.parse(self.header_bytes)
        target = to_target(header.bits)
        if not starts_epoch(self.height + 1):
            raise ValueError(
                f"height {self.height:,} does not end an epoch: give one less than a multiple of "
                "2,016"
            )
        if display(header.hash) != self.hash:
            raise ValueError(f"hash is {self.hash}, but the header's is {display(header.hash)}")
        if f"{header.bits:08x}" != self.bits:
            raise ValueError(f"bits are {self.bits}, but the header's are {header.bits:08x}")
        if header.time != self.time:
            raise ValueError(f"time is {self.time}, but the header's is {header.time}")
        if int(self.hash, 16) > target:
            raise ValueError(f"hash {self.hash} is above the target of bits {self.bits}")
        if int(self.chainwork, 16) < work(target):
            raise ValueError("chainwork is less than the work of the block alone")
        return self

    @classmethod
    def build(
        cls,
        header: bytes,
        height: int,
        chainwork: int,
        epoch_start_time: int,
        earlier_times: list[int] | None = None,
        note: str = "",
    ) -> Checkpoint:
        """Build the checkpoint at a header of 80 bytes; the other arguments are the attributes'.

        Raises:
            CheckpointError: when they contradict each other.
        """
        parsed = Header.parse(header)
        try:
            return cls(
                height=height,
                hash=display(parsed.hash),
                header=header.hex(),
                chainwork=f"{chainwork:064x}",
                bits=f"{parsed.bits:08x}",
                time=parsed.time,
                epoch_start_time=epoch_start_time,
                earlier_times=earlier_times,
                note=note,
            )
        except ValidationError as error:
            raise CheckpointError(f"no checkpoint at {height:,}: {reasons(error)}") from error

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read a checkpoint from JSON.

        Raises:
            CheckpointError: when the file cannot be read, or says what cannot be.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise CheckpointError(f"{path} is not a checkpoint: {reasons(error)}") from error

    def dump(self, path: Path) -> None:
        """Write the checkpoint as JSON, which `load` reads."""
        path.write_text(self.model_dump_json(indent=1, exclude_none=True) + "\n")

    @property
    def header_bytes(self) -> bytes:
        """The header's 80 bytes."""
        return bytes.fromhex(self.header)

    def state(self) -> State:
        """Build the State that the next header extends."""
        return State.checkpoint(
            Header.parse(self.header_bytes),
            self.height,
            int(self.chainwork, 16),
            self.epoch_start_time,
            self.earlier_times,
        )
