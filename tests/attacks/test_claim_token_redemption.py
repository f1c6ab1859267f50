"""Tokens of a pool that a third party redeems; tokens rounded down one at a time, one's own or of
others; claims that come after the market has paid. A satoshi that is taken so is somebody's.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from eth_utils.crypto import keccak

from tests.support.claim_tokens import COUNT, LONG, ClaimTokens
from tests.support.relay import refused
from tests.support.trading import ATTACKER, FUND, OTHER, SERIES, STRANGER

OWNER, THIEF = FUND.address, ATTACKER.address
THOUSANDS = 3_000


@pytest.fixture
def tokens() -> ClaimTokens:
    """A register without a token."""
    return ClaimTokens()


@pytest.fixture
def long(tokens: ClaimTokens) -> str:
    """The token of the long."""
    return tokens.open(LONG)


def test_claim_token_redemption__of_a_pool_by_others__refused(
    tokens: ClaimTokens, long: str
) -> None:
    """The pool would have satoshi in place of tokens, and its people nothing to ask for."""
    pool = tokens.chain.deploy("SignerDouble")
    tokens.wrap(long, OWNER)
    tokens.send(OWNER, long, "transfer", pool, COUNT)
    tokens.settle(150)
    for actor in (THIEF, OWNER, STRANGER.address):
        with refused("token: owner redeems itself"):
            tokens.send(actor, long, "redeem_for", pool)
        with refused("erc20: burn amount exceeds balance"):
            tokens.send(actor, long, "redeem", COUNT, actor)
    assert tokens.balance(long, pool) == COUNT
    tokens.from_contract(pool, long, ("ClaimToken", ("transfer", OWNER, COUNT)))
    before = tokens.market.sats(OWNER)
    tokens.send(THIEF, long, "redeem_for", OWNER)
    assert tokens.market.sats(OWNER) - before == COUNT // 2


def test_claim_token_redemption__of_the_token_itself_at_the_market__refused(
    tokens: ClaimTokens, long: str
) -> None:
    """Paid behind its back, it would not know that its claims are gone."""
    tokens.wrap(long, OWNER)
    tokens.settle(150)
    for receiver in (long, THIEF):
        with refused("market: owner redeems itself"):
            tokens.market.send(THIEF, "redeem", SERIES.id, long, receiver)
    assert tokens.held(long) == COUNT


def test_claim_token_redemption__others_rounded_down_a_token_at_a_time__not_by_others(
    tokens: ClaimTokens, long: str
) -> None:
    """Each token alone is worth 0.99 satoshi, that is none."""
    tokens.wrap(long, OWNER)
    tokens.settle(199)
    with refused("erc20: burn amount exceeds balance"):
        tokens.send(THIEF, long, "redeem", 1, OWNER)
    before = tokens.market.sats(OWNER)
    tokens.send(THIEF, long, "redeem_for", OWNER)
    assert tokens.market.sats(OWNER) - before == 990
    assert tokens.balance(long, OWNER) == 0


@pytest.mark.parametrize("x", [101, 133, 199])
def test_claim_token_redemption__thousands_of_a_token_each__take_nothing_from_others(
    tokens: ClaimTokens, long: str, x: int
) -> None:
    """Who comes last is still paid in full; what rounding leaves is under a satoshi each."""
    tokens.wrap(long, OWNER)
    tokens.wrap(long, THIEF, THOUSANDS)
    tokens.settle(x)
    before = tokens.market.sats(THIEF)
    for i in range(THOUSANDS - 3):
        tokens.send(THIEF, long, "redeem", 1 + (i == 0) * 3, THIEF)
    due = Fraction(THOUSANDS * (x - 100), 100)
    assert tokens.balance(long, THIEF) == 0
    assert due - THOUSANDS < tokens.market.sats(THIEF) - before <= due
    before = tokens.market.sats(OWNER)
    tokens.send(OWNER, long, "redeem", COUNT, OWNER)
    assert tokens.market.sats(OWNER) - before == COUNT * (x - 100) // 100
    assert 0 <= tokens.market.sats(long) < THOUSANDS


def test_claim_token_redemption__a_crowd_with_a_few_tokens_each__is_paid_from_what_came(
    tokens: ClaimTokens, long: str
) -> None:
    """Two thirds of a satoshi each: rounded to the next, a thousand would be owed 333 too much."""
    crowd = ["0x" + keccak(text=f"crowd {i}")[:20].hex() for i in range(300)]
    tokens.wrap(long, OWNER, 600)
    for i, member in enumerate(crowd):
        tokens.send(OWNER, long, "transfer", member, 1 + i % 3)
    tokens.settle(167)
    total = 0
    for i, member in enumerate(crowd):
        tokens.send(STRANGER.address, long, "redeem_for", member)
        assert tokens.market.sats(member) == (1 + i % 3) * 67 // 100
        total += tokens.market.sats(member)
    assert tokens.read(long, "totalSupply") == 0
    assert tokens.market.sats(long) == 402 - total
    assert 0 <= tokens.market.sats(long) < len(crowd)


def test_claim_token_redemption__claims_wrapped_after_it__refused(
    tokens: ClaimTokens, long: str
) -> None:
    """The market would round again: at half a satoshi each, one by one, tokens without backing."""
    tokens.wrap(long, OWNER, 3)
    tokens.mint(THIEF, 9)
    tokens.settle(150)
    tokens.send(OWNER, long, "redeem", 1, OWNER)
    for amount in (1, 2, 9):
        with refused("token: claims are redeemed"):
            tokens.send(THIEF, long, "wrap", amount, THIEF)
    before = tokens.market.sats(OWNER)
    tokens.send(OWNER, long, "redeem", 2, OWNER)
    assert tokens.market.sats(OWNER) - before == 1
    before = tokens.market.sats(THIEF)
    tokens.market.send(THIEF, "redeem", SERIES.id, THIEF, THIEF)
    assert tokens.market.sats(THIEF) - before == 9


def test_claim_token_redemption__claims_given_after_it__are_not_taken_by_unwrapping(
    tokens: ClaimTokens, long: str
) -> None:
    """Whoever could unwrap them would have them paid, and its tokens too."""
    tokens.wrap(long, OWNER)
    tokens.wrap(long, THIEF)
    tokens.mint(OTHER.address)
    tokens.settle(150)
    tokens.send(OWNER, long, "redeem", COUNT, OWNER)
    tokens.market.send(OTHER.address, "transfer", long, LONG, COUNT)
    with refused("token: claims are redeemed"):
        tokens.send(THIEF, long, "unwrap", COUNT, THIEF)
    assert tokens.held(long) == COUNT
