"""HashpriceIndex.net_earned: what days earned net of a fee and a cost, each day on its own."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest

from tests.support.indexing import FIRST_DAY, Index
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

WAD, DAY = 10**18, 86_400
FIRST = 100
START = 1_700_000_000
CLOSED = 70
"""Days of the double that are closed after its first."""


@pytest.fixture
def index(light: Index) -> Index:
    """The index with six closed days: the second is of the halving, the fourth of proven fees."""
    light.close_up_to(FIRST_DAY + 3)
    light.record(FIRST_DAY + 4)
    light.prove_all(FIRST_DAY + 4)
    light.send("close")
    light.close_up_to(FIRST_DAY + 6)
    return light


def _nets(index: Index, first: int, count: int, fee: int, cost: int) -> list[int]:
    """What each day nets, rounded down; below zero where it is."""
    readings = index.read("readings", first - 1, count + 1)
    nets = []
    for (start, before, _), (end, after, _) in pairwise(readings):
        exact = Fraction((after - before) * (WAD - fee), WAD) - Fraction(cost * (end - start), DAY)
        nets.append(exact.numerator // exact.denominator)
    return nets


@pytest.mark.parametrize("fee", [0, WAD // 50, WAD // 3])
@pytest.mark.parametrize("cost", [0, 3 * 10**8 * WAD + 1, 5 * 10**8 * WAD, 9 * 10**8 * WAD])
@pytest.mark.parametrize(("first", "count"), [(1, 6), (2, 3), (6, 1), (1, 1)])
def test_net_earned__days__are_netted_each_on_its_own(
    index: Index, first: int, count: int, fee: int, cost: int
) -> None:
    nets = _nets(index, FIRST_DAY + first, count, fee, cost)
    net = sum(max(one, 0) for one in nets)
    nothing = sum(1 << i for i, one in enumerate(nets) if one < 0)
    assert index.read("net_earned", FIRST_DAY + first, count, fee, cost) == (net, nothing)


@cache
def _double() -> tuple[RevmChain, str]:
    """The double with 70 days of 50 satoshi; those of odd numbers have half the time."""
    chain = RevmChain(START)
    address = chain.deploy("IndexDouble", FIRST, START)
    for i in range(1, CLOSED + 1):
        chain.send("IndexDouble", address, "close", DAY // (1 + i % 2), 50 * WAD)
    return chain, address


def _net(first: int, count: int, fee: int, cost: int) -> tuple[int, int]:
    chain, address = _double()
    net, nothing = chain.call("IndexDouble", address, "net_earned", first, count, fee, cost)
    return net, nothing


def test_net_earned__day_that_earns_its_cost_exactly__nothing_is_left() -> None:
    assert _net(FIRST + 1, 2, 0, 50 * WAD) == (25 * WAD, 0b10)
    assert _net(FIRST + 1, 2, 0, 50 * WAD - 1) == (25 * WAD + 1, 0)
    assert _net(FIRST + 1, 2, 0, 100 * WAD) == (0, 0b11)


def test_net_earned__fee_of_everything__nothing_is_left() -> None:
    assert _net(FIRST + 1, 3, WAD, 0) == (0, 0b111)


def test_net_earned__64_days__fit_one_call_and_65_do_not() -> None:
    assert _net(FIRST + 1, 64, 0, 50 * WAD) == (32 * 25 * WAD, int("10" * 32, 2))
    assert _net(FIRST + CLOSED - 63, 64, 0, 0) == (64 * 50 * WAD, 0)
    with refused(""):
        _net(FIRST + 1, 65, 0, 0)


def test_net_earned__no_days__nothing() -> None:
    assert _net(FIRST + 1, 0, 0, 0) == (0, 0)


def test_net_earned__first_day__has_none_before_it() -> None:
    with refused("index: before the first day"):
        _net(FIRST, 1, 0, 0)


def test_net_earned__day_that_is_not_closed__refused() -> None:
    assert _net(FIRST + CLOSED, 1, 0, 0) == (50 * WAD, 0)
    for first, count in ((FIRST + CLOSED, 2), (FIRST + CLOSED + 1, 1), (FIRST + CLOSED + 2, 1)):
        with refused("index: not closed"):
            _net(first, count, 0, 0)
