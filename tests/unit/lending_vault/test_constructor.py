"""LendingVault.__init__: what is fixed for ever, and an empty pool."""

from __future__ import annotations

from terahash.units import DAY
from tests.support.lending import FIXED, RAY, Lending, Pool


def test_constructor__terms__are_shown(lending: Lending) -> None:
    assert lending.read("terms") == tuple(lending.terms.values())
    assert lending.read("TOKEN") == lending.token
    assert lending.read("asset") == lending.btc
    assert lending.read("VERSION") == "0.1.0"


def test_constructor__shares__have_a_name_and_fourteen_decimals(lending: Lending) -> None:
    assert lending.read("name") == "Terahash vault of Hashrate"
    assert lending.read("symbol") == "tvHASH"
    assert lending.read("decimals") == 14
    assert lending.read("totalSupply") == lending.read("totalAssets") == 0


def test_constructor__pool__is_empty_and_begins_with_the_terms_rate() -> None:
    lending = Lending("double")
    rate = lending.terms["rate"]
    assert lending.pool() == Pool(RAY, rate, 0, 0, 0, 0, 0, False, False, False)
    assert lending.read("uncovered", lending.address) == (0, 0)


def test_constructor__nothing_lent_for_years__brings_the_rate_down_and_nobody_pays() -> None:
    lending = Lending("double")
    lending.lend(1_000)
    lending.chain.now += 10 * 365 * DAY
    pool = lending.pool()
    assert pool.rate == lending.terms["min_rate"]
    assert (pool.assets, pool.shares) == (1_000 * FIXED, 10**9)
