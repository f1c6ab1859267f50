"""A clone that is told its claim by somebody else, or twice; an implementation taken over; an
opening that is front-run. What a token is of follows from where it stands, and from nothing else.
"""

from __future__ import annotations

import pytest

from tests.support.claim_tokens import (
    COUNT,
    LONG,
    SHORT,
    ClaimTokens,
    clone_address,
    clone_creation,
)
from tests.support.relay import refused
from tests.support.trading import ATTACKER, FOREVER, FUND, NOBODY, SERIES

OWNER = FUND.address


@pytest.fixture
def tokens() -> ClaimTokens:
    """A register without a token."""
    return ClaimTokens()


def test_claim_token_initialisation__implementation_taken_over__refused(
    tokens: ClaimTokens,
) -> None:
    """Whoever made it the token of a claim could be taken for the real one."""
    code = tokens.implementation
    for claim in (LONG, SHORT, 1):
        with refused("token: not the factory"):
            tokens.send(ATTACKER.address, code, "initialise", claim)
    tokens.market.send(OWNER, "mint_pair", SERIES.id, COUNT, OWNER, OWNER)
    tokens.market.send(OWNER, "setOperator", code, True)
    with refused("market: insufficient claims"):
        tokens.send(OWNER, code, "wrap", 1, OWNER)
    with refused("erc20: burn amount exceeds balance"):
        tokens.send(OWNER, code, "redeem", 1, OWNER)
    assert tokens.market.claims(OWNER) == (COUNT, COUNT)


def test_claim_token_initialisation__whoever_deployed_the_code__has_no_power_over_it(
    tokens: ClaimTokens,
) -> None:
    """The library's owner and minter make tokens that no claim backs; here nobody is either."""
    chain = tokens.chain
    with chain.acting_as(ATTACKER.address):
        code = chain.deploy("ClaimToken", tokens.market.address)
        tokens.send(ATTACKER.address, code, "initialise", LONG)
        for token in (code, tokens.implementation, tokens.open(LONG)):
            with refused(""):
                chain.send("BitcoinDouble", token, "mint", ATTACKER.address, COUNT)
            with refused(""):
                chain.call("QuorumFeed", token, "owner")
            assert tokens.read(token, "totalSupply") == 0


def test_claim_token_initialisation__clone_by_somebody_else__is_of_no_claim(
    tokens: ClaimTokens,
) -> None:
    """It obeys the register, which has not made it."""
    chain = tokens.chain
    with chain.acting_as(ATTACKER.address):
        clone = chain._deploy("deploying a clone", clone_creation(tokens.implementation))
    with refused("token: not the factory"):
        tokens.send(ATTACKER.address, clone, "initialise", LONG)
    assert tokens.read(clone, "claim") == 0
    assert tokens.of_factory("token_of", LONG) == NOBODY


def test_claim_token_initialisation__told_another_claim_later__refused(
    tokens: ClaimTokens,
) -> None:
    """Tokens of the long that turn into the short's, once it is clear who wins."""
    long = tokens.open(LONG)
    tokens.wrap(long, OWNER)
    with refused("token: not the factory"):
        tokens.send(ATTACKER.address, long, "initialise", SHORT)
    tokens.open(LONG, ATTACKER.address)
    assert tokens.read(long, "claim") == LONG
    tokens.settle(200)
    before = tokens.market.sats(OWNER)
    tokens.send(OWNER, long, "redeem", COUNT, OWNER)
    assert tokens.market.sats(OWNER) - before == COUNT


def test_claim_token_initialisation__opening_front_run__returns_the_one_that_stands(
    tokens: ClaimTokens,
) -> None:
    """A batch in which somebody opens a token and wraps goes through all the same."""
    first = tokens.open(LONG, ATTACKER.address)
    tokens.wrap(first, OWNER)
    with tokens.chain.acting_as(OWNER):
        receipt = tokens.chain.send("ClaimTokenFactory", tokens.factory, "open", LONG)
    assert receipt.logs == ()
    assert tokens.of_factory("token_of", LONG) == first
    assert tokens.balance(first, OWNER) == COUNT


def test_claim_token_initialisation__another_order_of_openings__the_same_places(
    tokens: ClaimTokens,
) -> None:
    """A reorganisation cannot put the short's token where somebody sent longs."""
    places = []
    for claims in ((LONG, SHORT), (SHORT, LONG)):
        with tokens.chain.undone():
            opened = {claim: tokens.open(claim) for claim in claims}
            places.append((opened[LONG], opened[SHORT]))
    assert places[0] == places[1]
    expected = clone_address(tokens.factory, tokens.implementation, LONG)
    assert places[0][0] == expected != places[0][1]


def test_claim_token_initialisation__place_that_has_claims_already__they_are_nobodys(
    tokens: ClaimTokens,
) -> None:
    """Before it is opened it is an account without code, whose claims anyone redeems."""
    place = clone_address(tokens.factory, tokens.implementation, LONG)
    for receiver in (place, OWNER):
        tokens.market.send(ATTACKER.address, "mint_pair", SERIES.id, COUNT, receiver, OWNER)
    tokens.settle(150)
    tokens.market.send(ATTACKER.address, "redeem", SERIES.id, place, place)
    assert tokens.open(LONG, ATTACKER.address) == place
    tokens.market.send(OWNER, "approve", place, LONG, FOREVER)
    tokens.send(OWNER, place, "wrap", COUNT, OWNER)
    before = tokens.market.sats(OWNER)
    tokens.send(OWNER, place, "redeem", COUNT, OWNER)
    assert tokens.market.sats(OWNER) - before == COUNT // 2
    assert tokens.market.sats(place) == COUNT // 2
