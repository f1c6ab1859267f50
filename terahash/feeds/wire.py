"""Reports on their way from operator to operator: JSON, one to a line, by file or pipe.

A line says what was signed and the signature, and is trusted for nothing: whoever reads it verifies
it (`terahash.feeds.collection`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terahash.documents import Refusal, numbered, reasons
from terahash.feeds.feed_id import FeedError
from terahash.feeds.reports import Compact, Report, SignedReport

LONGEST = 1_000
"""Bytes that a line may have."""

Word = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]
"""32 bytes."""
Number = Annotated[str, Field(pattern="^(0|-?[1-9][0-9]{0,76})$")]
"""A whole number as text: JSON readers would round it."""
_HALF_RANGE = 2**255
_WRONG = (
    'a report is {{"config", "feed", "value", "observed_at", "r", "vs"}} as `terahash feeds sign` '
    "prints it, and this is none: {}"
)


class WireError(FeedError):
    """A line that is no report; the message says why."""


class WireReport(BaseModel):
    """A signed report as it travels; no field more and none less.

    Attributes:
        config: of the quorum.
        feed: its id.
        value: in the feed's decimals.
        observed_at: unix seconds.
        r, vs: the signature, compact (EIP-2098).
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    config: Word
    feed: Word
    value: Number
    observed_at: Annotated[int, Field(ge=0, lt=2**64)]
    r: Word
    vs: Word


class Line(NamedTuple):
    """A report, and the line that it was read from, as in "reports.jsonl:3"."""

    where: str
    signed: SignedReport


def write_line(signed: SignedReport) -> str:
    """Write a signed report on one line, without its end."""
    config, feed, value, observed_at = signed.report
    r, vs = (f"0x{word:064x}" for word in signed.signature)
    return WireReport(
        config="0x" + config.hex(),
        feed="0x" + feed.hex(),
        value=str(value),
        observed_at=observed_at,
        r=r,
        vs=vs,
    ).model_dump_json()


def read_line(line: bytes) -> SignedReport:
    """Read a signed report.

    Raises:
        WireError: when it is none.
    """
    if len(line) > LONGEST:
        raise WireError(_WRONG.format(f"it has more than {LONGEST:,} bytes"))
    try:
        wire = WireReport.model_validate_json(line)
    except ValidationError as error:
        raise WireError(_WRONG.format(reasons(error))) from None
    value = int(wire.value)
    if not -_HALF_RANGE <= value < _HALF_RANGE:
        raise WireError(_WRONG.format("its value has more than 256 bits"))
    config, feed = (bytes.fromhex(word[2:]) for word in (wire.config, wire.feed))
    signature = Compact(int(wire.r, 16), int(wire.vs, 16))
    return SignedReport(Report(config, feed, value, wire.observed_at), signature)


def read_lines(stream: IO[bytes], name: str) -> Iterator[Line | Refusal]:
    """Read a file of reports; empty lines are passed over, and none is held that is too long.

    Args:
        stream: of it.
        name: by which lines are called.
    """
    for where, line in numbered(stream, name, LONGEST):
        try:
            yield Line(where, read_line(line))
        except WireError as error:
            yield Refusal(where, str(error))
