"""What leaves a vault never goes to nobody, nor to the vault, where it would be lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.lending import (
    BORROWER,
    LENDER,
    LIQUIDATOR,
    NOBODY,
    ONE,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused

VAULT = "the vault"
RECEIVER = "a receiver"
CALLS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "deposit": (LENDER, (1, RECEIVER)),
    "mint": (LENDER, (1, RECEIVER)),
    "withdraw": (LENDER, (1, RECEIVER, LENDER)),
    "redeem": (LENDER, (10**6, RECEIVER, LENDER)),
    "transfer": (LENDER, (RECEIVER, 1)),
    "transferFrom": (LENDER, (LENDER, RECEIVER, 1)),
    "borrow": (BORROWER, (1, RECEIVER, BORROWER)),
    "withdraw_collateral": (BORROWER, (1, RECEIVER, BORROWER)),
    "close": (BORROWER, (RECEIVER, BORROWER)),
    "withdraw_credit": (BORROWER, (RECEIVER, BORROWER)),
    "liquidate": (LIQUIDATOR, (BORROWER, 1, 0, 0, RECEIVER)),
    "liquidate_to_reserve": (LIQUIDATOR, (BORROWER, RECEIVER)),
}


@pytest.mark.parametrize("receiver", [NOBODY, VAULT])
@pytest.mark.parametrize("function", CALLS)
def test_receiver__nobody_or_the_vault__refused(
    borrowed: Lending, function: str, receiver: str
) -> None:
    if function == "withdraw_credit":
        borrowed.send(BORROWER, "repay_all", BORROWER)
        pass_rewarded_day(borrowed)
    if function.startswith("liquidate"):
        borrowed.set_worth(457 * ONE)
    actor, arguments = CALLS[function]
    where = borrowed.address if receiver == VAULT else receiver
    before = borrowed.pool(), borrowed.loan()

    def given(to: str) -> list[Any]:
        return [to if argument is RECEIVER else argument for argument in arguments]

    with refused("vault: receiver cannot receive"):
        borrowed.send(actor, function, *given(where))
    assert (borrowed.pool(), borrowed.loan()) == before
    borrowed.send(actor, function, *given(LENDER))


def test_receiver__of_fees__is_not_asked_until_there_is_a_receiver(borrowed: Lending) -> None:
    """A reward of less than a satoshi goes nowhere, and so to nobody."""
    borrowed.send(LENDER, "repay", 79_950, BORROWER)
    borrowed.set_worth(1 * ONE // 10, 457 * ONE)
    logs = borrowed.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, NOBODY)
    assert logs["Redeemed"]["reward"] == 0 < logs["Redeemed"]["paid"] < 100
