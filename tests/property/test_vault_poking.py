"""Poking: who touches a vault every two seconds changes nobody's interest.

1.3 million times in 30 days, by the vault's own arithmetic in a loop, which the first tests compare
with the vault itself: `harvest` only accrues where nothing was delivered.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import settings

from terahash.units import DAY
from tests.support.interest_model import Curve
from tests.support.interest_paths import InterestPaths
from tests.support.lending import (
    BORROWER,
    FIXED,
    ONE,
    RAY,
    STRANGER,
    Lending,
)

DEBT = 10**7
"""Satoshi: 0.1 BTC."""
MONTH = 30 * DAY
OFTEN = 2
"""Seconds between two pokes."""
RATE = ONE // 25
USUAL = Curve(9 * ONE // 10, 4 * ONE, 50 * ONE, ONE // 1_000, 2 * ONE)


@cache
def paths(curve: Curve) -> InterestPaths:
    return InterestPaths(curve)


def _interest(curve: Curve, cash: int, every: int, seconds: int = MONTH) -> int:
    """Say what a debt of 0.1 BTC costs beside so much cash, touched so often; satoshi x 2^32."""
    times = seconds // every
    index, _ = paths(curve).poked(RAY, RATE, DEBT * FIXED, cash * FIXED, every, times)
    return DEBT * FIXED * index // RAY - DEBT * FIXED


@pytest.fixture(scope="module")
def vault() -> Lending:
    """A vault that has lent 0.1 BTC and keeps about as much."""
    return _lent(DEBT)


def _lent(cash: int, **terms: int) -> Lending:
    world = Lending("double", **terms)
    world.set_worth(10**6 * ONE)
    world.lend(DEBT + cash)
    world.post(20)
    world.borrow(DEBT)
    return world


def _poke(world: Lending, every: int, times: int) -> None:
    """Have a stranger touch the vault."""
    calldata = world.chain._codec.calldata("LendingVault", "harvest", (BORROWER,))[1]
    for _ in range(times):
        world.chain.now += every
        with world.chain.acting_as(STRANGER):
            world.chain._execute("LendingVault", world.address, "harvest", calldata)


@pytest.mark.parametrize("every", [2, 12, 3_600, DAY])
def test_vault__poked__counts_as_the_loop_does(vault: Lending, every: int) -> None:
    with vault.undone():
        before = vault.pool()
        _poke(vault, every, 500)
        after = vault.pool()
        expected = paths(USUAL).poked(
            before.index, before.rate, before.scaled, before.cash, every, 500
        )
        assert (after.index, after.rate) == expected
        assert (after.cash, after.scaled) == (before.cash, before.scaled)


def test_vault__poked_or_not__owes_the_same(vault: Lending) -> None:
    """At one time, whether anybody came meanwhile or not: within a satoshi in a day."""
    with vault.undone():
        vault.chain.now += DAY
        once = vault.debt()
    with vault.undone():
        _poke(vault, 60, DAY // 60)
        often = vault.debt()
    assert abs(often - once) <= FIXED


@pytest.mark.parametrize(
    ("curve", "cash"),
    [(USUAL._replace(speed=0), 0), (USUAL._replace(speed=0, steepness=ONE), DEBT)],
    ids=["all-lent", "flat-curve"],
)
def test_poking__rate_stands_still__within_a_satoshi_of_one_accrual(
    curve: Curve, cash: int
) -> None:
    once, often = (_interest(curve, cash, every) for every in (MONTH, OFTEN))
    assert once > 30_000 * FIXED
    assert abs(often - once) <= FIXED
    assert abs(often - once) <= FIXED // 10**6, "far within, as the arithmetic says"


@pytest.mark.parametrize(
    ("cash", "every"),
    [(0, OFTEN), (DEBT // 100, 60), (DEBT // 9, 60), (DEBT // 2, 60), (10 * DEBT, 60)],
)
def test_poking__adaptive_rate__within_a_thousandth_of_daily_touches(cash: int, every: int) -> None:
    deep = settings().max_examples >= 1_000
    daily, often = (_interest(USUAL, cash, e) for e in (DAY, OFTEN if deep else every))
    assert daily > 0
    assert abs(often - daily) * 1_000 <= daily


def test_poking__where_the_rate_moves_fastest__hardly_more() -> None:
    """At 97 % the rate grows twentyfold in the month, and with it what is lent: a day is long."""
    daily, often = (_interest(USUAL, DEBT * 3 // 100, every) for every in (DAY, 60))
    assert daily > DEBT * FIXED // 20
    assert 1_000 * daily < 10**6 * (often - daily) < 1_100 * daily


def test_poking__floored_to_satoshi__would_lose_half() -> None:
    """What 2^-32 of a satoshi is for: at 0.1 BTC twelve seconds bring 0.15 satoshi."""
    debt = often = DEBT
    for _ in range(DAY // 12):
        often += often * RATE * 12 // (ONE * 365 * DAY)
    exact = DEBT * FIXED * RATE // (ONE * 365)
    assert (often - debt) * FIXED * 2 < exact
    world = _lent(0, steepness=ONE, speed=0)
    before = world.debt()
    _poke(world, 12, DAY // 12)
    assert abs(world.debt() - before - exact) <= exact // 1_000
