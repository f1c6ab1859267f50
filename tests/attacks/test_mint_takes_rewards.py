"""A mint takes a share of rewards that are owed already, or streaming: 90 % of seven days' income
in one attack. So the buyer pays both parts in, rounded up.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, FOREVER, HOLDER, ONE, SAT, STRANGER, Issuance

DAYS = 7
INCOME = DAYS * 44_000


@pytest.fixture
def issuance() -> Issuance:
    """A holder of 1,000 tokens is owed a week; nine times as many are for sale."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.send(STRANGER, "fund_reserve", INCOME)
    issuance.pass_days(DAYS)
    issuance.send(STRANGER, "accrue")
    assert issuance.read("owed") == INCOME * SAT
    return issuance


def test_mint_takes_rewards__owed__are_paid_in_by_the_buyer(issuance: Issuance) -> None:
    quote = issuance.read("preview_mint", 9_000 * ONE)
    cost, to_reserve, to_stream, to_issuer = quote
    assert cost - to_reserve - to_stream - to_issuer == 0
    assert cost == 48 * 35 * 9_000 + 9 * INCOME
    before = issuance.read("reserve")
    issuance.send(ATTACKER, "mint", 9_000 * ONE, cost, ATTACKER)
    assert issuance.read("owed") == 10 * INCOME * SAT  # per token what it was
    # For each token the same reserve as before: 462, of which 385 now need to be.
    assert issuance.read("reserve") - before == 9_000 * 462 + 9 * INCOME

    issuance.deliver(10 * INCOME)
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) in (INCOME - 1, INCOME)
    assert issuance.read("claimable", ATTACKER) <= 9 * INCOME  # what it paid in


def test_mint_takes_rewards__streaming__are_paid_in_by_the_buyer(issuance: Issuance) -> None:
    issuance.deliver()
    _, _, to_stream, _ = issuance.read("preview_mint", 9_000 * ONE)
    assert to_stream in (9 * INCOME - 1, 9 * INCOME)
    issuance.mint(ATTACKER, 9_000)
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) in (INCOME - 1, INCOME)
    assert 0 <= to_stream - issuance.read("claimable", ATTACKER) <= 1


def test_mint_takes_rewards__half_of_the_day_later__half_of_it(issuance: Issuance) -> None:
    issuance.deliver()
    issuance.chain.now += DAY // 2
    event = issuance.logged(ATTACKER, "mint", 9_000 * ONE, FOREVER, ATTACKER)["Minted"]
    assert event["to_stream"] in (9 * INCOME // 2 - 1, 9 * INCOME // 2)
    issuance.chain.now += DAY // 2
    assert issuance.read("claimable", HOLDER) in (INCOME - 1, INCOME)
    assert 0 <= event["to_stream"] - issuance.read("claimable", ATTACKER) <= 1


def test_mint_takes_rewards__in_a_thousand_small_mints__not_a_satoshi(issuance: Issuance) -> None:
    """Each rounds up, so that many pay more than one and never less."""
    issuance.deliver()
    price, to_stream = 48 * 35, DAYS * 44
    assert issuance.read("preview_mint", ONE)[0] == price + to_stream
    paid = streamed = 0
    for _ in range(1_000):
        event = issuance.logged(ATTACKER, "mint", ONE // 1_000, FOREVER, ATTACKER)["Minted"]
        paid += event["cost"] - event["to_stream"]
        streamed += event["to_stream"]
    assert paid >= price
    assert streamed >= to_stream
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) in (INCOME - 1, INCOME, INCOME + 1)
