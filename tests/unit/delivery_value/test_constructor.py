"""DeliveryValue.__init__: one token for ever, and how it is valued."""

from __future__ import annotations

from tests.support.issuing import ONE
from tests.support.value_model import Rules
from tests.support.valuing import DELIVERY, Valued


def test_constructor__token_and_rules__are_shown() -> None:
    valued = Valued(rules=Rules(stress=7 * ONE // 10, decay=99 * ONE // 100, phi=ONE // 3))
    assert valued.ask(DELIVERY, "TOKEN") == valued.address
    assert valued.ask(DELIVERY, "STRESS") == 7 * ONE // 10
    assert valued.ask(DELIVERY, "DECAY") == 99 * ONE // 100
    assert valued.ask(DELIVERY, "PHI") == ONE // 3
    assert valued.ask(DELIVERY, "VERSION") == "0.1.0"
