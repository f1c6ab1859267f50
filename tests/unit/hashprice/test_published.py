"""The index's formula against published values of the market's hashprice index.

With the published difficulty and share of fees, ours is 0.63 %, -0.05 % and 0.03 % from the bitcoin
that was published for three days, and within 0.03 % of the dollars of the two days of which nothing
else is known. The 0.63 % is of 2025-03-03, whose numbers do not agree among themselves: its dollars
differ from its bitcoin at its own price by 0.7 %, and its bitcoin matches a share of fees of 1.3 %
where the roundup gives 1.93 %. The published index averages quotes and fees over a moving day.
"""

from __future__ import annotations

import csv
from decimal import Decimal

from terahash.bitcoin.state import DAY_BLOCKS
from terahash.bitcoin.target import to_bits
from terahash.hashprice import sats_earned
from terahash.units import DAY, SATS_PER_BTC, WAD
from tests.support.shared_data import shared

TOLERANCE = Decimal("0.007")


def _rows() -> list[dict[str, str]]:
    with shared("published_hashprice.csv").open() as file:
        return list(csv.DictReader(file))


def _index_price(row: dict[str, str]) -> Decimal:
    """BTC per PH/s per day, of a day with the published difficulty and share of fees."""
    difficulty = int(Decimal(row["difficulty_t"]) * 10**12)
    bits = to_bits((0xFFFF << 208) // difficulty)
    subsidy = Decimal(row["subsidy_btc"]) * SATS_PER_BTC * DAY_BLOCKS
    reward = int(subsidy / (1 - Decimal(row["fee_percent_of_reward"]) / 100))
    return Decimal(sats_earned(DAY, reward, bits)) * 1_000 / WAD / SATS_PER_BTC


def test_sats_earned__true_fees_of_published_days__within_0_7_percent() -> None:
    compared = 0
    for row in _rows():
        if row["btc_per_ph_day"]:
            published = Decimal(row["btc_per_ph_day"])
            assert abs(_index_price(row) / published - 1) < TOLERANCE, row["date"]
            compared += 1
    assert compared == 3


def test_sats_earned__published_in_dollars__within_1_4_percent() -> None:
    """The dollars of the third row differ by 0.7 % from its own bitcoin at its own price."""
    for row in _rows():
        ratio = _index_price(row) * Decimal(row["btc_usd"]) / Decimal(row["usd_per_ph_day"])
        assert abs(ratio - 1) < Decimal("0.014"), row["date"]
