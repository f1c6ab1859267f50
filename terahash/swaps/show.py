"""Series and positions as people and machines read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.table import Table

from terahash.hashrate.show import document
from terahash.products.product import unit_of
from terahash.report.numbers import bitcoin, scaled
from terahash.swaps.models import Position, Stage, Standing
from terahash.swaps.names import label, window
from terahash.swaps.series import (
    SHARES,
    TICKS,
    DifficultyKind,
    HashpriceKind,
    Instrument,
    Series,
)

_WHAT: dict[tuple[int, int], str] = {
    (Instrument.DIFFICULTY, DifficultyKind.MEAN): "mean difficulty",
    (Instrument.DIFFICULTY, DifficultyKind.HASHRATE): "mean network hashrate",
    (Instrument.HASHPRICE, HashpriceKind.BTC): "mean hashprice, with proven fees",
    (Instrument.HASHPRICE, HashpriceKind.SUBSIDY): "mean hashprice, of the subsidy alone",
}


def what(series: Series) -> str:
    """Say what X is of."""
    return _WHAT.get((series.instrument, series.kind), f"instrument {series.instrument}")


def quoted_x(series: Series, x: int, digits: int = 4) -> str:
    """Write an X (times 10^18) in the unit in which people quote a series, without the unit."""
    return scaled(x, unit_of(series).scale, digits)


def share_text(share: int) -> str:
    """Write what longs have of the collateral, in percent."""
    return f"{scaled(100 * share, SHARES, 4)} %"


def series_tables(standings: Sequence[Standing]) -> Iterator[Table]:
    """Lay out series, a table for each kind of X, by window."""
    ordered = sorted(standings, key=lambda one: one.series)
    for _, group in groupby(ordered, key=lambda one: one.series[:2]):
        yield _series_table(list(group))


def _series_table(standings: Sequence[Standing]) -> Table:
    first = standings[0].series
    title = f"{what(first)}, {unit_of(first)}"
    table = _table(f"{title[0].upper()}{title[1:]}")
    table.add_column("series", no_wrap=True)
    table.add_column("window", overflow="fold")
    for name in ("floor", "cap", "X", "locked\n(BTC)"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("stage", no_wrap=True)
    for one in standings:
        series = one.series
        table.add_row(
            label(series),
            window(series),
            quoted_x(series, series.floor, 2),
            quoted_x(series, series.cap, 2),
            "-" if one.x is None else quoted_x(series, one.x, 2),
            scaled(one.pairs, 10**8, 4),
            one.stage.name,
        )
    return table


def position_table(positions: Sequence[Position]) -> Table:
    """Lay out what an account has, one series to a line, in satoshi."""
    table = _table()
    table.add_column("series", no_wrap=True)
    for name in ("longs\n(sats)", "shorts\n(sats)", "worth\n(sats)"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("stage", no_wrap=True)
    for one in positions:
        table.add_row(
            label(one.standing.series),
            f"{one.claims.longs:,}",
            f"{one.claims.shorts:,}",
            "-" if one.worth is None else f"{one.worth:,}",
            one.standing.stage.name,
        )
    return table


def series_rows(standing: Standing, instrument: str) -> dict[str, str]:
    """Say how a series stands, one fact to a line.

    Args:
        standing: of the series.
        instrument: where it stands.
    """
    series, unit = standing.series, unit_of(standing.series)
    rows = {
        "series": label(series),
        "id": f"0x{series.id.hex()}",
        "X": f"{what(series)}, {unit}",
        "window": window(series),
        "floor": f"{quoted_x(series, series.floor)} {unit}",
        "cap": f"{quoted_x(series, series.cap)} {unit}",
        "stage": standing.stage.name,
        "locked": f"{standing.pairs:,} sats ({bitcoin(standing.pairs)} BTC)",
        "fallback": f"{scaled(series.fallback_share, TICKS // 100, 2)} % to longs, where the index "
        "dies",
        "instrument": instrument,
        "long claim": f"{series.long}",
        "short claim": f"{series.short}",
    }
    if standing.x is not None:
        rows["settles at"] = f"{quoted_x(series, standing.x)} {unit}"
    if standing.share is not None:
        rows["longs have"] = share_text(standing.share)
    return rows


def standing_document(standing: Standing) -> dict[str, Any]:
    """Write how a series stands for machines: its terms, and what follows from them."""
    series = standing.series
    return {
        "id": f"0x{series.id.hex()}",
        "label": label(series),
        "unit": str(unit_of(series)),
        "unit_scale": str(unit_of(series).scale),
        "long_claim": str(series.long),
        "short_claim": str(series.short),
        **document(standing),
    }


def position_document(position: Position) -> dict[str, Any]:
    """Write a position for machines."""
    return {
        "series": standing_document(position.standing),
        "longs": str(position.claims.longs),
        "shorts": str(position.claims.shorts),
        "least": str(position.claims.least),
        "most": str(position.claims.most),
        "worth": None if position.worth is None else str(position.worth),
    }


def worth_now(positions: Sequence[Position]) -> str:
    """Say what an account's claims are worth, as far as that is known, and what of it is paid."""
    paid = sum(one.worth or 0 for one in positions if one.standing.stage is Stage.SETTLED)
    known = sum(one.worth or 0 for one in positions)
    least = sum(one.claims.least for one in positions if one.worth is None)
    most = sum(one.claims.most for one in positions if one.worth is None)
    return (
        f"{paid:,} sats can be redeemed, and {known - paid:,} more once series are settled; what "
        f"is not known yet is worth {least:,} to {most:,}."
    )


def _table(title: str | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1))
    table.title, table.title_justify = title, "left"
    return table
