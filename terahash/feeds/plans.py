"""What each command does to a quorum feed, worked out before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from terahash.chain import ChainError, Receipt
from terahash.documents import Refusal
from terahash.feeds.client import MAX_AGE, QuorumFeed
from terahash.feeds.collection import (
    Collection,
    Gathered,
    IncompleteError,
    by_key,
    equivocations,
)
from terahash.feeds.feed_id import FeedError
from terahash.feeds.models import Equivocation, Operator, Proposal
from terahash.feeds.reverts import REASONS
from terahash.feeds.show import collection_document, raw_text, value_text
from terahash.feeds.wire import Line
from terahash.plan import Fact, Plan, Step, logged
from terahash.report.numbers import count, scaled
from terahash.reverts import explained
from terahash.session import RefusedError
from terahash.units import DAY, utc

if TYPE_CHECKING:  # it takes half a second to import
    from eth_account.signers.local import LocalAccount

MAX_OPERATORS = 31
"""Operators that a quorum feed seats."""
_FEW = 5
"""Causes that are named in full."""


def submit_plan(feed: QuorumFeed, gathered: Gathered) -> Plan:
    """Hand in every quorum that is complete and not out of date.

    Raises:
        RefusedError: when there is none; says why.
    """
    now = feed.chain.now
    recent = [one for one in gathered.collections if now <= one.at + MAX_AGE]
    warnings = [f"{line.where} does not count: {line.why}" for line in gathered.refusals]
    if old := len(gathered.collections) - len(recent):
        warnings.append(f"reports of {count(old, 'time')} more than an hour ago are left away")
    ready = []
    for one in recent:
        warnings += [
            f"operator {operator.address} has signed two values for {one.feed} at {utc(one.at)}, "
            "and neither counts: `terahash feeds report` suspends it"
            for operator in one.equivocators
        ]
        try:
            submission = one.submission()
            feed.check_time(one.feed, one.at)
            ready.append((one, submission))
        except IncompleteError as error:
            warnings.append(str(error))
        except FeedError as error:
            warnings.append(f"{one.feed} at {utc(one.at)} is left away: {error}")
    if not ready:
        more = f"; and {len(warnings) - _FEW} more" if len(warnings) > _FEW else ""
        causes = "; ".join(warnings[:_FEW]) or "there are no reports"
        raise RefusedError(f"no quorum can be submitted: {causes}{more}")
    documents = [collection_document(one).model_dump() for one, _ in ready]
    facts = [Fact("quorum feed", feed.address, "observations", documents)]
    facts += [Fact(f"{one.feed} at {utc(one.at)}", _values(one)) for one, _ in ready]
    steps = [Step(f"submit {one.feed} at {utc(one.at)}", call) for one, call in ready]

    def done(receipts: Sequence[Receipt]) -> str:
        said = []
        for receipt in receipts:
            log = logged([receipt], "Observed")
            name, value = raw_text(log["feed"], log["value"])
            said.append(f"{name} was {value} at {utc(log['at'])}, round {log['round']:,}")
        return "; ".join(said) + "."

    settled = frozenset({"feed: not newer"})
    return Plan("Submit observations", facts, steps, done, warnings, settled)


def rotate_plan(feed: QuorumFeed, operator: str, key: LocalAccount) -> Plan:
    """Name an operator's hot key, which signs that it is the operator's.

    Args:
        feed: whose operator.
        operator: address of its cold key, which sends.
        key: the new hot key.
    """
    seated = [one.address for one in feed.configuration().operators]
    of = feed.operator(operator)
    before = of.key
    facts = [
        Fact("quorum feed", feed.address, "quorum_feed", feed.address),
        Fact("operator", operator, "operator", operator),
        Fact("new hot key", key.address, "key", key.address),
        Fact("before it", before or "none", "old", before),
    ]
    warnings = []
    if operator not in seated:
        warnings.append(f"{operator} is no operator now: its key counts once it is seated")
    if of.suspended_at is not None:
        warnings.append(
            f"{operator} is suspended, and stays so: its key counts once a configuration that was "
            "proposed after its suspension seats it"
        )
    if before:
        warnings.append(
            f"{before} answers for what it signed for one more hour: a second value, signed with "
            "the new key, suspends the operator too; sign on with the same record (`terahash feeds "
            "sign --record`)"
        )
    if key.address == operator:
        warnings.append("the hot key is the cold key itself: who steals it cannot be rotated away")

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "KeyRotated")
        return f"Operator {log['operator']} signs with {log['key']}."

    call = feed.rotate(feed.domain.sign_key(key, operator))
    step = Step(f"name the hot key {key.address}", call)
    return Plan("Rotate a hot key", facts, [step], done, warnings)


def propose_plan(feed: QuorumFeed, operators: Sequence[str], threshold: int) -> Plan:
    """Propose another set of operators.

    Raises:
        RefusedError: when no contract would take it.
    """
    if len(set(operators)) != len(operators):
        raise RefusedError("an operator is named twice: name each once")
    if len(operators) > MAX_OPERATORS:
        raise RefusedError(f"there are at most {MAX_OPERATORS} operators: name fewer")
    least = 2 * ((len(operators) - 1) // 3) + 1
    if not least <= threshold <= len(operators):
        raise RefusedError(
            f"{REASONS['feed: threshold out of range']} With {len(operators)} it is {least} to "
            f"{len(operators)}."
        )
    now = feed.configuration()
    facts = [
        Fact("quorum feed", feed.address, "quorum_feed", feed.address),
        Fact("owner", feed.owner()),
        Fact("threshold", f"{threshold} of {len(operators)}", "threshold", threshold),
        *_changes(now.operators, operators),
        Fact("stands for", f"{scaled(now.delay, DAY, 1)} days in public", "delay", now.delay),
    ]
    warnings = []
    if now.proposal is not None:
        warnings.append("something is proposed already, and this takes its place")
    pardoned = [one for one in now.operators if one.suspended_at and one.address in operators]
    warnings += [f"{one.address} is suspended, and this pardons it" for one in pardoned]
    warnings += _standstill([feed.operator(address) for address in operators], threshold)

    def done(receipts: Sequence[Receipt]) -> str:
        ready_at = logged(receipts, "Proposed")["ready_at"]
        return f"Proposed; it can be enacted from {utc(ready_at)} UTC on, by anyone."

    step = Step("propose these operators", feed.propose(operators, threshold))
    return Plan("Propose operators", facts, [step], done, warnings)


def cancel_plan(feed: QuorumFeed) -> Plan:
    """Withdraw what is proposed.

    Raises:
        RefusedError: when nothing is.
    """
    proposal = _proposal(feed)
    facts = [
        Fact("quorum feed", feed.address, "quorum_feed", feed.address),
        Fact("owner", feed.owner()),
        *_changes(feed.configuration().operators, proposal.operators),
    ]
    step = Step("withdraw the proposal", feed.cancel_proposal())
    return Plan("Withdraw a proposal", facts, [step], lambda _: "Nothing is proposed now.")


def enact_plan(feed: QuorumFeed) -> Plan:
    """Put what is proposed into force.

    Raises:
        RefusedError: when nothing is, or it has not stood for long enough.
    """
    proposal = _proposal(feed)
    if feed.chain.now < proposal.ready_at:
        when = f"{utc(proposal.ready_at)} UTC"
        raise RefusedError(f"what is proposed can be enacted from {when} on: wait until then")
    operators, threshold = proposal.operators, proposal.threshold
    now = feed.configuration()
    facts = [
        Fact("quorum feed", feed.address, "quorum_feed", feed.address),
        Fact("threshold", f"{threshold} of {len(operators)}", "threshold", threshold),
        *_changes(now.operators, operators),
        Fact("voids", "every report that is signed and not submitted"),
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Configured")
        return f"Configuration {log['epoch']:,}, 0x{log['config'].hex()}, is in force."

    step = Step("enact the proposal", feed.enact(operators, threshold))
    seats = [feed.operator(address) for address in operators]
    warnings = _standstill(seats, threshold, now.proposed_at)
    return Plan("Enact a proposal", facts, [step], done, warnings)


def report_plan(feed: QuorumFeed, lines: Iterable[Line | Refusal]) -> Plan:
    """Suspend every operator that has signed two values for one feed and time."""
    configuration = feed.configuration()
    reports, warnings, others = [], [], 0
    for line in lines:
        if isinstance(line, Refusal):
            warnings.append(f"{line.where} does not count: {line.why}")
        elif line.signed.report.config != configuration.config:
            others += 1
        else:
            reports.append(line.signed)
    if others:
        warnings.append(
            f"{count(others, 'report')} of other operators or another contract than those of now "
            "prove nothing any more"
        )
    signed = by_key(feed.domain, reports)
    keys = feed.hot_keys(configuration, signed)
    if strange := len(reports) - sum(len(signed[key]) for key in signed if key in keys):
        warnings.append(f"{count(strange, 'report')} that no operator's key signed prove nothing")
    facts = [Fact("reports", f"{len(reports):,}", "reports", len(reports))]
    steps = []
    for operator, evidence in equivocations(signed, keys).items():
        try:
            feed.try_report(evidence)
        except ChainError as error:
            warnings.append(f"{operator} has signed two values: {explained(error)}")
            continue
        facts.append(_evidence(operator, evidence))
        steps.append(Step(f"suspend operator {operator}", feed.report_equivocation(evidence)))

    def done(receipts: Sequence[Receipt]) -> str:
        suspended = [logged([receipt], "Suspended")["operator"] for receipt in receipts]
        return f"Suspended {', '.join(suspended)}."

    settled = frozenset({"feed: suspended"})
    return Plan("Report operators that signed two values", facts, steps, done, warnings, settled)


def _values(collection: Collection) -> str:
    """Say what would count, and of which values."""
    signed, feed = collection.signed, collection.feed
    between = " to ".join(value_text(feed, one.value) for one in (signed[0], signed[-1]))
    many = count(len(collection.configuration.operators), "operator")
    return f"{value_text(feed, collection.value)}, from {len(signed)} of {many}: {between}"


def _changes(now: Sequence[Operator], operators: Sequence[str]) -> list[Fact]:
    """Say who joins, stays and leaves, one to a line."""
    seated = [one.address for one in now]
    facts = [
        Fact(address, "stays" if address in seated else "joins") for address in sorted(operators)
    ]
    facts += [Fact(address, "leaves") for address in seated if address not in operators]
    first, *rest = facts
    return [first._replace(key="operators", value=sorted(operators)), *rest]


def _standstill(
    operators: Sequence[Operator], threshold: int, proposed_at: int | None = None
) -> list[str]:
    """Warn of a set of which too few could sign.

    Args:
        operators: of the set.
        threshold: how many must sign.
        proposed_at: when the set was, which pardons who was suspended before; None for now.
    """
    silent = {one.address: "has named no hot key" for one in operators if one.key is None}
    for one in operators:
        if proposed_at is not None and (one.suspended_at or 0) >= proposed_at:
            silent[one.address] = "is suspended"
    if len(operators) - len(silent) >= threshold:
        return []
    why = ", ".join(f"{address} {cause}" for address, cause in silent.items())
    return [
        f"{len(operators) - len(silent)} of these operators could sign, and {threshold} must, so "
        f"that every feed would stand still until more can (`terahash feeds rotate`): {why}"
    ]


def _evidence(operator: str, evidence: Equivocation) -> Fact:
    _, feed, _, at = evidence.first.report
    values = [one.report.value for one in (evidence.first, evidence.second)]
    name, first = raw_text(feed, values[0])
    said = f"{name} at {utc(at)}: {first} and {raw_text(feed, values[1])[1]}"
    found = {"id": f"0x{feed.hex()}", "at": at, "values": [str(value) for value in values]}
    return Fact(operator, said, operator, found)


def _proposal(feed: QuorumFeed) -> Proposal:
    proposal = feed.proposal()
    if proposal is None:
        raise RefusedError("nothing is proposed: the owner proposes with `terahash feeds propose`")
    return proposal
