"""The charts of the third chapter."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.axes import Axes

from terahash.report import numbers
from terahash.report.charts import ACCENT, MUTED, SECOND, draw, time_axis
from terahash.report.quorum import PRICE_DECIMALS, DollarDay, FeedHistory, QuorumReplay
from terahash.report.section import Chart
from terahash.units import DAY, WAD

WEEK = 7 * DAY
"""The shortest time axis."""
PRICE = "BTC/USD"


def charts(quorum: QuorumReplay) -> tuple[Chart, ...]:
    """Draw the price as it was signed, and hashprice in dollars; nothing where there is neither."""
    drawn = []
    for feed in quorum.feeds:
        if feed.name == PRICE:
            drawn.append(_price_chart(feed))
    if quorum.priced:
        drawn.append(
            draw(
                "hashprice-dollars",
                "Hashprice by block-day, in USD/PH/day",
                "What 1 PH/s earns in a day at each block-day's difficulty, reward and price. The "
                "price moves it from day to day, difficulty at each retarget: dotted lines. A "
                "block-day without a price is a gap.",
                lambda axes, narrow: _hashprice(axes, quorum, narrow),
            )
        )
    return tuple(drawn)


def _price_chart(feed: FeedHistory) -> Chart:
    spread = max((row.highest - row.lowest) * WAD // row.value for row in feed.rows)
    lie = max(row.lie * WAD // row.value for row in feed.rows)
    return draw(
        "price",
        f"{PRICE} as it was signed, in dollars",
        "Line: the median, which counted. Band: from the lowest to the highest that honest "
        f"operators signed; they are {numbers.scaled(spread, WAD // 100, 1)} % apart at most, over "
        "weeks no wider than the line. The lie is not drawn: at "
        f"{numbers.scaled(lie, WAD, 1)} times the median it lies far above.",
        lambda axes, narrow: _price(axes, feed, narrow),
    )


def _price(axes: Axes, feed: FeedHistory, narrow: bool) -> None:
    times = [row.time for row in feed.rows]
    lowest, values, highest = (
        [amount / 10**feed.decimals for amount in amounts]
        for amounts in zip(
            *((row.lowest, row.value, row.highest) for row in feed.rows), strict=True
        )
    )
    axes.fill_between(times, lowest, highest, color=SECOND, alpha=0.4, lw=0)
    axes.plot(times, values, color=ACCENT, lw=1.4, marker="o", ms=2.6)
    axes.annotate(
        f"{values[-1]:,.0f}",
        (times[-1], values[-1]),
        xytext=(0, 6),
        textcoords="offset points",
        ha="right",
        va="bottom",
    )
    room = max(max(highest) - min(lowest), max(highest) * 0.01) * 0.15
    axes.set_ylim(min(lowest) - room, max(highest) + room)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    time_axis(axes, times[0] - DAY // 2, max(times[-1], times[0] + WEEK) + DAY // 2, narrow)


def _hashprice(axes: Axes, quorum: QuorumReplay, narrow: bool) -> None:
    first, last = quorum.days[0].start, max(quorum.days[-1].end, quorum.days[0].start + WEEK)
    for before, day in pairwise(quorum.days):
        if before.bits != day.bits:
            axes.axvline(day.start, color=MUTED, lw=0.8, ls=(0, (1, 3)))
    for before, day in pairwise(quorum.priced):
        if before.end == day.start:
            axes.plot([day.start] * 2, [_usd(before), _usd(day)], color=ACCENT, lw=1)
    for day in quorum.priced:
        level = [_usd(day)] * 2
        axes.plot([day.start, day.end], level, color=ACCENT, lw=2.4, solid_capstyle="butt")
    levels = [_usd(day) for day in quorum.priced]
    newest = quorum.priced[-1]
    axes.annotate(
        f"{_usd(newest):.2f}",
        (newest.end, _usd(newest)),
        xytext=(0, 6),
        textcoords="offset points",
        ha="right",
        va="bottom",
    )
    room = max((max(levels) - min(levels)) * 0.15, max(levels) * 0.02)
    axes.set_ylim(min(levels) - room, max(levels) + room)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.1f}")
    time_axis(axes, first - DAY // 2, last + DAY // 2, narrow)


def _usd(day: DollarDay) -> float:
    scale: int = 10**PRICE_DECIMALS
    return (day.hashprice or 0) / scale
