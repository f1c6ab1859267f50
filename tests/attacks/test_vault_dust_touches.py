"""Thousands of transfers of nothing cut what the token says that the vault has earned, each time by
a part of 2^-32 satoshi: credits that are counted by the index alone would come to exceed it, and
the last to leave would find the vault a satoshi short.

So all credits together are at most what the token says; and what is claimed behind the vault's back
is the vault's as well.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.lending import (
    ATTACKER,
    BORROWERS,
    FIXED,
    LENDER,
    ONE,
    STRANGER,
    Lending,
)

TOUCHES = 3_000


@pytest.fixture
def lending() -> Lending:
    """Three have posted a third of a token each, and a part of it more; one has borrowed."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(10_000 * ONE)
    lending.lend(10**6)
    for number, borrower in enumerate(BORROWERS):
        lending.issuance.mint(borrower, 1)
        lending.send(borrower, "post", ONE // 3 + number, borrower)
    lending.borrow(1_500, BORROWERS[0])
    lending.issuance.pass_day()
    lending.issuance.deliver()
    return lending


def test_vault_dust_touches__thousands_of_empty_transfers__credits_stay_below_what_is_earned(
    lending: Lending,
) -> None:
    issuance, vault = lending.issuance, lending.address
    growth = -int(issuance.read("index"))
    for _ in range(TOUCHES):
        lending.chain.now += 7
        issuance.send(ATTACKER, "transfer", vault, 0)
    growth += int(issuance.read("index"))
    earned = issuance.read("earned", vault)
    # What three loans are due by the index alone is more than the token knows of.
    due = sum((ONE // 3 + number) * growth * FIXED // 10**27 for number in range(3))
    assert TOUCHES // 4 < due - earned < TOUCHES
    for borrower in BORROWERS:
        lending.send(STRANGER, "harvest", borrower)
    pool = lending.pool()
    assert pool.credited <= issuance.read("earned", vault)
    assert pool.credited > due - TOUCHES - 4
    assert (pool.credited - earned) >> 32 == 0


def test_vault_dust_touches__and_everybody_leaves__is_paid_in_full(lending: Lending) -> None:
    issuance, vault = lending.issuance, lending.address
    for _ in range(200):
        lending.chain.now += DAY // 200 + 1
        issuance.send(ATTACKER, "transfer", vault, 0)
        issuance.send(ATTACKER, "claim", vault)
    for borrower in BORROWERS:
        lending.send(borrower, "close", borrower, borrower)
        assert lending.tokens(borrower) == ONE
    lending.send(LENDER, "redeem", lending.shares(LENDER), LENDER, LENDER)
    assert lending.pool().shares == 0
    left = lending.pool().cash + sum(lending.loan(borrower).credit for borrower in BORROWERS)
    assert left <= lending.sats(vault) * FIXED + issuance.read("earned", vault) % FIXED
    assert lending.sats(vault) <= 3


@pytest.mark.parametrize("claims", [0, 1, 5])
def test_vault_dust_touches__claimed_by_strangers__changes_nothing(
    lending: Lending, claims: int
) -> None:
    for _ in range(5):
        lending.chain.now += DAY // 5 + 1
        if claims:
            lending.issuance.send(ATTACKER, "claim", lending.address)
            claims -= 1
    borrower = BORROWERS[1]
    before = lending.sats(borrower)
    lending.send(borrower, "close", borrower, borrower)
    assert lending.sats(borrower) - before == 14
    most = lending.read("maxWithdraw", LENDER)
    assert most == 10**6 - 1_500
    lending.send(LENDER, "withdraw", most, LENDER, LENDER)
