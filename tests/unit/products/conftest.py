"""What products are quoted at: January 15, 2024, and a band of 20 % about 85,000 sats/PH/day."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from terahash.products.bands import Band
from terahash.products.exposure import Exposure
from terahash.products.product import Deal
from terahash.products.quotes import Quote
from terahash.products.windows import Month

NOW = 1_705_276_800
MARCH = Month(2024, 3)


@pytest.fixture
def band() -> Band:
    return Band.between(
        Quote.parse("68000sats"), Quote.parse("102000sats"), Quote.parse("85000sats")
    )


@pytest.fixture
def sold() -> Callable[..., Exposure]:
    """10 PH/s of March, sold as a miner does, or otherwise."""

    def expose(**changes: Any) -> Exposure:
        given = {"window": MARCH, "deal": Deal.SELL, "notional": Decimal(10), "now": NOW}
        return Exposure(**(given | changes))

    return expose
