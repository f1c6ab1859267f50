"""The charts of the first chapter."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.axes import Axes

from terahash.bitcoin.state import DAY_BLOCKS
from terahash.report import numbers
from terahash.report.charts import ACCENT, INK, MUTED, SECOND, draw, time_axis
from terahash.report.replay import GAS_PER_HEADER_FLOOR, GAS_PER_HEADER_TARGET, Replay
from terahash.report.section import Chart
from terahash.units import DAY, HOUR, WAD

STUB = 3 * DAY
"""How far the epochs that were not replayed are hinted at, before and after."""
WEEK = 7 * DAY
"""The shortest time axis."""
FIRST_HEAD = " The second batch is dearer, once: it writes the relay's head for the first time."


def charts(replay: Replay) -> tuple[Chart, ...]:
    """Draw difficulty by epoch, the length of block-days, and gas per header."""
    return (
        draw(
            "difficulty",
            "Difficulty by epoch, in T (10¹²)",
            "Each step is a retarget: every 2,016 blocks Bitcoin sets the difficulty again, by how "
            "long they took. The relay recomputed every one. Dashed: the epoch before the "
            "checkpoint, and epochs that are not final yet.",
            lambda axes, narrow: _difficulty(axes, replay, narrow),
        ),
        draw(
            "pace",
            "Length of a block-day, in hours",
            f"{DAY_BLOCKS} blocks should take 24 hours. Bars below the line are days when blocks "
            "came faster, bars above when they came slower; dotted lines are retargets.",
            lambda axes, narrow: _pace(axes, replay, narrow),
        ),
        draw(
            "gas",
            f"Gas per header, in batches of {DAY_BLOCKS}",
            f"Whole transactions, everything included. {GAS_PER_HEADER_FLOOR:,} is what Ethereum "
            "charges for the bytes alone (EIP-7623). Relays that store headers take 79,546 to "
            "110,000 each." + (FIRST_HEAD if len(replay.days) > 1 else ""),
            lambda axes, narrow: _gas(axes, replay, narrow),
        ),
    )


def _difficulty(axes: Axes, replay: Replay, narrow: bool) -> None:
    first, last = replay.epochs[0].start, replay.last_time
    ends = [epoch.start for epoch in replay.epochs[1:]]
    end = max(last, replay.epochs[-1].start + STUB)
    before = _trillions(replay.checkpoint.difficulty)
    levels = [before]
    axes.plot([first - STUB, first], [before, before], color=MUTED, lw=2.2, ls=(0, (2, 1.5)))
    for epoch, until in zip(replay.epochs, [*ends, end], strict=True):
        level = _trillions(epoch.difficulty)
        axes.plot([epoch.start] * 2, [levels[-1], level], color=MUTED, lw=1)
        line = "-" if epoch.is_final else (0, (2, 1.5))
        axes.plot([epoch.start, until], [level, level], color=ACCENT, lw=2.6, ls=line)
        is_short = until - epoch.start < (end - first) * 0.2
        axes.annotate(
            f"{numbers.percent(epoch.change)} %\n{level:.2f} T",
            (until if is_short else epoch.start, level),
            xytext=(0 if is_short else 4, 5 if epoch.change >= 0 else -5),
            textcoords="offset points",
            ha="right" if is_short else "left",
            va="bottom" if epoch.change >= 0 else "top",
            linespacing=1.35,
        )
        levels.append(level)
    axes.annotate(
        f"{before:.2f} T",
        (first - STUB, before),
        xytext=(2, -5 if replay.epochs[0].change >= 0 else 5),
        textcoords="offset points",
        va="top" if replay.epochs[0].change >= 0 else "bottom",
        color=MUTED,
    )
    room = max(max(levels) - min(levels), 1.0) * 0.3
    axes.set_ylim(min(levels) - room, max(levels) + room)
    time_axis(axes, first - STUB, end + DAY // 4, narrow)


def _pace(axes: Axes, replay: Replay, narrow: bool) -> None:
    ends = [replay.checkpoint.time, *(day.last_time for day in replay.days)]
    middles = [(start + end) / 2 for start, end in pairwise(ends)]
    excess = [day.seconds / HOUR - 24 for day in replay.days]
    colours = [SECOND if value > 0 else ACCENT for value in excess]
    for epoch in replay.epochs:
        axes.axvline(epoch.start, color=MUTED, lw=0.8, ls=(0, (1, 3)))
    axes.bar(middles, excess, width=0.78 * DAY, bottom=24, color=colours)
    axes.axhline(24, color=INK, lw=1)
    reach = max(1.0, *(abs(value) for value in excess)) * 1.15
    axes.set_ylim(24 - reach, 24 + reach)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    time_axis(axes, min(ends) - DAY // 2, max(max(ends), min(ends) + WEEK) + DAY // 2, narrow)


def _gas(axes: Axes, replay: Replay, narrow: bool) -> None:
    times = [day.last_time for day in replay.days]
    gas = [day.submit_gas / DAY_BLOCKS for day in replay.days]
    first, last = min(times) - DAY, max(*times, times[0] + WEEK) + DAY
    axes.plot(times, gas, color=ACCENT, lw=1.4, marker="o", ms=3.6)
    for level, label, colour in (
        (GAS_PER_HEADER_TARGET, f"target, at most {GAS_PER_HEADER_TARGET:,}", INK),
        (GAS_PER_HEADER_FLOOR, f"bytes alone, {GAS_PER_HEADER_FLOOR:,}", MUTED),
    ):
        axes.axhline(level, color=colour, lw=1.1, ls=(0, (4, 2)))
        axes.annotate(
            label,
            (last, level),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right",
            color=colour,
        )
    axes.set_ylim(3_000, max(3_700, *gas) * 1.01)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    time_axis(axes, first, last, narrow)


def _trillions(difficulty: int) -> float:
    return difficulty / WAD / 1e12
