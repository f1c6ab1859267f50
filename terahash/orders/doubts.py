"""What a maker should know before it signs, which only a chain says: refusals and warnings."""

from __future__ import annotations

from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.chain import ChainError
from terahash.orders.build import SeriesError
from terahash.orders.order import Order
from terahash.relay import Relay
from terahash.swaps.market import INSTRUMENT, Market
from terahash.swaps.reverts import REASONS
from terahash.swaps.series import DifficultyKind, Instrument, Series, payment
from terahash.units import MINUTE, utc

BLOCK_TIME = 10 * MINUTE
"""Seconds between Bitcoin's blocks, as they are meant to be."""
HASTE = 10
"""Percent by which blocks may come faster than that over the rest of a window."""


def check_series(market: Market, series: Series) -> list[str]:
    """Refuse a series that the market does not trade; warn of one that is not open yet.

    Raises:
        SeriesError: when its number is known, it is settled, or it can never be opened.
    """
    state = market.state(series)
    if state.is_settled:
        raise SeriesError(_reason("market: settled already"))
    if state.is_open:
        if market.is_known(series):
            raise SeriesError(_reason("market: index is known"))
        return []
    try:
        market.check(series)
    except ChainError as error:
        refused = error.reason or "market: no such instrument"
        raise SeriesError(f"nobody can open this series. {_reason(refused)}") from None
    return [
        "nobody has opened this series, and until somebody does (`terahash order open`, as anyone "
        "may) nobody can take the order"
    ]


def check_deadline(market: Market, order: Order) -> list[str]:
    """Warn of an order that counts when its number may be known already: bad for its maker."""
    by = determined_at(order.series, *_tip(market, order.series))
    if by is None or order.deadline < by:
        return []
    about = "" if order.series.instrument == Instrument.HASHPRICE else "about "
    return [
        "orders should expire before the last reading is determined, since who watches Bitcoin "
        f"knows it before this chain does: this one counts until {utc(order.deadline)} UTC, and "
        f"that is {about}{utc(by)}"
    ]


def check_money(market: Market, order: Order) -> list[str]:
    """Warn of a maker whose money, or allowance, does not cover the order now."""
    claims = market.claims(order.maker, order.series)
    other = claims.shorts if order.long else claims.longs
    pays = payment(order.amount, order.price, order.long) - min(order.amount, other)
    money = market.bitcoin_of(order.maker)
    return [
        f"{what} covers {covers:,} of the {pays:,} sats that this may take: {do}, or fewer claims "
        "can be taken"
        for what, covers, do in (
            ("the maker's bitcoin", money.held, "send it some"),
            ("what the maker has allowed the market", money.allowed, "approve more"),
        )
        if covers < pays
    ]


def determined_at(series: Series, height: int | None, now: int) -> int | None:
    """Estimate, early, when the last reading of a series is determined, unix seconds.

    Args:
        series: of epochs, or of a time.
        height: of Bitcoin's newest block, which epochs need.
        now: unix seconds.

    Returns:
        None where the height is needed and not known, or the instrument is none of these.
    """
    if series.instrument == Instrument.HASHPRICE:
        return series.end
    if series.instrument != Instrument.DIFFICULTY or height is None:
        return None
    # An epoch's difficulty is determined by the block before it.
    is_mean = series.kind == DifficultyKind.MEAN
    last = EPOCH_BLOCKS * (series.end - 1) - 1 if is_mean else EPOCH_BLOCKS * series.end
    return now + max(last - height, 0) * BLOCK_TIME * 100 // (100 + HASTE)


def _tip(market: Market, series: Series) -> tuple[int | None, int]:
    """Read the height that the market's relay knows of; None where no relay answers."""
    now = market.chain.now
    if series.instrument != Instrument.DIFFICULTY:
        return None, now
    try:
        instrument = market.instrument(series.instrument)
        relay = Relay(market.chain, str(market.chain.call(INSTRUMENT, instrument, "RELAY")))
        return relay.tip().height, now
    except ChainError:
        return None, now


def _reason(reason: str) -> str:
    return REASONS.get(reason, reason)
