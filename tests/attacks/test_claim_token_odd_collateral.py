"""Collateral that keeps a fee or says false while a token is paid: no holder is paid what another
is due, and whoever cannot be paid here gets claims back.
"""

from __future__ import annotations

import pytest

from tests.support.claim_tokens import COUNT, LONG, ClaimTokens
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.support.trading import FUND, OTHER, SERIES, START, STRANGER, Market

TRUE, FALSE, NOTHING = 1, 0, 2
FIRST, LAST = FUND.address, OTHER.address


@pytest.fixture
def tokens() -> ClaimTokens:
    """A market on a token that does as it is told. Two hold half of the longs each, settled."""
    chain = RevmChain(START)
    tokens = ClaimTokens(Market(chain, chain.deploy("OddToken", 8)))
    token = tokens.open(LONG)
    for owner in (FIRST, LAST):
        tokens.wrap(token, owner)
    tokens.settle(150)
    return tokens


@pytest.fixture
def long(tokens: ClaimTokens) -> str:
    """The token of the long."""
    return str(tokens.of_factory("token_of", LONG))


def _set_odd(tokens: ClaimTokens, fee: int, answer: int) -> None:
    tokens.chain.send("OddToken", tokens.market.btc, "set_odd", fee, answer)


@pytest.mark.parametrize("fee", [1, 100, 10**6])
def test_claim_token_odd_collateral__fee_on_what_the_market_pays__nobody_is_paid_first(
    tokens: ClaimTokens, long: str, fee: int
) -> None:
    """Who came first would be paid in full, and the last would bear the fee of all."""
    _set_odd(tokens, fee, TRUE)
    for actor, call in (
        (FIRST, ("redeem", COUNT, FIRST)),
        (STRANGER.address, ("redeem_for", LAST)),
    ):
        with refused("token: payment did not arrive"):
            tokens.send(actor, long, *call)
    assert tokens.read(long, "collected") == (False, 0)
    for owner in (FIRST, LAST):
        tokens.send(owner, long, "unwrap", COUNT, owner)
        assert tokens.market.claims(owner) == (COUNT, COUNT)


def test_claim_token_odd_collateral__fee_made_up_by_what_is_here__does_not_count(
    tokens: ClaimTokens, long: str
) -> None:
    """What arrived is compared, not what is held."""
    tokens.chain.send("OddToken", tokens.market.btc, "mint", long, 10**9)
    _set_odd(tokens, 1, TRUE)
    with refused("token: payment did not arrive"):
        tokens.send(FIRST, long, "redeem", COUNT, FIRST)


def test_claim_token_odd_collateral__says_false__nothing_stands(
    tokens: ClaimTokens, long: str
) -> None:
    _set_odd(tokens, 0, FALSE)
    with refused("market: payment failed"):
        tokens.send(FIRST, long, "redeem", COUNT, FIRST)
    _set_odd(tokens, 0, TRUE)
    tokens.send(FIRST, long, "redeem", COUNT, FIRST)
    _set_odd(tokens, 0, FALSE)
    before = tokens.market.sats(LAST), tokens.market.sats(long)
    with refused("token: payment failed"):
        tokens.send(LAST, long, "redeem", COUNT, LAST)
    assert tokens.balance(long, LAST) == COUNT
    assert (tokens.market.sats(LAST), tokens.market.sats(long)) == before


def test_claim_token_odd_collateral__says_nothing__pays_the_same(
    tokens: ClaimTokens, long: str
) -> None:
    """As some old ones do."""
    _set_odd(tokens, 0, NOTHING)
    for owner in (FIRST, LAST):
        before = tokens.market.sats(owner)
        tokens.send(owner, long, "redeem", COUNT, owner)
        assert tokens.market.sats(owner) - before == COUNT // 2
    assert tokens.market.sats(long) == 0


def test_claim_token_odd_collateral__fee_on_what_the_token_pays__is_its_receivers(
    tokens: ClaimTokens, long: str
) -> None:
    tokens.send(FIRST, long, "redeem", 2, FIRST)
    _set_odd(tokens, 100, TRUE)
    before = tokens.market.sats(FIRST)
    tokens.send(FIRST, long, "redeem", COUNT - 2, FIRST)
    assert tokens.market.sats(FIRST) - before == COUNT // 2 - 1 - 100
    _set_odd(tokens, 0, TRUE)
    before = tokens.market.sats(LAST)
    tokens.send(LAST, long, "redeem", COUNT, LAST)
    assert tokens.market.sats(LAST) - before == COUNT // 2
    assert tokens.market.read("series", SERIES.id)[1] is True
