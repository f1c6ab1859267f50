"""Bitcoin's epochs: 2,016 blocks of one difficulty each, as a verified chain shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel
from rich import box
from rich.table import Table

from terahash.bitcoin.state import State, starts_epoch
from terahash.bitcoin.target import EPOCH_BLOCKS, difficulty, to_target
from terahash.headers import Exact
from terahash.units import DAY, MINUTE, WAD, utc


class Epoch(BaseModel):
    """An epoch, or as much of it as is known.

    Attributes:
        number: its first height divided by 2,016.
        first_height: of its first block.
        start: time of its first block, unix seconds.
        bits: compact target.
        difficulty: times 10^18.
        previous_difficulty: of the epoch before, times 10^18; None where it is not known.
        blocks: of it that are known; 2,016 when it is complete.
        span: seconds from its first block to its newest, as the retarget measures them.
    """

    number: int
    first_height: int
    start: int
    bits: int
    difficulty: Exact
    previous_difficulty: Exact | None
    blocks: int
    span: int

    @property
    def is_complete(self) -> bool:
        """Whether all of its blocks are known."""
        return self.blocks == EPOCH_BLOCKS

    @property
    def change(self) -> float | None:
        """The change of difficulty from the epoch before, 1 being 100 %."""
        if self.previous_difficulty is None:
            return None
        return (self.difficulty - self.previous_difficulty) / self.previous_difficulty

    @property
    def interval(self) -> float | None:
        """Mean seconds between its blocks; None for one block alone."""
        return self.span / (self.blocks - 1) if self.blocks > 1 else None


def epochs(checkpoint: State, states: Iterable[State]) -> Iterator[Epoch]:
    """List the epochs of a verified chain, the last one as far as it goes.

    Args:
        checkpoint: the State before the chain's first header.
        states: after it, in order; at least the last one of each epoch, as `Archive.batches` and
            `verify` give them.
    """
    ends_epoch = checkpoint.height >= 0 and starts_epoch(checkpoint.height + 1)
    previous_bits = checkpoint.bits if ends_epoch else None
    newest: State | None = None
    for state in states:
        if newest and state.height // EPOCH_BLOCKS > newest.height // EPOCH_BLOCKS:
            yield _epoch(newest, previous_bits)
            previous_bits = newest.bits
        newest = state
    if newest:
        yield _epoch(newest, previous_bits)


def _epoch(state: State, previous_bits: int | None) -> Epoch:
    number, index = divmod(state.height, EPOCH_BLOCKS)
    return Epoch(
        number=number,
        first_height=number * EPOCH_BLOCKS,
        start=state.epoch_start,
        bits=state.bits,
        difficulty=difficulty(to_target(state.bits)),
        previous_difficulty=(
            None if previous_bits is None else difficulty(to_target(previous_bits))
        ),
        blocks=index + 1,
        span=state.time - state.epoch_start,
    )


def epoch_table(epochs: Sequence[Epoch]) -> Table:
    """Lay epochs out as people read them: UTC, difficulty in trillions, and what is incomplete."""
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1)
    )  # 79 columns
    for title in (
        "epoch",
        "first\nheight",
        "start\n(UTC)",
        "bits\n(hex)",
        "difficulty\n(T)",
        "change\n(%)",
        "block\n(min)",
        "took\n(days)",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    for epoch in epochs:
        table.add_row(
            f"{epoch.number}",
            f"{epoch.first_height:,}",
            utc(epoch.start),
            f"{epoch.bits:08x}",
            _trillions(epoch.difficulty),
            "-" if epoch.change is None else f"{epoch.change * 100:+.2f}",
            "-" if epoch.interval is None else f"{epoch.interval / MINUTE:.2f}",
            "-" if epoch.interval is None else f"{epoch.span / DAY:.2f}",
        )
    if epochs and not epochs[-1].is_complete:
        last = epochs[-1]
        table.caption = (
            f"Epoch {last.number} is incomplete: {last.blocks:,} of {EPOCH_BLOCKS:,} blocks."
        )
        table.caption_justify = "left"
    return table


def _trillions(difficulty: int) -> str:
    trillions = difficulty / WAD / 1e12
    return f"{trillions:,.4f}" if trillions >= 0.1 else f"{trillions:.3g}"
