"""Days whose hashprice everybody knows already, and the index does not yet, are bought at the
price of before. So nothing is sold while the index is more than four days behind, nor of the last
four days.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, HOLDER, ISSUER, ONE, SAT, TERM, Issuance
from tests.support.relay import refused


@pytest.fixture
def issuance() -> Issuance:
    """A holder has 1,000 tokens; days then gain ten times as much as before."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, HOLDER)
    return issuance


def test_known_days__with_an_index_five_days_behind__are_not_sold(issuance: Issuance) -> None:
    """Each known day at 500 satoshi nets 485, and was offered at 48."""
    issuance.chain.now += 4 * DAY
    with issuance.undone():
        issuance.mint(ATTACKER, 1)
    issuance.chain.now += 1
    with refused("token: index stale"):
        issuance.mint(ATTACKER, 1)
    with refused("token: index stale"):
        issuance.read("preview_mint", ONE)


def test_known_days__that_closed_meanwhile__are_paid_in_and_not_sold(issuance: Issuance) -> None:
    issuance.chain.now += 5 * DAY
    for _ in range(5):
        issuance.close(500 * ONE)
    with refused("token: coverage below ratio"):  # by tokens that are now worth eleven times
        issuance.mint(ATTACKER, 1)
    issuance.send(BUYER, "fund_reserve", 10**8)
    with refused("token: price below reserve"):
        issuance.mint(ATTACKER, 1)
    assert issuance.read("owed") == 5 * 485_000 * SAT  # all of it the holder's
    issuance.send(ISSUER, "set_sale", 1_000 * ONE, 2_000 * ONE)
    cost = issuance.read("preview_mint", ONE)[0]
    assert cost == 1_000 * (TERM - 5) + 5 * 485  # the days that are left, and what those are owed


def test_known_days__the_last_four__are_not_sold(issuance: Issuance) -> None:
    for _ in range(TERM - 5):
        issuance.pass_day()
        issuance.deliver()
    with issuance.undone():
        issuance.mint(ATTACKER, 1)
    issuance.pass_day()
    issuance.deliver()
    with refused("token: term nearly over"):
        issuance.mint(ATTACKER, 1)


def test_known_days__of_a_disputed_chain__are_not_sold(issuance: Issuance) -> None:
    issuance.chain.send("IndexDouble", issuance.index, "dispute", 101)
    with refused("token: index disputed"):
        issuance.mint(ATTACKER, 1)
