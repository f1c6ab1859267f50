"""Numbers on a report: rounded once, half up, from integers."""

from __future__ import annotations

import pytest

from terahash.report import numbers
from terahash.units import WAD


@pytest.mark.parametrize(
    ("number", "scale", "digits", "text"),
    [
        (12_345, 1_000, 2, "12.35"),  # half up, where floats and banker's rounding say 12.34
        (-12_345, 1_000, 2, "-12.35"),
        (1_234_567_000, 1_000, 0, "1,234,567"),
        (1, 3, 4, "0.3333"),
        (-1, 1_000, 2, "0.00"),
        (1_005, 1_000, 2, "1.01"),
        (10**40 + 1, 1, 0, "10" + ",000" * 12 + ",001"),
    ],
)
def test_scaled__any_integers__rounds_half_up(
    number: int, scale: int, digits: int, text: str
) -> None:
    assert numbers.scaled(number, scale, digits) == text


def test_difficulty__of_january_2024__is_in_trillions() -> None:
    assert numbers.difficulty(72_006_146_478_567 * WAD) == "72.0061"


@pytest.mark.parametrize(
    ("change", "text"),
    [(69_800_000_000_000_000, "+6.98"), (-38_990_000_000_000_000, "-3.90"), (0, "+0.00")],
)
def test_percent__of_a_change__carries_its_sign(change: int, text: str) -> None:
    assert numbers.percent(change) == text


def test_ether__of_a_day__is_gas_times_one_gwei() -> None:
    assert numbers.ether(574_371) == "0.000574"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1 block-day"), (0, "0 block-days"), (1_000, "1,000 block-days")]
)
def test_count__of_days__takes_a_plural(number: int, text: str) -> None:
    assert numbers.count(number, "block-day") == text


def test_bitcoin__of_satoshi__is_exact() -> None:
    assert numbers.bitcoin(23_268_040) == "0.23268040"
    assert numbers.bitcoin(90_023_268_040) == "900.23268040"


def test_hashprice__of_february_2024__is_the_same_in_both_units() -> None:
    hashprice = 166_566_249_000_000_000_000  # sats/TH/day, times 10^18
    assert numbers.sats_per_terahash(hashprice) == "166.5662"
    assert numbers.sats_per_terahash(hashprice, 2) == "166.57"
    assert numbers.bitcoin_per_petahash(hashprice) == "0.00166566"  # 1,000 TH, 10^8 sats


@pytest.mark.parametrize(
    ("number", "mantissa", "exponent"),
    [(2_520 * 10**24, "2.520", "10²⁷"), (99_999, "1.000", "10⁵"), (7, "7.000", "10⁰")],
)
def test_power_of_ten__of_a_count__has_four_digits(
    number: int, mantissa: str, exponent: str
) -> None:
    text = numbers.power_of_ten(number)
    assert text.startswith(mantissa + " ")
    assert text.endswith(" " + exponent)
