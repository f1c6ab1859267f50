"""Interest floored to satoshi at every touch: a debt of 1 BTC at 5 % a year brings two satoshi less
a little every twelve seconds, and who touches the vault each block takes 47 % of the lenders'
income.

So debts are kept to 2^-32 satoshi, and a call for a day and one in each block come to the same.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.lending import ATTACKER, BORROWER, FIXED, ONE, Lending

BLOCK = 12
DEBT = 10**8
HOURS = 2


def test_vault_floored_interest__a_stranger_s_call_in_each_block__costs_lenders_nothing() -> None:
    # The same rate whatever is lent.
    lending = Lending("double", rate=ONE // 20, speed=0, steepness=ONE)
    lending.set_worth(10**6 * ONE)
    lending.lend(2 * DEBT)
    lending.post(1_000)
    lending.borrow(DEBT)
    start = lending.chain.now
    with lending.undone():
        lending.chain.now = start + HOURS * 3_600
        untouched, assets = lending.debt(), lending.pool().assets
    for _ in range(HOURS * 3_600 // BLOCK):
        lending.chain.now += BLOCK
        lending.send(ATTACKER, "harvest", BORROWER)
    assert lending.chain.now == start + HOURS * 3_600
    interest = untouched - DEBT * FIXED
    assert interest // FIXED == DEBT * HOURS * 3_600 // (20 * 365 * DAY)
    assert abs(lending.debt(BORROWER) - untouched) < FIXED
    assert abs(lending.pool().assets - assets) < FIXED
