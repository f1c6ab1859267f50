"""What a command is going to send: shown first, then asked for, then sent; or printed unsent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import click
from pydantic import BaseModel

from terahash.chain import ChainError, PendingError, Receipt, Transaction
from terahash.codec import shipped
from terahash.console import show_rows
from terahash.errors import TerahashError
from terahash.headers import Exact
from terahash.report.numbers import scaled
from terahash.reverts import explained
from terahash.session import Session
from terahash.wallet import Estimate


class Fact(NamedTuple):
    """One line of what is going to happen.

    Attributes:
        name: for people.
        text: for people.
        key: for machines; empty for what only people need.
        value: for machines.
    """

    name: str
    text: str
    key: str = ""
    value: Any = None


class Step(NamedTuple):
    """One transaction, and what it does."""

    what: str
    transaction: Transaction


@dataclass(frozen=True)
class Plan:
    """What is going to happen.

    Attributes:
        title: of it all.
        facts: line by line.
        steps: in order; none where there is nothing to do.
        done: says what they did; raises LookupError where their receipts do not say it.
        warnings: that a user should read first.
        settled: reasons for which the contract refuses a step that somebody else has done. Where
            they are given, steps do not need each other, and one that is refused stops no other.
    """

    title: str
    facts: list[Fact]
    steps: list[Step]
    done: Callable[[Sequence[Receipt]], str]
    warnings: list[str] = field(default_factory=list)
    settled: frozenset[str] | None = None


class StepDocument(BaseModel):
    """One transaction, as `--json` prints it.

    Attributes:
        what: it does.
        to: the contract.
        data: what to call, in hexadecimal.
        gas: an estimate; None where it depends on what is sent before, or on who sends.
        fee: what that costs now, wei.
        gas_used: None while it is not mined.
        hash: of the transaction; empty while it is unsent.
    """

    what: str
    to: str
    data: str
    value: int = 0
    gas: int | None = None
    fee: Exact | None = None
    gas_used: int | None = None
    hash: str = ""


class PlanDocument(BaseModel):
    """What was or would be sent, as `--json` prints it; `sent` when all that was needed was."""

    title: str
    chain_id: int
    sender: str | None
    facts: dict[str, Any]
    warnings: list[str]
    transactions: list[StepDocument]
    sent: bool
    result: str | None = None


def carry_out(session: Session, plan: Plan) -> None:
    """Show a plan; send it if there is a key, and whoever runs this agrees."""
    plan, estimate = _tried(session, plan)
    document = _document(session, plan, estimate)
    for warning in plan.warnings:
        click.echo(f"Warning: {warning}.", err=True)
    if not session.as_json:
        _show(session, plan, document)
    try:
        if session.account and plan.steps:
            if not session.yes:
                click.confirm("Send?", abort=True, err=True)
            _send(session, plan, document)
    finally:  # what was sent is said, whatever comes after it
        if session.as_json:
            click.echo(document.model_dump_json(indent=2))


def _tried(session: Session, plan: Plan) -> tuple[Plan, Estimate | None]:
    """Try the first step, and leave it away where somebody else has done it."""
    while plan.steps and session.sender:
        # What comes after it cannot be tried before it is mined.
        first, *rest = plan.steps
        try:
            return plan, session.chain.estimate(first.transaction, session.sender)
        except ChainError as error:
            if error.reason not in (plan.settled or ()):
                raise
            warnings = [*plan.warnings, _left(first, error)]
            plan = replace(plan, steps=rest, warnings=warnings)
    return plan, None


def _document(session: Session, plan: Plan, estimate: Estimate | None) -> PlanDocument:
    steps = [_unsent(step) for step in plan.steps]
    if estimate:
        steps[0] = steps[0].model_copy(update={"gas": estimate.gas, "fee": estimate.fee})
    return PlanDocument(
        title=plan.title,
        chain_id=session.chain.chain_id,
        sender=session.sender,
        facts={fact.key: fact.value for fact in plan.facts if fact.key},
        warnings=plan.warnings,
        transactions=steps,
        sent=False,
    )


def _unsent(step: Step) -> StepDocument:
    transaction = step.transaction
    _, calldata = shipped().calldata(
        transaction.contract, transaction.function, transaction.arguments
    )
    return StepDocument(what=step.what, to=transaction.address, data="0x" + calldata.hex())


def _send(session: Session, plan: Plan, document: PlanDocument) -> None:
    """Send every step, and write into the document what became of it."""
    receipts, refusals = [], []
    for step, described in zip(plan.steps, document.transactions, strict=True):
        try:
            receipt = step.transaction.send(session.chain)
        except ChainError as error:
            described.hash = error.transaction
            if plan.settled is None or not (refusal := _refusal(session, step, error)).reason:
                raise
            document.warnings.append(_left(step, refusal))
            click.echo(f"Warning: {document.warnings[-1]}.", err=True)
            refusals += [refusal] if refusal.reason not in plan.settled else []
            continue
        receipts.append(receipt)
        described.gas_used, described.hash = receipt.gas_used, receipt.hash
        if not session.as_json:
            name = f", transaction {receipt.hash}" if receipt.hash else ""
            click.echo(f"{step.what}: done ({receipt.gas_used:,} gas{name})")
    if refusals:
        raise refusals[0]
    document.sent, document.result = bool(receipts), _result(plan, receipts)
    if not session.as_json:
        click.echo(document.result)


def _refusal(session: Session, step: Step, error: ChainError) -> ChainError:
    """Find why a step was refused: what was reverted when it was mined is tried once more."""
    is_mined = error.transaction and not isinstance(error, PendingError)
    if is_mined and session.sender:
        try:
            session.chain.estimate(step.transaction, session.sender)
        except ChainError as refusal:
            return refusal
    return error


def _left(step: Step, refusal: ChainError) -> str:
    return f"what was to be sent to {step.what} is left away: {explained(refusal)}"


def _result(plan: Plan, receipts: Sequence[Receipt]) -> str:
    """Say what was done; it is done even where the chain does not say what."""
    if not receipts:
        return "Nothing was sent, for somebody else has done it all."
    try:
        return plan.done(receipts)
    except (TerahashError, LookupError):
        return "All was sent and mined, and what it did cannot be read now: look at it again later."


def _show(session: Session, plan: Plan, document: PlanDocument) -> None:
    click.echo(plan.title)
    show_rows({fact.name: fact.text for fact in plan.facts})
    for number, step in enumerate(document.transactions, 1):
        click.echo(f"Transaction {number}: {step.what}. {_cost(step, number)}")
        if session.account is None:
            click.echo(f"  to    {step.to}\n  data  {step.data}")
    if not plan.steps:
        click.echo("There is nothing to send.")
    elif session.account is None:
        click.echo("Nothing was sent, for there is no key: sign these elsewhere, in this order.")


def _cost(step: StepDocument, number: int) -> str:
    if step.gas is None or step.fee is None:
        before = "the one before it is mined" if number > 1 else "it is known who sends (--from)"
        return f"Its gas is known once {before}."
    return f"About {step.gas:,} gas, now {scaled(step.fee, 10**18, 8)} of the chain's coin."


def logged(receipts: Sequence[Receipt], event: str) -> dict[str, Any]:
    """Find what the last transaction logged under a name, or raise LookupError."""
    for name, arguments in receipts[-1].logs:
        if name == event:
            return arguments
    raise LookupError(f"the receipt has no {event}")
