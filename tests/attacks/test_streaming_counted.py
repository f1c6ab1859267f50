"""Rewards that are owed, or on their way, vanish from a loan's health: whoever pays holders, or has
the reserve pay them, makes loans unhealthy.

Each figure is of one token, in satoshi x 10^18.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ONE, STRANGER
from tests.support.value_model import Rules
from tests.support.valuing import COVERED, DELIVERY, Valued

KINDS = [COVERED, DELIVERY]
CUT = 3 * 10**9
"""What the stream may queue."""


@pytest.fixture
def valued() -> Valued:
    """The reserve holds all that is going to be owed at a hashprice of 50, and more."""
    valued = Valued(rules=Rules(decay=ONE))
    valued.mint(BUYER, 1_000, HOLDER)
    valued.send(STRANGER, "fund_reserve", 2 * 10**6)
    return valued


@pytest.mark.parametrize("kind", KINDS)
def test_streaming_counted__day_that_closes__is_owed_and_counts(valued: Valued, kind: str) -> None:
    before = valued.worth(kind).value
    valued.pass_day()
    assert valued.worth(kind).value >= before + 5 * ONE


@pytest.mark.parametrize("kind", KINDS)
def test_streaming_counted__issuer_delivers__no_token_is_worth_less(
    valued: Valued, kind: str
) -> None:
    valued.pass_days(3)
    before = valued.worth(kind)
    valued.deliver()
    worth = valued.worth(kind)
    assert worth.streaming > 131 * ONE
    assert worth.value >= before.value - CUT
    assert worth.covered >= before.covered - CUT


@pytest.mark.parametrize("kind", KINDS)
def test_streaming_counted__reserve_delivers__no_token_is_worth_less(
    valued: Valued, kind: str
) -> None:
    for _ in range(5):
        valued.pass_day()
        valued.send(STRANGER, "accrue")
    before = valued.worth(kind)
    valued.send(STRANGER, "cover")
    worth = valued.worth(kind)
    assert worth.streaming > 219 * ONE
    assert worth.value >= before.value - CUT
    assert worth.covered >= before.covered - CUT


@pytest.mark.parametrize("kind", KINDS)
def test_streaming_counted__what_vests__is_credited_in_the_same_measure(
    valued: Valued, kind: str
) -> None:
    """A loan's value and what it is credited by, together, do not fall while a stream runs."""
    valued.pass_day()
    valued.deliver()
    before = valued.worth(kind)
    for _ in range(10):
        valued.chain.now += DAY // 10 - 1
        worth = valued.worth(kind)
        credited = (worth.index - before.index) * 10**9
        assert worth.value + credited == before.value
