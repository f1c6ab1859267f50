"""Days of an issuance as a vault's borrowers live through them."""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import HASHPRICE, STRANGER, Issuance
from tests.support.lending import Lending


def pass_rewarded_day(lending: Lending, gained: int = HASHPRICE) -> None:
    """Let a block-day pass, have the issuer deliver for it, and wait until that has streamed."""
    lending.issuance.pass_day(gained)
    lending.issuance.deliver()
    lending.chain.now += DAY


def empty_the_reserve(issuance: Issuance) -> None:
    """Let an issuer deliver nothing more, until its reserve has paid all that it had."""
    while issuance.read("reserve") != 0:
        issuance.pass_day()
        issuance.send(STRANGER, "accrue")
        issuance.chain.now += issuance.terms["grace"] + 1
        issuance.send(STRANGER, "cover")
