"""What a quorum feed says about itself and its numbers, and what operators hand it.

Units: values are in the feed's decimals (`FeedId.shown` reads them), times are unix seconds.
Operators are known by the address of their cold key.
"""

from __future__ import annotations

from typing import NamedTuple

from terahash.feeds.reports import SignedReport

QUORUM_FEED = "QuorumFeed"
FACADE = "AggregatorFacade"


class Operator(NamedTuple):
    """One of those whose signatures count.

    Attributes:
        address: of its cold key.
        key: address of the hot key that signs; None while it has named none.
        suspended_at: since when it counts no more, for it signed two values; None while it counts.
    """

    address: str
    key: str | None
    suspended_at: int | None

    @property
    def counts(self) -> bool:
        """Whether what its key signs counts."""
        return self.key is not None and self.suspended_at is None


class Configuration(NamedTuple):
    """Who signs, and what is proposed instead.

    Attributes:
        config: what every signature commits to, 32 bytes.
        epoch: how many configurations there were.
        operators: as they are seated, ascending.
        threshold: how many must sign.
        delay: seconds for which a change stands in public before it counts.
        proposal: hash of what is proposed, 32 bytes; None for nothing.
        proposed_at: when it was; None for nothing.
    """

    config: bytes
    epoch: int
    operators: tuple[Operator, ...]
    threshold: int
    delay: int
    proposal: bytes | None
    proposed_at: int | None

    @property
    def ready_at(self) -> int | None:
        """When what is proposed can be enacted; None for nothing."""
        return None if self.proposed_at is None else self.proposed_at + self.delay

    def seat(self, key: str) -> int | None:
        """Find the place of the operator whose hot key this is; None where it is nobody's."""
        for seat, operator in enumerate(self.operators):
            if operator.key == key:
                return seat
        return None


class Reading(NamedTuple):
    """A value, and when it was observed."""

    value: int
    at: int


class Observation(NamedTuple):
    """What a quorum observed: its number, from one, the median of what was signed, and when."""

    round: int
    value: int
    at: int


class DayTotal(NamedTuple):
    """Running totals at the end of a UTC day.

    Attributes:
        total: sum of value x seconds.
        seconds: that a value covered.
    """

    total: int
    seconds: int


class Answer(NamedTuple):
    """A facade's round: its number, its answer in the facade's decimals, and its time."""

    round: int
    answer: int
    at: int


class Signed(NamedTuple):
    """A value that an operator signed, as the contract takes it.

    Attributes:
        operator: its place among the operators, from zero.
        value: in the feed's decimals.
        r, vs: the signature, compact (EIP-2098).
    """

    operator: int
    value: int
    r: int
    vs: int

    @classmethod
    def of(cls, operator: int, signed: SignedReport) -> Signed:
        """Seat a signed report."""
        return cls(operator, signed.report.value, *signed.signature)


class HotKey(NamedTuple):
    """Whose hot key a key is, or was.

    Attributes:
        operator: address of its cold key.
        age: how many keys the operator has named since; zero for the one that signs now.
    """

    operator: str
    age: int


class Equivocation(NamedTuple):
    """Evidence: two values that one operator signed for one feed and time.

    Attributes:
        key: that signed the second; the first may be of another key, by which the operator signed
            before or after.
        first, second: of one configuration.
    """

    key: str
    first: SignedReport
    second: SignedReport


class Proposal(NamedTuple):
    """Another set of operators, which stands in public until it can be enacted.

    Attributes:
        operators: addresses of their cold keys, ascending.
        threshold: how many must sign.
        ready_at: unix time from which it can be.
    """

    operators: tuple[str, ...]
    threshold: int
    ready_at: int
