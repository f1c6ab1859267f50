"""The first chapter as its reader sees it."""

from __future__ import annotations

from terahash.bitcoin.state import DAY_BLOCKS
from terahash.report import numbers
from terahash.report.replay import GAS_FINALIZE_TARGET, GAS_PER_HEADER_TARGET, Replay
from terahash.report.replay_charts import charts
from terahash.report.section import Column, Figure, Section, Table, costs_table
from terahash.units import HOUR, exahashes, utc


def section(replay: Replay) -> Section:
    """Tell what the replay proved and what it cost."""
    return Section(
        key="relay",
        title="Bitcoin's headers, on chain",
        lead=f"A relay contract checked {replay.headers:,} real Bitcoin headers by proof of work "
        f"alone, a block-day ({DAY_BLOCKS} blocks) at a time, and made each day final once it was "
        "buried and had stood in public long enough to be contested.",
        figures=_figures(replay),
        facts=_facts(replay),
        tables=(_epochs(replay), _costs(replay), _days(replay)),
        charts=charts(replay),
    )


def _figures(replay: Replay) -> tuple[Figure, ...]:
    final = sum(day.final_at is not None for day in replay.days)
    return (
        Figure(f"{replay.headers:,}", "headers verified"),
        Figure(f"{final:,} of {len(replay.days):,}", "block-days final"),
        Figure(f"{replay.costs.header:,} gas", "per header"),
        Figure(f"{numbers.ether(replay.costs.day)} ETH", "per day, at 1 gwei"),
    )


def _facts(replay: Replay) -> tuple[tuple[str, str], ...]:
    final = sum(day.final_at is not None for day in replay.days)
    checkpoint = replay.checkpoint
    rate = exahashes(replay.work, replay.last_time - checkpoint.time)
    return (
        (
            "Headers",
            f"{replay.headers:,} (blocks {replay.first_height:,} to {replay.last_height:,}), "
            f"up to {utc(replay.last_time)} UTC",
        ),
        ("Work", f"{numbers.power_of_ten(replay.work)} hashes, {rate} on average"),
        ("Last block", replay.last_hash),
        (
            "Agreement",
            f"every State equal to the Python library's: {replay.states:,} of {replay.states:,} "
            "batches, and the total work",
        ),
        (
            "Final",
            f"{final:,} of {len(replay.days):,} block-days and "
            f"{sum(epoch.is_final for epoch in replay.epochs):,} of {len(replay.epochs):,} epochs, "
            f"each buried and then {replay.challenge // HOUR} hours in public "
            f"(confirmations: {replay.confirmations} here, 100 in earnest)",
        ),
        (
            "On trust",
            f"one checkpoint, block {checkpoint.height:,}: {checkpoint.block_hash}",
        ),
    )


def _epochs(replay: Replay) -> Table:
    return Table(
        "Difficulty epochs: 2,016 blocks each, from the given height on",
        (
            Column("Epoch"),
            Column("Height"),
            Column("Start", "UTC"),
            Column("nBits"),
            Column("Difficulty", "T"),
            Column("Change", "%"),
            Column("Final", is_number=False),
        ),
        tuple(
            (
                str(epoch.epoch),
                f"{epoch.first_height:,}",
                utc(epoch.start),
                f"0x{epoch.bits:08x}",
                numbers.difficulty(epoch.difficulty),
                numbers.percent(epoch.change),
                "yes" if epoch.is_final else "no",
            )
            for epoch in replay.epochs
        ),
        note="An epoch is final together with its first block-day.",
    )


def _costs(replay: Replay) -> Table:
    costs = replay.costs
    rows = (
        ("One header, of a day's batch", costs.header, f"{GAS_PER_HEADER_TARGET:,}"),
        (f"Submit a day, {DAY_BLOCKS} headers", costs.submit_day, ""),
        ("Finalize a day", costs.finalize_day, f"{GAS_FINALIZE_TARGET:,}"),
        ("A day in all", costs.day, ""),
        ("The last header, sent alone", costs.header_alone, ""),
        ("Deploy the relay, once", costs.deploy, ""),
    )
    return costs_table(
        rows,
        f"Means of {numbers.count(len(replay.days), 'block-day')}. The dearest batch took "
        f"{costs.header_worst:,} gas per header.",
    )


def _days(replay: Replay) -> Table:
    return Table(
        f"Every block-day: {len(replay.days)}",
        (
            Column("Block-day"),
            Column("Last block"),
            Column("Its time", "UTC"),
            Column("Length", "hours"),
            Column("Submit", "gas"),
            Column("Per header", "gas"),
            Column("Finalize", "gas"),
            Column("Final since", "UTC"),
            Column("Hash of its last block", is_number=False),
        ),
        tuple(
            (
                f"{day.day:,}",
                f"{day.last_height:,}",
                utc(day.last_time),
                numbers.hours(day.seconds),
                f"{day.submit_gas:,}",
                f"{-(-day.submit_gas // DAY_BLOCKS):,}",
                "-" if day.finalize_gas is None else f"{day.finalize_gas:,}",
                "-" if day.final_at is None else utc(day.final_at),
                day.last_hash,
            )
            for day in replay.days
        ),
        note="The gas of a transaction that made several block-days final is shared among them.",
        is_long=True,
    )
