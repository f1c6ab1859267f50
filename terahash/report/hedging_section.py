"""The fifth chapter as its reader sees it."""

from __future__ import annotations

from collections.abc import Iterator

from terahash.report import numbers
from terahash.report.hedging import Hedged, HedgingReplay
from terahash.report.hedging_charts import charts
from terahash.report.hedging_tables import tables
from terahash.report.section import Figure, Section
from terahash.units import WAD, utc


def section(hedging: HedgingReplay) -> Section:
    """Tell what a miner fixed, what it was worth, and who had the other side."""
    return Section(
        key="swaps",
        title="Swaps: a miner's revenue, fixed in advance",
        lead=(
            "A miner does not know what its hashrate will earn. It agrees with a fund, by signed "
            "orders, on who pays whom if hashprice or difficulty turns out otherwise than both "
            "expect. Each locks its whole risk, and Bitcoin decides: nobody reports a price, and "
            "nobody is ever called for more."
        ),
        figures=_figures(hedging),
        facts=tuple(_facts(hedging)),
        tables=tables(hedging),
        charts=charts(hedging),
    )


def _figures(hedging: HedgingReplay) -> tuple[Figure, ...]:
    forward = hedging.hedges[0]
    locked = sum(leg.claims for hedge in hedging.hedges for leg in hedge.legs)
    fixed = forward.revenue + forward.result * WAD
    return (
        Figure(f"{numbers.bitcoin(locked)} BTC", "locked by both sides together"),
        Figure(f"{numbers.bitcoin(round(fixed / WAD))} BTC", "what the forward fixed"),
        Figure(f"{numbers.bitcoin(forward.expected // WAD)} BTC", "what it was to fix"),
        Figure(f"{hedging.held} sats", "left in the market by rounding"),
    )


def _facts(hedging: HedgingReplay) -> Iterator[tuple[str, str]]:
    yield (
        "Agreed",
        f"on {utc(hedging.agreed)} UTC by orders that one side signed, and the other found in its "
        f"book, tried and took; both expected {numbers.sats_per_terahash(hedging.expected, 0)} "
        "sats/TH/day",
    )
    for hedge in hedging.hedges:
        yield hedge.name.capitalize(), _hedge(hedge)
    series = sum(len(hedge.legs) for hedge in hedging.hedges)
    yield (
        "Agreement",
        f"{series} of {series} series settled on what the library computes from headers alone, to "
        "the last unit; every payment is within a satoshi of the exact fraction",
    )
    yield (
        "Sum",
        f"what the miner and the fund gained and lost adds up to {-hedging.held:,} sats: the "
        f"market keeps {hedging.held:,}, which rounding left, and holds nothing else",
    )


def _hedge(hedge: Hedged) -> str:
    before, after = hedge.revenue, hedge.revenue + hedge.result * WAD
    brought = f"{hedge.result:+,}" if hedge.result else "nothing"
    return (
        f"{hedge.petahash} PH/s earned {numbers.scaled(before, WAD, 3)} sats of subsidy; the hedge "
        f"brought {brought}: {numbers.scaled(after, WAD, 3)} in all, where "
        f"{numbers.scaled(hedge.expected, WAD, 3)} were expected"
    )
