"""LendingVault.withdraw_credit: what rewards brought beyond the debt, in whole satoshi."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    LENDER,
    ONE,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused


def test_withdraw_credit__rewards__are_paid_in_whole_satoshi(lending: Lending) -> None:
    lending.post(100)
    pass_rewarded_day(lending)
    credit, before = lending.loan().credit, lending.sats(THIRD_BORROWER)
    assert lending.asked(BORROWER, "withdraw_credit", BORROWER, BORROWER) == 4_399
    logs = dict(lending.send(BORROWER, "withdraw_credit", THIRD_BORROWER, BORROWER).logs)
    assert logs["CreditWithdrawn"] == {
        "borrower": BORROWER,
        "receiver": THIRD_BORROWER,
        "amount": 4_399,
    }
    assert logs["Credited"] == {"borrower": BORROWER, "amount": credit, "credit": credit}
    assert lending.sats(THIRD_BORROWER) == before + 4_399
    assert lending.loan().credit == credit - 4_399 * FIXED < FIXED


def test_withdraw_credit__part_of_a_satoshi__is_kept_until_it_is_one(lending: Lending) -> None:
    lending.post(100)
    total = 0
    for _ in range(3):
        pass_rewarded_day(lending)
        total += lending.asked(BORROWER, "withdraw_credit", BORROWER, BORROWER)
        lending.send(BORROWER, "withdraw_credit", BORROWER, BORROWER)
    assert total == lending.issuance.read("earned", lending.address) // FIXED
    assert lending.pool().credited <= lending.issuance.read("earned", lending.address)


def test_withdraw_credit__lenders_cash__is_not_touched(lent: Lending) -> None:
    lent.post(100)
    pass_rewarded_day(lent)
    before = lent.pool()
    lent.send(BORROWER, "withdraw_credit", BORROWER, BORROWER)
    assert lent.pool().cash == before.cash == 10**6 * FIXED
    assert lent.asked(LENDER, "redeem", lent.shares(LENDER), LENDER, LENDER) == 10**6


def test_withdraw_credit__in_any_standing__goes(lent: Lending) -> None:
    lent.post(100)
    pass_rewarded_day(lent)
    lent.set_worth(0)
    lent.set_standing(is_stopped=True, is_pending=True, is_refused=True)
    lent.send(GUARDIAN, "stop", True, True)
    lent.chain.now += 60 * DAY
    before = lent.sats(BORROWER)
    lent.send(BORROWER, "withdraw_credit", BORROWER, BORROWER)
    assert lent.sats(BORROWER) == before + 4_399


def test_nothing__to_withdraw__refused(borrowed: Lending) -> None:
    """A credit of less than a satoshi is none, nor is that of who has a debt."""
    lending = borrowed
    lending.post(1, SECOND_BORROWER)
    pass_rewarded_day(lending, 6 * ONE)  # 0.88 satoshi a token, net
    assert 0 < lending.loan(SECOND_BORROWER).credit < FIXED
    for actor, function, arguments in (
        (LENDER, "withdraw", (0, LENDER, LENDER)),
        (LENDER, "redeem", (0, LENDER, LENDER)),
        (STRANGER, "redeem", (0, STRANGER, LENDER)),
        (BORROWER, "withdraw_collateral", (0, BORROWER, BORROWER)),
        (BORROWER, "withdraw_credit", (BORROWER, BORROWER)),
        (SECOND_BORROWER, "withdraw_credit", (SECOND_BORROWER, SECOND_BORROWER)),
        (THIRD_BORROWER, "withdraw_credit", (THIRD_BORROWER, THIRD_BORROWER)),
    ):
        with refused("vault: nothing to withdraw"):
            lending.send(actor, function, *arguments)


@pytest.mark.parametrize("days", [1, 5])
def test_withdraw_credit__while_a_debt_is_left__there_is_none(borrowed: Lending, days: int) -> None:
    for _ in range(days):
        pass_rewarded_day(borrowed)
    assert borrowed.loan().credit == 0
    assert borrowed.debt() < (80_000 - 4_399 * days) * FIXED + FIXED * days
