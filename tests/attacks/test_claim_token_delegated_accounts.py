"""An account with a delegation (EIP-7702) has code and a key. Paid by others, its code could not
tell whose money came; refused because it has code, its tokens would be stuck.

Here it redeems by its key and by its code; once it has no code any more, anyone has it paid.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.claim_tokens import COUNT, LONG, ClaimTokens
from tests.support.prague_chain import PragueChain
from tests.support.relay import refused
from tests.support.trading import ATTACKER, FUND, OTHER, START, STRANGER, Market

ACCOUNT = FUND.address
"""Who has delegated."""


@pytest.fixture
def tokens() -> ClaimTokens:
    """A token of which the account has all, of a series that is settled at a half."""
    chain = PragueChain(START)
    tokens = ClaimTokens(Market(chain))
    token = tokens.open(LONG)
    wallet = chain.deploy("SignerDouble")
    chain.delegate(ACCOUNT, wallet)
    assert chain.delegated_to(ACCOUNT) == wallet
    tokens.wrap(token, ACCOUNT)
    tokens.settle(150)
    return tokens


@pytest.fixture
def long(tokens: ClaimTokens) -> str:
    """The token."""
    return str(tokens.of_factory("token_of", LONG))


def _by_code(tokens: ClaimTokens, token: str, function: str, *args: Any) -> None:
    """Run the account's code, which anyone may with this one: a call of a contract reaches it."""
    codec = tokens.chain._codec
    _, call = codec.calldata("ClaimToken", function, args)
    _, forward = codec.calldata("SignerDouble", "forward", (token, call))
    entrance = tokens.chain.deploy("Forwarder")
    tokens.chain.send("Forwarder", entrance, "forward", ACCOUNT, forward)


def test_claim_token_delegated_accounts__redeemed_by_others__refused(
    tokens: ClaimTokens, long: str
) -> None:
    for caller in (ATTACKER.address, OTHER.address, ACCOUNT):
        with refused("token: owner redeems itself"):
            tokens.send(caller, long, "redeem_for", ACCOUNT)
    assert tokens.balance(long, ACCOUNT) == COUNT


@pytest.mark.parametrize("way", ["key", "code"])
def test_claim_token_delegated_accounts__redeem_themselves__and_are_paid(
    tokens: ClaimTokens, long: str, way: str
) -> None:
    before, call = tokens.market.sats(ACCOUNT), ("redeem", COUNT, ACCOUNT)
    if way == "key":
        tokens.send(ACCOUNT, long, *call)
    else:
        _by_code(tokens, long, *call)
    assert tokens.market.sats(ACCOUNT) - before == COUNT // 2
    assert tokens.balance(long, ACCOUNT) == 0


def test_claim_token_delegated_accounts__that_stop_delegating__are_redeemed_by_anyone(
    tokens: ClaimTokens, long: str
) -> None:
    chain = tokens.chain
    assert isinstance(chain, PragueChain)
    chain.end_delegation(ACCOUNT)
    before = tokens.market.sats(ACCOUNT)
    tokens.send(STRANGER.address, long, "redeem_for", ACCOUNT)
    assert tokens.market.sats(ACCOUNT) - before == COUNT // 2
