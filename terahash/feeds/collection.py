"""Reports of operators for one feed and time, verified one by one, until they make a quorum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from terahash.chain import Transaction
from terahash.documents import Refusal
from terahash.feeds.feed_id import FeedError, FeedId
from terahash.feeds.models import Configuration, Equivocation, HotKey, Operator, Signed
from terahash.feeds.reports import Domain, SignedReport
from terahash.feeds.transactions import QuorumTransactions
from terahash.feeds.wire import Line
from terahash.units import utc


class ReportError(FeedError):
    """A report that does not count here; the message says why, and who can do what about it."""


class IncompleteError(FeedError):
    """Too few reports to submit; the message says whose are missing."""


class Collection:
    """The reports of one configuration, feed and time.

    An operator that has signed two values counts no more: neither of them, so that whoever hands
    them in has no choice.

    Attributes:
        domain: that signatures are for.
        configuration: whose operators sign.
        feed: of the values.
        at: when they were observed, unix seconds.
    """

    def __init__(self, domain: Domain, configuration: Configuration, feed: FeedId, at: int) -> None:
        """Begin without reports.

        Raises:
            ReportError: when the contract takes no observation of that time, ever.
        """
        if at % feed.period:
            raise ReportError(
                f"{feed.name} is observed every {feed.period:,} seconds, and second {at} is not on "
                f"that period: the newest before it is {feed.due(at)}"
            )
        self.domain = domain
        self.configuration = configuration
        self.feed = feed
        self.at = at
        self._first: dict[int, SignedReport] = {}
        self._evidence: dict[int, Equivocation] = {}

    def add(self, signed: SignedReport) -> Equivocation | None:
        """Verify a report and keep it.

        Returns:
            Evidence, where its key has signed another value before.

        Raises:
            ReportError: when it does not count.
        """
        seat, key = self._signer(signed)
        first = self._first.setdefault(seat, signed)
        if first.report.value == signed.report.value:
            return None
        return self._evidence.setdefault(seat, Equivocation(key, first, signed))

    @property
    def reports(self) -> dict[int, SignedReport]:
        """Those that count, by their operators' places: of each that has signed one value."""
        return {seat: one for seat, one in self._first.items() if seat not in self._evidence}

    @property
    def equivocations(self) -> list[Equivocation]:
        """Evidence against the operators that have signed two values, one of each."""
        return list(self._evidence.values())

    @property
    def equivocators(self) -> list[Operator]:
        """The operators that they are against."""
        return [self.configuration.operators[seat] for seat in self._evidence]

    @property
    def missing(self) -> list[Operator]:
        """Operators whose reports would count, and are not here."""
        return [
            operator
            for seat, operator in enumerate(self.configuration.operators)
            if operator.counts and seat not in self._first
        ]

    @property
    def is_complete(self) -> bool:
        """Whether the contract would take them for a quorum's."""
        return len(self.reports) >= self.configuration.threshold

    @property
    def signed(self) -> list[Signed]:
        """What counts, ascending by value: as the contract takes it."""
        seated = [Signed.of(seat, one) for seat, one in self.reports.items()]
        return sorted(seated, key=lambda one: (one.value, one.operator))

    @property
    def value(self) -> int:
        """What the contract would store: the median; of an even count, the upper middle.

        Raises:
            IncompleteError: when there are too few.
        """
        self._check_complete()
        return self.signed[len(self.reports) // 2].value

    def submission(self) -> Transaction:
        """Hand in all reports that count, not a choice of them.

        Raises:
            IncompleteError: when there are too few.
        """
        self._check_complete()
        return QuorumTransactions(self.domain.address).submit(self.feed, self.at, self.signed)

    def _check_complete(self) -> None:
        if not self.is_complete:
            missing = ", ".join(operator.address for operator in self.missing)
            raise IncompleteError(
                f"{self.feed.name} at {utc(self.at)}: {len(self.reports)} of the "
                f"{self.configuration.threshold} reports that it takes are here: ask for those of "
                f"{missing or 'operators that can sign, and there are none left'}"
            )

    def _signer(self, signed: SignedReport) -> tuple[int, str]:
        """Return whose place and key signed a report, or refuse it."""
        config, feed, _, at = signed.report
        if config != self.configuration.config:
            raise ReportError(
                "it was signed for other operators or another contract than those of now: ask who "
                "signed it to sign again"
            )
        if (feed, at) != (bytes(self.feed), self.at):
            raise ReportError(
                f"it is of another feed or time than {self.feed} at {utc(self.at)}: collect those "
                "apart"
            )
        key = self.domain.signer(signed)
        if key is None:
            raise ReportError("its signature is nobody's: ask who sent it to sign again")
        seat = self.configuration.seat(key)
        if seat is None:
            raise ReportError(
                f"{key}, which signed it, is no operator's hot key: sign with the one that the "
                "operator has named, or name this one (`terahash feeds rotate`)"
            )
        operator = self.configuration.operators[seat]
        if operator.suspended_at is not None:
            raise ReportError(
                f"its operator, {operator.address}, is suspended since "
                f"{utc(operator.suspended_at)}, and counts only in a configuration that is "
                "proposed afterwards"
            )
        return seat, key


class Gathered(NamedTuple):
    """What lines of reports come to.

    Attributes:
        collections: one for each feed and time, by time.
        refusals: of lines that do not count.
    """

    collections: list[Collection]
    refusals: list[Refusal]


def gather(
    domain: Domain, configuration: Configuration, lines: Iterable[Line | Refusal]
) -> Gathered:
    """Sort lines of reports by feed and time, and verify each."""
    found: dict[tuple[bytes, int], Collection] = {}
    refusals = []
    for line in lines:
        if isinstance(line, Refusal):
            refusals.append(line)
            continue
        _, feed, _, at = line.signed.report
        try:
            collection = found.get((feed, at)) or Collection(
                domain, configuration, FeedId.read(feed), at
            )
            collection.add(line.signed)
        except FeedError as error:
            refusals.append(Refusal(line.where, str(error)))
        else:
            found[feed, at] = collection
    return Gathered(sorted(found.values(), key=lambda one: (one.at, one.feed)), refusals)


def by_key(domain: Domain, reports: Iterable[SignedReport]) -> dict[str, list[SignedReport]]:
    """Sort reports by the keys that signed them; what nobody signed is left away."""
    signed: dict[str, list[SignedReport]] = {}
    for one in reports:
        if key := domain.signer(one):
            signed.setdefault(key, []).append(one)
    return signed


def equivocations(
    signed: Mapping[str, Sequence[SignedReport]], keys: Mapping[str, HotKey]
) -> dict[str, Equivocation]:
    """Find operators that signed two values for one feed and time, with one key or with several.

    Args:
        signed: reports, by the keys that signed them.
        keys: of the operators; what other keys signed proves nothing.

    Returns:
        By operator, one pair: of those there are, the one whose older key is the newest. A key
        answers for an hour after its rotation, so that where this pair is too old, all are.
    """
    newest: dict[tuple[str, bytes, bytes, int], dict[int, _ByKey]] = {}
    for key in sorted((key for key in signed if key in keys), key=lambda key: keys[key].age):
        operator, age = keys[key]
        for one in signed[key]:
            config, feed, value, at = one.report
            values = newest.setdefault((operator, config, feed, at), {})
            values.setdefault(value, _ByKey(age, key, one))
    found: dict[str, tuple[int, Equivocation]] = {}
    for (operator, *_), values in newest.items():
        first, *others = values.values()  # by age, rising
        if others and (operator not in found or others[0].age < found[operator][0]):
            evidence = Equivocation(others[0].key, first.signed, others[0].signed)
            found[operator] = others[0].age, evidence
    return {operator: evidence for operator, (_, evidence) in found.items()}


class _ByKey(NamedTuple):
    age: int
    key: str
    signed: SignedReport
