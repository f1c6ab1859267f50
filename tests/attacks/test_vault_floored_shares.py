"""Shares counted by assets floored to satoshi: each deposit cuts what all others own by up to a
satoshi, 10^-8 of it where that is a bitcoin, as often as somebody cares to repeat it.

So shares are counted by what is there to 2^-32 satoshi, and whoever comes or leaves pays the
rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from tests.support.lending import ATTACKER, FIXED, LENDER, ONE, VIRTUAL_SHARES, Lending

Step = Callable[[Lending, int], None]


def _deposit(lending: Lending, number: int) -> None:
    lending.send(ATTACKER, "deposit", 1 + number % 7, ATTACKER)


def _mint(lending: Lending, number: int) -> None:
    lending.send(ATTACKER, "mint", 1 + number * 99_991, ATTACKER)


def _withdraw(lending: Lending, number: int) -> None:
    lending.send(ATTACKER, "withdraw", 1 + number % 7, ATTACKER, ATTACKER)


def _redeem(lending: Lending, number: int) -> None:
    lending.send(ATTACKER, "redeem", 1 + number * 9_991, ATTACKER, ATTACKER)


@pytest.fixture
def lending() -> Lending:
    """Lenders have a part of a satoshi more than whole ones: nearly all of one."""
    lending = Lending("double")
    lending.set_worth(10**5 * ONE)
    lending.lend(10**8)
    lending.post(1_000)
    lending.borrow(5 * 10**7)
    lending.send(ATTACKER, "deposit", 10**6, ATTACKER)
    lending.chain.now += 12_345
    while lending.pool().assets % FIXED < FIXED * 9 // 10:
        lending.chain.now += 1
    return lending


def _price(lending: Lending) -> Fraction:
    pool = lending.pool()
    return Fraction(pool.assets + FIXED, pool.shares + VIRTUAL_SHARES)


@pytest.mark.parametrize("step", [_deposit, _mint, _withdraw, _redeem])
def test_vault_floored_shares__a_hundred_tiny_steps__cost_nobody_else(
    lending: Lending, step: Step
) -> None:
    before, owned = _price(lending), lending.read("convertToAssets", lending.shares(LENDER))
    wealth = lending.sats(ATTACKER) + lending.read("convertToAssets", lending.shares(ATTACKER))
    for number in range(100):
        step(lending, number)
        after = _price(lending)
        assert before <= after
        before = after
    assert owned <= lending.read("convertToAssets", lending.shares(LENDER))
    held = lending.read("convertToAssets", lending.shares(ATTACKER))
    assert lending.sats(ATTACKER) + held <= wealth


@pytest.mark.parametrize("lent", [10**3, 10**6, 10**9])
def test_vault_floored_shares__price_of_one__is_asked_for_as_of_any_number(lent: int) -> None:
    """Others read it as what 10^14 shares are worth, though there may not be so many."""
    lending = Lending("double", rate=0, speed=0)
    lending.lend(lent)
    assert lending.read("convertToAssets", 10**14) == 10**8
    assert lending.read("convertToAssets", 10**24) == 10**18
    assert lending.read("convertToAssets", lending.shares(LENDER)) == lent
