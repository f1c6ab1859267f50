"""The tables of the third chapter."""

from __future__ import annotations

from terahash.report import numbers
from terahash.report.quorum import PRICE_DECIMALS, Face, FeedHistory, QuorumReplay
from terahash.report.section import Column, Table, costs_table
from terahash.units import MINUTE, WAD, utc

FEED_DIGITS = 2
"""Decimals of a feed's values that are shown."""
NEVER_USED = 17_100
"""Gas that a slot takes more when it is written for the first time."""


def tables(quorum: QuorumReplay) -> tuple[Table, ...]:
    """Lay out faces, operators and costs; then all observations, and block-days if any closed."""
    return (
        _faces(quorum),
        _operators(quorum),
        _costs(quorum),
        *([_days(quorum)] if quorum.days else []),
        *(_observations(feed) for feed in quorum.feeds),
    )


def _faces(quorum: QuorumReplay) -> Table:
    return Table(
        "Every number as others read it: AggregatorV3's newest round",
        (
            Column("Number", is_number=False),
            Column("Answer"),
            Column("Round"),
            Column("Its time", "UTC"),
        ),
        tuple(
            (
                face.description,
                _answer(face),
                "-" if face.round is None else f"{face.round:,}",
                "-" if face.time is None else utc(face.time),
            )
            for face in quorum.faces
        ),
        note="Rounds are observations of a feed, epochs of difficulty, closed block-days of "
        "hashrate (over 14 of them) and hashprice, and heights of the spot, whose time is the "
        "newest closed block-day's. Where there is no round, or it is too old, a facade refuses "
        "to answer and says why.",
    )


def _operators(quorum: QuorumReplay) -> Table:
    return Table(
        "Operators",
        (
            Column("Operator", is_number=False),
            Column("Address of its cold key", is_number=False),
            Column("Signed"),
            Column("Off at most", "%"),
            Column("Lies", is_number=False),
        ),
        tuple(
            (
                str(number),
                operator.address,
                f"{operator.signed:,}",
                numbers.scaled(operator.off, WAD // 100, 2),
                "always" if operator.lies else "no",
            )
            for number, operator in enumerate(quorum.operators, 1)
        ),
        note="Off: how far a value it signed was from the value that counted.",
    )


def _costs(quorum: QuorumReplay) -> Table:
    rows = [
        *((f"Submit {feed.name}, {quorum.n} signed", feed.gas, "") for feed in quorum.feeds),
        ("Deploy the quorum feed, once", quorum.deploy, ""),
        ("Deploy one of the faces, once", quorum.deploy_face, ""),
    ]
    return costs_table(
        rows,
        "Means. Nearly every observation here is its UTC day's first, which also writes down the "
        "totals at the end of the day before, and takes a slot that was never used: "
        f"{NEVER_USED:,} gas that a feed saves once thirty days are full (make gas).",
    )


def _days(quorum: QuorumReplay) -> Table:
    return Table(
        f"Every block-day in dollars: {len(quorum.days)}",
        (
            Column("Block-day"),
            Column("Ends", "UTC"),
            Column("BTC/USD"),
            Column("Observed", "UTC"),
            Column("Later", "min"),
            Column("Hashprice", "USD/PH/day"),
            Column("Earned", "USD/TH"),
        ),
        tuple(
            (
                str(day.number),
                utc(day.end),
                "-" if day.price is None else numbers.scaled(day.price, 10**PRICE_DECIMALS, 2),
                "-" if day.observed_at is None else utc(day.observed_at),
                "-"
                if day.observed_at is None
                else numbers.scaled(day.observed_at - day.end, MINUTE, 1),
                "-"
                if day.hashprice is None
                else numbers.scaled(day.hashprice, 10**PRICE_DECIMALS, 4),
                numbers.scaled(day.earned, WAD, 6),
            )
            for day in quorum.days
        ),
        note="A block-day without a price within six hours of its end adds nothing to what was "
        "earned in dollars, and its seconds do not count.",
        is_long=True,
    )


def _observations(feed: FeedHistory) -> Table:
    def value(number: int) -> str:
        return numbers.scaled(number, 10**feed.decimals, FEED_DIGITS)

    return Table(
        f"Every observation of {feed.name}: {feed.count}",
        (
            Column("Round"),
            Column("Observed", "UTC"),
            Column("Lowest honest"),
            Column("Counted"),
            Column("Highest honest"),
            Column("The lie"),
            Column("Gas"),
        ),
        tuple(
            (
                str(row.round),
                utc(row.time),
                value(row.lowest),
                value(row.value),
                value(row.highest),
                value(row.lie),
                f"{row.gas:,}",
            )
            for row in feed.rows
        ),
        note=f"One every {feed.period // MINUTE} minutes at most.",
        is_long=True,
    )


def _answer(face: Face) -> str:
    """Write an answer to its last digit, or why there is none."""
    if face.answer is None:
        return face.reason or "no reason"
    return numbers.scaled(face.answer, 10**face.decimals, face.decimals)
