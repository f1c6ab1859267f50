"""LendingVault.uncovered: what no cash covers is counted, loan by loan, and has a cap."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    FIXED,
    FOREVER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused
from tests.unit.lending_vault.conftest import FREE


@pytest.fixture
def capped() -> Lending:
    """Tokens worth 1,000, 400 of it covered; 50,000 may be lent beyond. Two have 100 of them."""
    lending = Lending("double", uncovered_cap=50_000, **FREE)
    lending.set_worth(1_000 * ONE, 400 * ONE)
    lending.lend(10**6)
    lending.post(100, BORROWER)
    lending.post(100, SECOND_BORROWER)
    return lending


def _uncovered(lending: Lending, *expected: int) -> bool:
    """Say whether the first borrower's, the second's and the total are these, satoshi."""
    parts = [lending.read("uncovered", each) for each in (BORROWER, SECOND_BORROWER)]
    assert parts[0][1] == parts[1][1] == parts[0][0] + parts[1][0]
    return [part[0] for part in parts] == [each * FIXED for each in expected]


def test_uncovered__loans__are_counted_one_by_one(capped: Lending) -> None:
    capped.borrow(30_000)
    assert _uncovered(capped, 0, 0)  # 40,000 are covered
    capped.borrow(40_000, SECOND_BORROWER)
    assert _uncovered(capped, 0, 0)
    capped.borrow(1, SECOND_BORROWER)
    assert _uncovered(capped, 0, 1)
    capped.borrow(30_000)
    assert _uncovered(capped, 20_000, 1)


def test_uncovered__cap__is_for_all_together(capped: Lending) -> None:
    capped.borrow(70_000)
    assert _uncovered(capped, 30_000, 0)
    with refused("vault: above uncovered cap"):
        capped.borrow(60_001, SECOND_BORROWER)
    assert _uncovered(capped, 30_000, 0)
    capped.borrow(60_000, SECOND_BORROWER)
    assert _uncovered(capped, 30_000, 20_000)
    # One that is covered goes all the same.
    capped.post(100, THIRD_BORROWER)
    capped.borrow(40_000, THIRD_BORROWER)


def test_uncovered__collateral_withdrawn__counts_as_a_loan_does(capped: Lending) -> None:
    capped.borrow(40_000)
    capped.borrow(70_000, SECOND_BORROWER)
    capped.send(BORROWER, "withdraw_collateral", 50 * ONE, BORROWER, BORROWER)
    assert _uncovered(capped, 20_000, 30_000)
    with pytest.raises(ChainError, match="uncovered cap"):
        capped.send(BORROWER, "withdraw_collateral", 1, BORROWER, BORROWER)


def test_uncovered__above_the_cap_through_the_market__only_growth_is_refused(
    capped: Lending,
) -> None:
    """A loan may be secured better, or repaid in part and borrowed again, not made worse."""
    capped.borrow(50_000)
    capped.borrow(60_000, SECOND_BORROWER)
    capped.set_worth(1_000 * ONE, 100 * ONE)
    capped.send(STRANGER, "repay", 45_000, BORROWER)
    capped.borrow(1_000)  # of 6,000 the tokens cover 10,000
    assert _uncovered(capped, 0, 20_000)
    capped.send(BORROWER, "withdraw_collateral", ONE, BORROWER, BORROWER)
    with pytest.raises(ChainError, match="uncovered cap"):
        capped.borrow(70_000)


def test_uncovered__repaid_by_anybody_or_by_rewards__is_released(capped: Lending) -> None:
    capped.borrow(70_000)
    capped.borrow(60_000, SECOND_BORROWER)
    capped.send(STRANGER, "repay", 69_999, BORROWER)
    assert _uncovered(capped, 1, 20_000)  # never more than the debt, until it is valued again
    with capped.undone():
        capped.send(STRANGER, "repay", 1, BORROWER)
        assert _uncovered(capped, 0, 20_000)
    with capped.undone():
        pass_rewarded_day(capped)
        capped.send(STRANGER, "harvest", BORROWER)
        assert _uncovered(capped, 0, 20_000)
    capped.send(SECOND_BORROWER, "close", SECOND_BORROWER, SECOND_BORROWER)
    assert _uncovered(capped, 1, 0)


@pytest.mark.parametrize("function", ["liquidate", "liquidate_to_reserve"])
def test_uncovered__liquidated__is_what_is_left_of_it(capped: Lending, function: str) -> None:
    """Whatever the cap."""
    capped.borrow(88_000)
    capped.set_worth(457 * ONE)
    arguments = (40_000, 0, 0, LIQUIDATOR) if function == "liquidate" else (LIQUIDATOR,)
    logs = capped.logged(LIQUIDATOR, function, BORROWER, *arguments)
    covered = capped.loan().collateral * 457 * FIXED // ONE
    left = max(0, capped.debt() - covered)
    bad = logs["Liquidated" if function == "liquidate" else "Redeemed"]["bad_debt"]
    assert capped.read("uncovered", BORROWER) == (left, left + bad)
    assert (left > 0) is (bad == 0) is (function == "liquidate")


def test_uncovered__bad_debt__counts_for_ever(capped: Lending) -> None:
    """Else an issuer could take the cap again and again."""
    capped.borrow(88_000)
    capped.set_worth(457 * ONE)
    logs = capped.logged(LIQUIDATOR, "liquidate", BORROWER, FOREVER, 0, 0, LIQUIDATOR)
    bad = logs["Liquidated"]["bad_debt"]
    assert bad > 40_000 * FIXED
    capped.set_worth(1_000 * ONE, 400 * ONE)
    room = 50_000 - -(-bad // FIXED)
    with capped.undone(), pytest.raises(ChainError, match="uncovered cap"):
        capped.borrow(40_000 + room + 1, SECOND_BORROWER)
    capped.borrow(40_000 + room, SECOND_BORROWER)
    capped.send(STRANGER, "repay_all", SECOND_BORROWER)
    assert capped.read("uncovered", SECOND_BORROWER) == (0, bad)


def test_uncovered__where_it_is_not_counted__is_zero_but_for_bad_debts() -> None:
    lending = Lending("double", uncovered_cap=FOREVER)
    lending.set_worth(1_000 * ONE, 0)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(88_000)
    lending.set_worth(500 * ONE, 0)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, 1_000, 0, 0, LIQUIDATOR)
    assert lending.read("uncovered", BORROWER) == (0, 0)
    logs = lending.logged(LIQUIDATOR, "liquidate", BORROWER, FOREVER, 0, 0, LIQUIDATOR)
    assert lending.read("uncovered", BORROWER) == (0, logs["Liquidated"]["bad_debt"])


def test_uncovered__none_allowed__lends_what_cash_covers() -> None:
    lending = Lending("double", uncovered_cap=0, **FREE)
    lending.set_worth(1_000 * ONE, 400 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(40_000)
    with pytest.raises(ChainError, match="uncovered cap"):
        lending.borrow(1)
