"""Feeds, their operators and what these have signed, as people and machines read them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel
from rich import box
from rich.table import Table

from terahash.feeds.collection import Collection, Gathered
from terahash.feeds.feed_id import FeedError, FeedId
from terahash.feeds.models import Configuration, Observation, Operator, Proposal
from terahash.report.numbers import count, scaled
from terahash.text import printable
from terahash.units import DAY, HOUR, MINUTE, utc


class ObservationDocument(BaseModel):
    """What was observed: `value` is a decimal number as text, `at` unix seconds."""

    round: int
    value: str
    at: int


class FeedDocument(BaseModel):
    """A feed and its newest observation.

    Attributes:
        feed: as commands take it, NAME:DECIMALS:PERIOD.
        id: 32 bytes.
        latest: None where there is none.
        age: of it, seconds.
    """

    feed: str
    id: str
    name: str
    decimals: int
    period: int
    latest: ObservationDocument | None
    age: int | None


class FacadeDocument(BaseModel):
    """A facade and its newest answer, or why it gives none."""

    address: str
    description: str
    decimals: int
    latest: ObservationDocument | None = None
    age: int | None = None
    refused: str | None = None


class FeedsDocument(BaseModel):
    """The feeds and facades of a deployment, as `--json` prints them."""

    quorum_feed: str | None
    feeds: list[FeedDocument]
    facades: list[FacadeDocument]


class HistoryDocument(BaseModel):
    """A feed's observations, newest first, as `--json` prints them."""

    feed: str
    id: str
    observations: list[ObservationDocument]


class OperatorDocument(BaseModel):
    """An operator: addresses of its cold and its hot key, and since when it is suspended."""

    address: str
    key: str | None
    suspended_at: int | None


class ProposalDocument(BaseModel):
    """What is proposed; `can_be_enacted` says whether it has stood in public for long enough."""

    operators: list[str]
    threshold: int
    ready_at: int
    can_be_enacted: bool


class OperatorsDocument(BaseModel):
    """Who signs for a quorum feed, as `--json` prints it; `delay` is in seconds."""

    quorum_feed: str
    owner: str
    config: str
    epoch: int
    threshold: int
    delay: int
    operators: list[OperatorDocument]
    proposal: ProposalDocument | None


class SignedDocument(BaseModel):
    """What an operator signed: `value` is a decimal number as text."""

    operator: str
    value: str


class CollectionDocument(BaseModel):
    """Reports for one feed and time.

    Attributes:
        feed: NAME:DECIMALS:PERIOD.
        id: 32 bytes.
        at: unix seconds.
        threshold: how many must sign.
        is_complete: whether as many have.
        value: that would count, a decimal number as text; None while too few signed.
        signed: what counts, ascending.
        missing: operators that have not signed, and could.
        equivocators: operators that have signed two values.
    """

    feed: str
    id: str
    at: int
    threshold: int
    is_complete: bool
    value: str | None
    signed: list[SignedDocument]
    missing: list[str]
    equivocators: list[str]


class RefusalDocument(BaseModel):
    """A line that does not count, and why."""

    where: str
    why: str


class GatheredDocument(BaseModel):
    """What lines of reports come to, as `--json` prints it."""

    collections: list[CollectionDocument]
    refused: list[RefusalDocument]


def value_text(feed: FeedId, value: int) -> str:
    """Write a feed's value for people, to its last digit."""
    return f"{feed.shown(value):,f}"


def raw_text(feed: bytes, value: int) -> tuple[str, str]:
    """Write a feed's name and value, whatever 32 bytes its id is."""
    try:
        known = FeedId.read(feed)
    except FeedError:
        return f"0x{feed.hex()}", f"{value:,}"
    return str(known), value_text(known, value)


def decimal_text(decimals: int, value: int) -> str:
    """Write a value for machines, to its last digit."""
    return f"{Decimal(f'{value}e-{decimals}'):f}"


def span(seconds: int) -> str:
    """Write an age; what lies ahead is new."""
    if seconds < MINUTE:
        return f"{max(seconds, 0)} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{scaled(seconds, HOUR, 1)} h"
    return f"{scaled(seconds, DAY, 1)} days"


def observation_document(feed: FeedId, found: Observation) -> ObservationDocument:
    """Write an observation for machines."""
    value = decimal_text(feed.decimals, found.value)
    return ObservationDocument(round=found.round, value=value, at=found.at)


def feed_document(feed: FeedId, latest: Observation | None, now: int) -> FeedDocument:
    """Write a feed for machines; `now` is unix seconds."""
    return FeedDocument(
        feed=str(feed),
        id=f"0x{bytes(feed).hex()}",
        name=feed.name,
        decimals=feed.decimals,
        period=feed.period,
        latest=latest and observation_document(feed, latest),
        age=latest and now - latest.at,
    )


def feeds_table(found: Sequence[tuple[FeedId, Observation | None]], now: int) -> Table:
    """Lay out feeds and their newest observations; `now` is unix seconds."""
    table = _table("feed", "value", "observed (UTC)", "age", "rounds")
    for feed, latest in found:
        if latest is None:
            table.add_row(str(feed), "no observation yet", "-", "-", "0")
            continue
        value = value_text(feed, latest.value)
        age = span(now - latest.at)
        table.add_row(str(feed), value, utc(latest.at), age, f"{latest.round:,}")
    return table


def facade_rows(facades: Sequence[FacadeDocument]) -> dict[str, str]:
    """Say what each facade answers, or why it does not."""
    rows = {}
    for facade in facades:
        name = printable(facade.description)
        while name in rows:  # two facades of a deployment may tell of the same
            name += " "
        if facade.latest is None or facade.age is None:
            rows[name] = f"no answer: {printable(facade.refused or '')}"
        else:
            rows[name] = f"{Decimal(facade.latest.value):,f}, {span(facade.age)} old"
    return rows


def history_table(feed: FeedId, found: Sequence[Observation]) -> Table:
    """Lay out observations."""
    table = _table("round", "observed (UTC)", "value")
    for one in found:
        table.add_row(f"{one.round:,}", utc(one.at), value_text(feed, one.value))
    return table


def operators_document(
    address: str, owner: str, of: Configuration, proposal: Proposal | None, now: int
) -> OperatorsDocument:
    """Write who signs for machines; `now` is unix seconds."""
    return OperatorsDocument(
        quorum_feed=address,
        owner=owner,
        config=f"0x{of.config.hex()}",
        epoch=of.epoch,
        threshold=of.threshold,
        delay=of.delay,
        operators=[OperatorDocument(**one._asdict()) for one in of.operators],
        proposal=proposal
        and ProposalDocument(**proposal._asdict(), can_be_enacted=proposal.ready_at <= now),
    )


def operator_rows(document: OperatorsDocument) -> dict[str, str]:
    """Say who signs, one fact to a line."""
    rows = {
        "quorum feed": document.quorum_feed,
        "owner": f"{document.owner}, who may propose other operators",
        "configuration": f"{document.config}, number {document.epoch:,}",
        "threshold": f"{document.threshold} of {len(document.operators)} operators must sign",
        "delay": f"{scaled(document.delay, DAY, 1)} days, for which a change stands in public",
    }
    for number, operator in enumerate(document.operators, 1):
        rows[f"operator {number}"] = _operator_text(Operator(**operator.model_dump()))
    proposal = document.proposal
    if proposal is None:
        return {**rows, "proposed": "nothing"}
    when = "now" if proposal.can_be_enacted else f"from {utc(proposal.ready_at)} UTC on"
    many = count(len(proposal.operators), "operator")
    rows["proposed"] = f"{proposal.threshold} of {many}; can be enacted {when}, by anyone"
    for number, address in enumerate(proposal.operators, 1):
        rows[f"  operator {number}"] = address
    return rows


def collection_document(collection: Collection) -> CollectionDocument:
    """Write what was collected for machines."""
    feed, operators = collection.feed, collection.configuration.operators
    return CollectionDocument(
        feed=str(feed),
        id=f"0x{bytes(feed).hex()}",
        at=collection.at,
        threshold=collection.configuration.threshold,
        is_complete=collection.is_complete,
        value=decimal_text(feed.decimals, collection.value) if collection.is_complete else None,
        signed=[
            SignedDocument(
                operator=operators[one.operator].address,
                value=decimal_text(feed.decimals, one.value),
            )
            for one in collection.signed
        ],
        missing=[operator.address for operator in collection.missing],
        equivocators=[operator.address for operator in collection.equivocators],
    )


def gathered_document(gathered: Gathered) -> GatheredDocument:
    """Write what lines come to for machines."""
    return GatheredDocument(
        collections=[collection_document(one) for one in gathered.collections],
        refused=[RefusalDocument(**one._asdict()) for one in gathered.refusals],
    )


def collection_title(collection: Collection) -> str:
    """Say of what reports are, and whether they are enough."""
    signed, threshold = len(collection.reports), collection.configuration.threshold
    if collection.is_complete:
        value = f"a quorum, whose value is {value_text(collection.feed, collection.value)}"
    else:
        value = f"{threshold - signed} more needed"
    return f"{collection.feed} at {utc(collection.at)} UTC: {signed} signed, {value}"


def collection_rows(collection: Collection) -> dict[str, str]:
    """Say what each operator has signed."""
    rows = {}
    for seat, operator in enumerate(collection.configuration.operators):
        report = collection.reports.get(seat)
        if report:
            rows[operator.address] = value_text(collection.feed, report.report.value)
        elif operator in collection.equivocators:
            rows[operator.address] = "two values, so none: `terahash feeds report` suspends it"
        elif operator.suspended_at is not None:
            rows[operator.address] = f"suspended since {utc(operator.suspended_at)} UTC"
        elif operator.key is None:
            rows[operator.address] = "has named no hot key"
        else:
            rows[operator.address] = "not here"
    return rows


def _operator_text(operator: Operator) -> str:
    key = f"signs with {operator.key}" if operator.key else "has named no hot key"
    if operator.suspended_at is None:
        return f"{operator.address}, {key}"
    return f"{operator.address}, {key}, suspended since {utc(operator.suspended_at)} UTC"


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, title in enumerate(titles):
        table.add_column(title, justify="right" if number else "left", no_wrap=bool(number))
    return table
