"""The tables of the sixth chapter."""

from __future__ import annotations

from collections.abc import Callable

from terahash.report import numbers
from terahash.report.issuance import whole
from terahash.report.lending import (
    Deed,
    Event,
    LendingReplay,
    LentVault,
    Party,
    Standing,
)
from terahash.report.section import Column, Table, costs_table
from terahash.units import WAD, utc

DONE = {
    Deed.OPEN: "opens it",
    Deed.DEPOSIT: "lends",
    Deed.MINT: "mints tokens for itself",
    Deed.POST: "posts them",
    Deed.BORROW: "borrows",
    Deed.SPEND: "spends",
    Deed.HARVEST: "has rewards credited",
    Deed.LIQUIDATE: "liquidates, and takes tokens",
    Deed.CLOSE: "takes tokens and credit out",
    Deed.COLLECT: "collects the fees' shares",
    Deed.REDEEM: "leaves",
    Deed.CLAIM: "claims rewards",
}
COSTS = (
    ("Lend", Deed.DEPOSIT),
    ("Post", Deed.POST),
    ("Borrow", Deed.BORROW),
    ("Have rewards credited", Deed.HARVEST),
    ("Liquidate", Deed.LIQUIDATE),
    ("Take tokens and credit out", Deed.CLOSE),
    ("Leave", Deed.REDEEM),
)


def tables(lending: LendingReplay) -> tuple[Table, ...]:
    """Lay out the statement, the vaults, what happened and what it cost."""
    return (
        _statement(lending),
        _vaults(lending),
        _story(lending),
        _costs(lending),
        *(_standings(vault) for vault in lending.vaults),
        _events(lending),
    )


def _statement(lending: LendingReplay) -> Table:
    amounts: tuple[tuple[str, Callable[[Party], int]], ...] = (
        ("Lent", lambda party: party.lent),
        ("Loans", lambda party: party.loans),
        ("Tokens", lambda party: party.traded),
        ("Rewards", lambda party: party.rewards),
        ("Spent", lambda party: party.spent),
        ("In all", lambda party: party.net),
    )
    rows = [
        (party.name, *(f"{of(party):,}" if of(party) else "-" for _, of in amounts))
        for party in lending.parties
    ]
    sums = (f"{sum(map(of, lending.parties)):,}" for _, of in amounts)
    return Table(
        "The statement: satoshi received, and paid (-)",
        (Column("Who", is_number=False), *(Column(title, "sats") for title, _ in amounts)),
        (*rows, ("Sum", *sums)),
        note=(
            "Lent: put into a vault, and taken out again. Loans: borrowed, and what borrowers and "
            "the liquidator paid back. Tokens: paid for new ones. Rewards: of tokens, to who holds "
            "them; a vault uses them to repay the loan, and hands on what is more. Every line is "
            "what the bitcoin token says, every number also what exact fractions say, and every "
            "column adds up to nothing."
        ),
    )


def _vaults(lending: LendingReplay) -> Table:
    rows: tuple[tuple[str, Callable[[LentVault], str]], ...] = (
        ("Counts on", _counted),
        ("Liquidation LTV, %", lambda v: _percent(v.lltv)),
        ("Borrower", lambda v: v.borrower),
        ("Tokens posted, TH/s", lambda v: whole(v.tokens)),
        ("Lent to the vault, sats", lambda v: f"{v.deposited:,}"),
        ("Borrowed, sats", lambda v: f"{v.borrowed:,}"),
        ("Interest, sats", lambda v: numbers.scaled(v.interest, WAD, 6)),
        ("Repaid by rewards, sats", lambda v: numbers.scaled(v.repaid, WAD, 6)),
        ("The lender's gain, sats", lambda v: f"{v.lender:,}"),
        ("Fees, sats", lambda v: f"{v.fees:,}"),
        ("Left in it, sats", lambda v: f"{v.held:,}"),
    )
    return Table(
        "The vaults",
        (
            Column("What", is_number=False),
            *(Column(vault.name) for vault in lending.vaults),
        ),
        tuple((what, *(of(vault) for vault in lending.vaults)) for what, of in rows),
        note="Interest: what the loans grew by, exactly; of it a part of a satoshi is nobody's.",
    )


def _counted(vault: LentVault) -> str:
    if vault.is_covered:
        return "cash nobody can take"
    return f"{_percent(vault.stress)} % of hashprice"


def _story(lending: LendingReplay) -> Table:
    told = [event for event in lending.events if event.deed is not Deed.COLLECT]
    return Table(
        "What happened",
        (
            Column("Day"),
            Column("Who", is_number=False),
            Column("What", is_number=False),
            Column("Vault", is_number=False),
            Column("Tokens", "TH/s"),
            Column("Amount", "sats"),
        ),
        tuple(
            (
                str(event.day),
                event.who,
                DONE[event.deed],
                event.vault.removesuffix(" vault") or "-",
                _tokens(event, 3),
                f"{event.sats:,}" if event.sats else "-",
            )
            for event in told
        ),
        note=f"Day: of the term of {lending.last_day}, as far as Bitcoin had mined.",
    )


def _costs(lending: LendingReplay) -> Table:
    rows = [(what, min(event.gas for event in lending.of(deed)), "") for what, deed in COSTS]
    opened = {event.vault: event.gas for event in lending.of(Deed.OPEN)}
    rows += [(f"Open the {name.lower()}, once", gas, "") for name, gas in opened.items()]
    return costs_table(
        rows,
        note="The least of each. Most are the first of their kind here, and write slots that later "
        "ones change; or the vault has what its tokens earned paid on the way.",
    )


def _standings(vault: LentVault) -> Table:
    return Table(
        f"The {vault.borrower}'s loan, day by day: {len(vault.standings)}",
        (
            Column("Time", "UTC"),
            Column("Day"),
            Column("Debt", "sats"),
            Column("Without rewards", "sats"),
            Column("Credit", "sats"),
            Column("A token's worth", "sats"),
            Column("Health"),
        ),
        tuple(_standing(standing) for standing in vault.standings),
        note=(
            "Without rewards: what the same loans would owe. A vault that counts on a hashprice "
            "says nothing while the index is older than four days."
            if not vault.is_covered
            else "Without rewards: what the same loans would owe. Credit: what rewards brought "
            "beyond the debt."
        ),
        is_long=True,
    )


def _standing(standing: Standing) -> tuple[str, ...]:
    health, value = standing.health, standing.value
    return (
        utc(standing.time),
        str(standing.day),
        f"{standing.debt:,}",
        f"{standing.unassisted:,}",
        f"{standing.credit:,}",
        "-" if value is None else numbers.scaled(value, WAD, 4),
        "-" if health is None else numbers.scaled(health, WAD, 4),
    )


def _events(lending: LendingReplay) -> Table:
    return Table(
        f"Every transaction of lenders and borrowers: {len(lending.events)}",
        (
            Column("Time", "UTC"),
            Column("Day"),
            Column("Who", is_number=False),
            Column("What", is_number=False),
            Column("Vault", is_number=False),
            Column("Tokens", "TH/s"),
            Column("Amount", "sats"),
            Column("Gas"),
        ),
        tuple(
            (
                utc(event.time),
                str(event.day),
                event.who,
                DONE[event.deed],
                event.vault or "-",
                _tokens(event, 18),
                f"{event.sats:,}" if event.sats else "-",
                f"{event.gas:,}",
            )
            for event in lending.events
        ),
        note="Allowances are left out.",
        is_long=True,
    )


def _tokens(event: Event, digits: int) -> str:
    if not event.tokens:
        return "-"
    return (
        whole(event.tokens)
        if event.tokens % WAD == 0 or digits == 18
        else (numbers.scaled(event.tokens, WAD, digits))
    )


def _percent(share: int) -> str:
    """Write a share (times 10^18) in percent, without the unit."""
    return numbers.scaled(share, WAD // 100, 0)
