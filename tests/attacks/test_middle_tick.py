"""Two orders that cross: whoever matches them must not choose who gets the difference."""

from __future__ import annotations

import pytest
from eth_account.signers.local import LocalAccount

from tests.support.relay import refused
from tests.support.trading import ATTACKER, FUND, LOT, MINER, SERIES, Market, Order


@pytest.mark.parametrize("matcher", [ATTACKER, FUND, MINER])
@pytest.mark.parametrize(
    ("bid", "ask", "middle"),
    [(6_000, 4_000, 5_000), (10_000, 0, 5_000), (5_001, 5_000, 5_000), (4, 1, 2), (7, 7, 7)],
)
def test_middle_tick__whoever_matches__both_gain_the_same(
    matcher: LocalAccount, bid: int, ask: int, middle: int
) -> None:
    market = Market()
    buying = market.fill(FUND, Order(FUND.address, SERIES, True, LOT, bid))
    selling = market.fill(MINER, Order(MINER.address, SERIES, False, LOT, ask))
    before = {key: market.sats(key.address) for key in (FUND, MINER, ATTACKER)}
    market.send(matcher.address, "match_orders", SERIES.terms, buying, selling)
    spent = [before[key] - market.sats(key.address) for key in (FUND, MINER, ATTACKER)]
    assert spent == [middle, 10_000 - middle, 0]
    assert market.claims(ATTACKER.address) == (0, 0)


def test_middle_tick__orders_that_do_not_cross__refused() -> None:
    market = Market()
    buying = market.fill(FUND, Order(FUND.address, SERIES, True, LOT, 5_000))
    selling = market.fill(MINER, Order(MINER.address, SERIES, False, LOT, 5_001))
    with refused("market: orders do not cross"):
        market.send(ATTACKER.address, "match_orders", SERIES.terms, buying, selling)
    assert market.claims(FUND.address) == (0, 0)
