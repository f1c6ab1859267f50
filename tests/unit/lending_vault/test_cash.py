"""A vault pays out the lenders' own satoshi, and no others: neither what is lent, nor gifts."""

from __future__ import annotations

import pytest

from tests.support.lending import (
    BORROWER,
    FOREVER,
    LENDER,
    ONE,
    SECOND_BORROWER,
    VIRTUAL_SHARES,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused

CASH = 920_000
"""Satoshi that the fixture's loan leaves."""


@pytest.mark.parametrize("given", ["nothing", "satoshi", "rewards"])
def test_cash__more_than_there_is__refused(borrowed: Lending, given: str) -> None:
    """Neither what was sent to it, nor another's rewards."""
    borrowed.post(2_000, SECOND_BORROWER)
    if given == "satoshi":
        with borrowed.chain.acting_as(LENDER):
            borrowed.chain.send("BitcoinDouble", borrowed.btc, "transfer", borrowed.address, 10**6)
    if given == "rewards":
        borrowed.send(BORROWER, "withdraw_collateral", 9 * ONE, SECOND_BORROWER, BORROWER)
        pass_rewarded_day(borrowed)
        borrowed.send(BORROWER, "harvest", SECOND_BORROWER)
        borrowed.issuance.send(BORROWER, "claim", borrowed.address)
        assert borrowed.sats(borrowed.address) > CASH + 80_000
    borrowed.send(LENDER, "approve", SECOND_BORROWER, FOREVER)
    more = 1 + (borrowed.loan(SECOND_BORROWER).credit >> 32)
    for actor, function, arguments in (
        (LENDER, "withdraw", (CASH + 1, LENDER, LENDER)),
        (LENDER, "redeem", ((CASH + 1) * VIRTUAL_SHARES, LENDER, LENDER)),
        (SECOND_BORROWER, "withdraw", (10**6, SECOND_BORROWER, LENDER)),
        (SECOND_BORROWER, "borrow", (CASH + more, SECOND_BORROWER, SECOND_BORROWER)),
    ):
        with refused("vault: not enough cash"):
            borrowed.send(actor, function, *arguments)
    borrowed.send(LENDER, "withdraw", CASH, LENDER, LENDER)


def test_cash__all_of_it__can_be_borrowed_and_withdrawn_when_it_is_back(lent: Lending) -> None:
    lent.post(2_000)
    lent.borrow(10**6)
    assert lent.pool().cash == lent.sats(lent.address) == 0
    assert lent.read("maxWithdraw", LENDER) == 0
    assert lent.read("maxRedeem", LENDER) == VIRTUAL_SHARES - 1  # worth nothing
    lent.send(BORROWER, "repay", 500_000, BORROWER)
    assert lent.read("maxWithdraw", LENDER) == 500_000
    lent.send(LENDER, "withdraw", 500_000, LENDER, LENDER)
    lent.send(BORROWER, "repay_all", BORROWER)
    lent.send(LENDER, "redeem", lent.shares(LENDER), LENDER, LENDER)
    assert lent.read("totalSupply") == lent.sats(lent.address) == 0
