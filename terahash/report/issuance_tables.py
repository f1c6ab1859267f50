"""The tables of the fourth chapter."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, groupby

from terahash.report import numbers
from terahash.report.issuance import GAS_TARGETS, Deed, Event, IssuanceReplay, Party, whole
from terahash.report.section import Column, Table, costs_table
from terahash.units import WAD, utc

DONE = {
    Deed.OPEN: "opens the issuance",
    Deed.MINT: "buys",
    Deed.ACCRUE: "counts closed days",
    Deed.DELIVER: "delivers",
    Deed.CLAIM: "claims",
    Deed.TRANSFER: "transfers",
    Deed.REDEEM: "redeems",
    Deed.WITHDRAW: "withdraws",
    Deed.COVER: "has the reserve pay",
}
DETAIL = 9
"""Decimals of satoshi that are exact."""


def tables(issuance: IssuanceReplay) -> tuple[Table, ...]:
    """Lay out the statement and what explains it; claims and days where there are any."""
    return (
        _statement(issuance),
        _left(issuance),
        *([_claims(issuance)] if issuance.entitled else []),
        _story(issuance),
        _costs(issuance),
        *([_days(issuance)] if issuance.owed else []),
        _standings(issuance),
        _events(issuance),
    )


def _statement(issuance: IssuanceReplay) -> Table:
    amounts: tuple[tuple[str, Callable[[Party], int]], ...] = (
        ("Tokens", lambda party: party.traded),
        ("Delivered", lambda party: party.delivered),
        ("Claimed", lambda party: party.claimed),
        ("Redeemed", lambda party: party.redeemed),
        ("Withdrawn", lambda party: party.withdrawn),
        ("In all", lambda party: party.net),
    )
    rows = [
        (party.name, *(f"{of(party):,}" if of(party) else "-" for _, of in amounts))
        for party in issuance.parties
    ]
    sums = (f"{sum(map(of, issuance.parties)):,}" for _, of in amounts)
    note = (
        "Tokens: paid by buyers; received by the issuer, and by the contract for reserve and "
        "stream. Every line is what the bitcoin token says, and every column adds up to nothing."
    )
    if issuance.of(Deed.TRANSFER):
        note += " What the Receiver gave for its tokens is between it and their sender."
    return Table(
        "The statement: satoshi received, and paid (-)",
        (Column("Who", is_number=False), *(Column(title, "sats") for title, _ in amounts)),
        (*rows, ("Sum", *sums)),
        note=note,
    )


def _left(issuance: IssuanceReplay) -> Table:
    left = issuance.left
    rows = (
        ("Reserve", left.reserve),
        ("Streaming to holders, earned within a day", left.streaming),
        ("Waiting for the next delivery", left.queued),
        ("Earned and not claimed", left.unclaimed),
        ("Cut from accounts, nobody's", left.cut),
        ("Balance of the contract", left.held),
    )
    return Table(
        "What stays in the contract, and why",
        (Column("What", is_number=False), Column("Amount", "sats")),
        tuple((what, numbers.scaled(amount, WAD, DETAIL)) for what, amount in rows),
        note="A claim pays whole satoshi; their parts stay until they make a whole one.",
    )


def _claims(issuance: IssuanceReplay) -> Table:
    return Table(
        "Claims beside the exact calculation",
        (
            Column("Who", is_number=False),
            Column("Claims"),
            Column("Paid", "sats"),
            Column("Exact", "sats"),
            Column("Short", "sats"),
            Column("At worst", "sats"),
        ),
        tuple(
            (
                holder.name,
                f"{holder.claims}",
                f"{holder.paid:,}",
                numbers.scaled(holder.exact, WAD, 6),
                numbers.scaled(holder.exact - holder.paid * WAD, WAD, 6),
                numbers.scaled(holder.worst, WAD, 6),
            )
            for holder in issuance.entitled
        ),
        note="Exact: in fractions, from the index's readings and the terms, as of the last claim. "
        "At worst: after any claim.",
    )


def _story(issuance: IssuanceReplay) -> Table:
    told = [e for e in issuance.events if e.gas and e.deed not in (Deed.ACCRUE, Deed.CLAIM)]
    rows = []
    for (who, deed), group in groupby(told, key=_kind):
        run = list(group)
        times = f", {len(run)} times" if len(run) > 1 else ""
        days = dict.fromkeys((run[0].day, run[-1].day))
        rows.append(
            (
                " to ".join(map(str, days)),
                utc(run[0].time)[:10],
                who,
                DONE[deed] + times + _receiver(run[0]),
                _tokens(run),
                _sats(run),
            )
        )
    return Table(
        "What happened",
        (
            Column("Day"),
            Column("From", "UTC", is_number=False),
            Column("Who", is_number=False),
            Column("What", is_number=False),
            Column("Tokens", "TH/s"),
            Column("Amount", "sats"),
        ),
        tuple(rows),
        note=f"Day: of the term of {issuance.agreed.days}, as far as Bitcoin had mined. A "
        "block-day is paid when it is closed in the index, some days after it was mined.",
    )


def _costs(issuance: IssuanceReplay) -> Table:
    rows = []
    for what, deed, key in (
        ("Buy tokens", Deed.MINT, "mint"),
        ("Deliver", Deed.DELIVER, "deliver"),
        ("Transfer to a new holder", Deed.TRANSFER, "transfer"),
        ("Redeem", Deed.REDEEM, "redeem"),
        ("Have the reserve pay", Deed.COVER, "cover"),
    ):
        gas = [event.gas for event in issuance.of(deed) if event.gas]
        # The first of these writes slots that later ones change.
        later = gas[1:] if deed in (Deed.MINT, Deed.DELIVER) else gas
        rows.append((what, _mean(later), f"{GAS_TARGETS[key]:,}"))
    for what, is_first, key in (
        ("Claim, an account's first", True, "first claim"),
        ("Claim, later", False, "claim"),
    ):
        claims = [event for event in issuance.of(Deed.CLAIM) if event.gas]
        gas = [event.gas for event in claims if event.is_first is is_first]
        rows.append((what, _mean(gas), f"{GAS_TARGETS[key]:,}"))
    rows += [
        ("Count closed days", _mean([event.gas for event in issuance.of(Deed.ACCRUE)]), ""),
        ("Open an issuance, once", issuance.of(Deed.OPEN)[0].gas, ""),
        ("Deploy factory and blueprint, once", issuance.deploy, ""),
    ]
    return costs_table(
        rows,
        "Means, without the issuance's first purchase and delivery: they write its books for the "
        "first time.",
    )


def _days(issuance: IssuanceReplay) -> Table:
    totals = accumulate(day.net for day in issuance.owed)
    return Table(
        f"What every block-day of the term owed: {len(issuance.owed)}",
        (
            Column("Day"),
            Column("Block-day"),
            Column("Ends", "UTC"),
            Column("Length", "hours"),
            Column("Earned", "sats/TH"),
            Column("Owed", "sats/TH"),
            Column("Owed in all", "sats/TH"),
        ),
        tuple(
            (
                str(number),
                str(day.number),
                utc(day.end),
                numbers.hours(day.end - day.start),
                numbers.sats_per_terahash(day.gross),
                numbers.sats_per_terahash(day.net),
                numbers.sats_per_terahash(total),
            )
            for number, (day, total) in enumerate(zip(issuance.owed, totals, strict=True), 1)
        ),
        note="Owed: what 1 TH/s earned by the index, less the fee, less the cost of the time.",
        is_long=True,
    )


def _standings(issuance: IssuanceReplay) -> Table:
    return Table(
        f"How the issuance stood, day by day: {len(issuance.standings)}",
        (
            Column("Time", "UTC"),
            Column("Days counted"),
            Column("Unpaid", "sats"),
            Column("By the issuer", "sats"),
            Column("By the reserve", "sats"),
            Column("Reserve", "sats"),
            Column("Coverage", "%"),
            Column("Status", is_number=False),
        ),
        tuple(
            (
                utc(standing.time),
                str(standing.accrued),
                f"{standing.owed:,}",
                f"{standing.delivered:,}",
                f"{standing.covered:,}",
                f"{standing.reserve:,}",
                "-"
                if standing.coverage is None
                else numbers.scaled(standing.coverage, WAD // 100, 1),
                standing.status,
            )
            for standing in issuance.standings
        ),
        is_long=True,
    )


def _events(issuance: IssuanceReplay) -> Table:
    return Table(
        f"Every transaction of the issuance: {len(issuance.events)}",
        (
            Column("Time", "UTC"),
            Column("Day"),
            Column("Who", is_number=False),
            Column("What", is_number=False),
            Column("Tokens", "TH/s"),
            Column("Amount", "sats"),
            Column("Gas"),
        ),
        tuple(
            (
                utc(event.time),
                str(event.day),
                event.who,
                DONE[event.deed] + _receiver(event),
                _tokens([event]),
                _sats([event]),
                f"{event.gas:,}" if event.gas else "-",
            )
            for event in issuance.events
        ),
        note="Allowances are left out. Without gas: inside a transaction of another chapter.",
        is_long=True,
    )


def _kind(event: Event) -> tuple[str, Deed]:
    return event.who, event.deed


def _receiver(event: Event) -> str:
    if event.whom in ("", event.who):
        return ""
    return f" {'to' if event.deed is Deed.TRANSFER else 'for'} {event.whom}"


def _tokens(events: list[Event]) -> str:
    return whole(sum(event.tokens for event in events)) if events[0].tokens else "-"


def _sats(events: list[Event]) -> str:
    return f"{total:,}" if (total := sum(event.sats for event in events)) else "-"


def _mean(gas: list[int]) -> int | None:
    return -(-sum(gas) // len(gas)) if gas else None
