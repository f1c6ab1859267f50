"""Most readers never look at an answer's time: one that is too old is refused by the facade."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.deployment import BTC_USD
from terahash.units import DAY, HOUR, MINUTE
from tests.support.facades import KINDS, Bitcoin, bitcoin
from tests.support.relay import refused

SPOT = KINDS["USD/PH/day, spot"]
PRICE = 4 * 10**12


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    """56 real block-days, closed and priced, and what a quorum observed."""
    with bitcoin().undone() as real:
        yield real


def test_facade_staleness__source_has_stopped__no_function_answers(real: Bitcoin) -> None:
    """Bitcoin falls while the operators are down; who lends by `latestAnswer` would lend on."""
    for kind in KINDS.values():
        facade, newest = real.fresh(kind), real.truth.newest(kind)
        for age in (kind.max_age + 1, 10 * kind.max_age):
            real.chain.now = newest.at + age
            reasons = {"facade: stale"} | ({"facade: price stale"} if kind.in_dollars else set())
            assert facade.latest_reasons() <= reasons
        if kind.needs_a_fresh_price:
            continue
        real.chain.now = newest.at + kind.max_age
        assert facade.read("latestAnswer") == newest.answer


def test_facade_staleness__old_day_closed_just_now__is_old(real: Bitcoin) -> None:
    """Anyone closes days, and when they like: that makes no day newer."""
    kind, last = KINDS["BTC/PH/day"], real.first + 20
    index, end = real.deploy_index(), real.truth.days[last].end
    real.chain.now = end + kind.max_age
    real.close(index, real.first, last)
    assert end + kind.max_age < real.chain.now
    facade = real.facade(kind, index)
    with refused("facade: stale"):
        facade.read("latestAnswer")
    assert facade.read("getTimestamp", last) == end


def _spot_priced(real: Bitcoin, at: int) -> str:
    """Close the newest day in an index that knows a price of that time alone."""
    feed, last = real.chain.deploy("FeedDouble"), max(real.truth.days)
    index = real.deploy_index(feed, first_day=last - 1)
    real.chain.send("FeedDouble", feed, "observe", bytes(BTC_USD), PRICE, at)
    real.close(index, last - 1, last)
    return index


def test_facade_staleness__spot_of_a_new_day_at_an_old_price__is_old(real: Bitcoin) -> None:
    """Three hours, and not the days for which the hashprice itself may stand."""
    seen = real.truth.days[max(real.truth.days)].end
    facade = real.facade(SPOT, _spot_priced(real, seen))
    real.chain.now = seen + 3 * HOUR
    assert facade.read("latestAnswer") > 0
    real.chain.now += 1
    with refused("facade: price stale"):
        facade.read("latestAnswer")


def test_facade_staleness__spot_of_an_old_day_at_a_new_price__is_old(real: Bitcoin) -> None:
    """Fees of a day long past are in the number, and the index has stopped."""
    at = real.truth.days[max(real.truth.days)].end + 30 * DAY
    facade = real.facade(SPOT, _spot_priced(real, at))
    real.chain.now = at
    with refused("facade: stale"):
        facade.read("latestAnswer")


def test_facade_staleness__observed_a_minute_ahead__readers_go_on(real: Bitcoin) -> None:
    """Whoever submits could stop all readers that subtract its time from the chain's."""
    kind = KINDS["BTC/USD"]
    facade, at = real.fresh(kind), real.truth.newest(kind).at + 10 * MINUTE
    real.chain.now = at - MINUTE
    real.quorum.observe(PRICE, at, bytes(BTC_USD))
    assert facade.read("latestAnswer") == PRICE
    for function in ("latestTimestamp", "getTimestamp"):
        rounds = [facade.read("latestRound")] if function == "getTimestamp" else []
        assert facade.read(function, *rounds) <= real.chain.now
