"""What a quorum feed should do, said independently of how it does it.

The history is a list and every total a sum over it; the quorum is who is seated, with which key.
Both say every objection to a call: which of several the contract names is its own business.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terahash.units import DAY, HOUR, MINUTE

CARRY = 3 * DAY
"""Seconds for which a value counts, if no other comes."""
HISTORY = 30 * DAY
VALUE_LIMIT = 2**111
MOST_SEATS = 31


class Refused(Exception):
    """The feed would revert with one of these reasons."""

    def __init__(self, reasons: Collection[str]) -> None:
        super().__init__(", ".join(sorted(reasons)))
        self.reasons = set(reasons)


class Observation(NamedTuple):
    """A value, and its time in unix seconds."""

    value: int
    at: int


def refuse(*objections: tuple[bool, str]) -> None:
    """Raise Refused where any objection holds."""
    if reasons := {f"feed: {reason}" for holds, reason in objections if holds}:
        raise Refused(reasons)


class HistoryModel:
    """One feed's observations, oldest first; round numbers count from one."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.seen: list[Observation] = []

    def append(self, value: int, at: int, now: int) -> None:
        refuse(
            (at > now + MINUTE, "observed in the future"),
            (at < now - HOUR, "observed too long ago"),
            (not MINUTE <= self.period <= DAY, "period not 1m..1d"),
            (at % self.period != 0, "not on the period"),
            (abs(value) >= VALUE_LIMIT, "value out of range"),
            (bool(self.seen) and at <= self.seen[-1].at, "not newer"),
        )
        self.seen.append(Observation(value, at))

    @property
    def oldest(self) -> int:
        """The oldest round that is kept: all of thirty days and a minute, and one before them."""
        most = (HISTORY + MINUTE) // self.period + 1
        return max(1, len(self.seen) - most)

    def latest_round(self) -> tuple[int, int, int]:
        return (len(self.seen), *self.seen[-1]) if self.seen else (0, 0, 0)

    def observation(self, number: int) -> Observation:
        refuse((not 0 < number <= len(self.seen), "no such round"))
        refuse((number < self.oldest, "round not kept"))
        return self.seen[number - 1]

    def first_at_or_after(self, time: int) -> tuple[int, int, bool]:
        for number, one in enumerate(self.seen, 1):
            if one.at >= time:
                # The one before it, if any, must be there to show that it is the first.
                is_known = max(1, number - 1) >= self.oldest
                return (*one, True) if is_known else (0, 0, False)
        return 0, 0, False

    def day_total(self, day: int, now: int) -> tuple[int, int]:
        end = (day + 1) * DAY
        newest = self.seen[-1].at if self.seen else 0
        refuse((newest < end and now < end + HOUR, "day not over"))
        total = seconds = 0
        for one, following in zip_longest(self.seen, self.seen[1:]):
            until = min(end, one.at + CARRY, following.at if following else end)
            covered = max(0, until - one.at)
            total += one.value * covered
            seconds += covered
        return total, seconds


class Vote(NamedTuple):
    """A signed value, as it is handed in.

    Attributes:
        seat: in which the signer says it sits.
        value: that it signed.
        key: with which it signed; None for a signature of anything else.
    """

    seat: int
    value: int
    key: str | None


@dataclass
class QuorumModel:
    """Who is seated, and with which keys they sign.

    Attributes:
        keys: of each operator, its hot key.
        owners: of each key that ever was one, its operator.
        retired: when a key was replaced, unix seconds.
        suspended: since when an operator does not count.
    """

    chain_id: int
    address: str
    delay: int
    operators: Sequence[str]
    threshold: int
    epoch: int = 1
    keys: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    suspended: dict[str, int] = field(default_factory=dict)
    proposal: tuple[Sequence[str], int] | None = None
    proposed_at: int = 0

    @property
    def config(self) -> bytes:
        kinds = ["uint256", "address", "uint256", "address[]", "uint256"]
        seats = list(self.operators)
        return keccak(
            encode(kinds, [self.chain_id, self.address, self.epoch, seats, self.threshold])
        )

    def median(self, votes: Sequence[Vote]) -> int:
        values, seats = [vote.value for vote in votes], [vote.seat for vote in votes]
        refuse(
            (len(votes) < self.threshold, "too few signed"),
            (values != sorted(values), "values not ascending"),
            (any(seat >= MOST_SEATS for seat in seats), "no such operator"),
            (len(set(seats)) < len(seats), "operator signed twice"),
            (any(not self._counts(vote) for vote in votes), "not this operator's key"),
        )
        return sorted(values)[len(values) // 2]

    def _counts(self, vote: Vote) -> bool:
        if vote.key is None or vote.seat >= len(self.operators):
            return False
        operator = self.operators[vote.seat]
        return operator not in self.suspended and self.keys.get(operator) == vote.key

    def rotate(self, operator: str, key: str, now: int) -> None:
        refuse((key in self.owners, "key was used before"))
        if operator in self.keys:
            self.retired[self.keys[operator]] = now
        self.keys[operator], self.owners[key] = key, operator

    def propose(self, operators: Sequence[str], threshold: int, now: int) -> None:
        numbers, count = [int(operator, 16) for operator in operators], len(operators)
        may_lie = (count - 1) // 3
        refuse(
            (numbers != sorted({*numbers} - {0}), "operators not ascending"),
            (not operators, "no operators"),
            (not 2 * may_lie + 1 <= threshold <= count, "threshold out of range"),
        )
        self.proposal, self.proposed_at = (operators, threshold), now

    def cancel_proposal(self) -> None:
        refuse((self.proposal is None, "nothing proposed"))
        self.proposal = None

    def enact(self, operators: Sequence[str], threshold: int, now: int) -> None:
        refuse((self.proposal != (operators, threshold), "not proposed"))
        refuse((now < self.proposed_at + self.delay, "delay not over"))
        self.proposal = None
        for operator in operators:
            if self.suspended.get(operator, now) < self.proposed_at:
                del self.suspended[operator]
        self.operators, self.threshold, self.epoch = operators, threshold, self.epoch + 1

    def report_equivocation(self, first: Vote, second: Vote, now: int) -> None:
        """Suspend; a key that is None stands for another each time."""
        refuse((first.value == second.value, "one value"))
        keys = [vote.key or "" for vote in (first, second)]
        operator, other = (self.owners.get(key, "") for key in keys)
        refuse(
            (any(self.retired.get(key, now) < now - HOUR for key in keys), "key was retired"),
            (operator != other, "two signers"),
            (operator not in self.operators and operator == other, "not an operator's key"),
            (operator in self.suspended, "suspended"),
        )
        self.suspended[operator] = now
