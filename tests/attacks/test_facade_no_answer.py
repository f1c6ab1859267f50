"""Zero, or a number of another time, for want of an answer: readers take it for a price."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.deployment import BTC_USD, Number
from tests.support.facades import HISTORIC, KINDS, LATEST, Bitcoin, Facade, Kind, bitcoin
from tests.support.relay import refused

FOREVER = 2**256 - 1
each_number = pytest.mark.parametrize("number", Number)


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    """56 real block-days, closed and priced, and what a quorum observed."""
    with bitcoin().undone() as real:
        yield real


def _patient(kind: Kind) -> Kind:
    """The same number for who takes it at any age: nothing else stands in the way of a zero."""
    return kind._replace(max_age=FOREVER)


def _answered(facade: Facade, *rounds: int) -> list[str]:
    """List the functions that answer, or refuse without a word."""
    asked = [(function, ()) for function in LATEST]
    asked += [(function, (number,)) for function in HISTORIC for number in rounds]
    return [function for function, args in asked if not facade.reason(function, *args)]


def test_facade_no_answer__feed_that_never_had_a_value__refused(real: Bitcoin) -> None:
    facade = real.young(_patient(KINDS["BTC/USD"]))
    assert _answered(facade, 0, 1) == []
    with refused("facade: no answer yet"):
        facade.read("latestAnswer")


def test_facade_no_answer__nothing_proven_yet__refused(real: Bitcoin) -> None:
    for kind in KINDS.values():
        if kind.number != Number.FEED:
            facade = real.young(_patient(kind))
            rounds = (0, 408, real.first, max(real.truth.days), real.truth.tip.height)
            assert _answered(facade, *rounds) == [], kind


def test_facade_no_answer__hashrate_of_less_than_a_fortnight__is_not_since_1970(
    real: Bitcoin,
) -> None:
    """Fourteen days over all the time since unix time began: a thousandth of the hashrate."""
    kind, last = _patient(KINDS["Bitcoin hashrate, TH/s"]), real.first + 13
    index = real.deploy_index()
    real.close(index, real.first, last)
    facade = real.facade(kind, index)
    assert _answered(facade, last) == []
    real.close(index, last + 1, last + 1)
    assert facade.read("latestAnswer") == real.truth.rounds(kind)[last + 1].answer


def test_facade_no_answer__day_that_is_recorded_and_not_closed__refused(real: Bitcoin) -> None:
    kind, last = _patient(KINDS["Bitcoin hashrate, TH/s"]), real.first + 14
    index = real.deploy_index()
    real.close(index, real.first, last)
    day = tuple(real.truth.days[last + 1])
    real.chain.send("HashpriceIndex", index, "record", [day])
    facade = real.facade(kind, index)
    for function in HISTORIC:
        with refused("facade: no such round"):
            facade.read(function, last + 1)
    assert facade.read("latestRound") == last


def test_facade_no_answer__day_without_a_price__is_not_sold_at_an_older_one(
    real: Bitcoin,
) -> None:
    """The operators were down at that day's end; an older price may be far from it."""
    kind = _patient(KINDS["USD/PH/day"])
    (unpriced,) = set(real.truth.rounds(KINDS["BTC/PH/day"])) - set(real.truth.rounds(kind))
    index = real.deploy_index()
    real.close(index, real.first, unpriced)
    facade = real.facade(kind, index)
    assert _answered(facade, unpriced) == []
    before = real.truth.rounds(kind)[unpriced - 1]
    assert facade.read("getRoundData", unpriced - 1) == before.data


def test_facade_no_answer__spot_without_a_price__is_not_worth_nothing(real: Bitcoin) -> None:
    feed, last = real.chain.deploy("FeedDouble"), max(real.truth.days)
    index = real.deploy_index(feed, first_day=last - 1)
    real.close(index, last - 1, last)
    facade = real.facade(_patient(KINDS["USD/PH/day, spot"]), index)
    assert _answered(facade, real.truth.tip.height) == []
    at = real.truth.days[last].end
    for value in (0, -1):
        real.chain.send("FeedDouble", feed, "observe", bytes(BTC_USD), value, at - value)
        with refused("facade: no price yet"):
            facade.read("latestAnswer")
