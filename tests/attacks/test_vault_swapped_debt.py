"""A borrower swaps its debt for a part of its tokens: the issuer was late, has paid, and the
reserve is empty, so that the loan is unhealthy and redemption pays nothing. If the vault kept
tokens at what they will deliver and wrote the debt off, the rest would go home, and the lenders
alone would bear the issuer's risk.

While the issuer is not late nothing is kept: the tokens go on repaying.
"""

from __future__ import annotations

from contextlib import suppress

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.lending import (
    BORROWER,
    FIXED,
    ONE,
    SECOND_BORROWER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

LENT = 10**6


def test_vault_swapped_debt__issuer_was_late_and_has_paid__the_tokens_go_on_repaying() -> None:
    lending = Lending("delivery", values={"phi": ONE}, rate=0, speed=0)
    lending.lend(LENT)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow_most()
    for _ in range(16):
        lending.issuance.pass_day()
        with suppress(ChainError):  # nothing is overdue yet, or nothing is left
            lending.issuance.send(STRANGER, "cover")
        lending.issuance.send(STRANGER, "accrue")
    lending.issuance.deliver()
    lending.chain.now += DAY + 60
    assert lending.issuance.read("reserve") == lending.assess().payout == 0
    owed = lending.debt()
    with refused("vault: issuer has its grace"):
        lending.send(BORROWER, "liquidate_to_reserve", BORROWER, BORROWER)
    for _ in range(7):
        lending.issuance.pass_day()
        lending.issuance.deliver()
    lending.chain.now += DAY
    lending.send(STRANGER, "harvest", BORROWER)
    assert owed > 200_000 * FIXED
    assert lending.debt() == 0
    assert lending.pool().cash >= LENT * FIXED
