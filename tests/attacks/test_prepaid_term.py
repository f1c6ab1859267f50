"""An issuer prepays the term to itself while it holds every token, takes the money back as
rewards, and then sells the empty tokens. So what exceeds the debt is a gift, and reduces no later
debt.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import BUYER, ISSUER, ONE, RICH, SAT, STRANGER, TERM, Issuance

TERM_INCOME = TERM * 44


def test_prepaid_term__by_an_issuer_to_itself__is_owed_in_full_to_who_buys() -> None:
    issuance = Issuance()
    issuance.mint(ISSUER, 100)
    issuance.deliver(100 * TERM_INCOME)
    issuance.chain.now += DAY
    issuance.send(ISSUER, "claim", ISSUER)
    assert issuance.sats(ISSUER) in (RICH - 46_200 - 1, RICH - 46_200)  # the reserve alone
    issuance.send(ISSUER, "transfer", BUYER, 100 * ONE)

    issuance.close()
    issuance.pass_days(TERM - 1)
    issuance.send(STRANGER, "accrue")
    assert issuance.read("owed") == 100 * TERM_INCOME * SAT
    assert issuance.read("delivered") == 0


def test_prepaid_term__beyond_a_day_that_is_owed__pays_that_day_and_no_other() -> None:
    issuance = Issuance()
    issuance.mint(BUYER, 100)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    event = issuance.logged(ISSUER, "deliver", 100 * TERM_INCOME)["Delivered"]
    assert event["owed"] == 0
    assert issuance.read("delivered") == 4_400 * ONE
    issuance.pass_day()
    assert issuance.read("owed") == 4_400 * SAT
