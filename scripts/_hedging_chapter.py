"""What swaps brought a miner and a fund, compared with exact fractions from headers, as numbers."""

from __future__ import annotations

from fractions import Fraction

from scripts._hedging import FUNDS, HASHPRICE, JANUARY, RETARGETS, Hedge, Hedging
from scripts._replay import Replayed, ReplayError
from terahash.bitcoin.target import difficulty, to_target
from terahash.chain import Receipt
from terahash.hashprice import BlockDay, block_days, floor_earned_at, floor_mean
from terahash.products.product import Product, Side
from terahash.report.hedging import Hedged, HedgingReplay, Leg, Spot
from terahash.swaps.series import Instrument
from terahash.units import DAY, WAD

EPOCH_DAYS = 14
LAST_DAY = RETARGETS.end * EPOCH_DAYS - 1
"""Block-day up to which the difficulty swap's revenue counts."""


def hedging_numbers(replayed: Replayed) -> HedgingReplay | None:
    """Read the fifth chapter; None where the replay was too short for all to be settled and told.

    Raises:
        ReplayError: when a number of the market is not the library's, or a satoshi is missing.
    """
    hedging = replayed.hedging
    fees = {height: int(proof.fees) for height, proof in replayed.proofs.items()}
    days = list(block_days(replayed.publisher.contents, replayed.terms.first_day, fees))
    is_told = bool(days) and days[-1].number >= LAST_DAY
    if not is_told or not hedging.is_over or hedging.opened is None:
        return None
    hedges = [_hedged(hedging, hedge, days) for hedge in hedging.hedges]
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


def _hedged(hedging: Hedging, hedge: Hedge, days: list[BlockDay]) -> Hedged:
    legs = [_leg(hedging, leg, days) for leg in hedge.product.legs]
    start, end = _window(legs[0], days)
    earned = floor_earned_at(days, end) - floor_earned_at(days, start)
    return Hedged(
        name=hedge.product.name,
        said=hedge.product.description,
        petahash=hedge.petahash,
        start=start,
        end=end,
        revenue=hedge.petahash * 1_000 * earned,
        expected=hedge.petahash * 1_000 * HASHPRICE * WAD * (end - start) // DAY,
        legs=legs,
    )


def _window(leg: Leg, days: list[BlockDay]) -> tuple[int, int]:
    """Say from when to when the miner's revenue counts: January, or the epochs' block-days."""
    if not leg.is_difficulty:
        return JANUARY.times
    ends = {day.number: day.end for day in days}
    return ends[RETARGETS.start * EPOCH_DAYS - 1], ends[LAST_DAY]


def _leg(hedging: Hedging, leg: Product, days: list[BlockDay]) -> Leg:
    """Compare what a leg settled on, and paid, with what it should have.

    Raises:
        ReplayError: when one of them differs.
    """
    series, paid = leg.series, hedging.paid[leg.series]
    (settled,) = (log for name, log in hedging.settled[series].logs if name == "Settled")
    x = _exact_x(leg, days)
    if settled["x"] != x:
        raise ReplayError(f"a series settled on {settled['x']}, and X is {x}")
    # The long's part, exactly; each side's payment is less by part of a satoshi.
    inside = Fraction(min(max(x, series.floor), series.cap) - series.floor)
    long = leg.claims * inside / (series.cap - series.floor)
    worth = {Side.LONG: long, Side.SHORT: leg.claims - long}
    for side, sats in ((leg.side, paid.miner), (leg.side.other, paid.fund)):
        if not -1 < sats - worth[side] < 1:
            raise ReplayError(f"the {side} was paid {sats}, and is worth {float(worth[side])}")
    if not 0 <= leg.claims - paid.miner - paid.fund <= 1:
        raise ReplayError(f"{leg.claims} were locked, and {paid.miner} and {paid.fund} paid")
    return Leg(
        label=hedging.market.label(series),
        is_difficulty=series.instrument == Instrument.DIFFICULTY,
        is_long=leg.side is Side.LONG,
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


def _exact_x(leg: Product, days: list[BlockDay]) -> int:
    """Say what X is from headers alone."""
    if leg.series.instrument == Instrument.HASHPRICE:
        return floor_mean(days, leg.series.start, leg.series.end)
    bits = {day.number: day.bits for day in days}
    epochs = range(leg.series.start, leg.series.end)
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

    def of(receipts: dict[object, Receipt], hedge: Hedge) -> int:
        return receipts[hedge.product.legs[0].series].gas_used

    return {
        "open 4 series": hedging.opened.gas_used,
        "take an order": swap.receipts[0].gas_used,
        "take a package of 2": bought.receipts[0].gas_used,
        "settle, hashprice": of({**hedging.settled}, forward),
        "settle, difficulty": of({**hedging.settled}, swap),
        "redeem": of({**hedging.redeemed}, swap),
    }
