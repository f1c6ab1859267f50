"""What borrowing costs and lending earns, as the vault says once it has happened."""

from __future__ import annotations

import pytest

from terahash.lending.models import FIXED
from terahash.lending.rates import borrow_rate, supply_rate, utilisation
from tests.support.lending import BORROWER
from tests.support.lending_desk import LendingDesk

LENT = 80_000


@pytest.mark.parametrize("deposited", [0, 1, 9_000, 10**6])
def test_rates__more_is_deposited__what_the_vault_then_says(
    desk: LendingDesk, deposited: int
) -> None:
    desk.lend(desk.covered, 85_000)
    desk.post(desk.covered, 1_000)
    desk.do(BORROWER, desk.covered.borrow(LENT, BORROWER, BORROWER))
    before = desk.covered.state()
    if deposited:
        desk.lend(desk.covered, deposited)
    after = desk.covered.state()
    more = {"deposited": deposited * FIXED}
    assert utilisation(before, **more) == after.utilisation
    assert borrow_rate(before, **more) == after.borrow_rate
    assert supply_rate(before, **more) == after.supply_rate > 0


@pytest.mark.parametrize("lent", [0, 1_000, LENT])
def test_rates__more_is_lent__what_the_vault_then_says(desk: LendingDesk, lent: int) -> None:
    desk.lend(desk.covered, 85_000)
    desk.post(desk.covered, 1_000)
    before = desk.covered.state()
    if lent:
        desk.do(BORROWER, desk.covered.borrow(lent, BORROWER, BORROWER))
    after = desk.covered.state()
    assert borrow_rate(before, lent * FIXED) == after.borrow_rate
    assert supply_rate(before, lent * FIXED) == after.supply_rate
