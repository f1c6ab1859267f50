"""The tables of the fifth chapter."""

from __future__ import annotations

from terahash.report import numbers
from terahash.report.hedging import GAS_TARGETS, Hedged, HedgingReplay, Leg
from terahash.report.section import Column, Table, costs_table
from terahash.units import WAD


def tables(hedging: HedgingReplay) -> tuple[Table, ...]:
    """Lay out the statement, what each series settled on, and what it cost."""
    return (_statement(hedging), _series(hedging), _costs(hedging))


def _statement(hedging: HedgingReplay) -> Table:
    rows = [_row(hedge) for hedge in hedging.hedges]
    parts = hedging.hedges
    revenue = sum(hedge.revenue for hedge in parts)
    result = sum(hedge.result for hedge in parts)
    total = (
        "All",
        str(sum(hedge.petahash for hedge in parts)),
        numbers.scaled(revenue, WAD, 0),
        f"{result:,}",
        numbers.scaled(revenue + result * WAD, WAD, 0),
        numbers.scaled(sum(hedge.expected for hedge in parts), WAD, 0),
        f"{sum(hedge.fund_result for hedge in parts):,}",
        f"{sum(hedge.rounded for hedge in parts):,}",
    )
    return Table(
        "The statement",
        (
            Column("Hedge", is_number=False),
            Column("Hashrate", "PH/s"),
            Column("Unhedged", "sats"),
            Column("Hedge", "sats"),
            Column("Hedged", "sats"),
            Column("Expected", "sats"),
            Column("Fund", "sats"),
            Column("Rounding", "sats"),
        ),
        (*rows, total),
        note=(
            "Unhedged: the subsidy that so much hashrate earned by the index in the window. Hedge "
            "and fund: what each was paid less what it had locked; with rounding they add up to "
            "nothing. Inside its band a forward leaves what was expected, but for a satoshi of "
            "rounding; between its two strikes a collar leaves what was earned; a difficulty swap "
            "leaves what the pace of blocks does to revenue."
        ),
    )


def _row(hedge: Hedged) -> tuple[str, ...]:
    return (
        hedge.name.capitalize(),
        str(hedge.petahash),
        numbers.scaled(hedge.revenue, WAD, 0),
        f"{hedge.result:,}",
        numbers.scaled(hedge.revenue + hedge.result * WAD, WAD, 0),
        numbers.scaled(hedge.expected, WAD, 0),
        f"{hedge.fund_result:,}",
        f"{hedge.rounded:,}",
    )


def _series(hedging: HedgingReplay) -> Table:
    return Table(
        "Series: what each settled on",
        (
            Column("Series", is_number=False),
            Column("Miner", is_number=False),
            Column("Floor"),
            Column("Cap"),
            Column("X"),
            Column("Locked", "sats"),
            Column("Long has", "%"),
        ),
        tuple(_leg(leg) for hedge in hedging.hedges for leg in hedge.legs),
        note="Hashprices in sats/TH/day, difficulty in T.",
    )


def _leg(leg: Leg) -> tuple[str, ...]:
    return (
        leg.label,
        "long" if leg.is_long else "short",
        x_text(leg, leg.floor, 0),
        x_text(leg, leg.cap, 0),
        x_text(leg, leg.x, 4),
        f"{leg.claims:,}",
        numbers.scaled(leg.share, 10**10, 4),
    )


def x_text(leg: Leg, x: int, digits: int) -> str:
    """Write an X (times 10^18) in T, or in sats/TH/day, without the unit."""
    return numbers.scaled(x, WAD * 10**12 if leg.is_difficulty else WAD, digits)


def _costs(hedging: HedgingReplay) -> Table:
    rows = []
    for what, gas in hedging.gas.items():
        target = GAS_TARGETS.get(what)
        rows.append((what, gas, "-" if target is None else f"{target:,}"))
    return costs_table(rows, note="Both had allowed the market to take their bitcoin.")
