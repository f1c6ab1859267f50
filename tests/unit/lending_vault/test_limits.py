"""Amounts that no longer fit what a vault keeps them in are refused, before anything moves."""

from __future__ import annotations

import pytest

from tests.support.lending import BORROWER, FIXED, LENDER, LIQUIDATOR, ONE, VIRTUAL_SHARES, Lending
from tests.support.relay import refused
from tests.unit.lending_vault.conftest import FREE

LARGEST = 2**56 - 1
"""Satoshi of cash: thirty times all bitcoin."""


@pytest.fixture
def uncapped() -> Lending:
    """A vault without caps, and a lender with more satoshi than there are."""
    lending = Lending("double", supply_cap=2**60, borrow_cap=2**60, **FREE)
    for actor in (LENDER, BORROWER):
        lending.issuance.fund(actor, 2**60)
    return lending


def test_limits__cash_that_does_not_fit__refused(uncapped: Lending) -> None:
    with refused("vault: amount too large"):
        uncapped.lend(LARGEST + 1)
    uncapped.lend(LARGEST)
    assert uncapped.read("totalAssets") == uncapped.read("maxWithdraw", LENDER) == LARGEST
    uncapped.send(LENDER, "redeem", uncapped.shares(LENDER), LENDER, LENDER)
    assert uncapped.sats(uncapped.address) == 0


def test_limits__shares_that_do_not_fit__refused(uncapped: Lending) -> None:
    """After two vaults' worth of bad debt, a satoshi is 10^29 shares and more."""
    uncapped.post(10)
    for lost in (10**12, 10**12):
        uncapped.set_worth(10**12 * ONE)
        uncapped.lend(lost)
        uncapped.borrow(lost)
        uncapped.set_worth(2)
        uncapped.send(LIQUIDATOR, "liquidate", BORROWER, lost, 0, 0, LIQUIDATOR)
        uncapped.post(10)
    pool = uncapped.pool()
    assert pool.assets == 2 * FIXED
    fitting = (2**120 - 1 - pool.shares) * 3 // (pool.shares + VIRTUAL_SHARES)
    assert uncapped.read("maxDeposit", LENDER) == fitting
    with refused("vault: too many shares"):
        uncapped.lend(fitting + 1)
    with uncapped.chain.undone():
        most = uncapped.read("maxMint", LENDER)
        assert most == 2**120 - 1 - pool.shares
        with refused("vault: too many shares"):
            uncapped.send(LENDER, "mint", most + 1, LENDER)
        uncapped.send(LENDER, "mint", most, LENDER)
        assert uncapped.read("maxDeposit", LENDER) == uncapped.read("maxMint", LENDER) == 0
    uncapped.lend(fitting)
    assert fitting <= uncapped.read("maxWithdraw", LENDER) <= fitting + 2
