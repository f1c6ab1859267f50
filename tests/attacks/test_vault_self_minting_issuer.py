"""An issuer that mints to itself, borrows more than it locked, and walks away: what no cash covers
is its own promise. So a vault counts, loan by loan, what of its loans no cash covers, and has a
cap.

Cash is what nobody can take away: not what the reserve holds for the length of a transaction.
"""

from __future__ import annotations

import pytest

from tests.support.lending import (
    BORROWER,
    BORROWERS,
    FIXED,
    ISSUER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.relay import refused

CAP = 150_000
ABOVE = "vault: above uncovered cap"


@pytest.fixture
def lending() -> Lending:
    """Three have 100 tokens each, of 1,000 satoshi, of which 250 are covered."""
    lending = Lending("double", uncovered_cap=CAP, rate=0, speed=0)
    lending.set_worth(1_000 * ONE, 250 * ONE)
    lending.lend(10**9)
    for borrower in BORROWERS:
        lending.post(100, borrower)
    return lending


def _uncovered(lending: Lending, *borrowers: str) -> tuple[int, ...]:
    """Satoshi of all, and of some."""
    every = lending.read("uncovered", BORROWER)[1]
    each = [lending.read("uncovered", borrower)[0] for borrower in borrowers]
    return tuple(amount // FIXED for amount in (every, *each))


def test_vault_self_minting_issuer__many_loans__take_no_more_than_the_cap_together(
    lending: Lending,
) -> None:
    lending.borrow(85_000, BORROWER)
    lending.borrow(85_000, SECOND_BORROWER)
    assert _uncovered(lending, BORROWER, SECOND_BORROWER) == (120_000, 60_000, 60_000)
    with refused(ABOVE):
        lending.borrow(55_001, THIRD_BORROWER)
    lending.borrow(55_000, THIRD_BORROWER)
    assert _uncovered(lending, THIRD_BORROWER) == (CAP, 30_000)
    for borrower in BORROWERS:
        with refused(ABOVE):
            lending.borrow(1, borrower)


def test_vault_self_minting_issuer__tokens_taken_back__count_like_a_loan(lending: Lending) -> None:
    lending.post(400, ISSUER)
    lending.send(ISSUER, "borrow", 150_000, ISSUER, ISSUER)
    lending.borrow(85_000, BORROWER)
    lending.borrow(40_000, SECOND_BORROWER)
    assert _uncovered(lending, ISSUER) == (50_000 + 60_000 + 15_000, 50_000)
    with refused(ABOVE):
        lending.send(ISSUER, "withdraw_collateral", 100 * ONE + 10**16, ISSUER, ISSUER)
    lending.send(ISSUER, "withdraw_collateral", 100 * ONE, ISSUER, ISSUER)
    assert _uncovered(lending, ISSUER) == (CAP, 75_000)


def test_vault_self_minting_issuer__loan_with_less_cash_behind_it__counts_more_when_next_valued(
    lending: Lending,
) -> None:
    lending.borrow(50_000, BORROWER)
    assert _uncovered(lending, BORROWER) == (25_000, 25_000)
    lending.set_worth(1_000 * ONE, 100 * ONE)
    lending.borrow(10_000, BORROWER)
    assert _uncovered(lending, BORROWER) == (50_000, 50_000)
    lending.set_worth(1_000 * ONE, 400 * ONE)
    lending.borrow(1_000, BORROWER)
    assert _uncovered(lending, BORROWER) == (21_000, 21_000)


def test_vault_self_minting_issuer__vault_above_its_cap__refuses_only_what_takes_it_further(
    lending: Lending,
) -> None:
    """A loss has taken it there; who has a loan may use what covers it."""
    for borrower in BORROWERS:
        lending.borrow(75_000, borrower)
    lending.set_worth(100 * ONE)
    lending.send(LIQUIDATOR, "liquidate", THIRD_BORROWER, 75_000, 0, 0, LIQUIDATOR)
    lending.set_worth(1_000 * ONE, 260 * ONE)
    above = 2 * 50_000 + 75_000 - 9_900
    assert _uncovered(lending, BORROWER) == (above, 50_000)
    with refused(ABOVE):
        lending.borrow(1_001, BORROWER)
    lending.borrow(1_000, BORROWER)
    assert _uncovered(lending, BORROWER) == (above, 50_000)
    lending.send(BORROWER, "repay", 30_000, BORROWER)
    lending.borrow(500, BORROWER)
    assert _uncovered(lending, BORROWER) == (above - 29_500, 20_500)


def test_vault_self_minting_issuer__loan_that_was_lost__counts_for_ever(lending: Lending) -> None:
    """Its tokens are gone, and nothing owed: it could mint and borrow as much again, and again."""
    lending.post(300, ISSUER)
    lending.send(ISSUER, "borrow", 75_000 + CAP, ISSUER, ISSUER)
    lending.set_worth(250 * ONE)
    lending.send(LIQUIDATOR, "liquidate", ISSUER, 10**6, 0, 0, LIQUIDATOR)
    lost = 75_000 + CAP - 300 * 250 * 99 // 100
    assert _uncovered(lending, ISSUER) == (lost, 0)
    lending.set_worth(1_000 * ONE, 250 * ONE)
    lending.post(300, ISSUER)
    with refused(ABOVE):
        lending.send(ISSUER, "borrow", 75_001, ISSUER, ISSUER)
    lending.send(ISSUER, "borrow", 75_000, ISSUER, ISSUER)


def test_vault_self_minting_issuer__all_but_a_satoshi_repaid__makes_room(lending: Lending) -> None:
    """Who fills the cap for a moment, and leaves a satoshi of debt, does not keep others out."""
    for borrower in BORROWERS[1:]:
        lending.post(10, borrower)
        lending.borrow(75_000, borrower)
    lending.post(300, ISSUER)
    lending.send(ISSUER, "borrow", 75_000 + 50_000 - 5_000, ISSUER, ISSUER)
    before = _uncovered(lending, ISSUER)
    lending.send(ISSUER, "repay", 75_000 + 50_000 - 5_000 - 1, ISSUER)
    assert _uncovered(lending, ISSUER) == (before[0] - before[1] + 1, 1)
    lending.borrow(50_000, BORROWER)


@pytest.mark.parametrize("way", ["repay_all", "close", "liquidate", "rewards"])
def test_vault_self_minting_issuer__loan_that_ends__makes_room(lending: Lending, way: str) -> None:
    for borrower in BORROWERS:
        lending.borrow(75_000, borrower)
    if way == "repay_all":
        lending.send(BORROWER, "repay_all", BORROWER)
    elif way == "close":
        lending.send(BORROWER, "close", BORROWER, BORROWER)
    elif way == "rewards":
        for _ in range(19):
            lending.issuance.pass_day()
            lending.issuance.deliver()
        lending.send(BORROWER, "harvest", BORROWER)
        assert lending.debt(BORROWER) == 0
    else:
        lending.set_worth(810 * ONE, 250 * ONE)
        lending.send(LIQUIDATOR, "liquidate", BORROWER, 75_000, 0, 0, LIQUIDATOR)
        lending.set_worth(1_000 * ONE, 250 * ONE)
    assert _uncovered(lending, BORROWER) == (CAP - 50_000, 0)
    lending.post(100, ISSUER)
    lending.send(ISSUER, "borrow", 75_000, ISSUER, ISSUER)
    assert _uncovered(lending, ISSUER) == (CAP, 50_000)


def test_vault_self_minting_issuer__reserve_filled_for_a_moment__covers_nothing_more() -> None:
    """It mints, fills the reserve, borrows, and empties it again in one transaction."""
    lending = Lending("delivery", uncovered_cap=10**5, values={"phi": ONE})
    lending.lend(10**9)
    lending.post(1_000, ISSUER)
    covered = lending.assess().covered
    with lending.undone(), refused(ABOVE):
        lending.send(ISSUER, "borrow", 1_000 * covered // ONE + 10**5 + 1, ISSUER, ISSUER)
    lending.issuance.send(ISSUER, "fund_reserve", 10**9)
    assert lending.assess().payout > 1_500 * ONE
    with refused(ABOVE):
        lending.send(ISSUER, "borrow", 1_000 * covered // ONE + 10**5 + 1, ISSUER, ISSUER)
    lending.send(ISSUER, "borrow", 1_000 * covered // ONE + 10**5 - 1, ISSUER, ISSUER)
    lending.issuance.send(ISSUER, "withdraw_reserve", 10**9)
    assert lending.debt(ISSUER) - 1_000 * covered * FIXED // ONE <= 10**5 * FIXED
