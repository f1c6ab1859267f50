"""The charts of the fourth chapter."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.axes import Axes

from terahash.report import numbers
from terahash.report.charts import ACCENT, INK, MUTED, SECOND, draw, time_axis
from terahash.report.issuance import Deed, IssuanceReplay, Standing
from terahash.report.section import Chart
from terahash.units import DAY, SATS_PER_BTC, WAD

WEEK = 7 * DAY
"""The shortest time axis."""
FULL = 150
"""Percent of coverage at which the chart ends: more is enough."""


def charts(issuance: IssuanceReplay) -> tuple[Chart, ...]:
    """Draw what was owed and paid, and the reserve's coverage; nothing where nothing was owed."""
    if not issuance.owed:
        return ()
    covered = " Blue: the reserve." if issuance.of(Deed.COVER) else ""
    return (
        draw(
            "owed",
            "Owed and paid since the term began, in BTC",
            "Line: what block-days have owed to all tokens, as they closed in the index. Orange: "
            f"paid by the issuer.{covered} A gap below the line is unpaid.",
            lambda axes, narrow: _owed(axes, issuance, narrow),
        ),
        draw(
            "coverage",
            "Coverage: the reserve beyond what is owed, in % of the tokens' value",
            "A token's value is its block-days that are left, at the newest net hashprice or the "
            "mean of 14, whichever is more. Coverage rises as the term gets shorter; from 100 % on "
            "the reserve alone could pay all that is left"
            + (f"; beyond {FULL} % it is not drawn." if _peak(issuance) > FULL else "."),
            lambda axes, narrow: _coverage(axes, issuance, narrow),
        ),
    )


def _owed(axes: Axes, issuance: IssuanceReplay, narrow: bool) -> None:
    standings = issuance.standings
    times = [standing.time for standing in standings]
    delivered = [standing.delivered / SATS_PER_BTC for standing in standings]
    paid = [_paid(standing) / SATS_PER_BTC for standing in standings]
    due = [(_paid(standing) + standing.owed) / SATS_PER_BTC for standing in standings]
    axes.fill_between(times, delivered, color=ACCENT, alpha=0.55, lw=0, step="post")
    axes.fill_between(times, delivered, paid, color=SECOND, alpha=0.55, lw=0, step="post")
    axes.step(times, due, color=INK, lw=1.6, where="post")
    axes.set_ylim(0, max(due) * 1.3)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.3f}")
    axes.annotate(
        f"{numbers.bitcoin(_paid(standings[-1]) + standings[-1].owed)} BTC",
        (min(times[-1], _span(issuance)[1]), due[-1]),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
    )
    _stop(axes, issuance, max(due) * 1.3)
    _times(axes, issuance, narrow)


def _coverage(axes: Axes, issuance: IssuanceReplay, narrow: bool) -> None:
    known = [(s.time, 100 * s.coverage / WAD) for s in issuance.standings if s.coverage is not None]
    top = min(_peak(issuance) * 1.1, FULL)
    times, percents = zip(*known, strict=True)
    axes.axhline(100, color=MUTED, lw=0.8)
    ratio = 100 * issuance.agreed.ratio / WAD
    axes.axhline(ratio, color=INK, lw=1.1, ls=(0, (4, 2)))
    axes.step(times, percents, color=ACCENT, lw=2.2, where="post")
    axes.set_ylim(0, top)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.annotate(
        f"reserve ratio, at least {ratio:.0f} %" if not narrow else f"ratio, {ratio:.0f} %",
        (_span(issuance)[1], ratio),
        xytext=(0, -5),
        textcoords="offset points",
        ha="right",
        va="top",
    )
    for deed, label in ((Deed.WITHDRAW, "issuer withdraws"), (Deed.REDEEM, "redemption")):
        for event in issuance.of(deed):
            after = [value for time, value in known if time >= event.time]
            if not after:
                continue
            axes.plot([event.time], [after[0]], color=SECOND, marker="o", ms=5)
            axes.annotate(
                label,
                (event.time, after[0]),
                xytext=(5, -5),
                textcoords="offset points",
                va="top",
                color=SECOND,
            )
    _stop(axes, issuance, top)
    _times(axes, issuance, narrow)


def _stop(axes: Axes, issuance: IssuanceReplay, top: float) -> None:
    """Mark since when the issuer leaves debts unpaid, if it does."""
    since = issuance.unpaid_from
    if since is None:
        return
    axes.axvline(since, color=MUTED, lw=0.8, ls=(0, (1, 3)))
    axes.annotate(
        "the issuer\nhas stopped",
        (since, top),
        xytext=(-4, -2),
        textcoords="offset points",
        ha="right",
        va="top",
        color=MUTED,
    )


def _times(axes: Axes, issuance: IssuanceReplay, narrow: bool) -> None:
    first, last = _span(issuance)
    time_axis(axes, first - DAY // 2, last + DAY // 2, narrow)


def _span(issuance: IssuanceReplay) -> tuple[int, int]:
    """Say from when to when the charts go: to the last day on which anything changed."""
    first = issuance.standings[0].time
    changed = [
        new.time
        for old, new in pairwise(issuance.standings)
        if old.model_copy(update={"time": new.time}) != new
    ]
    return first, max(*changed, first + WEEK)


def _paid(standing: Standing) -> int:
    return standing.delivered + standing.covered


def _peak(issuance: IssuanceReplay) -> float:
    return max(100 * (standing.coverage or 0) / WAD for standing in issuance.standings)
