"""ClaimTokenFactory: one token for each claim, where anybody can tell beforehand that it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.claim_tokens import LONG, SHORT, ClaimTokens, clone_address, clone_code
from tests.support.relay import refused
from tests.support.trading import ATTACKER, FUND, NOBODY, SERIES, STRANGER


def test_constructor__market_and_code__are_shown(tokens: ClaimTokens) -> None:
    assert tokens.of_factory("MARKET") == tokens.market.address
    assert tokens.of_factory("VERSION") == "0.1.0"
    code = tokens.implementation
    assert tokens.read(code, "FACTORY") == tokens.factory
    assert tokens.read(code, "MARKET") == tokens.market.address
    assert tokens.read(code, "COLLATERAL") == tokens.market.btc
    assert tokens.read(code, "VERSION") == "0.1.0"


@pytest.mark.parametrize("address", [NOBODY, STRANGER.address])
def test_constructor__no_contract__refused(tokens: ClaimTokens, address: str) -> None:
    with refused("factory: market is no contract"):
        tokens.chain.deploy("ClaimTokenFactory", address, tokens.implementation)
    with refused("factory: no blueprint"):
        tokens.chain.deploy("ClaimTokenFactory", tokens.market.address, address)


@pytest.mark.parametrize("claim", [LONG, SHORT], ids=["long", "short"])
def test_open__claim__is_a_clone_of_it_where_it_was_to_stand(
    tokens: ClaimTokens, claim: int
) -> None:
    expected = clone_address(tokens.factory, tokens.implementation, claim)
    assert tokens.of_factory("token_of", claim) == NOBODY
    with tokens.chain.acting_as(FUND.address):
        receipt = tokens.chain.send("ClaimTokenFactory", tokens.factory, "open", claim)
    assert receipt.logs == (("Opened", {"claim": claim, "token": expected}),)
    assert tokens.of_factory("token_of", claim) == expected
    code = tokens.chain._evm.get_code(expected).rstrip(bytes(1))  # revm's padding
    assert code == clone_code(tokens.implementation)
    assert tokens.read(expected, "claim") == claim
    for shared in ("FACTORY", "MARKET", "COLLATERAL", "VERSION"):
        assert tokens.read(expected, shared) == tokens.read(tokens.implementation, shared)


def test_open__return__is_the_token_also_when_it_stands(tokens: ClaimTokens) -> None:
    expected = clone_address(tokens.factory, tokens.implementation, LONG)
    assert tokens.of_factory("open", LONG) == expected
    assert tokens.of_factory("open", LONG) == expected


def test_open__series_not_open__refused(tokens: ClaimTokens) -> None:
    other = replace(SERIES, cap=300)
    for claim in (other.long, other.short, 0, 1, 2**256 - 1):
        with refused("factory: series not open"):
            tokens.open(claim)
        assert tokens.of_factory("token_of", claim) == NOBODY
    tokens.market.send(STRANGER.address, "open", [other.terms])
    assert tokens.read(tokens.open(other.short), "claim") == other.short


def test_open__settled_series__its_claims_are_paid_through_it(tokens: ClaimTokens) -> None:
    """Nobody need have opened it before; what is wrapped before the first redemption counts."""
    tokens.market.send(FUND.address, "mint_pair", SERIES.id, 10, FUND.address, FUND.address)
    tokens.settle(150)
    token = tokens.open(LONG)
    tokens.market.send(FUND.address, "setOperator", token, True)
    tokens.send(FUND.address, token, "wrap", 10, FUND.address)
    before = tokens.market.sats(FUND.address)
    tokens.send(FUND.address, token, "redeem", 10, FUND.address)
    assert tokens.market.sats(FUND.address) - before == 5


def test_initialise__by_anybody_but_the_factory__refused(tokens: ClaimTokens, long: str) -> None:
    forwarder = tokens.chain.deploy("SignerDouble")
    for address in (long, tokens.implementation):
        for actor in (ATTACKER.address, STRANGER.address):
            with refused("token: not the factory"):
                tokens.send(actor, address, "initialise", SHORT)
        with refused("token: not the factory"):
            tokens.from_contract(forwarder, address, ("ClaimToken", ("initialise", SHORT)))
    assert tokens.read(long, "claim") == LONG
    assert tokens.read(tokens.implementation, "claim") == 0


def test_initialise__a_second_time_by_the_factory_itself__refused(tokens: ClaimTokens) -> None:
    """Whoever deploys the code is its factory: here an account."""
    with tokens.chain.acting_as(FUND.address):
        token = tokens.chain.deploy("ClaimToken", tokens.market.address)
    tokens.send(FUND.address, token, "initialise", LONG)
    with refused("token: initialised already"):
        tokens.send(FUND.address, token, "initialise", SHORT)
    assert tokens.read(token, "claim") == LONG
