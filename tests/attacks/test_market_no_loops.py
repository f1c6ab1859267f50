"""A loop over all open orders, or over all people: whoever makes enough of them stops the market.

What a call costs does not depend on how many orders, holders or series there are.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from tests.support.trading import (
    ATTACKER,
    FUND,
    LOT,
    MINER,
    OTHER,
    SERIES,
    STRANGER,
    Market,
    Order,
)

CROWD = 300
A_SLOT = 5_000
"""Gas by which calls differ that write a slot for the first time, or again. A loop costs more."""


@pytest.fixture
def market() -> Market:
    """A market in which everybody has claims of everything, so that no call is anyone's first."""
    market = Market()
    for long, short in ((FUND, MINER), (MINER, FUND), (OTHER, OTHER)):
        call = ("mint_pair", SERIES.id, LOT, long.address, short.address)
        market.send(STRANGER.address, *call)
    return market


def _gas(market: Market) -> dict[str, int]:
    """What each call costs now, one after the other; all is undone."""
    order = Order(OTHER.address, SERIES, False, 9 * LOT, 4_000, salt=10**9)
    buying = Order(FUND.address, SERIES, True, 9 * LOT, 4_000, salt=10**9)
    signed, bid = market.fill(OTHER, order, LOT), market.fill(FUND, buying, LOT)
    calls = {
        "mint_pair": (FUND, SERIES.id, 7, FUND.address, MINER.address),
        "burn_pair": (FUND, SERIES.id, 3, FUND.address),
        "fill": (FUND, SERIES.terms, signed),
        "fill_all": (FUND, [(SERIES.terms, *signed)], 10**9),
        "sweep": (FUND, SERIES.terms, True, [signed], LOT, 10_000, LOT),
        "match_orders": (STRANGER, SERIES.terms, bid, signed),
        "transfer": (FUND, MINER.address, SERIES.long, 5),
        "cancel_all": (FUND,),
        "open": (STRANGER, [replace(SERIES, start=10**6).terms]),
        "settle": (STRANGER, SERIES.terms),
        "redeem": (STRANGER, SERIES.id, FUND.address, FUND.address),
    }
    found = {}
    with market.chain.undone():
        market.instrument("set_value", True, 150)
        for function, (actor, *arguments) in calls.items():
            found[function] = market.send(actor.address, function, *arguments).gas_used
    return found


def test_market_no_loops__crowd_of_orders_holders_and_series__costs_others_nothing(
    market: Market,
) -> None:
    before = _gas(market)
    series = [replace(SERIES, start=2 + i) for i in range(CROWD)]
    for first in range(0, CROWD, 30):
        batch = [one.terms for one in series[first : first + 30]]
        market.send(ATTACKER.address, "open", batch)
    for number, one in enumerate(series):
        somebody = "0x" + keccak(text=f"somebody {number}")[:20].hex()
        for which in (SERIES, one):
            market.send(ATTACKER.address, "mint_pair", which.id, 1, somebody, somebody)
        order = Order(STRANGER.address, SERIES, False, 2 * LOT, 4_000, salt=number)
        if number % 10 == 0:
            signed = market.fill(STRANGER, order, LOT)
            market.send(ATTACKER.address, "fill", SERIES.terms, signed)
            market.send(STRANGER.address, "cancel", replace(order, salt=CROWD + number).terms)
    after = _gas(market)
    assert all(after[function] - before[function] < A_SLOT for function in before), (before, after)
