"""The fallback of a dead index: an attacker would like it while the index lives.

Who is better off with the series' own share must not get it by a call with little gas, by an index
that pauses, or before an instrument that can answer has.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from terahash.chain import ChainError
from tests.support.relay import refused
from tests.support.revm_chain import GAS_LIMIT
from tests.support.trading import ATTACKER, DAY, SERIES, SHARES, START, STRANGER, Market

SILENT = 90 * DAY
REVERTS, BURNS, NEEDS_A_MILLION = 1, 2, 3
GENEROUS = replace(SERIES, fallback_share=10_000)
"""Its fallback gives longs everything."""


@pytest.fixture
def market() -> Market:
    """A market whose index has stood still for more than 90 days."""
    market = Market()
    market.send(STRANGER.address, "open", [GENEROUS.terms])
    market.instrument("set_advanced", START)
    market.chain.now = START + SILENT + 1
    return market


def _settle_dead(market: Market) -> None:
    market.send(ATTACKER.address, "settle_dead", GENEROUS.terms)


def _is_settled(market: Market) -> bool:
    return bool(market.read("series", GENEROUS.id)[1])


def test_dead_fallback__with_any_gas__never_hides_an_answer(market: Market) -> None:
    """An answer that takes more than a million gas: a caller with less must not call it dead."""
    market.instrument("set_value", True, 100)
    market.instrument("set_trouble", NEEDS_A_MILLION)
    reasons = set()
    for gas in range(60_000, 3_000_000, 60_000):
        market.chain.gas = gas
        with pytest.raises(ChainError) as caught:
            _settle_dead(market)
        reasons.add(caught.value.reason)
    market.chain.gas = GAS_LIMIT
    assert not _is_settled(market)
    assert {"market: too little gas", "market: settle it by its value"} <= reasons
    market.send(STRANGER.address, "settle", GENEROUS.terms)
    assert market.read("series", GENEROUS.id)[:3] == (True, True, 0)


@pytest.mark.parametrize("trouble", [REVERTS, BURNS])
def test_dead_fallback__value_that_fails__counts_as_not_ready(market: Market, trouble: int) -> None:
    """Else a broken instrument would lock the collateral for ever."""
    market.instrument("set_value", True, 100)
    market.instrument("set_trouble", trouble)
    with pytest.raises(ChainError):
        market.send(STRANGER.address, "settle", GENEROUS.terms)
    market.chain.gas = 2_400_000
    _settle_dead(market)
    assert market.read("series", GENEROUS.id)[:3] == (True, True, SHARES)


def test_dead_fallback__value_that_is_ready__comes_first(market: Market) -> None:
    for x in (-(2**255), 0, 2**255 - 1):
        market.instrument("set_value", True, x)
        with refused("market: settle it by its value"):
            _settle_dead(market)
    assert not _is_settled(market)


@pytest.mark.parametrize("moved", [START + 1, START + DAY, START + SILENT, START + SILENT + 1])
def test_dead_fallback__index_that_moves_again__counts_from_there(
    market: Market, moved: int
) -> None:
    """Even on the day on which it would have been dead."""
    market.instrument("set_advanced", moved)
    for now in (START + SILENT + 1, moved + SILENT):
        market.chain.now = now
        with refused("market: index not dead"):
            _settle_dead(market)
    market.chain.now = moved + SILENT + 1
    _settle_dead(market)
    assert _is_settled(market)


def test_dead_fallback__broken_value_of_a_living_index__refused(market: Market) -> None:
    market.instrument("set_advanced", market.chain.now - 1)
    for trouble in (REVERTS, BURNS):
        market.instrument("set_trouble", trouble)
        with refused("market: index not dead"):
            _settle_dead(market)
    assert not _is_settled(market)


def test_dead_fallback__index_from_the_future__refused(market: Market) -> None:
    """A clock that is ahead must not be taken for one that stands still."""
    market.instrument("set_advanced", market.chain.now + 10 * DAY)
    with refused("market: index not dead"):
        _settle_dead(market)
    assert not _is_settled(market)


@pytest.mark.parametrize("share", [0, 1, 5_000, 9_999, 10_000])
def test_dead_fallback__share__is_the_one_of_the_terms(market: Market, share: int) -> None:
    series = replace(SERIES, fallback_share=share, end=77)
    market.send(STRANGER.address, "open", [series.terms])
    market.chain.now += SILENT + 1
    receipt = market.send(ATTACKER.address, "settle_dead", series.terms)
    assert receipt.logs == (
        ("Settled", {"series": series.id, "x": 0, "share": share * 10**8, "is_dead": True}),
    )
    market.instrument("set_value", True, 150)
    with refused("market: settled already"):
        market.send(STRANGER.address, "settle", series.terms)


def test_dead_fallback__series_opened_on_an_index_that_stands_still__after_90_days(
    market: Market,
) -> None:
    """Else one could trade with a stranger and have it settled by the fallback at once."""
    series = replace(GENEROUS, end=77)
    opened = market.send(ATTACKER.address, "open", [series.terms]).block_time
    for now in (opened + 1, opened + SILENT):
        market.chain.now = now
        with refused("market: index not dead"):
            market.send(ATTACKER.address, "settle_dead", series.terms)
    market.chain.now = opened + SILENT + 1
    market.send(ATTACKER.address, "settle_dead", series.terms)
    assert market.read("series", series.id)[:3] == (True, True, SHARES)
