"""Tokens of a loan sold for less than they are owed: an issuer stops paying, or puts a hundred
satoshi into an empty reserve, and buys back for that what it owes the tokens, or what it has yet to
deliver.

What is seized goes for no less than it is owed, or is counted for; where a buyer would pay the
debt, no stranger redeems it at a loss; and nothing is redeemed for dust.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    ISSUER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

ENOUGH = 10**9
EXACT = 10**36


def _unpaid(days: int) -> Lending:
    """Half of an issuance is posted for a loan; its issuer has delivered nothing for some days."""
    lending = Lending("delivery", values={"phi": ONE}, rate=0, speed=0)
    lending.lend(10**6)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow_most()
    for _ in range(days):
        lending.issuance.pass_day()
        with suppress(ChainError):  # where nothing is overdue yet
            lending.issuance.send(STRANGER, "cover")
        lending.issuance.send(STRANGER, "accrue")
    return lending


def _take_surplus(lending: Lending) -> None:
    """The issuer withdraws what the reserve need not hold."""
    read = lending.issuance.read
    value = read("totalSupply") * read("value")
    needed = -(-read("owed") // EXACT) + -(-value // (4 * EXACT))
    lending.issuance.send(ISSUER, "withdraw_reserve", read("reserve") - needed)


def test_vault_sold_promise__issuer_in_good_standing__nobody_redeems_at_a_loss() -> None:
    """The market fell by half. Whoever pays the debt takes 87 % of the tokens for it; redeeming all
    of them brings three quarters of it, and frees the issuer of the rest.
    """
    lending = Lending("delivery", rate=0, speed=0)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow_most()
    lending.issuance.pass_day(gained=23 * ONE)
    lending.issuance.deliver()
    _take_surplus(lending)
    lending.chain.now += DAY + 60  # the next block-day takes longer than a day
    debt, worth = lending.debt(), lending.assess()
    assert lending.issuance.read("status") == 0
    assert 1_000 * worth.payout * FIXED // ONE < debt * 4 // 5
    with refused("vault: worth more than redeemed"):
        lending.send(ATTACKER, "liquidate_to_reserve", BORROWER, ATTACKER)
    assets = lending.pool().assets
    lending.send(LIQUIDATOR, "liquidate", BORROWER, ENOUGH, 0, 0, LIQUIDATOR)
    assert lending.pool().assets >= assets
    assert lending.loan().collateral > 100 * ONE


@pytest.mark.parametrize("days", [10, 12, 13, 15, 16])
@pytest.mark.parametrize("funded", [0, 1, 100])
@pytest.mark.parametrize("dead", [False, True])
def test_vault_sold_promise__unpaid_and_dust_in_the_reserve__tokens_cost_what_they_are_owed(
    days: int, funded: int, dead: bool
) -> None:
    """Where the index is dead, nothing more is to come: what they are owed is all there is."""
    lending = _unpaid(days)
    if dead:
        lending.chain.now += 31 * DAY
        lending.send(STRANGER, "harvest", BORROWER)
    if funded:
        lending.issuance.send(ISSUER, "fund_reserve", funded)
    owed = lending.issuance.read("owed") * 1_000 // lending.issuance.read("totalSupply")
    streaming = lending.assess().streaming * 1_000 // ONE
    debt, before = lending.debt() // FIXED, lending.sats(ISSUER)
    lending.send(ISSUER, "liquidate", BORROWER, ENOUGH, 0, 0, ISSUER)
    paid = before - lending.sats(ISSUER)
    least = owed // ONE + streaming
    assert paid >= min(least * 99 // 100, debt)
    assert lending.tokens(ISSUER) <= 1_000 * ONE


def test_vault_sold_promise__unpaid_within_the_grace__makes_no_loan_one_to_liquidate() -> None:
    """Nine block-days before the end, three days unpaid: not late, and the reserve holds what it
    must. Counted without what is owed, the tokens would go for a fifth of what they are owed and
    get.
    """
    lending = Lending("delivery", rate=0, speed=0)
    lending.lend(10**6)
    lending.issuance.mint(BORROWER, 1_000)
    lending.issuance.pass_days(1)
    for _ in range(30):
        lending.issuance.deliver()
        lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY // 2
    _take_surplus(lending)
    lending.send(BORROWER, "post", 1_000 * ONE, BORROWER)
    lending.borrow_most()
    lending.chain.now -= DAY // 2
    for _ in range(3):
        lending.issuance.pass_day()
        lending.issuance.send(STRANGER, "accrue")
    assert lending.issuance.read("status") == 2
    for call in (
        ("liquidate", BORROWER, ENOUGH, 0, 0, ISSUER),
        ("liquidate_to_reserve", BORROWER, ISSUER),
    ):
        with refused("vault: loan is healthy"):
            lending.send(ISSUER, *call)


@pytest.mark.parametrize("funded", [0, 1, 100])
def test_vault_sold_promise__paid_and_nothing_in_the_reserve__tokens_cost_what_is_to_come(
    funded: int,
) -> None:
    """It was late, and has paid: nothing is owed, and 26 block-days at 44 are to come to each
    token.
    """
    lending = _unpaid(16)
    lending.issuance.deliver()
    lending.chain.now += DAY + 60  # the next block-day takes longer than a day
    if funded:
        lending.issuance.send(ISSUER, "fund_reserve", funded)
    assert lending.issuance.read("owed") == 0
    assert lending.issuance.read("value") == 26 * 44 * ONE
    debt = -(-lending.debt() // FIXED)
    assert debt > 250_000
    before = lending.sats(ISSUER)
    lending.send(ISSUER, "liquidate", BORROWER, ENOUGH, 0, 0, ISSUER)
    assert before - lending.sats(ISSUER) == debt
    assert lending.loan().collateral > 600 * ONE


def test_vault_sold_promise__paid_and_nothing_in_the_reserve__no_debt_is_swapped_for_tokens() -> (
    None
):
    """The borrower would be rid of its debt for a third of its tokens, at what is expected of an
    issuer that pays for another week; left alone, the loan is repaid by then.
    """
    lending = _unpaid(16)
    lending.issuance.deliver()
    lending.chain.now += DAY + 60  # the next block-day takes longer than a day
    with refused("vault: issuer has its grace"):
        lending.send(BORROWER, "liquidate_to_reserve", BORROWER, BORROWER)
    for _ in range(6):
        lending.issuance.pass_day()
        lending.issuance.deliver()
    lending.chain.now += DAY
    lending.send(STRANGER, "harvest", BORROWER)
    assert lending.debt() == 0
    assert lending.pool().cash == 10**6 * FIXED
    assert lending.loan().collateral == 1_000 * ONE


@pytest.mark.parametrize("payout", [1, 8])
def test_vault_sold_promise__redemption_below_a_hundredth_of_the_debt__gives_nothing_up(
    payout: int,
) -> None:
    """For 880 satoshi a thousand tokens would be burnt that get 44,000 a day."""
    lending = Lending("double", rate=0, speed=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(880_000)
    lending.set_worth(payout * ONE)
    redeemed = lending.logged(ISSUER, "liquidate_to_reserve", BORROWER, ISSUER)["Redeemed"]
    assert (redeemed["seized"], redeemed["paid"]) == (1_000 * ONE, 0)
    assert lending.tokens(lending.address) == 1_000 * ONE
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY
    assert lending.read("totalAssets") in (120_000 + 43_999, 120_000 + 44_000)
