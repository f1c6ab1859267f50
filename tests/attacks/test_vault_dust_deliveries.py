"""Dust stops a liquidation through the reserve for ever: a satoshi delivered each hour, so that
rewards are always still to come; a satoshi in the reserve, so that it is never empty.

Rewards worth waiting for are a hundredth of the debt; and what is in the reserve of an issuer that
is overdue is paid to its holders first.
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
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

TO_COME = "vault: rewards still to come"
TO_RESERVE = ("liquidate_to_reserve", BORROWER, LIQUIDATOR)


def _unpaid(days: int) -> Lending:
    """Half of an issuance is posted for a loan; its issuer has delivered nothing for some days, and
    the reserve pays what is overdue as soon as it can.
    """
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


@pytest.fixture
def defaulted() -> Lending:
    """Nothing is left in the reserve, and nothing streams."""
    lending = _unpaid(16)
    assert lending.issuance.read("reserve") == 0
    assert lending.assess().streaming == 0
    return lending


def test_vault_dust_deliveries__a_satoshi_every_ten_minutes__stops_nothing(
    defaulted: Lending,
) -> None:
    for _ in range(144):
        defaulted.issuance.send(ATTACKER, "deliver", 1)
        defaulted.chain.now += 600
    defaulted.issuance.send(ATTACKER, "deliver", 100)
    assert defaulted.assess().streaming != 0
    assert defaulted.logged(LIQUIDATOR, *TO_RESERVE)["Redeemed"]["seized"] == 1_000 * ONE


def test_vault_dust_deliveries__a_hundredth_of_the_debt__is_worth_a_day(defaulted: Lending) -> None:
    """To wait costs whoever makes others wait as much as it brings the lenders."""
    debt = defaulted.debt() // FIXED
    hundredth = 2 * debt // 100  # half of it streams to the tokens of the loan
    with defaulted.undone():
        defaulted.issuance.send(ATTACKER, "deliver", hundredth * 99 // 100)
        defaulted.send(LIQUIDATOR, *TO_RESERVE)
    defaulted.issuance.send(ATTACKER, "deliver", hundredth * 102 // 100)
    with refused(TO_COME):
        defaulted.send(LIQUIDATOR, *TO_RESERVE)
    defaulted.chain.now += DAY
    redeemed = defaulted.logged(LIQUIDATOR, *TO_RESERVE)["Redeemed"]
    assert redeemed["bad_debt"] // FIXED < debt * 99 // 100


def test_vault_dust_deliveries__what_the_reserve_has_just_paid__is_waited_for() -> None:
    """Who redeems would leave it to others; a day later it has repaid a part of the loan."""
    lending = _unpaid(15)
    assert lending.issuance.read("reserve") == 0
    assert 21 * ONE < lending.assess().streaming <= 22 * ONE
    debt = lending.debt() // FIXED
    with refused(TO_COME):
        lending.send(LIQUIDATOR, *TO_RESERVE)
    lending.chain.now += DAY
    lending.send(STRANGER, "harvest", BORROWER)
    assert debt - 22_000 <= lending.debt() // FIXED < debt - 21_900
    lending.send(LIQUIDATOR, *TO_RESERVE)


@pytest.mark.parametrize("dust", [1, 3, 1_000])
def test_vault_dust_deliveries__dust_in_the_reserve_of_who_is_overdue__is_paid_to_holders(
    defaulted: Lending, dust: int
) -> None:
    """It is neither a reason to wait, nor for it are tokens burnt that are owed more."""
    owed = defaulted.issuance.read("owed")
    defaulted.issuance.send(ATTACKER, "fund_reserve", dust)
    redeemed = defaulted.logged(LIQUIDATOR, *TO_RESERVE)["Redeemed"]
    assert (redeemed["paid"], redeemed["seized"]) == (0, 1_000 * ONE)
    assert defaulted.issuance.read("owed") == owed - dust * 10**36
    assert defaulted.tokens(defaulted.address) == 1_000 * ONE
