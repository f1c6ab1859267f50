"""A permit replayed: again, on another issuance, on another chain; its second signature with a
high s; and one that recovers to nobody, for nobody's tokens. Each allows nothing.
"""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from pyrevm import EVM, CfgEnv, Env

from terahash.hashrate.models import Signature
from terahash.hashrate.permit import Permits
from tests.support.issuing import ATTACKER, BUYER, FOREVER, NOBODY, ONE, START, Issuance
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of the curve: what a second valid s is counted from."""
SIGNER: LocalAccount = Account.from_key(b"\1" * 32)


def _held(chain: RevmChain | None = None) -> Issuance:
    """Open an issuance of which the signer has 1,000 tokens."""
    issuance = Issuance(chain)
    issuance.mint(BUYER, 1_000, SIGNER.address)
    return issuance


def _signed(issuance: Issuance) -> Signature:
    """Let the attacker send 100 tokens of the signer's."""
    permits = Permits(issuance.chain, issuance.address)
    domain = permits.domain()
    assert domain is not None
    return permits.sign(domain, SIGNER, ATTACKER, 100 * ONE, FOREVER)


def _permit(issuance: Issuance, signature: Signature, owner: str = SIGNER.address) -> None:
    issuance.send(ATTACKER, "permit", owner, ATTACKER, 100 * ONE, *signature)


def _take(issuance: Issuance) -> None:
    issuance.send(ATTACKER, "transferFrom", SIGNER.address, ATTACKER, 100 * ONE)


def test_permit_replay__a_second_time__allows_nothing_more() -> None:
    issuance = _held()
    signature = _signed(issuance)
    _permit(issuance, signature)
    _take(issuance)
    with refused("token: not the owner's permit"):
        _permit(issuance, signature)
    with refused("token: insufficient allowance"):
        _take(issuance)
    assert issuance.read("balanceOf", SIGNER.address) == 900 * ONE


def test_permit_replay__on_another_issuance_of_the_same_name__allows_nothing() -> None:
    issuance = _held()
    other = _held(issuance.chain)
    signature = _signed(issuance)
    with refused("token: not the owner's permit"):
        _permit(other, signature)
    _permit(issuance, signature)
    assert other.read("allowance", SIGNER.address, ATTACKER) == 0


def test_permit_replay__on_another_chain__allows_nothing() -> None:
    """Both chains have the same issuance at the same address, as a fork would."""
    issuance = _held()
    chain = RevmChain(START)
    chain._evm = EVM(env=Env(cfg=CfgEnv(chain_id=2)))
    forked = _held(chain)
    assert forked.address == issuance.address
    assert forked.read("eip712Domain")[3] == 2
    signature = _signed(issuance)
    with refused("token: not the owner's permit"):
        _permit(forked, signature)
    assert forked.read("allowance", SIGNER.address, ATTACKER) == 0
    _permit(issuance, signature)


@pytest.mark.parametrize("is_first_used", [False, True])
def test_permit_replay__with_a_high_s__allows_nothing(is_first_used: bool) -> None:
    issuance = _held()
    signature = _signed(issuance)
    high = (ORDER - int.from_bytes(signature.s, "big")).to_bytes(32, "big")
    if is_first_used:
        _permit(issuance, signature)
        _take(issuance)
    with refused("ecdsa: invalid signature `s` value"):
        _permit(issuance, signature._replace(v=55 - signature.v, s=high))
    with refused("token: insufficient allowance"):
        _take(issuance)


@pytest.mark.parametrize("v", [0, 26, 29, 255])
def test_permit_replay__signature_that_recovers_to_nobody__is_not_nobodys(v: int) -> None:
    issuance = _held()
    nonsense = Signature(FOREVER, v, b"\1" * 32, b"\1" * 32)
    for owner in (NOBODY, SIGNER.address):
        with refused("ecdsa: invalid signature"):
            _permit(issuance, nonsense, owner)
        assert issuance.read("allowance", owner, ATTACKER) == 0
