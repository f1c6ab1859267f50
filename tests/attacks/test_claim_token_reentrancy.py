"""Collateral that calls back while a token is paid, or pays: every function of it re-entered, and
every view read. Whatever claims and satoshi hang on is refused, by the lock and not by luck.

What is constant answers, and tokens move: those that are paid have ended by then, so that nobody
has tokens and satoshi at once. The list comes from the ABI, so that a function that is new has to
be thought about.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from terahash.hashrate.permit import Permits
from tests.support.claim_tokens import COUNT, LONG, ClaimTokens
from tests.support.revm_chain import RevmChain
from tests.support.trading import (
    FOREVER,
    FUND,
    MINER,
    NOBODY,
    OTHER,
    SERIES,
    START,
    STRANGER,
    Market,
)

OPEN = {
    "COLLATERAL",
    "FACTORY",
    "MARKET",
    "VERSION",
    "decimals",
    "eip712Domain",
    "supportsInterface",
}
"""What answers in the middle of a call: what is in the code."""
OF_AN_ERC20 = {
    "DOMAIN_SEPARATOR",
    "allowance",
    "approve",
    "balanceOf",
    "nonces",
    "permit",
    "totalSupply",
    "transfer",
    "transferFrom",
}
"""What goes on in the middle of a call, too: no payment depends on who has the other tokens."""
LOCKED_BY_THE_MARKET = {"name", "symbol", "wrap", "unwrap", "redeem", "redeem_for"}
"""What asks the market, as long as it has not paid."""
OUTER = ("redeem, first", "redeem, later", "redeem_for, first", "redeem_for, later")


class Reentered:
    """A token paid in collateral that calls back, and all calls that can be made of it."""

    def __init__(self) -> None:
        self.chain = chain = RevmChain(START)
        self.market = market = Market(chain, chain.deploy("OddToken", 8))
        self.tokens = tokens = ClaimTokens(market)
        self.token = token = tokens.open(LONG)
        self.btc = btc = market.btc
        tokens.wrap(token, FUND.address)
        tokens.wrap(token, OTHER.address)
        tokens.send(FUND.address, token, "transfer", btc, COUNT // 2)
        tokens.send(FUND.address, token, "transfer", MINER.address, 1)
        tokens.send(OTHER.address, token, "approve", btc, FOREVER)
        for long in (btc, FUND.address):
            market.send(FUND.address, "mint_pair", SERIES.id, COUNT, long, FUND.address)
        self.hook("PairMarket", market.address, "setOperator", token, True)
        self.move()
        tokens.settle(150)
        permits = Permits(chain, token)
        domain = permits.domain()
        assert domain is not None
        permit = permits.sign(domain, FUND, STRANGER.address, 7, 2**64)
        self.arguments: dict[str, tuple[Any, ...]] = {
            "wrap": (3, STRANGER.address),
            "unwrap": (3, STRANGER.address),
            "redeem": (3, STRANGER.address),
            "redeem_for": (OTHER.address,),
            "transfer": (STRANGER.address, 3),
            "transferFrom": (OTHER.address, STRANGER.address, 3),
            "approve": (STRANGER.address, 3),
            "permit": (FUND.address, STRANGER.address, 7, *permit),
            "balanceOf": (FUND.address,),
            "allowance": (FUND.address, STRANGER.address),
            "nonces": (FUND.address,),
            "supportsInterface": (b"\x01\xff\xc9\xa7",),
        }

    def hook(self, contract: str, address: str, function: str, *args: Any) -> None:
        """Have the collateral make a call whenever satoshi move."""
        _, calldata = self.chain._codec.calldata(contract, function, args)
        self.chain.send("OddToken", self.btc, "set_hook", address, calldata)

    def hook_token(self, function: str) -> None:
        """Have it call the token."""
        self.hook("ClaimToken", self.token, function, *self.arguments.get(function, ()))

    def move(self) -> None:
        """Move no satoshi, at rest."""
        self.chain.send("OddToken", self.btc, "transfer", NOBODY, 0)
        assert self.hooked("hook_succeeded"), self.hooked("hook_answer")

    def hooked(self, what: str) -> Any:
        """Say what became of its calls."""
        return self.chain.call("OddToken", self.btc, what)

    def redeem(self, outer: str) -> None:
        """Have satoshi move once: from the market to the token, or later from there."""
        function, _, when = outer.partition(", ")
        if when == "later":
            hook = self.hooked("hook_target"), self.hooked("hook_calldata")
            self.chain.send("OddToken", self.btc, "set_hook", NOBODY, b"")
            self.tokens.send(FUND.address, self.token, "redeem", 2, FUND.address)
            self.chain.send("OddToken", self.btc, "set_hook", *hook)
        # At first a single token: worth half a satoshi, it is paid none, and only the market pays.
        amount, owner = (1, MINER.address) if when == "first" else (10, FUND.address)
        call = (amount, owner) if function == "redeem" else (owner,)
        self.tokens.send(owner, self.token, function, *call)


@pytest.fixture
def reentered() -> Reentered:
    """Everything set up for every call to succeed, but that of the register."""
    return Reentered()


@cache
def _functions() -> set[str]:
    members = RevmChain(START)._codec.contract("ClaimToken").members("function")
    return {each["name"] for each in members} - {"initialise"}


@pytest.mark.parametrize("outer", OUTER)
def test_claim_token_reentrancy__all_but_an_erc20s_while_satoshi_move__refused(
    reentered: Reentered, outer: str
) -> None:
    entered = set()
    for inner in _functions():
        with reentered.chain.undone():
            reentered.hook_token(inner)
            reentered.redeem(outer)
            assert reentered.hooked("hook_calls") == 1
            if reentered.hooked("hook_succeeded"):
                entered.add(inner)
            else:  # any reason but the lock's would come with words
                assert reentered.hooked("hook_answer") == b"", inner
    assert entered == OPEN | OF_AN_ERC20


@pytest.mark.parametrize("outer", OUTER)
def test_claim_token_reentrancy__tokens_that_are_paid__ended_before_satoshi_move(
    reentered: Reentered, outer: str
) -> None:
    """A lender who counts them in the middle would count what is paid a second time."""
    owner = MINER.address if outer.endswith("first") else FUND.address
    held = reentered.tokens.balance(reentered.token, owner)
    ended = 2 + 10 if outer == "redeem, later" else held
    reentered.arguments["balanceOf"] = (owner,)
    for view, expected in {"balanceOf": held - ended, "totalSupply": 2 * COUNT - ended}.items():
        with reentered.chain.undone():
            reentered.hook_token(view)
            reentered.redeem(outer)
            answer = int.from_bytes(reentered.hooked("hook_answer"), "big")
            assert answer == expected, view


@pytest.mark.parametrize("when", ["first", "later"])
def test_claim_token_reentrancy__tokens_moved_while_satoshi_move__are_paid_once(
    reentered: Reentered, when: str
) -> None:
    """Others' change hands, and are paid to who has them then; one's own cannot leave any more."""
    token, tokens = reentered.token, reentered.tokens
    owners = (FUND.address, OTHER.address, MINER.address, STRANGER.address)
    before = sum(reentered.market.sats(owner) for owner in owners)
    reentered.hook_token("transferFrom")  # three of OTHER's, to STRANGER
    reentered.redeem(f"redeem, {when}")
    assert reentered.hooked("hook_succeeded")
    assert tokens.balance(token, STRANGER.address) == 3
    reentered.hook_token("transferFrom")
    tokens.send(STRANGER.address, token, "redeem_for", OTHER.address)
    assert not reentered.hooked("hook_succeeded")
    for owner in owners:
        if tokens.balance(token, owner):
            tokens.send(STRANGER.address, token, "redeem_for", owner)
    left = tokens.balance(token, reentered.btc)
    assert tokens.read(token, "totalSupply") == left == COUNT // 2
    paid = sum(reentered.market.sats(owner) for owner in owners) - before
    assert 0 <= (2 * COUNT - left) // 2 - paid <= len(owners)
    assert left // 2 <= reentered.market.sats(token)


def test_claim_token_reentrancy__the_same_calls_at_rest__succeed(reentered: Reentered) -> None:
    """Else the matrix would prove only that they are wrong calls."""
    for inner in _functions():
        with reentered.chain.undone():
            reentered.hook_token(inner)
            reentered.move()


def test_claim_token_reentrancy__functions_that_move_satoshi__are_redemptions_only(
    reentered: Reentered,
) -> None:
    """In the middle of any other, nobody else runs."""
    found = set()
    for function in _functions() - {"transferFrom"}:
        with reentered.chain.undone():
            reentered.hook("ClaimToken", reentered.token, "VERSION")
            arguments = reentered.arguments.get(function, ())
            reentered.tokens.send(FUND.address, reentered.token, function, *arguments)
            if reentered.hooked("hook_calls"):
                found.add(function)
    assert found == {"redeem", "redeem_for"}


def test_claim_token_reentrancy__while_the_market_pays_others__what_needs_it_is_refused(
    reentered: Reentered,
) -> None:
    """What does not need it changes none of its money."""
    waiting = set()
    for inner in _functions():
        with reentered.chain.undone():
            reentered.hook_token(inner)
            reentered.market.send(OTHER.address, "redeem", SERIES.id, OTHER.address, OTHER.address)
            assert reentered.hooked("hook_calls") == 1
            if not reentered.hooked("hook_succeeded"):
                waiting.add(inner)
                assert reentered.hooked("hook_answer") == b"", inner
    assert waiting == LOCKED_BY_THE_MARKET


def test_claim_token_reentrancy__paid_while_the_market_takes_money__both_are_exact(
    reentered: Reentered,
) -> None:
    """The token's satoshi are not the market's, which compares what it held before and after."""
    token, market = reentered.token, reentered.market
    other = replace(SERIES, cap=300)
    market.send(STRANGER.address, "open", [other.terms])
    reentered.tokens.send(FUND.address, token, "redeem", 2, FUND.address)
    before = market.sats(market.address), market.sats(OTHER.address)
    reentered.hook_token("redeem_for")
    market.send(FUND.address, "mint_pair", other.id, 700, FUND.address, FUND.address)
    # It re-enters once more as it pays, and is refused.
    assert reentered.hooked("hook_calls") == 2
    assert reentered.tokens.balance(token, OTHER.address) == 0
    after = market.sats(market.address), market.sats(OTHER.address)
    assert after == (before[0] + 700, before[1] + COUNT // 2)
