"""The fourth chapter as its reader sees it."""

from __future__ import annotations

from collections.abc import Iterator

from terahash.report import numbers
from terahash.report.issuance import Deed, IssuanceReplay, whole
from terahash.report.issuance_charts import charts
from terahash.report.issuance_tables import tables
from terahash.report.section import Figure, Section
from terahash.units import DAY, WAD


def section(issuance: IssuanceReplay) -> Section:
    """Tell who paid what to whom, what it was checked against, and what it cost."""
    lead = (
        "An issuer sells hashrate for a term: every token is owed, block-day by block-day, what "
        "1 TH/s earns by the index, less a stated cost. A reserve of bitcoin stands behind it."
    )
    if issuance.of(Deed.COVER):
        lead += " This issuer stopped paying during the term, and its reserve paid."
    return Section(
        key="issuance",
        title="An issuance of hashrate, to the satoshi",
        lead=lead,
        figures=_figures(issuance),
        facts=tuple(_facts(issuance)),
        tables=tables(issuance),
        charts=charts(issuance),
    )


def _figures(issuance: IssuanceReplay) -> tuple[Figure, ...]:
    return (
        Figure(f"{whole(issuance.sold)} TH/s", f"sold for {issuance.agreed.days} block-days"),
        Figure(f"{numbers.bitcoin(issuance.paid(Deed.MINT))} BTC", "paid by buyers"),
        Figure(f"{numbers.bitcoin(issuance.paid(Deed.CLAIM))} BTC", "claimed by holders"),
        Figure(
            f"{numbers.scaled(issuance.worst, WAD, 3)} sats",
            "the most that a claim was below the exact amount",
        ),
    )


def _facts(issuance: IssuanceReplay) -> Iterator[tuple[str, str]]:
    yield "Terms", _terms(issuance)
    yield "Sale", _sale(issuance)
    late = [event for event in issuance.of(Deed.MINT) if event.rewards]
    for event in late:
        yield (
            event.who,
            f"came on day {event.day} and paid {event.rewards:,} sats on top of the price, for "
            "what was owed and streaming to its tokens already: nobody else loses by it",
        )
    yield "Owed", _owed(issuance)
    if issuance.of(Deed.DELIVER):
        yield "Delivered", _delivered(issuance)
    if issuance.of(Deed.COVER):
        yield "Reserve", _covered(issuance)
        yield "Credit", _credit(issuance)
    for event in issuance.of(Deed.REDEEM):
        yield (
            "Early exit",
            f"{event.who} gave {whole(event.tokens)} TH/s back on day {event.day} for "
            f"{event.sats:,} sats: their part of the reserve, which covered "
            f"{_percent(_coverage_before(issuance, event.time), 0)} % of their value, less "
            f"{_percent(issuance.agreed.exit_fee)} %",
        )
    if issuance.entitled:
        yield "Agreement", _agreement(issuance)
    yield "Sum", _sum(issuance)


def _terms(issuance: IssuanceReplay) -> str:
    agreed = issuance.agreed
    return (
        f"{whole(agreed.capacity)} TH/s for the block-days {agreed.first} to {agreed.last - 1}: "
        f"each owes a token what 1 TH/s earns, less {_percent(agreed.fee)} % and "
        f"{numbers.sats_per_terahash(agreed.cost, 0)} sats a day; a reserve of "
        f"{_percent(agreed.ratio)} % of what tokens are worth; debts may be unpaid for "
        f"{numbers.scaled(agreed.grace, DAY, 0)} days"
    )


def _sale(issuance: IssuanceReplay) -> str:
    mints = issuance.of(Deed.MINT)
    paid = issuance.paid(Deed.MINT)
    kept = issuance.to_reserve + issuance.to_stream
    return (
        f"at {numbers.sats_per_terahash(issuance.agreed.price, 0)} sats/TH and block-day that is "
        f"left, {numbers.count(len(mints), 'buyer')} paid {paid:,} sats for "
        f"{whole(issuance.sold)} TH/s: {issuance.to_reserve:,} to the reserve, "
        f"{issuance.to_stream:,} to the stream, {paid - kept:,} to the issuer"
    )


def _owed(issuance: IssuanceReplay) -> str:
    if not issuance.owed:
        return "nothing yet: no block-day of the term was closed when the replay ended"
    net = issuance.net
    text = (
        f"{numbers.sats_per_terahash(net, 2)} sats by a token for "
        f"{numbers.count(len(issuance.owed), 'block-day')}, of "
        f"{numbers.sats_per_terahash(sum(day.gross for day in issuance.owed), 2)} that 1 TH/s "
        "earned"
    )
    if not issuance.is_over:
        return f"{text}; the replay ends on day {len(issuance.owed)} of {issuance.agreed.days}"
    return (
        f"{text}; bought before the term, a token cost "
        f"{numbers.sats_per_terahash(issuance.price, 2)} "
        f"({numbers.percent((net - issuance.price) * WAD // issuance.price)} %)"
    )


def _delivered(issuance: IssuanceReplay) -> str:
    count = len(issuance.of(Deed.DELIVER))
    text = (
        f"{issuance.paid(Deed.DELIVER):,} sats by the issuer in "
        f"{numbers.count(count, 'transaction')}, for "
        f"{issuance.delivered_days} of {numbers.count(issuance.agreed.days, 'block-day')}"
    )
    return text if issuance.unpaid_from is None else f"{text}; then it stopped"


def _covered(issuance: IssuanceReplay) -> str:
    count = len(issuance.of(Deed.COVER))
    text = (
        f"paid {issuance.paid(Deed.COVER):,} sats in {numbers.count(count, 'transaction')} that "
        "anyone may send once a debt is unpaid for longer than the grace"
    )
    if not issuance.is_over:
        return text
    end = issuance.owed[-1].end
    withdrawn = issuance.of(Deed.WITHDRAW)
    early = sum(event.sats for event in withdrawn if event.time < end)
    late = sum(event.sats for event in withdrawn if event.time >= end)
    text += f"; the issuer withdrew {early:,} during the term, as much as the ratio let it"
    return f"{text}, and {late:,} after it" if late else text


def _credit(issuance: IssuanceReplay) -> str:
    since = issuance.unpaid_from or issuance.opened
    return (
        f"when the issuer stopped, its reserve covered "
        f"{_percent(_coverage_before(issuance, since), 0)} % of what was to come, and the terms "
        f"ask for {_percent(issuance.agreed.ratio)} %: what a reserve does not hold is the "
        "issuer's credit"
    )


def _agreement(issuance: IssuanceReplay) -> str:
    claims = sum(holder.claims for holder in issuance.entitled)
    payments = len(issuance.of(Deed.DELIVER)) + len(issuance.of(Deed.COVER))
    return (
        f"{numbers.count(claims, 'claim')} of {numbers.count(len(issuance.entitled), 'holder')} "
        "beside exact fractions from the index's readings: none above, none a satoshi below; "
        f"{numbers.count(payments, 'payment')} of what was owed, equal to the satoshi"
    )


def _sum(issuance: IssuanceReplay) -> str:
    contract = issuance.parties[-1]
    into = contract.traded + contract.delivered
    text = f"{into:,} sats into the contract, {into - contract.net:,} out of it, {contract.net:,} "
    if issuance.left.held == issuance.left.unclaimed + issuance.left.queued + issuance.left.cut:
        return f"{text}stay: parts of a satoshi, which holders have earned and cannot claim yet"
    return f"{text}stay: the table says for what"


def _coverage_before(issuance: IssuanceReplay, time: int) -> int:
    """Return the coverage when the day before was over, times 10^18."""
    before = [s.coverage for s in issuance.standings if s.time < time and s.coverage is not None]
    return before[-1]


def _percent(share: int, digits: int | None = None) -> str:
    """Write a share (times 10^18) in percent, without the unit."""
    if digits is None:
        digits = 0 if share % (WAD // 100) == 0 else 2
    return numbers.scaled(share, WAD // 100, digits)
