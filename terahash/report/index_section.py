"""The second chapter as its reader sees it."""

from __future__ import annotations

from math import isqrt

from terahash.bitcoin.state import DAY_BLOCKS
from terahash.report import numbers
from terahash.report.index import IndexReplay, PricedDay
from terahash.report.index_charts import charts
from terahash.report.index_tables import tables
from terahash.report.section import Figure, Section
from terahash.units import HOUR, WAD, utc

SHIPPED = 830_000
"""The one block whose coinbase is shipped."""


def section(index: IndexReplay) -> Section:
    """Tell what the index measured, what it was checked against, and what it cost."""
    return Section(
        key="index",
        title="The hashprice index, on chain",
        lead="A second contract turns final block-days into a hashprice, what 1 TH/s earns in a "
        "day, and into running totals that products settle on. It counts the subsidy, and fees "
        "where a block's own coinbase proved them.",
        figures=_figures(index),
        facts=tuple(_facts(index)),
        tables=tables(index),
        charts=charts(index),
    )


def _figures(index: IndexReplay) -> tuple[Figure, ...]:
    priced = Figure(f"{len(index.days):,}", "block-days priced")
    if not index.days:
        return (priced,)
    newest = index.days[-1]
    return (
        priced,
        Figure(
            f"{numbers.sats_per_terahash(newest.hashprice, 2)} sats",
            "per TH/s and day, on the newest",
        ),
        Figure(
            f"{numbers.bitcoin_per_petahash(newest.hashprice)} BTC", "per PH/s and day, as much"
        ),
        Figure(f"{numbers.sats_per_terahash(newest.earned, 2)} sats", "earned by 1 TH/s in all"),
    )


def _facts(index: IndexReplay) -> list[tuple[str, str]]:
    if not index.days:
        return [
            (
                "Index",
                f"block-day {index.first_day} sets its clock, to {utc(index.start)} UTC, and earns "
                "nothing: two block-days or more have a hashprice",
            )
        ]
    return [
        *_measured(index, index.days[-1]),
        *_fees(index),
        ("Agreement", _agreement(index)),
        (
            "Publisher",
            f"{index.transactions:,} transactions for relay and index, sent by the passes that "
            "terahash-oracle once makes",
        ),
        ("Delay", _delay(index)),
    ]


def _measured(index: IndexReplay, newest: PricedDay) -> list[tuple[str, str]]:
    first_height = index.days[0].first_height
    last_height = newest.first_height + DAY_BLOCKS - 1
    days = numbers.count(len(index.days), "block-day")
    prices = sorted({day.hashprice for day in index.days})
    span = " to ".join(
        numbers.sats_per_terahash(price, 2) for price in dict.fromkeys((prices[0], prices[-1]))
    )
    mean = index.mean or 0
    from_fees = newest.earned - newest.floor_earned
    return [
        (
            "Index",
            f"{days} (blocks {first_height:,} to {last_height:,}), {utc(index.start)} to "
            f"{utc(newest.end)} UTC on Bitcoin's clock, which block-day {index.first_day} sets",
        ),
        (
            "Hashprice",
            f"{span} sats/TH/day by difficulty; by Bitcoin's pace 1 TH/s earned "
            f"{numbers.sats_per_terahash(mean, 2)} sats a day "
            f"({numbers.bitcoin_per_petahash(mean)} BTC/PH/day)",
        ),
        (
            "Earned",
            f"{numbers.sats_per_terahash(newest.earned, 2)} sats by 1 TH/s"
            + (f", {numbers.sats_per_terahash(from_fees)} of them fees" if from_fees else ""),
        ),
    ]


def _fees(index: IndexReplay) -> list[tuple[str, str]]:
    by_number = {day.number: day for day in index.days}
    told = []
    for block in index.proven:
        day = by_number[block.day]
        told.append(
            (
                f"Block {block.height:,}",
                f"{numbers.bitcoin(block.fees)} BTC of fees, proven from its coinbase, raise "
                f"block-day {block.day}'s reward by exactly {day.reward - day.subsidy:,} sats, "
                f"to {numbers.bitcoin(day.reward)} BTC",
            )
        )
    others = "other " if told else ""
    where = "" if told else f" (block {SHIPPED:,}'s is, in runs of {_reached(index)} days or more)"
    told.append(
        (
            "Other fees" if told else "Fees",
            f"not proven: coinbases of the {others}{index.unproven:,} blocks are not shipped"
            f"{where}. Their fees count as nothing here, so the index is its floor, the subsidy, "
            "and what miners earned was more",
        )
    )
    return told


def _reached(index: IndexReplay) -> int:
    """Say how many block-days reach the block whose coinbase is shipped."""
    return SHIPPED // DAY_BLOCKS - index.first_day + 1


def _agreement(index: IndexReplay) -> str:
    count = len(index.days)
    text = (
        f"{count:,} of {count:,} block-days equal to the Python library's, from headers and "
        "coinbases alone: end, reward, hashprice, earned and floor"
    )
    if not index.epochs:
        return text
    newest = index.epochs[-1]
    moved = isqrt(newest.variance // newest.retargets)
    return (
        f"{text}; {numbers.count(newest.retargets, 'total')} of difficulty variance within the "
        f"last digit's rounding ({numbers.scaled(moved, WAD // 100, 2)} % a retarget, root mean "
        "square)"
    )


def _delay(index: IndexReplay) -> str:
    mean = sum(day.closed_at - day.end for day in index.days) // len(index.days)
    return (
        f"a block-day closed {numbers.scaled(mean, HOUR, 1)} hours after its end on average: the "
        f"relay's challenge, {index.fee_window // HOUR} hours for proofs of fees, and one pass a "
        "block-day"
    )
