"""Charts as inline SVG that take their colours from the page, light or dark.

The one place, with its callers, where numbers become floats.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from terahash.report.section import Chart
from terahash.units import DAY

# Stand-ins that no one would choose: each becomes a variable of the page's style.
INK, MUTED, GRID, ACCENT, SECOND = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {INK: "ink", MUTED: "muted", GRID: "line", ACCENT: "accent", SECOND: "second"}

Paint = Callable[[Axes, bool], None]
"""Draws into axes; the flag says that the chart is for a narrow page."""


def draw(key: str, title: str, caption: str, paint: Paint) -> Chart:
    """Draw a chart for both widths.

    Args:
        key: of the chart, unique on the page.
        title: what it shows, with the unit.
        caption: how to read it.
        paint: draws it.
    """
    return Chart(
        title,
        caption,
        wide=_svg(f"{key}-wide", (10.4, 3.5), 9.0, lambda axes: paint(axes, False)),
        narrow=_svg(f"{key}-narrow", (3.8, 3.4), 9.0, lambda axes: paint(axes, True)),
    )


def time_axis(axes: Axes, first: int, last: int, narrow: bool) -> None:
    """Give the axes a time axis in unix seconds with ticks at midnight, UTC."""
    step = max(1, -(-(last - first) // DAY // (5 if narrow else 9))) * DAY
    ticks = list(range(-(-first // DAY) * DAY, last + 1, step))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    years = [datetime.fromtimestamp(tick, UTC).year for tick in ticks]

    def label(value: float, position: int | None) -> str:
        at = datetime.fromtimestamp(value, UTC)
        is_new = not position or years[position] != years[position - 1]
        return f"{at:%b} {at.day}" + (f"\n{at.year}" if is_new else "")

    axes.xaxis.set_major_formatter(FuncFormatter(label))
    axes.set_xlim(first, last)


def _svg(key: str, size: tuple[float, float], font: float, paint: Callable[[Axes], None]) -> str:
    style: dict[Any, Any] = {
        "svg.fonttype": "none",  # text stays text: small, and in the page's own font
        "svg.hashsalt": key,  # ids that are the same in every run and differ between charts
        "font.size": font,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.edgecolor": MUTED,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "ytick.major.size": 0,
    }
    with matplotlib.rc_context(style):
        figure = Figure(size, layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        paint(axes)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return _inline(buffer.getvalue())


def _inline(svg: str) -> str:
    """Make an SVG file part of a page: no preamble, no namespaces, no size, the page's colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    head = r'<svg[^>]*(viewBox="[^"]+")[^>]*>'
    svg = re.sub(head, r'<svg \1 aria-hidden="true">', svg, count=1)
    svg = svg.replace("xlink:href", "href")
    used = set(re.findall(r"#([\w-]+)[\")]", svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: m.group() if m.group(1) in used else "", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    return re.sub(r">\s+<", "><", svg).strip()
