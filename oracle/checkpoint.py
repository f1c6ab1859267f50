"""A relay's checkpoint, recomputed from what several sources say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.sources import BlockSource
from terahash.bitcoin.checkpoint import Checkpoint
from terahash.bitcoin.header import Header, display
from terahash.bitcoin.network import MAINNET, Network
from terahash.bitcoin.state import MEDIAN_BLOCKS, State, extend
from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.errors import HeaderError, Rule, SourceError


@dataclass(frozen=True)
class Claim:
    """What one source says about the last block of an epoch.

    Attributes:
        source: its name.
        height: of the block.
        header: 80 bytes.
        epoch_start: time of its epoch's first block, unix seconds.
        earlier_times: of the ten blocks before it, newest first.
        chainwork: None where the source does not know it.
    """

    source: str
    height: int
    header: bytes
    epoch_start: int
    earlier_times: list[int]
    chainwork: int | None


def read_claim(source: BlockSource, height: int, network: Network = MAINNET) -> Claim:
    """Ask a source about the last block of an epoch, and verify what verifies itself.

    That is every rule for the block's own header (version, link, bits, median-time-past, work) and
    the links of the eleven before it. The epoch's start and the chainwork are the source's word.

    Args:
        source: to ask.
        height: one less than a multiple of 2,016.
        network: whose rules apply.

    Raises:
        SourceError: when the source does not answer.
        HeaderError: when it answers headers that are not Bitcoin's.
    """
    raw = list(source.headers(height - MEDIAN_BLOCKS, MEDIAN_BLOCKS + 1))
    parsed = [Header.parse(header) for header in raw]
    epoch_start = Header.parse(source.header(height - EPOCH_BLOCKS + 1))
    *before, parent, _ = parsed
    try:
        for i, (one, child) in enumerate(zip(before, parsed[1:], strict=False)):
            if child.parent != one.hash:
                raise HeaderError(
                    height - MEDIAN_BLOCKS + 1 + i,
                    Rule.LINK,
                    f"parent {display(child.parent)}, not {display(one.hash)}",
                )
        if epoch_start.bits != parent.bits:
            raise HeaderError(
                height - EPOCH_BLOCKS + 1,
                Rule.BITS,
                f"bits {epoch_start.bits:08x}, not {parent.bits:08x} as its epoch",
            )
        times = [header.time for header in reversed(before)]
        extend(State.checkpoint(parent, height - 1, 0, epoch_start.time, times), raw[-1], network)
    except HeaderError as error:
        raise SourceError(f"{source.name}: {error}; exclude this source") from error
    return Claim(
        source=source.name,
        height=height,
        header=raw[-1],
        epoch_start=epoch_start.time,
        earlier_times=[parent.time, *times[:-1]],
        chainwork=source.chainwork(height),
    )


def agree(claims: Sequence[Claim]) -> Checkpoint:
    """Build the checkpoint that all claims describe.

    Raises:
        SourceError: when they differ, naming each field and what each source says; or when none
            knows the chainwork.
    """
    says = {
        "header": [(c.source, c.header.hex()) for c in claims],
        "epoch start": [(c.source, str(c.epoch_start)) for c in claims],
        "ten earlier times": [(c.source, str(c.earlier_times)) for c in claims],
        "chainwork": [(c.source, f"{c.chainwork:064x}") for c in claims if c.chainwork is not None],
    }
    differing = [
        f"{field} ({', '.join(f'{source} says {value}' for source, value in values)})"
        for field, values in says.items()
        if len({value for _, value in values}) > 1
    ]
    if differing:
        raise SourceError(f"the sources disagree on {'; '.join(differing)}: ask a third")
    knowing = [claim for claim in claims if claim.chainwork is not None]
    if not knowing:
        raise SourceError(
            "no source knows the chainwork: add a Bitcoin Core node, an archive, or a file of all "
            "headers from genesis on"
        )
    first = knowing[0]
    assert first.chainwork is not None
    return Checkpoint.build(
        first.header,
        first.height,
        first.chainwork,
        first.epoch_start,
        first.earlier_times,
        note=f"last block of epoch {first.height // EPOCH_BLOCKS}, as said by "
        + " and ".join(claim.source for claim in claims),
    )
