"""The charts of the sixth chapter: what rewards did to the debts, and how safe the loans were."""

from __future__ import annotations

from matplotlib.axes import Axes

from terahash.report import numbers
from terahash.report.charts import ACCENT, INK, MUTED, SECOND, draw, time_axis
from terahash.report.lending import Deed, LendingReplay, LentVault
from terahash.report.section import Chart
from terahash.units import DAY, SATS_PER_BTC, WAD

LOWEST, HIGHEST = 0.9, 2.2
"""Health between which the chart draws it."""
Line = tuple[list[int], list[float]]
"""Unix seconds, and values."""


def charts(lending: LendingReplay) -> tuple[Chart, ...]:
    """Draw the debt of the loan that repaid itself, and the health of both."""
    vault = lending.covered
    return (
        draw(
            "debt",
            f"What the {vault.borrower} owes, in BTC",
            "Orange: the debt, which rewards repay day by day, and nobody else. Dashed: what the "
            "same loans would owe without rewards. Each jump is a loan. Dotted: a retarget "
            "reaches the index.",
            lambda axes, narrow: _debt(axes, lending, narrow),
        ),
        draw(
            "health",
            "Health of the loans: what may be owed before liquidation, over what is owed",
            f"Orange: the {vault.borrower}'s. Blue: the {lending.seizure.borrower}'s, up to its "
            "liquidation; the ring is where it would have been at the difficulty before. Below 1 "
            f"anyone may liquidate; what is above {HIGHEST} is not drawn. Dotted: a retarget "
            "reaches the index.",
            lambda axes, narrow: _health(axes, lending, narrow),
        ),
    )


def _debt(axes: Axes, lending: LendingReplay, narrow: bool) -> None:
    vault = lending.covered
    times, debts = _line(lending, vault, [standing.debt for standing in vault.standings])
    _, alone = _line(lending, vault, [standing.unassisted for standing in vault.standings])
    axes.fill_between(times, debts, color=ACCENT, alpha=0.2, lw=0)
    axes.plot(times, debts, color=ACCENT, lw=2.2)
    axes.plot(times, alone, color=INK, lw=1.2, ls=(0, (4, 2)))
    top = max(alone) * 1.25
    axes.set_ylim(0, top)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.3f}")
    owed = vault.standings[-1].unassisted
    axes.annotate(
        f"without rewards {numbers.bitcoin(owed)}",
        (times[-1], alone[-1]),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
    )
    _times(axes, lending, top, narrow)


def _line(lending: LendingReplay, vault: LentVault, sats: list[int]) -> Line:
    """Lay a line through the days, upright where a loan is made."""
    points = [(standing.time, one) for standing, one in zip(vault.standings, sats, strict=True)]
    points += [
        (event.time, [one for time, one in points if time < event.time][-1])
        for event in lending.of(Deed.BORROW)
        if event.vault == vault.name and event.time > points[0][0]
    ]
    times, amounts = zip(*sorted(points), strict=True)
    return list(times), [amount / SATS_PER_BTC for amount in amounts]


def _health(axes: Axes, lending: LendingReplay, narrow: bool) -> None:
    seizure = lending.seizure
    axes.axhline(1, color=INK, lw=1.1, ls=(0, (4, 2)))
    vault = lending.covered
    for times, healths in _runs(vault):
        axes.plot(times, healths, color=ACCENT, lw=2.2, marker="o", ms=3)
    (seized,) = (vault for vault in lending.vaults if vault.name == seizure.vault)
    times, healths = _runs(seized)[0]
    axes.plot([*times, seizure.time], [*healths, seizure.health / WAD], color=SECOND, lw=2.2)
    axes.plot([seizure.time], [seizure.health / WAD], color=SECOND, marker="o", ms=6)
    axes.plot(
        [seizure.time],
        [seizure.health_before / WAD],
        color=SECOND,
        marker="o",
        ms=6,
        markerfacecolor="none",
    )
    axes.annotate(
        f"liquidated at {numbers.scaled(seizure.health, WAD, 4)}",
        (seizure.time, seizure.health / WAD),
        xytext=(8, -2),
        textcoords="offset points",
        va="top",
        color=SECOND,
    )
    axes.set_ylim(LOWEST, HIGHEST)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.1f}")
    _times(axes, lending, HIGHEST, narrow)


def _runs(vault: LentVault) -> list[Line]:
    """List the runs of days on which a health is known."""
    runs: list[Line] = []
    is_known = False
    for standing in vault.standings:
        if standing.health is None:
            is_known = False
            continue
        if not is_known:
            runs.append(([], []))
        is_known = True
        times, healths = runs[-1]
        times.append(standing.time)
        healths.append(standing.health / WAD)
    return runs


def _times(axes: Axes, lending: LendingReplay, top: float, narrow: bool) -> None:
    """Mark retargets, and give both charts the same days."""
    for retarget in lending.retargets:
        axes.axvline(retarget.time, color=MUTED, lw=0.9, ls=(0, (1, 2)))
        axes.annotate(
            f"{numbers.percent(retarget.change)} %",
            (retarget.time, top),
            xytext=(4, -2),
            textcoords="offset points",
            va="top",
            color=MUTED,
        )
    times = [standing.time for vault in lending.vaults for standing in vault.standings]
    time_axis(axes, min(times) - DAY // 2, max(times) + DAY // 2, narrow)
