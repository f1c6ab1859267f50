"""The last lender or borrower leaves with rewards pending: a division by zero locks the vault, or
money is left that is nobody's. Whoever leaves takes what is its own to the satoshi, and others can
come.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.lending import (
    BORROWER,
    FEE_RECEIVER,
    FIXED,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_LENDER,
    STRANGER,
    Lending,
)


def test_vault_last_leaver__borrower_with_a_stream__takes_what_it_has_earned_and_the_tokens() -> (
    None
):
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(1_000)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY // 2
    before = lending.sats(BORROWER)
    lending.send(BORROWER, "close", BORROWER, BORROWER)
    assert lending.sats(BORROWER) - before == 2_200 - 1_000 - 1  # and a part of one, later
    assert lending.tokens(BORROWER) == 100 * ONE
    pool = lending.pool()
    assert (pool.scaled, pool.lent) == (0, 0)
    lending.chain.now += DAY // 2
    lending.issuance.send(STRANGER, "claim", BORROWER)
    assert lending.sats(BORROWER) - before in (4_398 - 1_000, 4_399 - 1_000)
    lending.send(LENDER, "redeem", lending.shares(LENDER), LENDER, LENDER)
    assert lending.pool().assets < FIXED
    assert lending.sats(lending.address) <= 2


def test_vault_last_leaver__everybody__leaves_a_vault_that_others_can_use() -> None:
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.chain.now += DAY
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(800_000)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += 30 * DAY
    lending.send(BORROWER, "close", BORROWER, BORROWER)
    lending.send(STRANGER, "collect_fees")
    for lender in (LENDER, FEE_RECEIVER):
        lending.send(lender, "redeem", lending.shares(lender), lender, lender)
    pool = lending.pool()
    assert (pool.shares, pool.scaled) == (0, 0)
    assert pool.assets < 3 * FIXED
    # A day with nothing in it.
    lending.chain.now += DAY
    assert lending.read("totalAssets") <= 2
    lending.lend(10**6, SECOND_LENDER)
    assert abs(lending.read("convertToAssets", lending.shares(SECOND_LENDER)) - 10**6) <= 3
    lending.send(BORROWER, "post", 1_000 * ONE, BORROWER)
    lending.borrow(800_000)
    assert lending.pool().lent // FIXED in (800_000, 800_001)


def test_vault_last_leaver__lender_while_the_vault_keeps_tokens__takes_what_they_have_earned() -> (
    None
):
    """And may stay for what they will: a share is enough for nearly all of it."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(800_000)
    lending.set_worth(0)
    lending.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY // 2
    before = lending.sats(LENDER)
    with lending.undone():
        lending.send(LENDER, "redeem", lending.shares(LENDER), LENDER, LENDER)
        assert lending.sats(LENDER) - before in (221_999, 222_000)
        lending.chain.now += DAY // 2
        assert lending.pool().shares == 0
        assert abs(lending.read("totalAssets") - 22_000) <= 1
    kept = 10**9  # a thousandth
    lending.send(LENDER, "redeem", lending.shares(LENDER) - kept, LENDER, LENDER)
    lending.chain.now += DAY // 2
    lending.send(LENDER, "redeem", kept, LENDER, LENDER)
    assert 222_000 + 21_950 < lending.sats(LENDER) - before <= 244_000
