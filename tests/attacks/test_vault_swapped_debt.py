"""A borrower swaps its debt for a part of its tokens: the reserve is empty, so that the loan is
unhealthy and redemption pays nothing. If the vault kept as many tokens as the debt is worth, at
what they are owed or will deliver, and wrote the debt off, the rest would go home; of a loss
that the issuer brings, the lenders would bear a part from then on that was the borrower's.

While the issuer is not late nothing is kept: the tokens go on repaying. In default the vault keeps
as many as are promised four times the debt: a quarter of that brings it.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import Issuance
from tests.support.lending import (
    BORROWER,
    FIXED,
    ISSUER,
    ONE,
    SECOND_BORROWER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

LENT = 10**6


def _leave_unpaid(lending: Lending, days: int) -> None:
    """Post half of an issuance for as much as may be lent; then its issuer pays nothing."""
    lending.lend(LENT)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow_most()
    for _ in range(days):
        lending.issuance.pass_day()
        with suppress(ChainError):  # nothing is overdue yet, or nothing is left
            lending.issuance.send(STRANGER, "cover")
        lending.issuance.send(STRANGER, "accrue")


def test_vault_swapped_debt__issuer_was_late_and_has_paid__the_tokens_go_on_repaying() -> None:
    lending = Lending("delivery", values={"phi": ONE}, rate=0, speed=0)
    _leave_unpaid(lending, 16)
    lending.issuance.deliver()
    lending.chain.now += DAY + 60
    assert lending.issuance.read("reserve") == lending.assess().payout == 0
    owed = lending.debt()
    with refused("vault: issuer has its grace"):
        lending.send(BORROWER, "liquidate_to_reserve", BORROWER, BORROWER)
    for _ in range(7):
        lending.issuance.pass_day()
        lending.issuance.deliver()
    lending.chain.now += DAY
    lending.send(STRANGER, "harvest", BORROWER)
    assert owed > 200_000 * FIXED
    assert lending.debt() == 0
    assert lending.pool().cash >= LENT * FIXED


@pytest.mark.parametrize("percent", [20, 25, 50])
def test_vault_swapped_debt__issuer_pays_a_part_of_what_it_owes__the_lenders_come_first(
    percent: int,
) -> None:
    """Six weeks unpaid, a token is owed eight times its debt; then a part of that comes."""
    issuance = Issuance(ratio=ONE // 20, reference=10 * ONE)
    lending = Lending("delivery", issuance, rate=0, speed=0)
    _leave_unpaid(lending, 41)
    lending.chain.now += DAY + 60
    lending.send(STRANGER, "harvest", BORROWER)
    debt, owed = lending.debt(), lending.issuance.read("owed") // 10**36
    assert debt > 200_000 * FIXED
    assert owed // 2 > 5 * debt // FIXED
    lending.send(BORROWER, "liquidate_to_reserve", BORROWER, BORROWER)
    assert lending.loan().collateral < 500 * ONE
    lending.issuance.send(ISSUER, "deliver", owed * percent // 100)
    lending.chain.now += DAY
    lending.send(STRANGER, "harvest", BORROWER)
    got_back = Fraction(lending.pool().cash - LENT * FIXED + debt, debt)
    assert abs(got_back - Fraction(4 * percent, 100)) < Fraction(1, 1_000)
