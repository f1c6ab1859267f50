"""LendingLens.state and states: a vault as its own views and its own curve say it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from terahash.units import DAY
from tests.support.issuing import HOLDER, NOBODY
from tests.support.lending import BORROWER, FIXED, ONE
from tests.support.relay import refused
from tests.unit.lending_lens.conftest import LENT, Lens

YEAR = 365 * DAY


def _borrowed(lens: Lens, share: int) -> None:
    """Let so many percent of what was lent be borrowed, and a moment pass in which rates move."""
    lens.post(10_000, value=10**6 * ONE)
    if share:
        lens.lending.borrow(LENT * share // 100)


def test_state__of_a_vault__says_what_its_views_say(lens: Lens) -> None:
    _borrowed(lens, 40)
    lens.chain.now += DAY
    state, vault = lens.state(), lens.lending
    assert (state.vault, state.symbol) == (vault.address, "tvHASH")
    assert tuple(state.terms) == tuple(vault.terms.values())
    assert tuple(state.pool) == tuple(vault.pool())
    assert state.lent == vault.pool().lent
    assert state.assets == vault.pool().assets
    assert state.assets // FIXED == vault.read("totalAssets")
    assert state.uncovered == vault.read("uncovered", BORROWER)[1]
    assert state.is_valued
    assert tuple(state.worth) == tuple(vault.assess())


def test_state__vault_without_anything__no_rate_to_lenders_and_the_lowest_to_borrowers() -> None:
    state = Lens(lent=0).state()
    assert (state.lent, state.assets, state.utilisation, state.supply_rate) == (0, 0, 0, 0)
    assert state.borrow_rate == ONE // 100  # 4 % over a steepness of 4


@pytest.mark.parametrize("share", [0, 1, 45, 89, 90, 91, 95, 100])
def test_state__rates__are_those_at_which_debts_and_shares_grow(share: int) -> None:
    lens = Lens(speed=0, fee=ONE // 10)
    _borrowed(lens, share)
    state, vault = lens.state(), lens.lending
    used = Fraction(state.lent, state.assets)
    assert abs(used - Fraction(share, 100)) < Fraction(1, 10**12)
    target, rate = Fraction(9, 10), Fraction(4, 100)
    if used > target:
        exact = rate * (1 + 3 * (used - target) / (1 - target))
    else:
        exact = rate * (1 - Fraction(3, 4) * (target - used) / target)
    assert abs(Fraction(state.borrow_rate, ONE) - exact) < Fraction(1, 10**14)
    lens.chain.now += 60
    interest = vault.pool().lent - state.lent
    assert interest == pytest.approx(state.lent * state.borrow_rate // ONE * 60 // YEAR, rel=1e-5)
    lenders = interest - interest // 10
    paid = Fraction(state.supply_rate, ONE) * state.assets * 60 / YEAR
    assert lenders == pytest.approx(float(paid), rel=1e-5)


def test_state__rate_has_moved__counted_from_there(lens: Lens) -> None:
    _borrowed(lens, 100)
    before = lens.state()
    lens.chain.now += 10 * DAY
    after = lens.state()
    assert after.pool.rate > before.pool.rate == ONE // 25
    assert after.borrow_rate == pytest.approx(4 * after.pool.rate, rel=1e-9)


def test_state__valuation_refuses__the_rest_is_said_all_the_same(lens: Lens) -> None:
    _borrowed(lens, 40)
    before = lens.state()
    lens.lending.set_standing(is_refused=True)
    state = lens.state()
    assert before.is_valued and not state.is_valued
    assert not any(state.worth)
    assert state[:10] == before[:10]


def test_state__what_the_guardian_stopped__is_said(lens: Lens) -> None:
    lens.lending.send(lens.lending.terms["guardian"], "stop", True, True)
    pool = lens.state().pool
    assert pool.deposits_stopped and pool.loans_stopped
    assert lens.lending.read("maxDeposit", HOLDER) == 0


def test_constructor__no_contract__refused(lens: Lens) -> None:
    for address in (NOBODY, HOLDER):
        with refused("lens: registry is no contract"):
            lens.chain.deploy("LendingLens", address)
    assert lens.chain.call("LendingLens", lens.address, "VERSION") == "0.1.0"
    assert lens.chain.call("LendingLens", lens.address, "REGISTRY") == lens.lending.address
