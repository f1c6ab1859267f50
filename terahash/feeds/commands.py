"""The commands of quorum feeds: `terahash feeds list`, `sign`, `submit` and so on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from time import time
from typing import IO, Any

import click

from terahash.address import Address
from terahash.chain import ChainError
from terahash.connect import FILE, password_option
from terahash.console import Group, progress, show, show_rows
from terahash.documents import Refusal
from terahash.feeds import plans
from terahash.feeds.client import AggregatorFacade, QuorumFeed
from terahash.feeds.collection import gather
from terahash.feeds.feed_id import FeedError, FeedId
from terahash.feeds.models import FACADE, QUORUM_FEED, Configuration
from terahash.feeds.record import record_beside, remember
from terahash.feeds.reports import Report
from terahash.feeds.show import (
    FacadeDocument,
    FeedsDocument,
    HistoryDocument,
    ObservationDocument,
    collection_rows,
    collection_title,
    decimal_text,
    facade_rows,
    feed_document,
    feeds_table,
    gathered_document,
    history_table,
    observation_document,
    operator_rows,
    operators_document,
    value_text,
)
from terahash.feeds.wire import Line, read_lines, write_line
from terahash.plan import carry_out
from terahash.reverts import explained
from terahash.session import Body, RefusedError, Session, reads, sends
from terahash.text import quoted
from terahash.units import DAY, MINUTE, utc
from terahash.wallet import open_account
from terahash.window_price import Time

RECENT_DAYS = 30
"""Feeds that were not observed for so long are not looked for."""
CLOCKS_APART = 2 * MINUTE
"""Seconds that the chain's clock and the machine's may differ by."""


class Feed(click.ParamType):
    """A feed: NAME:DECIMALS:PERIOD, or 32 bytes in hexadecimal."""

    name = "feed"

    def convert(self, value: Any, param: Any, ctx: Any) -> FeedId:
        """Read it, or end with a message."""
        try:
            return value if isinstance(value, FeedId) else FeedId.parse(str(value))
        except FeedError as error:
            self.fail(str(error), param, ctx)


class Number(click.ParamType):
    """A decimal number, negative ones too."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        """Read it, or end with a message."""
        try:
            return Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{quoted(str(value))} is not a number", param, ctx)


FEED = click.argument("feed", type=Feed())


def _files(command: Body) -> Body:
    return click.argument(
        "files", nargs=-1, required=True, type=click.File("rb"), metavar="FILE..."
    )(command)


@click.group(cls=Group)
def feeds() -> None:
    """Numbers that a quorum of operators signs, and their facades.

    FEED is NAME:DECIMALS:PERIOD, such as BTC/USD:8:600, or an id of 32 bytes in hexadecimal. FILE
    holds signed reports, a line each, as `sign` prints them; - is what is piped in.
    """


@feeds.command(name="list")
@click.argument("wanted", nargs=-1, type=Feed(), metavar="[FEED...]")
@reads(needs_deployment=True)
def list_feeds(session: Session, wanted: tuple[FeedId, ...]) -> None:
    """List feeds with their newest values, and the deployment's facades.

    Without FEEDs they are those that were observed in the last 30 days.
    """
    now, contracts = session.chain.now, session.needed_deployment().contracts
    quorum = _quorum(session) if wanted or QUORUM_FEED in contracts else None
    found = []
    if quorum:
        listed = wanted or _observed(quorum, now)
        found = [(feed, quorum.latest(feed)) for feed in listed]
    facades = [
        _facade(AggregatorFacade(session.chain, one.address), now)
        for name, one in contracts.items()
        if name.startswith(FACADE)
    ]
    if session.as_json:
        document = FeedsDocument(
            quorum_feed=quorum.address if quorum else None,
            feeds=[feed_document(feed, latest, now) for feed, latest in found],
            facades=facades,
        )
        click.echo(document.model_dump_json(indent=2))
        return
    if found:
        show(feeds_table(found, now))
    else:
        click.echo(f"No feed was observed here in the last {RECENT_DAYS} days.")
    if facades:
        click.echo()
        show_rows(facade_rows(facades))


@feeds.command(name="show")
@FEED
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many observations; the contract keeps thirty days of them.",
)
@reads(needs_deployment=True)
def show_feed(session: Session, feed: FeedId, count: int) -> None:
    """Show the history of FEED, newest first."""
    quorum, found = _quorum(session), []
    with progress("Reading observations", count) as advance:
        for observation in quorum.history(feed, count):
            found.append(observation)
            advance()
    if session.as_json:
        document = HistoryDocument(
            feed=str(feed),
            id=f"0x{bytes(feed).hex()}",
            observations=[observation_document(feed, one) for one in found],
        )
        click.echo(document.model_dump_json(indent=2))
    elif found:
        show(history_table(feed, found))
    else:
        click.echo(f"{feed} was never observed here.")


@feeds.command()
@reads(needs_deployment=True)
def operators(session: Session) -> None:
    """Say who signs, who is suspended, and what is proposed."""
    quorum = _quorum(session)
    of = quorum.configuration()
    proposal = quorum.proposal() if of.proposal else None
    document = operators_document(quorum.address, quorum.owner(), of, proposal, session.chain.now)
    if session.as_json:
        click.echo(document.model_dump_json(indent=2))
    else:
        show_rows(operator_rows(document))


@feeds.command(context_settings={"ignore_unknown_options": True})  # values may be negative
@FEED
@click.argument("value", type=Number())
@click.option(
    "--at",
    type=Time(),
    metavar="TIME",
    help="When it was observed: 2024-01-01T12:00 (UTC) or unix seconds, a multiple of the feed's "
    "period; without it, the newest that is due.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where what was signed is kept, so that no second value is; without it, beside the "
    "keystore. Keys of one operator share one.",
)
@click.option("--keystore", type=FILE, required=True, help="Encrypted hot key that signs.")
@password_option
@reads(needs_deployment=True)
def sign(
    session: Session,
    feed: FeedId,
    value: Decimal,
    at: int | None,
    record: Path | None,
    keystore: Path,
    password_file: Path | None,
) -> None:
    """Sign that FEED has VALUE, and print the report as one JSON line; nothing is sent.

    Two values for one feed and time suspend the operator: what is signed is recorded first, and
    another value refused.
    """
    quorum, scaled = _quorum(session), feed.scaled(value)
    at = _due(session, feed) if at is None else at
    quorum.check_time(feed, at)
    account = open_account(keystore, password_file)
    configuration = quorum.configuration()
    report = Report(configuration.config, bytes(feed), scaled, at)
    remember(record or record_beside(keystore), report)
    line = write_line(quorum.domain.sign(account, report))
    for doubt in _doubts(configuration, account.address):
        click.echo(f"Warning: {doubt}.", err=True)
    if not session.as_json:
        said = f"{feed} is {value_text(feed, scaled)} at {utc(at)} UTC"
        click.echo(f"{account.address} signs that {said}.", err=True)
    click.echo(line)


@feeds.command()
@_files
@reads(needs_deployment=True)
def verify(session: Session, files: Sequence[IO[bytes]]) -> None:
    """Verify signed reports: who signed what, and who is missing.

    Exit code 0 when every line counts and every feed and time has its quorum, else 1.
    """
    quorum = _quorum(session)
    gathered = gather(quorum.domain, quorum.configuration(), _lines(files))
    if session.as_json:
        click.echo(gathered_document(gathered).model_dump_json(indent=2))
    else:
        for collection in gathered.collections:
            click.echo(collection_title(collection))
            show_rows(collection_rows(collection))
        for line in gathered.refusals:
            click.echo(f"{line.where} does not count: {line.why}")
        if not gathered.collections and not gathered.refusals:
            click.echo("There are no reports.")
    complete = [one.is_complete and not one.equivocations for one in gathered.collections]
    if gathered.refusals or not complete or not all(complete):
        click.get_current_context().exit(1)


@feeds.command()
@_files
@sends(needs_deployment=True)
def submit(session: Session, files: Sequence[IO[bytes]]) -> None:
    """Submit what a quorum has signed, with every report that counts. Anyone may."""
    quorum = _quorum(session)
    gathered = gather(quorum.domain, quorum.configuration(), _lines(files))
    carry_out(session, plans.submit_plan(quorum, gathered))


@feeds.command()
@click.option(
    "--new-keystore",
    type=FILE,
    required=True,
    help="Encrypted hot key that is to sign from now on.",
)
@click.option(
    "--new-password-file",
    type=FILE,
    help="Holds its password; else TERAHASH_PASSWORD does, or it is asked for.",
)
@sends(needs_deployment=True)
def rotate(session: Session, new_keystore: Path, new_password_file: Path | None) -> None:
    """Name an operator's hot key, in place of the one before.

    The operator is who sends: --keystore is its cold key, or --from its address. One that is
    suspended may too, and stays suspended.
    """
    operator = session.needed_sender()
    key = open_account(new_keystore, new_password_file)
    carry_out(session, plans.rotate_plan(_quorum(session), operator, key))


@feeds.command()
@click.argument("addresses", nargs=-1, required=True, type=Address(), metavar="OPERATOR...")
@click.option(
    "--threshold", type=click.IntRange(min=1), required=True, help="How many of them must sign."
)
@sends(needs_deployment=True)
def propose(session: Session, addresses: tuple[str, ...], threshold: int) -> None:
    """Propose other operators, by the addresses of their cold keys. The owner may.

    Those who stay are named too. The proposal stands in public before anyone can enact it; a
    suspended operator that it seats is pardoned.
    """
    carry_out(session, plans.propose_plan(_quorum(session), addresses, threshold))


@feeds.command()
@sends(needs_deployment=True)
def cancel(session: Session) -> None:
    """Withdraw what is proposed. The owner may."""
    carry_out(session, plans.cancel_plan(_quorum(session)))


@feeds.command()
@sends(needs_deployment=True)
def enact(session: Session) -> None:
    """Put what is proposed into force, once it has stood in public. Anyone may."""
    carry_out(session, plans.enact_plan(_quorum(session)))


@feeds.command()
@_files
@sends(needs_deployment=True)
def report(session: Session, files: Sequence[IO[bytes]]) -> None:
    """Suspend operators that signed two values for one feed and time. Anyone may."""
    carry_out(session, plans.report_plan(_quorum(session), _lines(files)))


def _quorum(session: Session) -> QuorumFeed:
    return QuorumFeed(session.chain, session.needed_deployment().address(QUORUM_FEED))


def _due(session: Session, feed: FeedId) -> int:
    """Return the newest time at which an observation is due, where both clocks agree on it."""
    chain, here = session.chain.now, int(time())
    if abs(chain - here) > CLOCKS_APART:
        raise RefusedError(
            f"the chain's clock says {utc(chain)} UTC (second {chain}) and this machine's "
            f"{utc(here)} UTC (second {here}): ask a node that keeps up, or set the clock, or say "
            "of what time the value is (--at)"
        )
    return feed.due(chain)


def _observed(quorum: QuorumFeed, now: int) -> list[FeedId]:
    """Find the feeds of the last days, by their names."""
    found, since = set(), now - RECENT_DAYS * DAY
    with progress("Reading observations", RECENT_DAYS) as advance:
        days = 0
        for feed, at in quorum.observed(since):
            found.add(feed)
            if (now - at) // DAY > days:
                advance((now - at) // DAY - days)
                days = (now - at) // DAY
    known = []
    for feed in found:
        try:
            known.append(FeedId.read(feed))
        except FeedError as error:
            click.echo(f"Warning: a feed is left away: {error}.", err=True)
    return sorted(known)


def _facade(facade: AggregatorFacade, now: int) -> FacadeDocument:
    described = FacadeDocument(
        address=facade.address, description=facade.description, decimals=facade.decimals
    )
    try:
        round, answer, at = facade.latest()
    except ChainError as error:
        return described.model_copy(update={"refused": explained(error)})
    value = decimal_text(facade.decimals, answer)
    latest = ObservationDocument(round=round, value=value, at=at)
    return described.model_copy(update={"latest": latest, "age": now - at})


def _doubts(configuration: Configuration, key: str) -> Iterator[str]:
    """Warn of a signature that counts for nothing."""
    seat = configuration.seat(key)
    if seat is None:
        yield f"{key} is no operator's hot key, so this report counts for nothing"
    elif configuration.operators[seat].suspended_at is not None:
        address = configuration.operators[seat].address
        yield f"its operator, {address}, is suspended, so this report counts for nothing"


def _lines(files: Sequence[IO[bytes]]) -> Iterator[Line | Refusal]:
    """Read files of reports, and show how far whoever verifies them has come."""
    lines: list[Line | Refusal] = []
    for file in files:
        lines += read_lines(file, str(getattr(file, "name", "<stdin>")))
    with progress("Verifying reports", len(lines)) as advance:
        for line in lines:
            yield line
            advance()
