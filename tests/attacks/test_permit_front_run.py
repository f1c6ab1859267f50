"""A permit front-run: a stranger sends the signature first, the permit of the call fails, and
with it the call. Here the call succeeds, as the allowance is there, and fails where it is not.
"""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from terahash.hashrate.models import Signature
from terahash.hashrate.permit import Permits
from tests.support.issuing import ATTACKER, BUYER, FOREVER, ONE, RICH, STRANGER, Issuance
from tests.support.relay import refused

SIGNER: LocalAccount = Account.from_key(b"\1" * 32)


@pytest.fixture
def issuance() -> Issuance:
    """A signer has bitcoin and has allowed nobody to take it; somebody is owed a day."""
    issuance = Issuance()
    issuance.chain.send("BitcoinDouble", issuance.btc, "mint", SIGNER.address, RICH)
    issuance.mint(BUYER, 1_000)
    issuance.send(STRANGER, "fund_reserve", 100_000)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    return issuance


def _signed(issuance: Issuance, value: int, signer: LocalAccount = SIGNER) -> Signature:
    permits = Permits(issuance.chain, issuance.btc)
    domain = permits.domain()
    assert domain is not None
    return permits.sign(domain, signer, issuance.address, value, issuance.chain.now)


def _front_run(issuance: Issuance, value: int, signature: Signature) -> None:
    with issuance.chain.acting_as(ATTACKER):
        issuance.chain.send(
            "BitcoinDouble",
            issuance.btc,
            "permit",
            SIGNER.address,
            issuance.address,
            value,
            *signature,
        )


def test_permit_front_run__mint_with_permit__buys(issuance: Issuance) -> None:
    cost = 48 * 41 + 44  # the day that is owed is paid in
    signature = _signed(issuance, cost)
    _front_run(issuance, cost, signature)
    issuance.send(SIGNER.address, "mint_with_permit", ONE, cost, SIGNER.address, *signature)
    assert issuance.read("balanceOf", SIGNER.address) == ONE
    assert issuance.sats(SIGNER.address) == RICH - cost


def test_permit_front_run__deliver_with_permit__delivers(issuance: Issuance) -> None:
    signature = _signed(issuance, 44_000)
    _front_run(issuance, 44_000, signature)
    issuance.send(SIGNER.address, "deliver_with_permit", FOREVER, 44_000, *signature)
    assert issuance.read("owed") == 0
    assert issuance.sats(SIGNER.address) == RICH - 44_000


def test_permit_front_run__by_a_call_of_the_attackers__pays_from_the_attacker(
    issuance: Issuance,
) -> None:
    """A signature works for who signed it: in another's call it allows nothing."""
    signature = _signed(issuance, FOREVER)
    issuance.send(ATTACKER, "mint_with_permit", ONE, FOREVER, ATTACKER, *signature)
    issuance.send(ATTACKER, "deliver_with_permit", 1_000, FOREVER, *signature)
    assert issuance.sats(SIGNER.address) == RICH
    assert issuance.sats(ATTACKER) == RICH - (48 * 41 + 44) - 1_000


def test_permit_front_run__without_an_allowance__takes_nothing(issuance: Issuance) -> None:
    signature = _signed(issuance, FOREVER, Account.from_key(b"\2" * 32))
    with refused("erc20: insufficient allowance"):
        issuance.send(SIGNER.address, "mint_with_permit", ONE, FOREVER, SIGNER.address, *signature)
    with refused("erc20: insufficient allowance"):
        issuance.send(SIGNER.address, "deliver_with_permit", 1, FOREVER, *signature)
    assert issuance.sats(SIGNER.address) == RICH
