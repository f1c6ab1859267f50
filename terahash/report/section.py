"""What a chapter tells its reader, before anybody chose between a terminal and a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from terahash.report import numbers


@dataclass(frozen=True)
class Column:
    """A table's column; `unit` is written in its heading, never in its cells."""

    title: str
    unit: str = ""
    is_number: bool = True

    @property
    def heading(self) -> str:
        """The title with its unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


@dataclass(frozen=True)
class Table:
    """Rows of text, as long as there are columns.

    Attributes:
        is_long: folded on the page, and not printed to a terminal.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    is_long: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart as inline SVG, drawn twice: for a page and for a telephone."""

    title: str
    caption: str
    wide: str
    narrow: str


@dataclass(frozen=True)
class Figure:
    """A number worth large type: the number with its unit, and what it counts."""

    value: str
    label: str


@dataclass(frozen=True)
class Section:
    """One chapter.

    Attributes:
        key: names the chapter in `report.json` and in links.
        lead: one or two sentences for a reader who knows nothing of it.
        facts: what was proven, (name, sentence).
    """

    key: str
    title: str
    lead: str
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]


def costs_table(rows: Iterable[tuple[str, int | None, str]], note: str = "") -> Table:
    """Lay out gas of whole transactions; rows without a measurement are left out.

    Args:
        rows: what was done, its gas, and the target as text.
        note: below the table.
    """
    return Table(
        "What it costs",
        (
            Column("Whole transactions", is_number=False),
            Column("Gas"),
            Column("Target", "gas"),
            Column("At 1 gwei", "ETH"),
        ),
        tuple(
            (what, f"{gas:,}", target, numbers.ether(gas))
            for what, gas, target in rows
            if gas is not None
        ),
        note=note,
    )
