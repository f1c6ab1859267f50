"""Plans of who lends: what they refuse before anything is sent, and what they promise."""

from __future__ import annotations

import pytest

from terahash.lending.lender_plans import deposit_plan, redeem_plan, withdraw_plan
from terahash.session import RefusedError
from tests.support.issuing import HOLDER
from tests.support.lending import BORROWER, LENDER
from tests.support.lending_desk import LendingDesk
from tests.unit.lending_client.conftest import facts, session


def test_deposit_plan__large__earns_what_the_vault_says_then(desk: LendingDesk) -> None:
    desk.lend(desk.covered, 85_000)
    desk.post(desk.covered, 1_000)
    desk.do(BORROWER, desk.covered.borrow(80_000, BORROWER, BORROWER))
    before = desk.covered.state()
    said = facts(deposit_plan(session(desk, LENDER), desk.covered, 10**9, LENDER))
    desk.lend(desk.covered, 10**9)
    after = desk.covered.state()
    assert said["rate"] == str(after.supply_rate)
    assert said["utilisation"] == str(after.utilisation)
    assert after.supply_rate * 1_000 < before.supply_rate


def test_deposit_plan__nothing__refused_before_an_approval(desk: LendingDesk) -> None:
    with pytest.raises(RefusedError, match="less than a share's smallest part: lend more"):
        deposit_plan(session(desk, LENDER), desk.covered, 0, LENDER)


def test_deposit_plan__more_than_is_held__refused_with_what_is(desk: LendingDesk) -> None:
    said = f"{HOLDER} holds 0 sats .* and this takes 1,000 sats .*: get more of the bitcoin token "
    with pytest.raises(RefusedError, match=said + desk.btc):
        deposit_plan(session(desk, HOLDER), desk.covered, 1_000, HOLDER)


def test_withdraw_and_redeem_plan__nothing__refused(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    for plan in (withdraw_plan, redeem_plan):
        with pytest.raises(RefusedError, match="zero was given: name an amount"):
            plan(desk.covered, 0, LENDER, LENDER)
