"""JSON of strangers, a document to a line: read as far as lines may be long, refused in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

from pydantic import ValidationError

from terahash.text import quoted

_LONGEST = 1_000
"""Characters of what is wrong with a document: every field of ours that is missing, by its name."""


class Refusal(NamedTuple):
    """A line that does not count, as in "orders.jsonl:3", and why."""

    where: str
    why: str


def numbered(stream: IO[bytes], name: str, longest: int) -> Iterator[tuple[str, bytes]]:
    """Read a file's lines, and where each stands; empty ones are passed over.

    Args:
        stream: of it.
        name: by which lines are called.
        longest: bytes that a line may have; of a longer one no more comes than shows that it is.
    """
    for number, line in enumerate(_beginnings(stream, longest), 1):
        if line.strip() or len(line) > longest:
            yield f"{name}:{number}", line.rstrip(b"\r\n")


def reasons(error: ValidationError) -> str:
    """Say what is wrong with a document, field by field, on one line."""
    errors = error.errors(include_url=False, include_input=False)
    return quoted("; ".join(_said(errors)), _LONGEST)


def _said(errors: Iterable[Any]) -> Iterator[str]:
    for one in errors:
        where = ".".join(map(str, one["loc"]))
        said = str(one["msg"]).removeprefix("Value error, ")
        yield f"{where}: {said}" if where else said


def _beginnings(stream: IO[bytes], longest: int) -> Iterator[bytes]:
    while line := stream.readline(longest + 2):
        yield line
        while not line.endswith(b"\n") and (rest := stream.readline(longest + 2)):
            line = rest
