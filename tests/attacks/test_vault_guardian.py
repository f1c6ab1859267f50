"""A guardian who stops more than it may: exits closed by a key that was stolen, or bribed. It may
stop new deposits and new loans; every way out, and liquidation, are open whatever it says.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.units import DAY
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    STRANGER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.relay import refused

Call = tuple[str, str, tuple[Any, ...]]
OPEN: dict[str, Call] = {
    "withdraw": (LENDER, "withdraw", (1_000, LENDER, LENDER)),
    "redeem": (LENDER, "redeem", (10**9, LENDER, LENDER)),
    "transfer": (LENDER, "transfer", (SECOND_LENDER, 10**9)),
    "approve": (LENDER, "approve", (SECOND_LENDER, 10**9)),
    "post": (BORROWER, "post", (ONE, BORROWER)),
    "repay": (BORROWER, "repay", (1_000, BORROWER)),
    "repay_all": (STRANGER, "repay_all", (BORROWER,)),
    "close": (BORROWER, "close", (BORROWER, BORROWER)),
    "withdraw_collateral with a debt": (
        BORROWER,
        "withdraw_collateral",
        (ONE, BORROWER, BORROWER),
    ),
    "withdraw_collateral": (
        SECOND_BORROWER,
        "withdraw_collateral",
        (100 * ONE, SECOND_BORROWER, SECOND_BORROWER),
    ),
    "withdraw_credit": (SECOND_BORROWER, "withdraw_credit", (SECOND_BORROWER, SECOND_BORROWER)),
    "harvest": (STRANGER, "harvest", (BORROWER,)),
    "liquidate by debt": (LIQUIDATOR, "liquidate", (THIRD_BORROWER, 10_000, 0, 0, LIQUIDATOR)),
    "liquidate by collateral": (
        LIQUIDATOR,
        "liquidate",
        (THIRD_BORROWER, 0, ONE, 10_000, LIQUIDATOR),
    ),
    "liquidate_to_reserve": (LIQUIDATOR, "liquidate_to_reserve", (THIRD_BORROWER, LIQUIDATOR)),
    "collect_fees": (STRANGER, "collect_fees", ()),
    "authorize": (BORROWER, "authorize", (STRANGER, True)),
}


@pytest.fixture(scope="module")
def stopped() -> Lending:
    """All is stopped that can be; the third borrower's loan is one to liquidate."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.issuance.mint(BORROWER, 1)
    lending.post(100, BORROWER)
    lending.post(100, SECOND_BORROWER)
    lending.post(100, THIRD_BORROWER)
    lending.borrow(10_000, BORROWER)
    lending.borrow(88_000, THIRD_BORROWER)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY
    lending.set_worth(700 * ONE)
    lending.send(GUARDIAN, "stop", True, True)
    return lending


@pytest.mark.parametrize("name", OPEN)
def test_vault_guardian__everything_stopped__leaves_every_exit_open(
    stopped: Lending, name: str
) -> None:
    actor, function, arguments = OPEN[name]
    with stopped.undone():
        stopped.send(actor, function, *arguments)


def test_vault_guardian__everything_stopped__stops_what_is_new(stopped: Lending) -> None:
    for function, amount in (("deposit", 1_000), ("mint", 10**9)):
        with refused("vault: deposits stopped"):
            stopped.send(LENDER, function, amount, LENDER)
    assert stopped.read("maxDeposit", LENDER) == stopped.read("maxMint", LENDER) == 0
    for borrower in (BORROWER, SECOND_BORROWER):
        with refused("vault: loans stopped"):
            stopped.borrow(10_000, borrower)


def test_vault_guardian__everything_stopped__everybody_leaves_whole(stopped: Lending) -> None:
    with stopped.undone():
        for borrower in (BORROWER, SECOND_BORROWER, THIRD_BORROWER):
            stopped.send(borrower, "close", borrower, borrower)
        before = stopped.sats(LENDER)
        stopped.send(LENDER, "redeem", stopped.shares(LENDER), LENDER, LENDER)
        assert stopped.sats(LENDER) - before >= 10**6
        assert stopped.tokens(stopped.address) == 0


def test_vault_guardian__anyone_else__stops_nothing(stopped: Lending) -> None:
    for actor in (ATTACKER, LENDER, BORROWER):
        with refused("vault: not the guardian"):
            stopped.send(actor, "stop", False, False)
    assert stopped.pool().deposits_stopped
