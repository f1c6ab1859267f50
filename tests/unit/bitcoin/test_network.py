"""Subsidy and versions by height."""

from __future__ import annotations

import pytest

from terahash.bitcoin.network import MAINNET, Network, subsidy

ANY = -(1 << 31)
"""The lowest version that a header can say."""


@pytest.mark.parametrize(
    "height, satoshi",
    [
        (0, 5_000_000_000),
        (1, 5_000_000_000),
        (209_999, 5_000_000_000),
        (210_000, 2_500_000_000),
        (419_999, 2_500_000_000),
        (420_000, 1_250_000_000),
        (630_000, 625_000_000),
        (839_999, 625_000_000),
        (840_000, 312_500_000),
        (1_050_000, 156_250_000),
        (2_100_000, 4_882_812),  # 4,882,812.5: rounded down
        (6_719_999, 2),
        (6_720_000, 1),
        (6_929_999, 1),
        (6_930_000, 0),
        (13_439_999, 0),
        (13_440_000, 0),
        (1 << 40, 0),
    ],
)
def test_subsidy__height__as_bitcoin_pays(height: int, satoshi: int) -> None:
    assert subsidy(height) == satoshi


def test_subsidy__all_of_them__twenty_one_million_less_what_rounding_loses() -> None:
    total = 0
    for first in range(0, 7_000_000, 210_000):
        last = first + 209_999
        assert subsidy(first) == subsidy(first + 105_000) == subsidy(last)
        total += subsidy(first) * 210_000
    assert total == 2_099_999_997_690_000


@pytest.mark.parametrize(
    "height, version",
    [
        (0, ANY),
        (227_930, ANY),
        (227_931, 2),
        (363_724, 2),
        (363_725, 3),
        (388_380, 3),
        (388_381, 4),
        (1 << 31, 4),
    ],
)
def test_lowest_version__mainnet__where_soft_forks_are_buried(height: int, version: int) -> None:
    assert MAINNET.lowest_version(height) == version


def test_lowest_version__network_of_today__four_from_the_first_block() -> None:
    network = Network("today", MAINNET.limit)
    assert [network.lowest_version(height) for height in (0, 1, 1 << 31)] == [4, 4, 4]


def test_lowest_version__network_without_soft_forks__any() -> None:
    assert Network("old", MAINNET.limit, versions=()).lowest_version(1 << 31) == ANY


def test_limit__mainnet__that_of_bitcoin_core() -> None:
    assert f"{MAINNET.limit:064x}" == "00000000" + "f" * 56
