"""A contract's claims redeemed by a third party: it would be paid without knowing for whom.

A pool that counts what comes in while it redeems would count nothing, and its people lose all.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.relay import refused
from tests.support.trading import ATTACKER, FUND, MINER, OTHER, SERIES, STRANGER, Market

OWNER_ITSELF = "market: owner redeems itself"


@pytest.fixture
def market() -> Market:
    """A market in which nothing has happened."""
    return Market()


@pytest.fixture
def pool(market: Market) -> str:
    """A contract with 100 longs of a settled series: half a satoshi each."""
    pool = market.chain.deploy("SignerDouble")
    for long in (pool, FUND.address):
        market.send(MINER.address, "mint_pair", SERIES.id, 100, long, MINER.address)
    market.instrument("set_value", True, 150)
    market.send(STRANGER.address, "settle", SERIES.terms)
    return pool


def _redeem(market: Market, caller: str, owner: str, receiver: str) -> None:
    market.send(caller, "redeem", SERIES.id, owner, receiver)


def _by_pool(market: Market, pool: str, function: str, *args: Any) -> None:
    """Have the pool call the market."""
    _, calldata = market.chain._codec.calldata("PairMarket", function, args)
    market.chain.send("SignerDouble", pool, "forward", market.address, calldata)


def test_contract_redemption__by_others__refused(market: Market, pool: str) -> None:
    for caller in (ATTACKER.address, MINER.address, FUND.address):
        for receiver in (pool, caller, market.address):
            with refused(OWNER_ITSELF):
                _redeem(market, caller, pool, receiver)
    assert market.claims(pool) == (100, 0)
    assert market.sats(pool) == 0


def test_contract_redemption__by_itself__pays_whom_it_names(market: Market, pool: str) -> None:
    for receiver in (pool, OTHER.address):
        with market.chain.undone():
            before = market.sats(receiver)
            _by_pool(market, pool, "redeem", SERIES.id, pool, receiver)
            assert market.sats(receiver) - before == 50


def test_contract_redemption__by_its_operator__pays_whom_that_names(
    market: Market, pool: str
) -> None:
    _by_pool(market, pool, "setOperator", OTHER.address, True)
    with market.chain.undone():
        before = market.sats(STRANGER.address)
        _redeem(market, OTHER.address, pool, STRANGER.address)
        assert market.sats(STRANGER.address) - before == 50
    _by_pool(market, pool, "setOperator", OTHER.address, False)
    with refused(OWNER_ITSELF):
        _redeem(market, OTHER.address, pool, pool)


def test_contract_redemption__by_whom_it_allowed_a_claim__refused(
    market: Market, pool: str
) -> None:
    """An allowance is for claims, not for whom they are paid to."""
    _by_pool(market, pool, "approve", OTHER.address, SERIES.long, 2**256 - 1)
    with refused(OWNER_ITSELF):
        _redeem(market, OTHER.address, pool, pool)


def test_contract_redemption__of_an_account_without_code__is_paid_to_it_alone(
    market: Market, pool: str
) -> None:
    for receiver in (ATTACKER.address, market.address, MINER.address):
        with refused("market: receiver not the owner"):
            _redeem(market, ATTACKER.address, FUND.address, receiver)
    assert market.sats(pool) == 0
    before = market.sats(FUND.address)
    _redeem(market, ATTACKER.address, FUND.address, FUND.address)
    assert market.sats(FUND.address) - before == 50
