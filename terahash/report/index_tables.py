"""The tables of the second chapter."""

from __future__ import annotations

from itertools import pairwise

from terahash.bitcoin.state import DAY_BLOCKS
from terahash.report import numbers
from terahash.report.index import (
    GAS_CLOSE_TARGET,
    GAS_PROVE_TARGET,
    GAS_RECORD_TARGET,
    IndexReplay,
)
from terahash.report.section import Column, Table, costs_table
from terahash.units import utc

FEW_DAYS = 8
"""As many block-days are shown in full; of more, a choice."""


def tables(index: IndexReplay) -> tuple[Table, ...]:
    """Lay out some block-days, what they cost, and all of them; without any, the costs alone."""
    if not index.days:
        return (_costs(index),)
    return _some_days(index), _costs(index), _days(index)


def _some_days(index: IndexReplay) -> Table:
    days = index.days
    title = "Block-days"
    if len(days) > FEW_DAYS:
        title = "Block-days: an epoch's first, those with proven fees, and the newest"
        starts = {new.number for old, new in pairwise(days) if old.bits != new.bits}
        chosen = {days[0].number, days[-1].number, *starts}
        days = [day for day in days if day.number in chosen or day.proven]
    return Table(
        title,
        (
            Column("Day"),
            Column("Ends", "UTC"),
            Column("Difficulty", "T"),
            Column("Fees", "BTC"),
            Column("Hashprice", "sats/TH/day"),
            Column("Hashprice", "BTC/PH/day"),
            Column("Earned", "sats/TH"),
        ),
        tuple(
            (
                str(day.number),
                utc(day.end)[:10],
                numbers.difficulty(day.difficulty),
                numbers.bitcoin(day.fees) if day.proven else "-",
                numbers.sats_per_terahash(day.hashprice),
                numbers.bitcoin_per_petahash(day.hashprice),
                numbers.sats_per_terahash(day.earned, 2),
            )
            for day in days
        ),
        note="Fees as far as they are proven. Earned: in all, since the index began.",
    )


def _costs(index: IndexReplay) -> Table:
    costs = index.costs
    rows = (
        ("Record a day", costs.record, f"{GAS_RECORD_TARGET:,}"),
        ("Prove one block's fees", costs.prove, f"{GAS_PROVE_TARGET:,}"),
        ("Close a day, with its dollars", costs.close, f"{GAS_CLOSE_TARGET:,}"),
        ("A day in all", costs.day, ""),
        ("Deploy the index, once", costs.deploy, ""),
    )
    note = ""
    if costs.close_worst is not None:
        note = (
            f"Means of {numbers.count(len(index.days), 'block-day')}. The dearest close took "
            f"{costs.close_worst:,} gas. Proving the fees of all {DAY_BLOCKS} blocks of a day "
            "takes about 3.5 million gas more (make gas)."
        )
    return costs_table(
        rows,
        note,
    )


def _days(index: IndexReplay) -> Table:
    return Table(
        f"Every block-day of the index: {len(index.days)}",
        (
            Column("Block-day"),
            Column("First block"),
            Column("Ends", "UTC"),
            Column("Length", "hours"),
            Column("Difficulty", "T"),
            Column("Blocks proven"),
            Column("Fees", "sats"),
            Column("Reward", "BTC"),
            Column("Hashprice", "sats/TH/day"),
            Column("Hashprice", "BTC/PH/day"),
            Column("Earned", "sats/TH"),
            Column("Of it subsidy", "sats/TH"),
            Column("Closed", "UTC"),
            Column("Record", "gas"),
            Column("Prove", "gas"),
            Column("Close", "gas"),
        ),
        tuple(
            (
                str(day.number),
                f"{day.first_height:,}",
                utc(day.end),
                numbers.hours(day.end - day.start),
                numbers.difficulty(day.difficulty),
                str(day.proven),
                f"{day.fees:,}",
                numbers.bitcoin(day.reward),
                numbers.sats_per_terahash(day.hashprice),
                numbers.bitcoin_per_petahash(day.hashprice),
                numbers.sats_per_terahash(day.earned),
                numbers.sats_per_terahash(day.floor_earned),
                utc(day.closed_at),
                f"{day.record_gas:,}",
                f"{day.prove_gas:,}" if day.prove_gas else "-",
                f"{day.close_gas:,}",
            )
            for day in index.days
        ),
        note="The gas of a transaction of several block-days is shared among them. A block-day "
        "ends, and is as long as, Bitcoin's median-time-past says.",
        is_long=True,
    )
