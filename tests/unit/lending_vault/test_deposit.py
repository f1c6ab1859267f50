"""LendingVault.deposit and mint: satoshi in, shares out, and what is refused."""

from __future__ import annotations

import pytest

from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    NOBODY,
    ONE,
    SECOND_LENDER,
    VIRTUAL_SHARES,
    Lending,
)
from tests.support.relay import refused
from tests.unit.lending_vault.conftest import FREE


def _lose(lending: Lending) -> None:
    """Have the loan of 80,000 satoshi lost but for one: 920,001 are left for 10^12 shares."""
    lending.set_worth(2)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, 80_000, 0, 0, LIQUIDATOR)
    lending.set_worth(1_000 * ONE)


def test_deposit__first_lender__gets_a_million_shares_for_a_satoshi(lending: Lending) -> None:
    before = lending.sats(LENDER)
    receipt = lending.send(LENDER, "deposit", 700, LENDER)
    assert receipt.logs == (
        ("Transfer", {"sender": NOBODY, "receiver": LENDER, "value": 700_000_000}),
        (
            "Deposit",
            {"sender": LENDER, "owner": LENDER, "assets": 700, "shares": 700_000_000},
        ),
        ("Transfer", {"sender": LENDER, "receiver": lending.address, "value": 700}),
    )
    assert lending.shares(LENDER) == lending.read("totalSupply") == 700_000_000
    assert lending.read("totalAssets") == lending.sats(lending.address) == 700
    assert lending.sats(LENDER) == before - 700
    assert lending.pool().cash == 700 * FIXED


def test_mint__shares__cost_a_satoshi_a_million(lending: Lending) -> None:
    before = lending.sats(LENDER)
    logs = lending.logged(LENDER, "mint", 700_000_000, LENDER)
    assert logs["Deposit"] == {
        "sender": LENDER,
        "owner": LENDER,
        "assets": 700,
        "shares": 700_000_000,
    }
    assert lending.shares(LENDER) == 700_000_000
    assert lending.sats(LENDER) == before - 700


def test_deposit__for_another__has_the_shares_and_the_caller_pays(lending: Lending) -> None:
    before = lending.sats(LENDER), lending.sats(SECOND_LENDER)
    for function, amount in (("deposit", 700), ("mint", 300_000_000)):
        event = lending.logged(LENDER, function, amount, SECOND_LENDER)["Deposit"]
        assert (event["sender"], event["owner"]) == (LENDER, SECOND_LENDER)
    assert lending.shares(SECOND_LENDER) == 1_000_000_000
    assert lending.shares(LENDER) == 0
    assert (lending.sats(LENDER), lending.sats(SECOND_LENDER)) == (before[0] - 1_000, before[1])


def test_deposit__return__is_the_shares_and_of_a_mint_the_satoshi(lent: Lending) -> None:
    assert lent.asked(LENDER, "deposit", 7, LENDER) == 7_000_000
    assert lent.asked(LENDER, "mint", 7_000_001, LENDER) == 8


def test_deposit__price_that_does_not_divide__rounds_down_and_a_mint_up(borrowed: Lending) -> None:
    _lose(borrowed)
    shares, sats = 10**12 + VIRTUAL_SHARES, 920_002
    assert borrowed.pool().assets == 920_001 * FIXED
    bought = 1_000 * shares // sats
    assert borrowed.asked(LENDER, "deposit", 1_000, LENDER) == bought
    assert bought * sats < 1_000 * shares
    assert borrowed.asked(LENDER, "mint", bought, LENDER) == 1_000
    assert borrowed.asked(LENDER, "mint", bought + 1, LENDER) == 1_001
    assert borrowed.read("convertToShares", 1_000) == bought
    assert borrowed.read("convertToAssets", bought) == 999


def test_mint__one_share__costs_a_satoshi(lending: Lending) -> None:
    event = lending.logged(LENDER, "mint", 1, LENDER)["Deposit"]
    assert (event["assets"], event["shares"]) == (1, 1)
    assert lending.read("totalAssets") == 1


def test_deposit__interest_that_ran_meanwhile__belongs_to_those_who_were_there(
    costly: Lending,
) -> None:
    costly.chain.now += 86_400 * 30
    worth = costly.read("convertToAssets", costly.shares(LENDER))
    assert worth > 10**6
    costly.send(SECOND_LENDER, "deposit", 10**6, SECOND_LENDER)
    assert costly.read("convertToAssets", costly.shares(LENDER)) == worth
    assert costly.read("convertToAssets", costly.shares(SECOND_LENDER)) == 10**6 - 1


def test_deposit__event_accrued__says_index_rate_and_till_once_a_moment(costly: Lending) -> None:
    costly.chain.now += 86_400
    pool = costly.pool()
    logs = costly.send(SECOND_LENDER, "deposit", 1, SECOND_LENDER).logs
    accrued = {"index": pool.index, "rate": pool.rate}
    assert logs[0] == ("Accrued", accrued)
    assert pool.till > 0
    assert "Accrued" not in costly.logged(SECOND_LENDER, "deposit", 1, SECOND_LENDER)


@pytest.mark.parametrize("function", ["deposit", "mint"])
def test_deposit__nothing__refused(lent: Lending, function: str) -> None:
    with refused("vault: nothing to lend"):
        lent.send(LENDER, function, 0, LENDER)


def test_deposit__up_to_the_cap__goes_and_a_satoshi_more_does_not() -> None:
    lending = Lending("double", supply_cap=10**6, **FREE)
    for function, unit in (("deposit", 1), ("mint", VIRTUAL_SHARES)):
        with lending.undone():
            for amount in (10**6 + 1, 10**9):
                with refused("vault: above supply cap"):
                    lending.send(LENDER, function, amount * unit, LENDER)
            lending.send(LENDER, function, 10**6 * unit, LENDER)
            assert lending.read("totalAssets") == 10**6
            assert lending.read("maxDeposit", LENDER) == lending.read("maxMint", LENDER) == 0


def test_deposit__what_is_lent_out__counts_for_the_cap() -> None:
    lending = Lending("double", supply_cap=10**6, **FREE)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6 - 5)
    lending.post(100)
    lending.borrow(80_000)
    assert lending.read("maxDeposit", SECOND_LENDER) == 5
    assert lending.read("maxMint", SECOND_LENDER) == 5 * VIRTUAL_SHARES
    lending.lend(5, SECOND_LENDER)


@pytest.mark.parametrize("loans", [False, True])
@pytest.mark.parametrize("function", ["deposit", "mint"])
def test_deposit__stopped_by_the_guardian__refused_until_it_goes_on(
    lent: Lending, function: str, loans: bool
) -> None:
    lent.send(GUARDIAN, "stop", True, loans)
    with refused("vault: deposits stopped"):
        lent.send(LENDER, function, VIRTUAL_SHARES, LENDER)
    assert lent.read("maxDeposit", LENDER) == lent.read("maxMint", LENDER) == 0
    lent.send(GUARDIAN, "stop", False, loans)
    assert lent.read("maxDeposit", LENDER) == lent.terms["supply_cap"] - 10**6
    lent.send(LENDER, function, VIRTUAL_SHARES, LENDER)


@pytest.mark.parametrize("function", ["deposit", "mint"])
def test_deposit__vault_that_keeps_tokens__refused(borrowed: Lending, function: str) -> None:
    """What they still earn is of those who lost by them."""
    borrowed.set_worth(0)
    borrowed.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    borrowed.set_worth(1_000 * ONE)
    with refused("vault: closed by a loss"):
        borrowed.send(SECOND_LENDER, function, VIRTUAL_SHARES, SECOND_LENDER)
    for view in ("maxDeposit", "maxMint"):
        assert borrowed.read(view, SECOND_LENDER) == 0
    # All else goes on; and who comes when nobody is left takes nothing from anybody.
    borrowed.post(100)
    with borrowed.undone():
        borrowed.borrow(50_000)
    borrowed.send(LENDER, "redeem", borrowed.shares(LENDER), LENDER, LENDER)
    assert borrowed.read("maxDeposit", SECOND_LENDER) > 10**11
    borrowed.send(SECOND_LENDER, function, VIRTUAL_SHARES, SECOND_LENDER)


def test_deposit__without_allowance_or_satoshi__moves_nothing(lent: Lending) -> None:
    before = lent.pool()
    for function, amount in (("deposit", 10), ("mint", 10**7)):
        with lent.undone(), lent.chain.acting_as(LENDER):
            lent.chain.send("BitcoinDouble", lent.btc, "approve", lent.address, 9)
            with refused("erc20: insufficient allowance"):
                lent.send(LENDER, function, amount, LENDER)
        with lent.undone(), lent.chain.acting_as(LENDER):
            rest = lent.sats(LENDER) - 9
            lent.chain.send("BitcoinDouble", lent.btc, "transfer", SECOND_LENDER, rest)
            with refused("erc20: transfer amount exceeds balance"):
                lent.send(LENDER, function, amount, LENDER)
    assert lent.pool() == before
