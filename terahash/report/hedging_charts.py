"""The charts of the fifth chapter: what each hedge pays, and the hashprice that decided."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes

from terahash.report.charts import ACCENT, INK, MUTED, SECOND, draw, time_axis
from terahash.report.hedging import Hedged, HedgingReplay, Leg
from terahash.report.hedging_tables import x_text
from terahash.report.section import Chart
from terahash.swaps.series import TICKS
from terahash.units import DAY, SATS_PER_BTC, WAD

STEPS = 200
MARGIN = 0.08
"""Of a band's width that is drawn beyond it."""


def charts(hedging: HedgingReplay) -> tuple[Chart, ...]:
    """Draw the realised path, and a payoff for each hedge."""
    return (_path(hedging), *(_payoff(hedge) for hedge in hedging.hedges))


def _path(hedging: HedgingReplay) -> Chart:
    return draw(
        "swap-path",
        "Hashprice of the subsidy in January 2024, in sats/TH/day",
        "Each step is a block-day, by its difficulty. Dashed: what both sides expected. Blue: the "
        "mean on which the forward and the collar settled. Shaded: the forward's band, beyond "
        "which it pays no more.",
        lambda axes, narrow: _paint_path(axes, hedging, narrow),
    )


def _paint_path(axes: Axes, hedging: HedgingReplay, narrow: bool) -> None:
    forward = hedging.hedges[0].legs[0]
    times = [spot.time for spot in hedging.path]
    prices = [spot.hashprice / WAD for spot in hedging.path]
    axes.axhspan(forward.floor / WAD, forward.cap / WAD, color=MUTED, alpha=0.12, lw=0)
    axes.axhline(hedging.expected / WAD, color=INK, lw=1.1, ls=(0, (4, 2)))
    axes.axhline(forward.x / WAD, color=SECOND, lw=1.4)
    # A block-day's hashprice holds from the one before up to its own end.
    axes.step(times, prices, color=ACCENT, lw=2.0, where="pre")
    for value, label, colour, up in (
        (hedging.expected / WAD, "expected", INK, False),
        (forward.x / WAD, f"mean {x_text(forward, forward.x, 2)}", SECOND, True),
    ):
        axes.annotate(
            label,
            (hedging.start, value),
            xytext=(4, 4 if up else -4),
            textcoords="offset points",
            ha="left",
            va="bottom" if up else "top",
            color=colour,
        )
    axes.set_ylim(forward.floor / WAD - 5, forward.cap / WAD + 5)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    time_axis(axes, hedging.start - DAY // 2, hedging.end + DAY // 2, narrow)


def _payoff(hedge: Hedged) -> Chart:
    of = "difficulty, in T" if hedge.legs[0].is_difficulty else "hashprice, in sats/TH/day"
    return draw(
        f"payoff-{hedge.name.replace(' ', '-')}",
        f"{hedge.name.capitalize()}: what it pays the miner, in BTC, by mean {of}",
        "Line: what the miner gains or loses at each X; the fund has the reverse. Point: what came "
        "of it.",
        lambda axes, narrow: _paint_payoff(axes, hedge, narrow),
    )


def _paint_payoff(axes: Axes, hedge: Hedged, narrow: bool) -> None:
    scale = WAD * 10**12 if hedge.legs[0].is_difficulty else WAD
    floor, cap = min(leg.floor for leg in hedge.legs), max(leg.cap for leg in hedge.legs)
    beyond = (cap - floor) * MARGIN
    low, high = floor - beyond, cap + beyond
    xs = [low + (high - low) * step / STEPS for step in range(STEPS + 1)]
    gains = [sum(_gain(leg, x) for leg in hedge.legs) / SATS_PER_BTC for x in xs]
    axes.axhline(0, color=MUTED, lw=0.8)
    axes.plot([x / scale for x in xs], gains, color=ACCENT, lw=2.2)
    x, gain = hedge.legs[0].x / scale, hedge.result / SATS_PER_BTC
    axes.plot([x], [gain], color=SECOND, marker="o", ms=6)
    axes.annotate(
        f"{gain:+.8f}" if hedge.result else "0",
        (x, gain),
        xytext=(7, 12 if gains[0] > gains[-1] else -14),
        textcoords="offset points",
        color=SECOND,
    )
    axes.yaxis.set_major_formatter(_signed(3 if max(map(abs, gains)) < 0.1 else 2))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.locator_params(axis="x", nbins=5 if narrow else 9)


def _signed(digits: int) -> Callable[[float, float], str]:
    return lambda value, _: f"{value:+.{digits}f}" if value else "0"


def _gain(leg: Leg, x: float) -> float:
    """Say what the miner gains at X, satoshi."""
    inside = (min(max(x, leg.floor), leg.cap) - leg.floor) / (leg.cap - leg.floor)
    long = leg.claims * (inside - leg.price / TICKS)
    return long if leg.is_long else -long
