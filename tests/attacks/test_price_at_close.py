"""A price that is read when somebody calls is a price that the caller picks.

So a day's price is the feed's first observation at or after its end, whoever closes it and when;
and nobody closes it while that observation may still come.
"""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from tests.support.indexing import FEE_WINDOW, FIRST_DAY, Index, Indexed, indexed
from tests.support.relay import refused

PRICE = 60_000 * 10**8
LAST = FIRST_DAY + 30


def _open_day(base: Indexed) -> Index:
    """Return an index whose open day ended less than three hours ago, all its fees proven."""
    index = base.index(first_day=LAST - 1)
    index.record(LAST - 1, LAST)
    index.prove_all(LAST)
    return index


@pytest.mark.parametrize("wait", [0, 1, 3_600, 86_400, 30 * 86_400])
@pytest.mark.parametrize("later", [1, PRICE // 2, 3 * PRICE])
def test_price_at_close__whenever_it_is_closed__the_first_after_the_end(
    wait: int, later: int
) -> None:
    with indexed().undone() as base:
        index = _open_day(base)
        end = index.mined[LAST].day.end
        index.observe(PRICE // 3, end - 1)
        index.observe(PRICE, end + 60)
        index.chain.now += wait
        index.observe(later, max(end + 61, index.chain.now))
        logged = index.logged("close", wait)["DayPriced"]
        assert (logged["observed"], logged["seconds"]) == (
            PRICE,
            end - index.mined[LAST - 1].day.end,
        )


def test_price_at_close__before_the_price_is_known__cannot_be_left_out() -> None:
    """Whoever gains from a day without dollars would close it before the feed passes its end."""
    with indexed().undone() as base:
        index = _open_day(base)
        end = index.mined[LAST].day.end
        index.observe(PRICE // 2, end - 1)
        for now in (index.chain.now, end + 6 * 3_600, end + 7 * 3_600 - 1):
            index.chain.now = now
            with refused("index: price not decided"):
                index.send("close", now)
        # The latest that a feed may store: six hours late, and an hour old.
        index.observe(PRICE, end + 6 * 3_600)
        assert index.logged("close")["DayPriced"]["observed"] == PRICE


def test_price_at_close__days_closed_together__each_its_own_price() -> None:
    with indexed().undone() as base:
        index = base.index()
        days = range(FIRST_DAY, FIRST_DAY + 8)
        for number in days:
            index.observe(PRICE + number, index.mined[number].day.end)
        index.record(*days)
        index.chain.now += FEE_WINDOW
        closed = [index.logged("close")["DayPriced"] for _ in days[1:]]
        assert [logged["observed"] for logged in closed] == [PRICE + number for number in days[1:]]


def test_price_at_close__too_little_gas_for_the_feed__does_not_drop_the_price() -> None:
    """Out of gas, a feed has failed; the closer kept enough back to close the day without it."""
    with indexed().undone() as base:
        index = _open_day(base)
        end = index.mined[LAST].day.end
        for i in range(2_500):
            index.observe(PRICE // 2, end - 2_500 + i)
        index.observe(PRICE, end)
        index.chain.now = end + 8 * 3_600
        reasons, closed = set(), 0
        for gas in range(60_000, 1_000_000, 4_000):
            with index.chain.undone():
                index.chain.gas = gas
                try:
                    logged = index.logged("close")
                except ChainError as error:
                    reasons.add(error.reason)
                    continue
                assert logged["DayPriced"]["observed"] == PRICE
                closed += 1
        assert reasons == {"", "index: too little gas for feed"}
        assert closed > 10
