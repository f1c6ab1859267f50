"""An account with a delegation (EIP-7702) has code and a key. Where code decides who may hold, or
claim, its money is stuck. Here it holds, earns and claims like any other: by its key, by its
code, by others.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ONE, START, STRANGER, Issuance
from tests.support.prague_chain import PragueChain

ACCOUNT = HOLDER
"""Who has delegated."""


@pytest.fixture
def issuance() -> Issuance:
    """An issuance on a chain where an account's code is a forwarder's."""
    chain = PragueChain(START)
    issuance = Issuance(chain)
    forwarder = chain.deploy("Forwarder")
    chain.delegate(ACCOUNT, forwarder)
    assert chain.delegated_to(ACCOUNT) == forwarder
    return issuance


def _earn(issuance: Issuance) -> None:
    """Let the account have 1,000 tokens, and a buyer as many, for a day that is delivered."""
    issuance.mint(ACCOUNT, 1_000)
    issuance.mint(BUYER, 1_000)
    issuance.pass_day()
    issuance.deliver()
    issuance.chain.now += DAY


def _by_its_code(issuance: Issuance, function: str, *args: object) -> None:
    """Call the token as the account by running its code, which anyone may with this one.

    A call of a contract reaches a delegation; the first call of this EVM's transactions does not.
    """
    chain = issuance.chain
    _, calldata = chain._codec.calldata("HashrateToken", function, args)
    _, forward = chain._codec.calldata("Forwarder", "forward", (issuance.address, calldata))
    entrance = chain.deploy("Forwarder")
    chain.send("Forwarder", entrance, "forward", ACCOUNT, forward)


def test_delegated_accounts__hold_and_earn__like_any_other(issuance: Issuance) -> None:
    _earn(issuance)
    assert issuance.read("balanceOf", ACCOUNT) == 1_000 * ONE
    assert issuance.read("earned", ACCOUNT) == issuance.read("earned", BUYER)
    assert issuance.read("claimable", ACCOUNT) == 43_999


def test_delegated_accounts__claim__by_key_by_code_and_by_others(issuance: Issuance) -> None:
    _earn(issuance)
    before = issuance.sats(ACCOUNT)
    for claimed in (43_999, 87_999, 131_999):
        if claimed == 43_999:
            issuance.send(ACCOUNT, "claim", ACCOUNT)
        elif claimed == 87_999:
            _by_its_code(issuance, "claim", ACCOUNT)
        else:
            issuance.send(STRANGER, "claim_many", [ACCOUNT])
        assert issuance.sats(ACCOUNT) - before == claimed
        issuance.pass_day()
        issuance.deliver()
        issuance.chain.now += DAY


def test_delegated_accounts__buy_move_deliver_and_redeem__by_their_code(
    issuance: Issuance,
) -> None:
    _earn(issuance)
    _by_its_code(issuance, "transfer", STRANGER, 400 * ONE)
    assert issuance.read("balanceOf", STRANGER) == 400 * ONE
    issuance.send(STRANGER, "transfer", ACCOUNT, 400 * ONE)
    _by_its_code(issuance, "deliver", 10)
    before = issuance.sats(ACCOUNT)
    _by_its_code(issuance, "redeem", 1_000 * ONE, 1, ACCOUNT)
    assert issuance.sats(ACCOUNT) - before == 1_000 * 462 * 99 // 100
    assert issuance.read("balanceOf", ACCOUNT) == 0


def test_delegated_accounts__that_stop_delegating__keep_what_is_theirs(issuance: Issuance) -> None:
    _earn(issuance)
    chain = issuance.chain
    assert isinstance(chain, PragueChain)
    chain.end_delegation(ACCOUNT)
    before = issuance.sats(ACCOUNT)
    issuance.send(ACCOUNT, "claim", ACCOUNT)
    assert issuance.sats(ACCOUNT) - before == 43_999
    assert issuance.read("balanceOf", ACCOUNT) == 1_000 * ONE
