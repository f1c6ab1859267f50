"""One self-contained page: no script, no outside request, readable in light and in dark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, SerializeAsAny

from terahash.report import numbers
from terahash.report.section import Section
from terahash.units import utc

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Run(BaseModel):
    """The run itself.

    Attributes:
        version: of this project.
        days: block-days asked for.
        written: unix seconds, when it ended.
        seconds: wall time from start to the last chart.
        peak_memory: bytes, of the largest process of the run.
    """

    version: str
    days: int
    written: int
    seconds: float
    peak_memory: int


class Report(BaseModel):
    """Every number of a run: `report.json`. Integers that may pass 2^53 are text in JSON."""

    run: Run
    chapters: dict[str, SerializeAsAny[BaseModel]]


def render(run: Run, sections: Sequence[Section], missing: Sequence[str] = ()) -> str:
    """Write the page.

    Args:
        run: named in the page's head and foot.
        sections: one per chapter, in order.
        missing: sentences on what the run was too short for.
    """
    return _PAGES.get_template("page.html").render(
        run=run,
        sections=sections,
        missing=missing,
        written=f"{utc(run.written)} UTC",
        wall_time=f"{run.seconds:.1f} s",
        memory=numbers.megabytes(run.peak_memory),
    )
