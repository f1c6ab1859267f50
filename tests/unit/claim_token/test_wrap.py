"""ClaimToken.wrap and unwrap: a claim for a token, and back, while the claims are there."""

from __future__ import annotations

import pytest

from tests.support.claim_tokens import COUNT, LONG, SHORT, ClaimTokens
from tests.support.relay import refused
from tests.support.trading import ATTACKER, FOREVER, FUND, NOBODY, OTHER, SERIES, STRANGER

OWNER = FUND.address


def test_wrap__claims__are_held_and_tokens_stand_for_them(tokens: ClaimTokens, long: str) -> None:
    tokens.mint(OWNER)
    receipt = tokens.send(OWNER, long, "wrap", 400, OTHER.address)
    assert receipt.logs == (
        ("Transfer", {"sender": NOBODY, "receiver": OTHER.address, "value": 400}),
        ("Wrapped", {"holder": OWNER, "receiver": OTHER.address, "amount": 400}),
        (
            "Transfer",
            {"caller": long, "sender": OWNER, "receiver": long, "id": LONG, "amount": 400},
        ),
    )
    assert tokens.balance(long, OTHER.address) == tokens.read(long, "totalSupply") == 400
    assert tokens.balance(long, OWNER) == 0
    assert tokens.held(long) == 400
    assert tokens.market.claims(OWNER) == (COUNT - 400, COUNT)


def test_wrap__short__takes_shorts(tokens: ClaimTokens, short: str) -> None:
    tokens.wrap(short, OWNER, 7)
    assert tokens.market.claims(OWNER) == (7, 0)
    assert tokens.held(short) == tokens.balance(short, OWNER) == 7


def test_wrap__not_allowed_or_more_than_there_is__refused(tokens: ClaimTokens, long: str) -> None:
    tokens.market.send(OWNER, "mint_pair", SERIES.id, COUNT, OWNER, OWNER)
    tokens.market.send(OWNER, "approve", long, SHORT, FOREVER)
    with refused("market: insufficient allowance"):
        tokens.send(OWNER, long, "wrap", 1, OWNER)
    tokens.market.send(OWNER, "approve", long, LONG, 5)
    with refused("market: insufficient allowance"):
        tokens.send(OWNER, long, "wrap", 6, OWNER)
    tokens.market.send(OWNER, "setOperator", long, True)
    with refused("market: insufficient claims"):
        tokens.send(OWNER, long, "wrap", COUNT + 1, OWNER)
    assert tokens.read(long, "totalSupply") == 0


def test_wrap__claims_of_another_that_allowed_it__stay_there(
    tokens: ClaimTokens, long: str
) -> None:
    """An allowance for the token is for its owner's own calls."""
    tokens.mint(OWNER)
    tokens.market.send(OWNER, "setOperator", long, True)
    with refused("market: insufficient allowance"):
        tokens.send(ATTACKER.address, long, "wrap", 1, ATTACKER.address)
    assert tokens.market.claims(OWNER) == (COUNT, COUNT)


def test_wrap__and_others__nothing__refused(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    for function in ("wrap", "unwrap"):
        with refused("token: amount is zero"):
            tokens.send(OWNER, long, function, 0, OWNER)
    tokens.settle()
    with refused("token: amount is zero"):
        tokens.send(OWNER, long, "redeem", 0, OWNER)
    with refused("token: amount is zero"):
        tokens.send(OWNER, long, "redeem_for", STRANGER.address)


@pytest.mark.parametrize("nobody", ["zero", "token"])
def test_wrap__and_others__receiver_cannot_receive__refused(
    tokens: ClaimTokens, long: str, nobody: str
) -> None:
    receiver = NOBODY if nobody == "zero" else long
    tokens.wrap(long, OWNER)
    tokens.mint(OWNER, 1)
    for function in ("wrap", "unwrap"):
        with refused("token: receiver cannot receive"):
            tokens.send(OWNER, long, function, 1, receiver)
    tokens.settle()
    with refused("token: receiver cannot receive"):
        tokens.send(OWNER, long, "redeem", 1, receiver)


def test_unwrap__tokens__end_and_claims_come_back(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    receipt = tokens.send(OWNER, long, "unwrap", 300, OTHER.address)
    assert receipt.logs == (
        ("Transfer", {"sender": OWNER, "receiver": NOBODY, "value": 300}),
        ("Unwrapped", {"holder": OWNER, "receiver": OTHER.address, "amount": 300}),
        (
            "Transfer",
            {"caller": long, "sender": long, "receiver": OTHER.address, "id": LONG, "amount": 300},
        ),
    )
    assert tokens.balance(long, OWNER) == tokens.read(long, "totalSupply") == COUNT - 300
    assert tokens.held(long) == COUNT - 300
    assert tokens.market.claims(OTHER.address) == (300, 0)


def test_unwrap__of_both_sides__ends_as_pairs(tokens: ClaimTokens, long: str, short: str) -> None:
    tokens.mint(OWNER)
    for token in (long, short):
        tokens.send(OWNER, token, "wrap", COUNT, OWNER)
    assert tokens.market.claims(OWNER) == (0, 0)
    for token in (long, short):
        tokens.send(OWNER, token, "unwrap", COUNT, OWNER)
    before = tokens.market.sats(OWNER)
    tokens.market.send(OWNER, "burn_pair", SERIES.id, COUNT, OWNER)
    assert tokens.market.sats(OWNER) - before == COUNT


def test_unwrap__more_than_one_has__refused(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    for actor, amount in ((OWNER, COUNT + 1), (OWNER, FOREVER), (ATTACKER.address, 1)):
        with refused("erc20: burn amount exceeds balance"):
            tokens.send(actor, long, "unwrap", amount, actor)
    assert tokens.held(long) == COUNT


def test_unwrap__settled_and_nobody_redeemed_yet__claims_come_back(
    tokens: ClaimTokens, long: str
) -> None:
    tokens.wrap(long, OWNER)
    tokens.settle(150)
    tokens.send(OWNER, long, "unwrap", COUNT, OWNER)
    before = tokens.market.sats(OWNER)
    tokens.market.send(OWNER, "redeem", SERIES.id, OWNER, OWNER)
    assert tokens.market.sats(OWNER) - before == COUNT  # it has both sides


def test_wrap__and_unwrap__once_the_claims_are_redeemed__refused(
    tokens: ClaimTokens, long: str
) -> None:
    tokens.wrap(long, OWNER)
    tokens.mint(OWNER, 5)
    tokens.settle(150)
    tokens.send(OWNER, long, "redeem", 1, OWNER)
    for function in ("wrap", "unwrap"):
        with refused("token: claims are redeemed"):
            tokens.send(OWNER, long, function, 1, OWNER)
    assert tokens.market.claims(OWNER) == (5, COUNT + 5)
