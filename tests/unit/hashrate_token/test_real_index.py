"""The token on the hashprice index itself: proven days, a halving, a retarget, fees, a dispute."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.hashrate.calculator import net_earned
from terahash.units import DAY, WAD
from tests.support.index_model import hashes_per_block
from tests.support.indexing import FEE_WINDOW, FIRST_DAY, HALVING_DAY, Index, Indexed, dispute
from tests.support.issuing import (
    BUYER,
    FOREVER,
    HOLDER,
    ISSUER,
    NOBODY,
    ONE,
    RICH,
    STRANGER,
)
from tests.support.relay import refused

FINAL = 31
"""Days that become final: the index's first, one more, and 29 of the term."""
LAST_CLOSED = FIRST_DAY + FINAL - 1
LAST = LAST_CLOSED + 2
PROVEN = HALVING_DAY, LAST_CLOSED - 1
"""Days whose fees are proven: without them the second would be below its cost, as others are."""
FEE, COST, PRICE = WAD // 50, 24 * 10**7 * WAD, 6 * 10**8 * WAD
"""Prices of 1 hash a second, of which a block takes 128 to begin with."""


class Market(NamedTuple):
    """A token on an index on a relay."""

    base: Indexed
    index: Index
    token: str

    def send(self, actor: str, function: str, *args: Any) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Call the token as somebody; return what it logs."""
        with self.base.chain.acting_as(actor):
            return self.base.chain.send("HashrateToken", self.token, function, *args).logs

    def read(self, function: str, *args: Any) -> Any:
        return self.base.chain.call("HashrateToken", self.token, function, *args)


@cache
def _opened() -> Market:
    """Sell ten tokens before the term, which begins with the day of the halving."""
    base = Indexed(2)
    chain, index = base.chain, base.index()
    index.record(FIRST_DAY, FIRST_DAY + 1)
    chain.now += FEE_WINDOW
    index.send("close")
    btc = chain.deploy("BitcoinDouble")
    terms = (btc, index.address, HALVING_DAY, LAST, COST, FEE, ONE // 4, 0, 0, 3_600)
    sale = (PRICE, 1_000 * ONE)
    arguments = ("Hashrate", "HASH", ISSUER, (*terms, NOBODY, bytes(32)), sale)
    market = Market(base, index, chain.deploy("HashrateToken", *arguments))
    chain.send("BitcoinDouble", btc, "mint", BUYER, RICH)
    with chain.acting_as(BUYER):
        chain.send("BitcoinDouble", btc, "approve", market.token, FOREVER)
    market.send(BUYER, "mint", 10 * ONE, FOREVER, HOLDER)
    return market


@pytest.fixture
def market() -> Iterator[Market]:
    """Ten tokens are sold, and no day of the term is final."""
    market = _opened()
    with market.base.undone():
        yield market


def _close_days(market: Market) -> None:
    """Let 29 days become final, and close them."""
    market.base.bring(FINAL - market.base.final)
    for number in range(HALVING_DAY, LAST_CLOSED + 1):
        market.index.record(number)
        if number in PROVEN:
            market.index.prove_all(number)
        else:
            market.base.chain.now += FEE_WINDOW
        market.index.send("close")


def _owed(index: Index) -> dict[int, int]:
    """What each day owes a token, from blocks and coinbases alone, sats x 10^18."""
    owed = {}
    for number in range(HALVING_DAY, LAST_CLOSED + 1):
        before, mined = index.mined[number - 1], index.mined[number]
        heights = range(number * DAY_BLOCKS, (number + 1) * DAY_BLOCKS)
        reward = sum(map(subsidy, heights))
        if number in PROVEN:
            reward += sum(mined.fees(i) for i in range(DAY_BLOCKS))
        seconds = mined.day.end - before.day.end
        earned = WAD * seconds * reward // (DAY_BLOCKS * hashes_per_block(mined.day.bits))
        owed[number] = net_earned(earned, seconds, FEE, COST)
    return owed


def test_accrue__29_days_and_a_halving__owe_what_the_calculator_says(market: Market) -> None:
    _close_days(market)
    owed = _owed(market.index)
    per_token = sum(owed.values())
    unprofitable = [number for number, net in owed.items() if net == 0]
    assert unprofitable == [LAST_CLOSED - 2, LAST_CLOSED]
    expected = {
        "day": HALVING_DAY,
        "days": FINAL - 2,
        "per_token": per_token,
        "owed": 10 * ONE * per_token,
    }
    assert market.send(STRANGER, "accrue") == (
        ("Accrued", expected),
        *(("Unprofitable", {"day": number}) for number in unprofitable),
    )
    assert market.read("owed") == 10 * ONE * per_token
    assert market.read("backing")[5:7] == (LAST_CLOSED + 1, 1)


def test_accrue__day_after_day__owes_the_same(market: Market) -> None:
    market.base.bring(FINAL - market.base.final)
    owed = _owed(market.index)
    for number in range(HALVING_DAY, HALVING_DAY + 4):
        market.index.record(number)
        if number in PROVEN:
            market.index.prove_all(number)
        else:
            market.base.chain.now += FEE_WINDOW
        market.index.send("close")
        (_, event), *_ = market.send(STRANGER, "accrue")
        assert (event["day"], event["days"], event["per_token"]) == (number, 1, owed[number])


def test_value__one_closed_day__is_of_its_hashprice(market: Market) -> None:
    bits = market.index.mined[FIRST_DAY + 1].day.bits
    hashprice = WAD * DAY * subsidy(FIRST_DAY * DAY_BLOCKS) // hashes_per_block(bits)
    assert market.index.read("window")[2:] == (hashprice, hashprice, hashprice)
    net = hashprice * (WAD - FEE) // WAD - COST
    assert market.read("value") == (LAST - HALVING_DAY) * net


def test_mint__index_days_behind__refused_until_it_has_caught_up(market: Market) -> None:
    market.base.bring(7)
    with refused("token: index stale"):
        market.send(BUYER, "mint", ONE, FOREVER, BUYER)
    with refused("token: index stale"):
        market.send(ISSUER, "withdraw_reserve", 1)


def test_mint__relay_disputed__refused(market: Market) -> None:
    market.base.bring(20)
    dispute(market.base, FIRST_DAY + 10)
    market.base.chain.now = market.index.read("window")[1] + 4 * DAY
    with refused("token: index disputed"):
        market.send(BUYER, "mint", ONE, FOREVER, BUYER)
    with refused("token: index disputed"):
        market.send(ISSUER, "withdraw_reserve", 1)
    assert market.read("preview_redeem", ONE) > 0
