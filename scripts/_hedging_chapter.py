"""What swaps brought a miner and a fund, compared with exact fractions from headers, as numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from scripts._exact_swaps import EPOCH_DAYS, Headers, Payouts, long_worth, payouts
from scripts._hedging import FUNDS, HASHPRICE, JANUARY, RETARGETS, Hedge, Hedging
from scripts._replay import Replayed, ReplayError
from terahash.bitcoin.target import difficulty, to_target
from terahash.hashprice import BlockDay, block_days, floor_earned_at, floor_mean
from terahash.products.product import Product, Side
from terahash.report.hedging import Hedged, HedgingReplay, Leg, Spot
from terahash.swaps.series import Instrument, Series
from terahash.units import DAY, WAD

LAST_DAY = RETARGETS.end * EPOCH_DAYS - 1
"""Block-day up to which the difficulty swap's revenue counts."""
ROUNDED = 3
"""Units of 10^-18 that X may lie off its fraction: the index rounds down each block-day's earnings
and the mean, the relay each epoch's difficulty and theirs."""
CLOSE = Fraction(1, 10**6)
"""Satoshi that a revenue may lie off it."""


class _Told(NamedTuple):
    """What Bitcoin says: by the library's index, and by headers without it."""

    days: list[BlockDay]
    headers: Headers


def hedging_numbers(replayed: Replayed) -> HedgingReplay | None:
    """Read the fifth chapter; None where the replay was too short for all to be settled and told.

    Raises:
        ReplayError: when a number of the market is not the library's, or a satoshi is missing.
    """
    hedging = replayed.hedging
    fees = {height: int(proof.fees) for height, proof in replayed.proofs.items()}
    contents, first = replayed.publisher.contents, replayed.terms.first_day
    days = list(block_days(contents, first, fees))
    is_told = bool(days) and days[-1].number >= LAST_DAY
    if not is_told or not hedging.is_over or hedging.opened is None:
        return None
    told = _Told(days, Headers(first, contents))
    hedges = [_hedged(hedging, hedge, told) for hedge in hedging.hedges]
    start, end = JANUARY.times
    numbers = HedgingReplay(
        market=hedging.market.address,
        agreed=hedging.opened.block_time,
        expected=HASHPRICE * WAD,
        start=start,
        end=end,
        hedges=hedges,
        held=hedging.market.bitcoin_of(hedging.market.address).held,
        path=[
            Spot(time=day.end, hashprice=floor_mean(days, day.start, day.end))
            for day in days
            if start <= day.end and day.start < end
        ],
        gas=_gas(hedging),
    )
    _check_money(hedging, numbers)
    return numbers


def check_x(settled: int, computed: int, exact: Fraction) -> None:
    """Check what a series settled on.

    Args:
        settled: X, times 10^18.
        computed: what the library says, likewise.
        exact: the unrounded fraction, from headers alone.

    Raises:
        ReplayError: when they differ.
    """
    if settled != computed:
        raise ReplayError(f"a series settled on {settled}, and X is {computed}")
    if abs(settled - exact * WAD) >= ROUNDED:
        raise ReplayError(f"a series settled on {settled}, and headers say {float(exact)}")


def check_paid(series: Series, claims: int, exact: Fraction, x: int, paid: Payouts) -> None:
    """Check what both sides of a series were paid.

    Args:
        claims: of either side.
        exact: X, the unrounded fraction.
        x: X as the series settled on it, times 10^18.
        paid: satoshi.

    Raises:
        ReplayError: when it is not what exact fractions say, or a satoshi or more off what the
            claims are worth before any rounding.
    """
    if (due := payouts(series, claims, x)) != paid:
        raise ReplayError(f"{paid} was paid, and {due} is due")
    long = long_worth(series, claims, exact)
    for sats, worth in ((paid.long, long), (paid.short, claims - long)):
        if abs(sats - worth) >= 1:
            raise ReplayError(f"{sats} satoshi were paid for what is worth {float(worth)}")


def check_revenue(revenue: int, exact: Fraction) -> None:
    """Check a revenue, satoshi times 10^18, against the fraction from headers.

    Raises:
        ReplayError: when they differ by a millionth of a satoshi.
    """
    if abs(Fraction(revenue, WAD) - exact) >= CLOSE:
        raise ReplayError(f"the index says {revenue} x 10^-18, and headers {float(exact)} satoshi")


def _hedged(hedging: Hedging, hedge: Hedge, told: _Told) -> Hedged:
    legs = [_leg(hedging, leg, told) for leg in hedge.product.legs]
    start, end = _window(legs[0], told.days)
    earned = floor_earned_at(told.days, end) - floor_earned_at(told.days, start)
    revenue = hedge.petahash * 1_000 * earned
    check_revenue(revenue, hedge.petahash * 1_000 * told.headers.earned(start, end))
    return Hedged(
        name=hedge.product.name,
        said=hedge.product.description,
        petahash=hedge.petahash,
        start=start,
        end=end,
        revenue=revenue,
        expected=hedge.petahash * 1_000 * HASHPRICE * WAD * (end - start) // DAY,
        legs=legs,
    )


def _window(leg: Leg, days: list[BlockDay]) -> tuple[int, int]:
    """Say from when to when the miner's revenue counts: January, or the epochs' block-days."""
    if not leg.is_difficulty:
        return JANUARY.times
    ends = {day.number: day.end for day in days}
    return ends[RETARGETS.start * EPOCH_DAYS - 1], ends[LAST_DAY]


def _leg(hedging: Hedging, leg: Product, told: _Told) -> Leg:
    """Compare what a leg settled on, and paid, with what it should have.

    Raises:
        ReplayError: when one of them differs.
    """
    series, paid = leg.series, hedging.paid[leg.series]
    (settled,) = (log for name, log in hedging.settled[series].logs if name == "Settled")
    x, is_long = settled["x"], leg.side is Side.LONG
    exact = _exact_x(series, told.headers)
    check_x(x, _library_x(series, told.days), exact)
    sides = (paid.miner, paid.fund) if is_long else (paid.fund, paid.miner)
    check_paid(series, leg.claims, exact, x, Payouts(*sides))
    return Leg(
        label=hedging.market.label(series),
        is_difficulty=series.instrument == Instrument.DIFFICULTY,
        is_long=is_long,
        claims=leg.claims,
        price=leg.price,
        floor=series.floor,
        cap=series.cap,
        x=x,
        share=settled["share"],
        locked=leg.locks,
        paid=paid.miner,
        fund_locked=leg.other.locks,
        fund_paid=paid.fund,
    )


def _exact_x(series: Series, headers: Headers) -> Fraction:
    if series.instrument == Instrument.HASHPRICE:
        return headers.hashprice(series.start, series.end)
    return headers.difficulty(series.start, series.end)


def _library_x(series: Series, days: list[BlockDay]) -> int:
    """Say X as the contracts round it."""
    if series.instrument == Instrument.HASHPRICE:
        return floor_mean(days, series.start, series.end)
    bits = {day.number: day.bits for day in days}
    epochs = range(series.start, series.end)
    total = sum(difficulty(to_target(bits[epoch * EPOCH_DAYS])) for epoch in epochs)
    return total // len(epochs)


def _check_money(hedging: Hedging, numbers: HedgingReplay) -> None:
    """Check that both have what they should, and that the market keeps what nobody can have.

    Raises:
        ReplayError: when a satoshi is missing, or too much.
    """
    for owner, result in (
        (hedging.miner, sum(hedge.result for hedge in numbers.hedges)),
        (hedging.fund, sum(hedge.fund_result for hedge in numbers.hedges)),
    ):
        found = hedging.market.bitcoin_of(owner).held - FUNDS
        if found != result:
            raise ReplayError(f"{owner} has {found} satoshi more, and should have {result}")
    if numbers.held != sum(hedge.rounded for hedge in numbers.hedges):
        raise ReplayError(f"the market holds {numbers.held} satoshi that are nobody's")


def _gas(hedging: Hedging) -> dict[str, int]:
    forward, bought, swap = hedging.hedges
    assert hedging.opened is not None, "it is over, and so it began"

    def first(hedge: Hedge) -> Series:
        return hedge.product.legs[0].series

    return {
        "open 4 series": hedging.opened.gas_used,
        "take an order": swap.receipt.gas_used,
        "take a package of 2": bought.receipt.gas_used,
        "settle, hashprice": hedging.settled[first(forward)].gas_used,
        "settle, difficulty": hedging.settled[first(swap)].gas_used,
        "redeem": hedging.redeemed[first(swap)].gas_used,
    }
