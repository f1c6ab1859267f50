"""An issuer cancels what it owes the tokens of a loan: it lets the reserve run low, puts a little
in, and has the loan liquidated through the reserve, which burns the tokens for that little and with
them all that they are owed.

While the reserve holds less than is owed, and the issuer is not late yet, no loss is realised; once
it is late, the reserve pays all holders before tokens are redeemed. Nor does dust in the reserve
put a liquidation off for longer than the grace.
"""

from __future__ import annotations

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
    STRANGER,
    Lending,
)
from tests.support.relay import refused

TO_RESERVE = ("liquidate_to_reserve", BORROWER, ISSUER)
PENDING = "vault: issuer has its grace"
EXACT = 10**36


def _withdraw_surplus(lending: Lending) -> None:
    read = lending.issuance.read
    needed = -(-read("totalSupply") * read("value") // (4 * EXACT))
    lending.issuance.send(ISSUER, "withdraw_reserve", read("reserve") - needed)


@pytest.fixture
def lending() -> Lending:
    """A loan of 82,000 against cash that nobody liquidated for 22 days, none of which paid; of the
    reserve the issuer has left 45,000. Then two days came that owe 44,000 each, and are unpaid.
    """
    lending = Lending("covered", rate=0, speed=0)
    lending.lend(10**6)
    lending.post(1_000)
    assert lending.borrow_most() == 82_952
    lending.issuance.pass_days(22, gained=ONE)
    _withdraw_surplus(lending)
    assert lending.issuance.read("reserve") == 50_000
    for _ in range(2):
        lending.issuance.pass_day()
        lending.issuance.send(STRANGER, "accrue")
    assert lending.issuance.read("owed") == 88_000 * EXACT
    return lending


@pytest.mark.parametrize("funded", [0, 1, 30_000])
def test_vault_cancelled_promise__reserve_below_what_is_owed__burns_nothing_within_the_grace(
    lending: Lending, funded: int
) -> None:
    if funded:
        lending.issuance.send(ISSUER, "fund_reserve", funded)
    with refused(PENDING):
        lending.send(ISSUER, *TO_RESERVE)
    assert lending.issuance.read("owed") == 88_000 * EXACT
    # Whether the issuer pays now or the reserve must later, what is owed repays the loan.
    lending.issuance.deliver()
    lending.chain.now += DAY
    lending.send(STRANGER, "harvest", BORROWER)
    assert lending.debt() == 0
    assert lending.loan().collateral == 1_000 * ONE


def test_vault_cancelled_promise__overdue__is_paid_before_tokens_are_redeemed(
    lending: Lending,
) -> None:
    """Else redemption brings their part of the reserve alone, and what they are owed is gone."""
    lending.chain.now += 2 * DAY + 1
    assert lending.issuance.read("status") == 4
    lending.issuance.send(ISSUER, "fund_reserve", 1)
    with refused("vault: rewards still to come"):
        lending.send(ISSUER, *TO_RESERVE)
    lending.issuance.send(STRANGER, "cover")
    lending.chain.now += DAY
    redeemed = lending.logged(LIQUIDATOR, *TO_RESERVE)["Redeemed"]
    # The reserve has paid all it had, to the loan; the tokens are kept, and owed the rest.
    assert redeemed["paid"] == 0
    assert abs(redeemed["bad_debt"] - (82_952 - 50_001) * FIXED) < FIXED
    assert lending.tokens(lending.address) == 1_000 * ONE
    assert lending.issuance.read("owed") == (88_000 - 50_001) * EXACT
    before = lending.pool().assets
    lending.issuance.deliver()
    lending.chain.now += DAY
    # All that was owed is theirs who lost; of four times the debt the tokens were not owed more.
    assert lending.loan()[:3] == (0, 0, 0)
    assert abs(lending.pool().assets - before - (88_000 - 50_001) * FIXED) < FIXED


def test_vault_cancelled_promise__dust_each_day__gains_the_grace_alone(lending: Lending) -> None:
    refusals = []
    for _ in range(4):
        lending.issuance.send(ATTACKER, "fund_reserve", 1)
        try:
            with lending.undone():
                lending.send(LIQUIDATOR, *TO_RESERVE)
        except ChainError as error:
            refusals.append(error.reason)
        lending.issuance.pass_day()
        lending.issuance.send(STRANGER, "accrue")
    # From then on it is overdue: what is in the reserve is paid to holders, and waited for.
    assert refusals == [PENDING] * 3 + ["vault: rewards still to come"]
    lending.issuance.send(ATTACKER, "fund_reserve", 1)
    lending.issuance.send(STRANGER, "cover")
    lending.chain.now += DAY
    lending.issuance.send(ATTACKER, "fund_reserve", 1)
    lending.send(LIQUIDATOR, *TO_RESERVE)
    assert lending.loan().scaled == 0
    assert lending.pool().keeps_tokens
