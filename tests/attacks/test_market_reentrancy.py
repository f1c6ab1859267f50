"""Collateral that calls back in the middle of a payment: every function re-entered from every
other, and every view read while money moves. All are refused, by the lock and not by luck.

What is constant answers. The lists come from the ABI, so that a function that is new has to be
thought about.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.support.revm_chain import RevmChain
from tests.support.trading import (
    FUND,
    LOT,
    MINER,
    NOBODY,
    OTHER,
    RICH,
    SERIES,
    START,
    STRANGER,
    Market,
    Order,
)

OPEN = {"COLLATERAL", "INSTRUMENTS", "VERSION", "decimals", "eip712Domain", "supportsInterface"}
"""What answers in the middle of a call."""
MOVES_CASH = {
    "mint_pair": FUND,
    "burn_pair": FUND,
    "fill": FUND,
    "fill_all": FUND,
    "sweep": FUND,
    "match_orders": STRANGER,
    "redeem": STRANGER,
}
"""The functions in whose middle somebody else runs, and who calls them."""
OVER = replace(SERIES, instrument=1)
DEAD = replace(SERIES, start=0)
READY = replace(OVER, start=0)
FUTURE = replace(SERIES, end=9)


class Reentered:
    """A market on a token that calls back, and all calls that can be made of it.

    Attributes:
        arguments: of every function that has some; calls that succeed at rest.
    """

    def __init__(self) -> None:
        self.chain = chain = RevmChain(START)
        self.market = market = Market(chain, chain.deploy("OddToken", 8))
        chain.send("OddToken", market.btc, "mint", market.btc, RICH)
        market.send(STRANGER.address, "open", [OVER.terms, READY.terms, DEAD.terms])
        for owner in (FUND.address, market.btc):
            market.send(FUND.address, "mint_pair", SERIES.id, 5 * LOT, owner, owner)
            market.send(FUND.address, "mint_pair", OVER.id, LOT, owner, STRANGER.address)
        market.instrument("set_value", True, 200, number=1)
        market.send(STRANGER.address, "settle", OVER.terms)
        chain.now += 91 * 86_400
        self.arguments = self._arguments()

    def _arguments(self) -> dict[str, tuple[Any, ...]]:
        market, token = self.market, self.market.btc
        order = Order(MINER.address, SERIES, False, 9 * LOT, 4_000)
        selling = market.fill(MINER, order, LOT)
        buying = market.fill(OTHER, Order(OTHER.address, SERIES, True, 9 * LOT, 6_000), LOT)
        own = replace(order, maker=token)
        return {
            "open": ([FUTURE.terms],),
            "describe": (SERIES.terms,),
            "settle": (READY.terms,),
            "settle_dead": (DEAD.terms,),
            "redeem": (OVER.id, FUND.address, FUND.address),
            "mint_pair": (SERIES.id, 7, STRANGER.address, STRANGER.address),
            "burn_pair": (SERIES.id, 7, STRANGER.address),
            "fill": (SERIES.terms, selling),
            "fill_all": ([(SERIES.terms, *selling)], 10**9),
            "sweep": (SERIES.terms, True, [selling], LOT, 10_000, LOT),
            "match_orders": (SERIES.terms, buying, selling),
            "series": (SERIES.id,),
            "opened_at": (SERIES.id,),
            "fillable": (SERIES.terms, selling, FUND.address),
            "cancel": (own.terms,),
            "transfer": (STRANGER.address, SERIES.long, 1),
            "transferFrom": (token, STRANGER.address, SERIES.long, 1),
            "approve": (STRANGER.address, SERIES.long, 1),
            "setOperator": (STRANGER.address, True),
            "balanceOf": (FUND.address, SERIES.long),
            "allowance": (FUND.address, STRANGER.address, SERIES.long),
            "isOperator": (FUND.address, STRANGER.address),
            "name": (SERIES.long,),
            "symbol": (SERIES.long,),
            "decimals": (SERIES.long,),
            "counter": (MINER.address,),
            "filled": (bytes(32),),
            "supportsInterface": (b"\x01\xff\xc9\xa7",),
            "INSTRUMENTS": (0,),
        }

    def hook(self, function: str) -> None:
        """Have the token call the market whenever satoshi move."""
        calldata = self._calldata(function)
        self.chain.send("OddToken", self.market.btc, "set_hook", self.market.address, calldata)

    def _calldata(self, function: str) -> bytes:
        arguments = self.arguments.get(function, ())
        return self.chain._codec.calldata("PairMarket", function, arguments)[1]

    def hooked(self, what: str) -> Any:
        """Say what became of the token's calls."""
        return self.chain.call("OddToken", self.market.btc, what)

    def send(self, function: str) -> None:
        """Make a call as whoever it succeeds for."""
        actor = MOVES_CASH.get(function, FUND)
        self.market.send(actor.address, function, *self.arguments.get(function, ()))


@pytest.fixture
def reentered() -> Reentered:
    """Everything set up for every call to succeed."""
    return Reentered()


@cache
def _functions() -> dict[str, bool]:
    """Name all functions of the market, and say which are views."""
    members = RevmChain(START)._codec.contract("PairMarket").members("function")
    return {each["name"]: each["stateMutability"] in ("view", "pure") for each in members}


def test_market_reentrancy__functions_that_move_cash__are_those_and_no_others(
    reentered: Reentered,
) -> None:
    """In the middle of any other, nobody else runs."""
    reentered.hook("VERSION")
    found = set()
    for function, is_view in _functions().items():
        if is_view or function in ("cancel", "transferFrom"):
            continue  # they succeed only for the token
        with reentered.chain.undone():
            reentered.send(function)
            if reentered.hooked("hook_calls"):
                found.add(function)
    assert found == set(MOVES_CASH)


@pytest.mark.parametrize("outer", MOVES_CASH)
def test_market_reentrancy__every_function_from_every_other__refused(
    reentered: Reentered, outer: str
) -> None:
    entered = set()
    for inner in _functions():
        with reentered.chain.undone():
            reentered.hook(inner)
            reentered.send(outer)
            assert reentered.hooked("hook_calls") > 0
            if reentered.hooked("hook_succeeded"):
                entered.add(inner)
            else:  # any reason but the lock's would come with words
                assert reentered.hooked("hook_answer") == b"", inner
    assert entered == OPEN


def test_market_reentrancy__the_same_calls_at_rest__succeed(reentered: Reentered) -> None:
    """Else the matrix would prove only that they are wrong calls."""
    for inner in _functions():
        with reentered.chain.undone():
            reentered.hook(inner)
            reentered.chain.send("OddToken", reentered.market.btc, "transfer", NOBODY, 0)
            answer = reentered.hooked("hook_answer")
            assert reentered.hooked("hook_succeeded"), (inner, answer)
