"""The third chapter as its reader sees it."""

from __future__ import annotations

from collections.abc import Iterator

from terahash.report import numbers
from terahash.report.quorum import PRICE_DECIMALS, QuorumReplay
from terahash.report.quorum_charts import charts
from terahash.report.quorum_tables import tables
from terahash.report.section import Figure, Section
from terahash.units import DAY, MINUTE, WAD


def section(quorum: QuorumReplay) -> Section:
    """Tell what was signed and what is made of it, what it was checked against, and its cost."""
    return Section(
        key="quorum",
        title="What Bitcoin cannot prove, signed by a quorum",
        lead="Bitcoin knows neither its price nor who mines. Operators sign such numbers, and the "
        f"median of what {quorum.threshold} or more of {quorum.n} signed counts. Contracts read "
        "these numbers, and those that Bitcoin proves, through the interface that other protocols "
        "read already: AggregatorV3.",
        figures=_figures(quorum),
        facts=tuple(_facts(quorum)),
        tables=tables(quorum),
        charts=charts(quorum),
    )


def _figures(quorum: QuorumReplay) -> tuple[Figure, ...]:
    lying = sum(operator.lies for operator in quorum.operators)
    figures = [
        Figure(f"{quorum.threshold} of {quorum.n}", f"operators must sign; {lying} always lied"),
        Figure(f"{quorum.count:,}", "values counted, each within the honest range"),
        Figure(f"{len(quorum.answering)} of {len(quorum.faces)}", "numbers answer as AggregatorV3"),
    ]
    if quorum.priced:
        newest = quorum.priced[-1].hashprice or 0
        figures.append(Figure(f"{dollars(newest)} USD", "per PH/s and day, on the newest day"))
    return tuple(figures)


def _facts(quorum: QuorumReplay) -> Iterator[tuple[str, str]]:
    yield "Quorum", _quorum(quorum)
    yield "Observed", _observed(quorum)
    yield "History", _history(quorum)
    if quorum.days:
        yield "Dollars", _dollars(quorum)
    if quorum.priced:
        yield "Hashprice", _hashprice(quorum)
    yield "Faces", _faces(quorum)
    yield (
        "On trust",
        "the operators, who are this demo's own. Their price is made up, near where the market "
        "stood in those weeks, and quoted from no venue",
    )


def _quorum(quorum: QuorumReplay) -> str:
    text = (
        f"{quorum.threshold} of {quorum.n} operators must sign, so that "
        f"{(quorum.n - 1) // 3} may lie"
    )
    liars = [number for number, of in enumerate(quorum.operators, 1) if of.lies]
    if not liars:
        return text
    names = " and ".join(map(str, liars))
    off = max(operator.off for operator in quorum.operators if operator.lies)
    honest = max(operator.off for operator in quorum.operators if not operator.lies)
    return (
        f"{text}. Operator {names} lied in every report: up to {percent(off, 1)} % away from the "
        f"value that counted, the honest ones up to {percent(honest, 1)} %"
    )


def _observed(quorum: QuorumReplay) -> str:
    feeds = " and ".join(
        f"{numbers.count(feed.count, 'value')} of {feed.name}" for feed in quorum.feeds
    )
    return (
        f"{feeds}: each that counted is the median of the {quorum.n} that were signed, and "
        "lies between the lowest and the highest that honest operators signed"
    )


def _history(quorum: QuorumReplay) -> str:
    days = sum(feed.days for feed in quorum.feeds)
    return (
        f"{quorum.count:,} of {quorum.count:,} observations kept as they counted; {days:,} running "
        "totals of value x seconds, at the ends of UTC days, equal to an exact recalculation"
    )


def _dollars(quorum: QuorumReplay) -> str:
    priced, count = quorum.priced, len(quorum.days)
    text = f"{len(priced):,} of {count:,} block-days have a price"
    if priced:
        late = sum((day.observed_at or 0) - day.end for day in priced) // len(priced)
        text += (
            ": the first that was observed at or after their end, "
            f"{numbers.scaled(late, MINUTE, 0)} minutes later on average"
        )
    if quorum.unpriced:
        numbered = ", ".join(map(str, quorum.unpriced))
        text += f"; none came within six hours of the end of {numbered}: nothing in dollars then"
    return f"{text}. Prices, totals and the seconds they cover are equal to the library's"


def _hashprice(quorum: QuorumReplay) -> str:
    prices = sorted(day.hashprice or 0 for day in quorum.priced)
    span = " to ".join(dict.fromkeys(dollars(price) for price in (prices[0], prices[-1])))
    newest = quorum.days[-1]
    return (
        f"{span} USD/PH/day by difficulty and price; by Bitcoin's pace 1 PH/s earned "
        f"{numbers.scaled(newest.earned, WAD // 1_000, 2)} USD in "
        f"{numbers.scaled(newest.seconds, DAY, 2)} days, {dollars(quorum.mean or 0)} a day"
    )


def _faces(quorum: QuorumReplay) -> str:
    answering, count = len(quorum.answering), len(quorum.faces)
    text = (
        f"{answering} of {count} numbers answer, each equal to an exact fraction from headers and "
        "prices, rounded down"
    )
    if answering == count:
        return text
    return f"{text}; the others say why they do not, and have no answer by that calculation either"


def dollars(amount: int) -> str:
    """Write dollars (times 10^8) to the cent, without the unit."""
    return numbers.scaled(amount, 10**PRICE_DECIMALS, 2)


def percent(share: int, digits: int) -> str:
    """Write a share (times 10^18) in percent, without the unit."""
    return numbers.scaled(share, WAD // 100, digits)
