"""An index that wakes after a pause moves among days that are long over: it is not dead.

Whoever has the better fallback would settle a series by it in the middle of the catching up.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from terahash.chain import ChainError
from tests.support.facades import Bitcoin, bitcoin
from tests.support.instruments import Instrument
from tests.support.trading import ATTACKER, DAY, SERIES, STRANGER, Market, Series

SILENT = 90 * DAY


def test_waking_index__days_of_long_ago__settle_nothing_by_the_fallback() -> None:
    with bitcoin().undone() as real:
        index, series = _asleep(real)
        market = _market(real, index)
        market.send(STRANGER.address, "open", [series.terms])
        real.chain.now += SILENT  # nobody moved it
        woken = real.chain.now
        real.close(index, real.first + 2, real.first + 2)
        with pytest.raises(ChainError) as caught:
            market.send(ATTACKER.address, "settle_dead", series.terms)
        assert caught.value.reason == "market: index not dead"
        assert not market.read("series", series.id)[1]
        # 90 days of silence are counted from when it moved here.
        real.chain.now = woken + SILENT + 1
        market.send(ATTACKER.address, "settle_dead", series.terms)
        assert market.read("series", series.id)[1]


def _asleep(real: Bitcoin) -> tuple[str, Series]:
    """An index of which a day has closed, and a series of epochs that nobody has seen yet."""
    index = real.deploy_index()
    real.close(index, real.first, real.first + 1)
    return index, replace(SERIES, start=412, end=414)


def _market(real: Bitcoin, index: str) -> Market:
    """A market on a difficulty swap on this index."""
    swap = Instrument.of(real.chain, "DifficultySwap", index)
    return Market(real.chain, instruments=[swap.address])
