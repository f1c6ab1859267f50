"""The charts of the second chapter."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from matplotlib.axes import Axes

from terahash.report import numbers
from terahash.report.charts import ACCENT, MUTED, SECOND, draw, time_axis
from terahash.report.index import IndexReplay, PricedDay
from terahash.report.section import Chart
from terahash.units import DAY, SATS_PER_BTC, WAD

WEEK = 7 * DAY
"""The shortest time axis."""


def charts(index: IndexReplay) -> tuple[Chart, ...]:
    """Draw hashprice by block-day and what 1 TH/s has earned; nothing where no day earned."""
    if not index.days:
        return ()
    proven = " Dots: block-days with proven fees." if index.proven else ""
    return (
        draw(
            "hashprice",
            "Hashprice by block-day, in BTC/PH/day",
            "What 1 PH/s earns in a day at each block-day's difficulty and reward. Where no fees "
            "are proven it is the subsidy's floor, and moves with difficulty alone: a step at each "
            f"retarget.{proven}",
            lambda axes, narrow: _hashprice(axes, index, narrow),
        ),
        draw(
            "earned",
            "Earned by 1 TH/s since the index began, in sats",
            "The running total that products settle on: what a window earned is the difference of "
            "two readings. Block-days that are shorter than 24 hours make it rise faster than the "
            "hashprice says; dotted lines are retargets.",
            lambda axes, narrow: _earned(axes, index, narrow),
        ),
    )


def _hashprice(axes: Axes, index: IndexReplay, narrow: bool) -> None:
    first, last = index.start, _last(index)
    levels = [_petahash(day.hashprice) for day in index.days]
    for price, equal in groupby(index.days, key=lambda day: day.hashprice):
        days, level = list(equal), _petahash(price)
        span = [days[0].start, days[-1].end]
        axes.plot(span, [level, level], color=ACCENT, lw=2.6, solid_capstyle="butt")
    for (before, day), steps in zip(pairwise(index.days), pairwise(levels), strict=True):
        if before.bits != day.bits:
            axes.plot([day.start] * 2, steps, color=MUTED, lw=1)
    for _, run in groupby(index.days, key=lambda day: day.bits):
        _label_level(axes, list(run), first, last)
    for day, level in zip(index.days, levels, strict=True):
        if day.proven:
            _label_fees(axes, index, day, level)
    room = max((max(levels) - min(levels)) * 0.3, max(levels) * 0.02)
    axes.set_ylim(min(levels) - room * 1.6, max(levels) + room)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.6f}")
    time_axis(axes, first - DAY // 2, last + DAY // 2, narrow)


def _label_level(axes: Axes, run: list[PricedDay], first: int, last: int) -> None:
    """Write the hashprice of an epoch over its first days, or before the end when it is short."""
    is_short = last - run[0].start < (last - first) * 0.2
    axes.annotate(
        f"{_petahash(run[0].hashprice):.6f}",
        (run[-1].end if is_short else run[0].start, _petahash(run[0].hashprice)),
        xytext=(0 if is_short else 4, 5),
        textcoords="offset points",
        ha="right" if is_short else "left",
        va="bottom",
    )


def _label_fees(axes: Axes, index: IndexReplay, day: PricedDay, level: float) -> None:
    """Mark a block-day with proven fees, and say of which blocks and how much they add."""
    heights = ", ".join(f"{block.height:,}" for block in index.proven if block.day == day.number)
    at = (day.start + day.end) // 2
    axes.plot([at], [level], color=SECOND, marker="o", ms=5)
    axes.annotate(
        f"fees of {heights}:\n+{numbers.scaled(day.fees * 100, day.subsidy, 3)} %",
        (at, level),
        xytext=(6, -7),
        textcoords="offset points",
        ha="right",
        va="top",
        color=SECOND,
    )


def _earned(axes: Axes, index: IndexReplay, narrow: bool) -> None:
    first, last = index.start, _last(index)
    totals = [0.0, *(day.earned / WAD for day in index.days)]
    for at in _retargets(index):
        axes.axvline(at, color=MUTED, lw=0.8, ls=(0, (1, 3)))
    ends = [first, *(day.end for day in index.days)]
    axes.fill_between(ends, totals, color=ACCENT, alpha=0.15, lw=0)
    axes.plot(ends, totals, color=ACCENT, lw=2.2)
    axes.plot(ends[-1:], totals[-1:], color=ACCENT, marker="o", ms=5)
    axes.annotate(
        f"{numbers.sats_per_terahash(index.days[-1].earned, 2)} sats",
        (ends[-1], totals[-1]),
        xytext=(-8, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
    )
    axes.set_ylim(0, totals[-1] * 1.12)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    time_axis(axes, first - DAY // 2, last + DAY // 2, narrow)


def _last(index: IndexReplay) -> int:
    return max(index.days[-1].end, index.start + WEEK)


def _retargets(index: IndexReplay) -> Iterator[int]:
    for before, day in pairwise(index.days):
        if before.bits != day.bits:
            yield day.start


def _petahash(hashprice: int) -> float:
    return hashprice * 1_000 / WAD / SATS_PER_BTC
