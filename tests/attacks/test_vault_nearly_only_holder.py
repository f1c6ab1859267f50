"""The vault redeems nearly all tokens that there are: what was streaming to them has no other
holder to stay with, and is the vault's at once. Counted for nobody, it would be locked in the
vault.
"""

from __future__ import annotations

import pytest

from tests.support.lending import (
    BORROWER,
    FIXED,
    ISSUER,
    LENDER,
    LIQUIDATOR,
    ONE,
    STRANGER,
    Lending,
)

STREAMED = 44_000


@pytest.mark.parametrize("elsewhere", [0, ONE // 2, ONE - 1])
def test_vault_nearly_only_holder__stream_paid_at_once__repays_the_loan(elsewhere: int) -> None:
    """Less than a token is left to others: they hold on to no stream of others."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.issuance.mint(BORROWER, 1_000)
    lending.issuance.send(BORROWER, "transfer", STRANGER, elsewhere)
    posted = 1_000 * ONE - elsewhere
    lending.send(BORROWER, "post", posted, BORROWER)
    lending.borrow(880_000)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.set_worth(457 * ONE)
    debt, assets = lending.debt(), lending.pool().assets
    redeemed = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)["Redeemed"]
    assert redeemed["seized"] == posted
    streamed = STREAMED * posted // (1_000 * ONE)
    recovered = redeemed["paid"] - redeemed["reward"] + streamed
    assert abs(redeemed["bad_debt"] - (debt - recovered * FIXED)) <= FIXED
    assert abs(assets - lending.pool().assets - redeemed["bad_debt"]) <= FIXED
    # All of it is there, and goes to the lender.
    most = lending.read("maxWithdraw", LENDER)
    assert abs(most - (10**6 - 880_000 + recovered)) <= 1
    lending.send(LENDER, "withdraw", most, LENDER, LENDER)
    lending.issuance.send(STRANGER, "claim", lending.address)
    assert lending.sats(lending.address) <= 2
    assert lending.pool().credited <= lending.issuance.read("earned", lending.address)


def test_vault_nearly_only_holder__more_than_the_debt__is_the_borrowers() -> None:
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(480_000)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.set_worth(500 * ONE, 457 * ONE)
    call = ("liquidate_to_reserve", BORROWER, ISSUER)
    redeemed = lending.logged(ISSUER, *call)["Redeemed"]
    assert redeemed["bad_debt"] == 0
    credit = redeemed["paid"] - redeemed["reward"] + STREAMED - 480_000
    assert 0 < credit * FIXED - lending.loan().credit <= FIXED
    before = lending.sats(BORROWER)
    lending.send(BORROWER, "withdraw_credit", BORROWER, BORROWER)
    assert lending.sats(BORROWER) - before == credit - 1
