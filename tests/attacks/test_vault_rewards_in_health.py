"""Rewards that are owed or streaming vanish from a loan's health: a borrower is liquidated because
its issuer has just paid, for what left the reserve, or the debt, has not arrived.

What a token is owed, what streams to it and what has arrived are one amount on its way, and count
at each place.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.lending import BORROWER, FIXED, LIQUIDATOR, ONE, STRANGER, Lending
from tests.support.relay import refused


def _is_safe(lending: Lending) -> bool:
    """The loan is healthy, and nobody can liquidate it."""
    for call in (("liquidate", BORROWER, 1_000, 0, 0), ("liquidate_to_reserve", BORROWER)):
        with refused("vault: loan is healthy"):
            lending.send(LIQUIDATOR, *call, LIQUIDATOR)
    return True


def test_vault_rewards_in_health__owed_then_delivered__count_until_they_are_credited() -> None:
    lending = Lending("covered")
    lending.lend(10**6)
    lending.post(1_000)
    lending.issuance.send(STRANGER, "fund_reserve", 10**6)  # not short while something is owed
    lending.issuance.pass_day()
    # 44 are owed to each, and of 37 days all but four secure 2.5: 0.9 x 0.98 x 0.99 of that.
    lending.borrow(115_000)
    assert _is_safe(lending)
    lending.issuance.deliver()
    assert lending.issuance.read("owed") == 0
    for _ in range(24):
        assert _is_safe(lending)
        lending.chain.now += DAY // 24
    assert (115_000 - 44_000) * FIXED <= lending.debt() < (115_000 - 43_950) * FIXED


def test_vault_rewards_in_health__paid_by_the_reserve__count_like_those_of_the_issuer() -> None:
    lending = Lending("covered")
    lending.lend(10**6)
    lending.post(1_000)
    lending.issuance.send(STRANGER, "fund_reserve", 10**6)
    lending.issuance.pass_day()
    lending.borrow(105_000)  # three days on, the certain days are three less
    lending.chain.now += 3 * DAY + 1
    assert _is_safe(lending)
    lending.issuance.send(STRANGER, "cover")
    for _ in range(24):
        assert _is_safe(lending)
        lending.chain.now += DAY // 24
    lending.send(STRANGER, "harvest", BORROWER)
    assert lending.loan().collateral == 1_000 * ONE
    assert lending.debt() < (105_000 - 43_900) * FIXED
