"""The exceptions of the library: one tree, and messages that say what to do."""

from __future__ import annotations

from enum import StrEnum


class TerahashError(Exception):
    """Base of every error that the library raises on purpose."""


class Rule(StrEnum):
    """The consensus rules of a header, in the order in which they are checked."""

    WHOLE = "not whole headers"
    VERSION = "version too low"
    LINK = "parent mismatch"
    BITS = "unexpected bits"
    MEDIAN_TIME = "time not above median"
    FUTURE_TIME = "time too far ahead"
    WORK = "insufficient work"


class TargetError(TerahashError, ValueError):
    """A compact target that no header may carry: negative, zero, overflowing or above the limit."""


class HeaderError(TerahashError, ValueError):
    """A header that breaks a rule.

    Attributes:
        height: the height that the header claims.
        rule: the first rule that it breaks.
    """

    def __init__(self, height: int, rule: Rule, detail: str) -> None:
        super().__init__(f"header at height {height:,} refused: {rule}: {detail}")
        self.height = height
        self.rule = rule


class UnknownParentError(TerahashError, LookupError):
    """A header whose parent the tree does not hold: give the headers before it first."""


class TransactionError(TerahashError, ValueError):
    """Bytes that are not one coinbase transaction, whole and alone."""


class ProofError(TerahashError, ValueError):
    """A proof of a block's fees that is malformed, or does not lead to the block."""


class IndexRangeError(TerahashError, LookupError):
    """A time or a block-day that an index does not cover; the message says what it covers."""


class ArchiveError(TerahashError, ValueError):
    """A header archive that is truncated, corrupt or of another format; says where it breaks."""


class SourceError(TerahashError):
    """A source of Bitcoin data that did not answer, or answered nonsense."""


class HeightError(SourceError):
    """A height that a source does not hold, and others may."""


class DeploymentError(TerahashError):
    """A deployment that is not what it should be; the message names the contract and the value."""
