"""A stale price accepted, or an exit that needs one: loans are taken at the price of last week, or
nobody can leave while the index stands still.

Where the valuation does not answer, nothing is lent, no token goes that secures a debt, and nothing
is liquidated. All else goes on: each way out is listed here.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.units import DAY
from tests.support.lending import (
    BORROWER,
    FIXED,
    FOREVER,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

Call = tuple[str, str, tuple[Any, ...]]
EXITS: dict[str, Call] = {
    "withdraw": (LENDER, "withdraw", (1_000, LENDER, LENDER)),
    "redeem": (LENDER, "redeem", (10**9, LENDER, LENDER)),
    "transfer": (LENDER, "transfer", (SECOND_LENDER, 10**9)),
    "repay": (BORROWER, "repay", (1_000, BORROWER)),
    "repay by another": (STRANGER, "repay", (1_000, BORROWER)),
    "repay_all": (BORROWER, "repay_all", (BORROWER,)),
    "close": (BORROWER, "close", (BORROWER, BORROWER)),
    "close without a debt": (SECOND_BORROWER, "close", (SECOND_BORROWER, SECOND_BORROWER)),
    "withdraw_collateral": (
        SECOND_BORROWER,
        "withdraw_collateral",
        (100 * ONE, SECOND_BORROWER, SECOND_BORROWER),
    ),
    "withdraw_credit": (SECOND_BORROWER, "withdraw_credit", (SECOND_BORROWER, SECOND_BORROWER)),
    "harvest": (STRANGER, "harvest", (BORROWER,)),
    "collect_fees": (STRANGER, "collect_fees", ()),
}
OTHERS: dict[str, Call] = {
    "deposit": (LENDER, "deposit", (1_000, LENDER)),
    "mint": (LENDER, "mint", (10**9, LENDER)),
    "post": (BORROWER, "post", (ONE, BORROWER)),
    "authorize": (BORROWER, "authorize", (STRANGER, True)),
}
PRICED: dict[str, Call] = {
    "borrow": (BORROWER, "borrow", (1, BORROWER, BORROWER)),
    "withdraw_collateral": (BORROWER, "withdraw_collateral", (1, BORROWER, BORROWER)),
    "liquidate": (LIQUIDATOR, "liquidate", (BORROWER, 1_000, 0, 0, LIQUIDATOR)),
    "liquidate_to_reserve": (LIQUIDATOR, "liquidate_to_reserve", (BORROWER, LIQUIDATOR)),
}


def _opened(kind: str, debt: int) -> Lending:
    """One has a debt; another tokens, and a credit of what they have earned."""
    lending = Lending(kind)
    if kind == "double":
        lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.issuance.mint(BORROWER, 1)
    lending.post(100, BORROWER)
    lending.post(100, SECOND_BORROWER)
    lending.borrow(debt)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY
    return lending


@pytest.fixture(scope="module")
def silent() -> Lending:
    """A vault whose valuation does not answer; the loan would be one to liquidate."""
    lending = _opened("double", 80_000)
    lending.set_worth(100 * ONE)
    lending.set_standing(is_refused=True)
    return lending


@pytest.mark.parametrize("name", [*EXITS, *OTHERS])
def test_vault_stale_price__no_answer__does_not_matter(silent: Lending, name: str) -> None:
    actor, function, arguments = {**EXITS, **OTHERS}[name]
    with silent.undone():
        silent.send(actor, function, *arguments)


@pytest.mark.parametrize("name", PRICED)
def test_vault_stale_price__no_answer__refuses_what_needs_one(silent: Lending, name: str) -> None:
    actor, function, arguments = PRICED[name]
    with silent.undone(), refused("value: index stale"):
        silent.send(actor, function, *arguments)


def test_vault_stale_price__no_answer__everybody_leaves_with_all_that_is_theirs(
    silent: Lending,
) -> None:
    with silent.undone():
        silent.send(BORROWER, "close", BORROWER, BORROWER)
        silent.send(SECOND_BORROWER, "close", SECOND_BORROWER, SECOND_BORROWER)
        silent.send(LENDER, "redeem", silent.shares(LENDER), LENDER, LENDER)
        assert silent.tokens(BORROWER) == 101 * ONE
        assert silent.tokens(SECOND_BORROWER) == 100 * ONE
        pool = silent.pool()
        assert pool.scaled == 0
        assert silent.tokens(silent.address) == 0
        assert silent.sats(silent.address) - pool.cash // FIXED <= 2


@pytest.mark.parametrize(("kind", "debt"), [("covered", 7_000), ("delivery", 30_000)])
def test_vault_stale_price__index_of_five_days_ago__lends_nothing(kind: str, debt: int) -> None:
    lending = _opened(kind, debt)
    lending.issuance.send(STRANGER, "fund_reserve", 10**6)
    with lending.undone():
        lending.borrow(1_000)
    lending.chain.now += 4 * DAY
    reason = {"covered": "vault: valuation says stop", "delivery": "value: index stale"}[kind]
    with refused(reason):
        lending.borrow(1_000)
    for actor, function, arguments in EXITS.values():
        with lending.undone():
            lending.send(actor, function, *arguments)


def test_vault_stale_price__cash_counts_whatever_the_index_says__is_liquidated_by_it() -> None:
    """What covers a loan falls by a block-day a day: it needs no index to be sold in time."""
    lending = Lending("covered")
    lending.lend(10**6)
    lending.post(100)
    debt = lending.borrow_most()
    lending.chain.now += 6 * DAY
    assert lending.assess().is_stopped
    before = lending.sats(LIQUIDATOR)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, FOREVER // 2**40, 0, 0, LIQUIDATOR)
    assert debt < before - lending.sats(LIQUIDATOR) < debt + 100
    assert lending.debt() == 0
